"""What went wrong, where, and what to do next: the one shape of every error that a user sees."""

from __future__ import annotations


class Refusal(Exception):
    """A request that is turned down, with a reason a person can act on.

    `what` is a sentence, `where` names file, column and counts, `next_step` says what to do.
    None of them may hold a value from a person's record: they reach screens, logs and traces.
    """

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\nNext: {self.next_step}" if self.next_step else head

    def as_dict(self) -> dict[str, str]:
        """The refusal as JSON-ready strings: `what`, `where`, `next`."""
        return {"what": self.what, "where": self.where, "next": self.next_step}
