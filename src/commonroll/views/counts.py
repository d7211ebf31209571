"""Counts of a governed question: in total, by up to three columns, by owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from commonroll.errors import Refusal
from commonroll.views.question import Gap, UsedOwner
from commonroll.views.view import Plan

NOT_PUBLISHED = "(not published)"
UNKNOWN = "(unknown)"
MOST_CELLS = 100_000

Cell = str | int | bool | date


@dataclass(frozen=True)
class Row:
    """One cell of a count: the values in the order of `by`, the owner, and how many."""

    by: tuple[Cell, ...]
    owner: str
    n: int


@dataclass(frozen=True)
class Answer:
    """A count: `total`, `rows` per combination and owner (sorted), `by_owner`, and who is not in it.

    `by` names the columns. A missing value reads "(not published)" where the state does not publish the
    column, else "(unknown)".
    """

    total: int
    by: tuple[str, ...]
    rows: tuple[Row, ...]
    by_owner: Mapping[str, int]
    used: Mapping[str, UsedOwner]
    gaps: tuple[Gap, ...]

    def grouped(self) -> tuple[tuple[tuple[Cell, ...], int], ...]:
        """The cells over all owners together, sorted by their values."""
        sums: dict[tuple[Cell, ...], int] = {}
        for row in self.rows:
            sums[row.by] = sums.get(row.by, 0) + row.n
        return tuple(sorted(sums.items(), key=lambda cell: _order(cell[0])))


@dataclass(frozen=True)
class Crosstab:
    """A count as a table: `cells[i][j]` counts `down[i]` and `across[j]`, 0 where nobody is."""

    down: tuple[tuple[Cell, ...], ...]
    across: tuple[Cell, ...]
    cells: tuple[tuple[int, ...], ...]


def count(plan: Plan) -> Answer:
    """Execute a plan of mode count. The caller has written its receipts."""
    if plan.question.mode != "count":
        raise ValueError("the plan is no count")
    # of a list, the same is asked each time that somebody looks at it
    read = plan.kept.once if plan.question.listed is not None else plan.kept.read
    table = read(MOST_CELLS + 1)
    if table.num_rows > MOST_CELLS:
        raise Refusal(
            f"The count has more than {MOST_CELLS:,} cells.",
            where="by",
            next_step="Split it by fewer columns, or by columns with fewer values.",
        )
    rows = sorted((_row(plan, cells) for cells in table.to_pylist()), key=lambda r: (_order(r.by), r.owner))
    by_owner = {owner: sum(row.n for row in rows if row.owner == owner) for owner in plan.owners}
    return Answer(
        total=sum(by_owner.values()),
        by=tuple(name.removeprefix("voters.") for name in plan.question.by),
        rows=tuple(rows),
        by_owner=by_owner,
        used=plan.used,
        gaps=plan.gaps,
    )


def _row(plan: Plan, cells: Mapping[str, Any]) -> Row:
    number = cells["owner_no"]
    names = [name.removeprefix("voters.") for name in plan.question.by]
    owner = plan.owners[number - 1]
    cells = {**cells, "member": owner, "state": plan.states[number - 1]}
    return Row(tuple(_named(plan, owner, name, cells[name]) for name in names), owner, cells["n"])


def _named(plan: Plan, owner: str, name: str, value: Cell | None) -> Cell:
    if value is not None:
        return value
    return NOT_PUBLISHED if (owner, name) in plan.unpublished else UNKNOWN


def _order(values: tuple[Cell, ...]) -> tuple[tuple[int, str | int], ...]:
    """Numbers before texts, so that a missing value among numbers can be sorted."""
    return tuple((0, int(v)) if isinstance(v, int) else (1, str(v)) for v in values)


def crosstab(answer: Answer) -> Crosstab:
    """The answer with its last column across and the others down, over all owners together."""
    if not answer.by:
        raise ValueError("a crosstab needs a column to split by")
    cells = dict(answer.grouped())
    down = tuple(sorted({values[:-1] for values in cells}, key=_order))
    across = tuple(sorted({values[-1] for values in cells}, key=lambda value: _order((value,))))
    return Crosstab(down, across, tuple(tuple(cells.get((*d, a), 0) for a in across) for d in down))
