"""What the doctor finds: one thing, where it is, what to do, and how it is mended where that is safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from commonroll.server.home import Home


class Weight(StrEnum):
    """`wrong` must be seen to and decides the exit code; a `note` is worth knowing."""

    WRONG = "wrong"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing: `check` is the examination, `where` lies below the home, `next_step` is for the operator.

    `mend` does what `mends` says; both only where nothing can be lost by it.
    """

    check: str
    where: str
    what: str
    next_step: str
    weight: Weight = Weight.WRONG
    mends: str = ""
    mend: Callable[[], None] | None = field(default=None, compare=False, repr=False)

    def as_dict(self) -> dict[str, str]:
        """JSON-ready; `mends` is empty where the doctor leaves it alone."""
        return {
            "check": self.check,
            "weight": str(self.weight),
            "where": self.where,
            "what": self.what,
            "next": self.next_step,
            "mends": self.mends,
        }


@dataclass(frozen=True)
class Patient:
    """What is examined: a home, and in it one member's things alone where `member` names one."""

    home: Home
    member: str = ""

    def wants(self, key: str) -> bool:
        """Whether a member's (or a log's) things are asked for."""
        return not self.member or key == self.member
