"""A state's own codes for elections: `layouts/<st>/elections.csv`, one line per code that a file may hold.

Columns: code, date (ISO, or empty), type (one of the roll's, or empty), name (empty: the code is the name),
source (where the line is from). It says what a code alone does not.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from commonroll.errors import Refusal
from commonroll.roll import schema
from commonroll.roll.layout.cells import folded_text

COLUMNS = ("code", "date", "type", "name", "source")


@dataclass(frozen=True)
class ListedElection:
    """What a code stands for; None where the list does not say."""

    day: datetime.date | None
    kind: str | None
    name: str | None


def elections_of(state: str, folders: Sequence[Path]) -> Mapping[str, ListedElection]:
    """Folded code to election; empty where the state has no list. Refusal names the line that is wrong.

    A line of a later folder's list stands in for an earlier one's of the same code.
    """
    found: dict[str, ListedElection] = {}
    for folder in folders:
        path = folder / state.lower() / "elections.csv"
        if path.exists():
            found |= _list(state, path)
    return MappingProxyType(found)


def _list(state: str, path: Path) -> Mapping[str, ListedElection]:
    found: dict[str, ListedElection] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        read = csv.DictReader(lines)
        if tuple(read.fieldnames or ()) != COLUMNS:
            _refuse(state, 1, f"the columns are not {', '.join(COLUMNS)}")
        for at, row in enumerate(read, start=2):
            code = folded_text(row["code"])
            if not code or code in found or not row["source"]:
                _refuse(state, at, "the code is missing or repeated, or the source is missing")
            found[code] = _listed(state, at, row)
    return found


def _listed(state: str, at: int, row: Mapping[str, str]) -> ListedElection:
    if row["type"] and row["type"] not in schema.ELECTION_TYPES:
        _refuse(state, at, f"the roll does not know the type {row['type']!r}")
    try:
        day = datetime.date.fromisoformat(row["date"]) if row["date"] else None
    except ValueError:
        _refuse(state, at, "the date is not of the form 2024-11-05")
    return ListedElection(day, row["type"] or None, row["name"] or None)


def _refuse(state: str, at: int, what: str) -> NoReturn:
    raise Refusal(f"line {at}: {what}", where=f"{state.lower()}/elections.csv", next_step="correct the line")
