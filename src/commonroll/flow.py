"""The table of contents: a file becomes a roll; a question becomes a plan, receipts, then an answer.

Nothing here decides what may be seen (`views`) or how a receipt is kept (`transparency`); this is the order
in which they are called. The journal and the reader of agreements are Protocols that `server/` implements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from commonroll.agreements.denial import Denial
from commonroll.roll.engine import ibis_engine
from commonroll.roll.gate.gate import Overruled
from commonroll.roll.load import Accept, LoadResult, Progress, load
from commonroll.roll.vault.vault import OwnerTables, Vault
from commonroll.views.counts import Answer, count
from commonroll.views.export import ExportFile, Format, rows, write
from commonroll.views.question import Names
from commonroll.views.view import Gap, Owned, Plan, Question, plan


@dataclass(frozen=True)
class Permitted:
    """What the agreements say about one question: see `views.view.plan` for the parts."""

    owned: tuple[Owned, ...]
    denied: Mapping[str, Sequence[Denial]]
    names: Names
    mine: OwnerTables | None
    pseudonyms: Mapping[str, bytes]


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

    def cover(self, rows: Sequence[int]) -> None:
        """Wait until signed checkpoints cover these rows."""


def take(
    vault: Vault,
    paths: Sequence[Path],
    *,
    load_id: str,
    state: str,
    accept: Accept,
    layout: str | None = None,
    piece: bool = False,
    mend: str | None = None,
    dry_run: bool = False,
    overrule: Overruled | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Read, normalise, judge and, if the gate accepts, publish a delivery as the vault's next snapshot."""
    return load(
        vault, paths, load_id=load_id, state=state, layout=layout, piece=piece, mend=mend,
        dry_run=dry_run, accept=accept, overrule=overrule, progress=progress, now=datetime.now(UTC),
    )  # fmt: skip


def permit(question: Question, permits: Permits) -> Plan:
    """The plan of a question under the agreements in force now; no row is read."""
    now = datetime.now(UTC)
    said = permits.permitted(question, now)
    return plan(
        ibis_engine(),
        question,
        said.owned,
        denied=said.denied,
        names=said.names,
        now=now,
        mine=said.mine,
        pseudonyms=said.pseudonyms,
    )


def answer(question: Question, permits: Permits, receipts: Receipts) -> Answer:
    """A count: permit, receipt, then the numbers."""
    planned = permit(question, permits)
    with permits.reading(planned):
        receipts.authorize(planned)
        return count(planned)


@dataclass(frozen=True)
class Shown:
    """Rows for a screen (member, agreement, ids, the columns asked for), and who is missing and why."""

    rows: pa.Table
    gaps: tuple[Gap, ...]


def show(question: Question, permits: Permits, receipts: Receipts) -> Shown:
    """Rows for a screen: permit, receipt, checkpoint, then the rows."""
    planned = permit(question, permits)
    with permits.reading(planned):
        receipts.cover(receipts.authorize(planned))
        return Shown(rows(planned), planned.gaps)


@dataclass(frozen=True)
class Released:
    """A file that left, and who is missing from it and why."""

    file: ExportFile
    gaps: tuple[Gap, ...]


def release(question: Question, permits: Permits, receipts: Receipts, *, to: Path, fmt: Format) -> Released:
    """Rows that leave: written aside, logged with their hash, covered by a checkpoint, then put in place."""
    planned = permit(question, permits)
    aside = to.with_name(f".{to.name}.part")
    try:
        with permits.reading(planned):
            file = write(planned, aside, fmt)
        permits.still(planned, datetime.now(UTC))
        receipts.cover(receipts.authorize(planned, file=file))
        aside.replace(to)
    finally:
        aside.unlink(missing_ok=True)
    return Released(file, planned.gaps)
