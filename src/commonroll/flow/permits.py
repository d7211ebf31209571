"""Who says what may be seen, and what must be durable first; `server/` implements both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from commonroll.agreements.denial import Denial
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.codes import Coded
from commonroll.views.export import ExportFile
from commonroll.views.question import Handed, Names
from commonroll.views.view import Gap, Owned, Plan, Question


@dataclass(frozen=True)
class Permitted:
    """What the agreements say about one question: see `views.view.plan` for the parts."""

    owned: tuple[Owned, ...]
    denied: Mapping[str, Sequence[Denial]]
    names: Names
    mine: OwnerTables | None
    pseudonyms: Mapping[str, bytes]
    person_key: bytes | None = None
    codes: tuple[Coded, ...] = ()
    told: frozenset[str] = frozenset()
    handed: tuple[Handed, ...] = ()


class Permits(Protocol):
    """Who lets the viewer see what, read afresh from the signed agreements."""

    def permitted(self, question: Question, now: datetime) -> Permitted:
        """Every owner with the grant in force for this question, or why there is none."""

    def still(self, plan: Plan, now: datetime) -> None:
        """Raise Refusal if an agreement that the plan uses has ended since."""

    def reading(self, plan: Plan) -> AbstractContextManager[None]:
        """Keep the files of the snapshots that the plan reads while it is executed."""


class Receipts(Protocol):
    """What must be durable before an answer leaves."""

    def authorize(self, plan: Plan, *, file: ExportFile | None = None) -> Sequence[int]:
        """Write one journal row per owner used, in one transaction; their sequence numbers."""

    def denied(self, question: Question, gaps: Sequence[Gap]) -> None:
        """Keep that nobody granted the question: who has an agreement with the viewer, and why not."""

    def used_up(self, plan: Plan, owner: str) -> None:
        """Keep that an owner's quota has no room for what the plan reads."""

    def cover(self, rows: Sequence[int]) -> None:
        """Wait until signed checkpoints cover these rows."""
