"""What came of a list, in numbers: how many rows found their voter, how surely, and why others did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.resources import files as resources
from typing import Any

import duckdb

from .columns import ListColumn
from .file import ListFile
from .matching import REASONS, Matched
from .people import People

FAR_BELOW = 0.15
"""A group's rate this far below the list's is told."""
AGES = ("under 18", "18 to 29", "30 to 44", "45 to 64", "65 and older", "not known")
UNKNOWN = AGES[-1]
EXACT_BELOW = 10
GROUP_AT_LEAST = 50
"""Rows of a group whose rate is worth a word."""


@dataclass(frozen=True)
class Group:
    """Rows of one kind: how many, and how many of them were matched surely, unsurely, to a household at most.

    `wrong`: sure matches that are expected to be wrong, by their probabilities.
    """

    name: str
    rows: int
    sure: int
    unsure: int
    household: int
    wrong: float

    @property
    def rate(self) -> float:
        return self.sure / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class MatchReport:
    """The numbers of one matching; no name, no address, no id.

    `refused`: rows that could not be read, by reason. `unread`: cells that are no value of their column's
    role. `by_id`, `sure`, `unsure`, `household`, `none`, `left_out`: rows by what came of them (`by_id` among
    the sure). `wrong`, `missed`: sure rows expected to be wrong, and unsure ones expected to be right.
    `uneven`: groups that are matched far less than others, in words.
    """

    name: str
    file_hash: str
    rows_hash: str
    rows: int
    notes: tuple[str, ...]
    refused: dict[str, int]
    columns: tuple[ListColumn, ...]
    unread: dict[str, int]
    snapshot: int
    candidates: int
    model: str
    by_id: int
    sure: int
    unsure: int
    household: int
    none: int
    left_out: int
    voters: int
    wrong: float
    missed: float
    reasons: dict[str, int]
    fields: tuple[Group, ...]
    counties: tuple[Group, ...]
    ages: tuple[Group, ...]
    uneven: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Share of rows that found their voter surely."""
        return self.sure / self.rows if self.rows else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON document."""
        made = asdict(self)
        for name in ("fields", "counties", "ages"):
            made[name] = [asdict(group) | {"rate": round(group.rate, 4)} for group in getattr(self, name)]
        made["columns"] = [one.as_dict() for one in self.columns]
        made["reasons"] = [
            {"reason": reason, "means": REASONS.get(reason, ""), "rows": rows}
            for reason, rows in self.reasons.items()
        ]
        return made | {
            "rate": round(self.rate, 4),
            "wrong": _about(self.wrong),
            "missed": _about(self.missed),
        }


def _about(rows: float) -> float:
    """An expected number of rows: from ten on a whole one, since no model is that exact."""
    return round(rows) if rows >= EXACT_BELOW else round(rows, 1)


def report(
    con: duckdb.DuckDBPyConnection,
    listed: ListFile,
    columns: Sequence[ListColumn],
    people: People,
    matched: Matched,
    *,
    snapshot: int,
    dated_on: date,
) -> MatchReport:
    """The report of a matching whose relations (`people`, `matched`, `voters`, `roll_records`) the
    connection still has."""
    counts = con.execute(_COUNTS).fetchall()[0]
    by_id, sure, unsure, household, none, left_out, voters = (int(n or 0) for n in counts[:7])
    reasons = con.execute(
        "SELECT reason, count(*) AS n FROM matched WHERE reason IS NOT NULL "
        "GROUP BY reason ORDER BY n DESC, reason"
    ).fetchall()
    groups = _groups(con, dated_on)
    rate = sure / people.rows if people.rows else 0.0
    return MatchReport(
        name=listed.name,
        file_hash=listed.file_hash,
        rows_hash=listed.rows_hash,
        rows=people.rows,
        notes=(*listed.notes, *people.notes, *matched.notes),
        refused=listed.refused,
        columns=tuple(columns),
        unread=people.unread,
        snapshot=snapshot,
        candidates=matched.candidates,
        model=matched.model,
        by_id=by_id, sure=sure, unsure=unsure, household=household, none=none, left_out=left_out,
        voters=voters,
        wrong=float(counts[7] or 0),
        missed=float(counts[8] or 0),
        reasons={reason: int(rows) for reason, rows in reasons},
        fields=groups["fields"],
        counties=groups["county"],
        ages=groups["age"],
        uneven=tuple(_uneven(rate, [*groups["county"], *groups["age"]])),
    )  # fmt: skip


_COUNTS = """
SELECT
    count(*) FILTER (way = 'id'),
    count(*) FILTER (verdict = 'sure'),
    count(*) FILTER (verdict = 'unsure'),
    count(*) FILTER (verdict = 'household'),
    count(*) FILTER (verdict = 'none'),
    count(*) FILTER (verdict = 'left_out'),
    count(DISTINCT state_voter_id) FILTER (verdict = 'sure'),
    sum(1 - probability) FILTER (verdict = 'sure'),
    sum(probability) FILTER (verdict = 'unsure')
FROM matched
"""


def _groups(con: duckdb.DuckDBPyConnection, dated_on: date) -> dict[str, tuple[Group, ...]]:
    text = (resources(__package__) / "report.sql").read_text("utf-8")
    found: dict[str, list[Group]] = {"fields": [], "county": [], "age": []}
    for what, name, rows, sure, unsure, household, wrong in con.execute(
        text, {"year": dated_on.year}
    ).fetchall():
        found[what].append(Group(name, rows, sure, unsure, household, round(float(wrong or 0), 2)))
    found["age"].sort(key=lambda group: AGES.index(group.name))
    return {what: tuple(groups) for what, groups in found.items()}


def _uneven(rate: float, groups: Sequence[Group]) -> list[str]:
    """Counties and ages that are matched far less than the list: a count of them would be too small."""
    return [
        f"{group.name}: {group.rate:.0%} of {group.rows:,} rows are matched, of the whole list {rate:.0%}"
        for group in groups
        if group.rows >= GROUP_AT_LEAST and group.rate < rate - FAR_BELOW and group.name != UNKNOWN
    ]
