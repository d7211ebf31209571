"""Lines of official files written by hand, column by column, and what the roll makes of them.

Samples are written by the layouts read backwards and cannot prove them right; these lines follow the states'
own descriptions. All people are invented.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from commonroll.roll.canonical.normalise import to_ballots, to_districts, to_history, to_voters
from commonroll.roll.layout.layout import Layout, layout

TODAY = datetime.date(2026, 11, 24)
Row = dict[str, Any]


def _lines(known: Layout, cells: Mapping[str, str]) -> pa.Table:
    order = [name for name in known.order if name not in known.optional or name in cells]
    names = [*order, *(name for name in cells if name not in order)]
    columns = {name: pa.array([cells.get(name, "")], pa.string()) for name in names}
    columns["source_file"] = pa.array(["file"], pa.string())
    columns["source_line"] = pa.array([2], pa.int64())
    return pa.table(columns)


def _rows(key: str, cells: Mapping[str, str], table: str) -> list[Row]:
    known = layout(key)
    lines = _engine().create_table("lines", _lines(known, cells), temp=True, overwrite=True)
    if table == "voters":
        made = to_voters(lines, known, "member", as_of=TODAY)
    elif table == "districts":
        made = to_districts(lines, known)
    elif table == "history":
        made = to_history(lines, known, as_of=TODAY)
    else:
        made = to_ballots(lines, known, as_of=TODAY)
    found: list[Row] = _engine().to_pyarrow(made).to_pylist()
    return found


@cache
def _engine() -> Backend:
    return ibis.duckdb.from_connection(duckdb.connect(config={"threads": 1}))


def voter(key: str, cells: Mapping[str, str]) -> Row:
    """The voter that one line of a registration file becomes."""
    return _rows(key, cells, "voters")[0]


def ballot(key: str, cells: Mapping[str, str]) -> Row:
    """The ballot that one line of an absentee file becomes."""
    return _rows(key, cells, "ballots")[0]


def districts(key: str, cells: Mapping[str, str]) -> set[tuple[str, str, str | None]]:
    """Type, id and name of every district of one line."""
    return {(row["type"], row["id"], row["name"]) for row in _rows(key, cells, "districts")}


def elections(key: str, cells: Mapping[str, str]) -> set[tuple[str, str, str, str]]:
    """Day ("" where none is known), name, type and method of every election of one line that loads."""
    sound = [row for row in _rows(key, cells, "history") if not row["refused"] and not row["left_out"]]
    return {
        (str(row["election_date"] or ""), row["election_name"], row["election_type"], row["method"])
        for row in sound
    }


def told(row: Row, wanted: Row) -> Row:
    """The part of `row` that `wanted` speaks of, to compare the two."""
    return {name: row[name] for name in wanted}
