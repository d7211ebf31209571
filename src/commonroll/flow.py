"""The table of contents: a file becomes a roll; a question becomes a plan, receipts, then an answer.

Nothing here decides what may be seen (`views`) or how a receipt is kept (`transparency`); this is the order
in which they are called. The journal and the reader of agreements are Protocols that `server/` implements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from commonroll.roll.load import LoadResult, Progress, load
from commonroll.roll.vault import Vault
from commonroll.views.counts import Answer, count
from commonroll.views.export import ExportFile, Page, read_page, write
from commonroll.views.view import Gap, Permitted, Plan, Question, plan


class Permits(Protocol):
    """Who lets the viewer see what, read afresh from the signed agreements."""

    def permitted(self, question: Question, now: datetime) -> Permitted:
        """Every owner with the grant in force for this question, or why there is none."""

    def still(self, plan: Plan, now: datetime) -> None:
        """Raise Refusal if an agreement that the plan uses has ended since."""


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
    accept: str,
    layout: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LoadResult:
    """Read, normalise, judge and, if the gate accepts, publish a delivery as the vault's next snapshot."""
    return load(
        vault, paths, load_id=load_id, state=state, layout=layout, dry_run=dry_run, accept=accept,
        progress=progress, now=datetime.now(UTC),
    )  # fmt: skip


def answer(question: Question, permits: Permits, receipts: Receipts) -> Answer:
    """A count: permit, plan, receipt, then the numbers."""
    now = datetime.now(UTC)
    planned = plan(question, permits.permitted(question, now), now=now)
    receipts.authorize(planned)
    return count(planned)


def show(question: Question, permits: Permits, receipts: Receipts) -> Page:
    """Rows for a screen: permit, plan, receipt, checkpoint, then the rows."""
    now = datetime.now(UTC)
    planned = plan(question, permits.permitted(question, now), now=now)
    receipts.cover(receipts.authorize(planned))
    return read_page(planned)


@dataclass(frozen=True)
class Released:
    """A file that left, and who is missing from it and why."""

    file: ExportFile
    gaps: tuple[Gap, ...]


def release(question: Question, permits: Permits, receipts: Receipts, *, to: Path, fmt: str) -> Released:
    """Rows that leave: written aside, logged with their hash, covered by a checkpoint, then put in place."""
    now = datetime.now(UTC)
    planned = plan(question, permits.permitted(question, now), now=now)
    aside = to.with_name(f".{to.name}.part")
    try:
        file = write(planned, aside, fmt)
        permits.still(planned, datetime.now(UTC))
        receipts.cover(receipts.authorize(planned, file=file))
        aside.replace(to)
    finally:
        aside.unlink(missing_ok=True)
    return Released(file, planned.gaps)
