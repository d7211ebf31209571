"""Lines of official files made up in a test, and the rows of the roll they become."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.roll.canonical.normalise import to_ballots, to_history, to_voters
from commonroll.roll.layout.layout import Layout, layout

TODAY = datetime.date(2026, 11, 24)
NC, OH = "nc/2022-02.registration", "oh/2018-04.registration"
FL, WA = "fl/2018-10.registration", "wa/2023-08.registration"
Line = Mapping[str, str | None]

SOUND: dict[str, dict[str, str]] = {
    NC: {"ncid": "AA1", "status_cd": "A", "confidential_ind": "N"},
    OH: {"SOS_VOTERID": "OH1", "VOTER_STATUS": "ACTIVE"},
    FL: {"Voter ID": "1", "Voter Status": "ACT", "Requested public records exemption": "N"},
    WA: {"StateVoterID": "1", "StatusCode": "Active"},
    "wa/2015-04.registration": {"StateVoterID": "1", "StatusCode": "A"},
    "nc/2020-09.registration": {"ncid": "AA1", "status_cd": "A", "confidential_ind": "N"},
    "nc/2021-06.history": {
        "ncid": "AA1",
        "election_lbl": "11/05/2024",
        "election_desc": "11/05/2024 GENERAL",
    },
    "fl/2018-10.history": {
        "Voter ID": "1",
        "Election Date": "11/05/2024",
        "Election Type": "GEN",
        "History Code": "Y",
    },
    "wa/2020-01.history": {"StateVoterID": "1", "ElectionDate": "2024-11-05"},
    "nc/2024-01.absentee": {"ncid": "AA1", "election_dt": "11/03/2026"},
}
"""A line of each layout that loads; tests change one cell of it."""


def arrow(known: Layout, lines: Sequence[Line], extra: Sequence[str] = ()) -> pa.Table:
    """The lines as `read` hands them on: strings by official column, '' where a line does not say."""
    columns: dict[str, pa.Array] = {
        name: pa.array([line.get(name, "") for line in lines], pa.string()) for name in (*known.order, *extra)
    }
    columns["source_file"] = pa.array(["made.txt"] * len(lines), pa.string())
    columns["source_line"] = pa.array(range(1, len(lines) + 1), pa.int64())
    return pa.table(columns)


def raw(known: Layout, lines: Sequence[Line], extra: Sequence[str] = ()) -> ir.Table:
    return ibis.memtable(arrow(known, lines, extra))


@cache
def statement(key: str) -> str:
    """The SQL from `lines` to the layout's rows, compiled once: that takes most of a test's time."""
    known = layout(key)
    kinds = {**dict.fromkeys(known.order, "string"), "source_file": "string", "source_line": "int64"}
    lines = ibis.table(kinds, name="lines")
    if known.role == "history":
        made = to_history(lines, known, as_of=TODAY)
    elif known.role == "absentee":
        made = to_ballots(lines, known, as_of=TODAY)
    else:
        made = to_voters(lines, known, "member", as_of=TODAY)
    return str(ibis.to_sql(made.order_by("source_line"), dialect="duckdb"))


def rows(key: str, changes: Sequence[Line]) -> list[dict[str, Any]]:
    """The rows that sound lines become, each with its cells changed, in order."""
    return _run(key, statement(key), changes)


def _run(key: str, sql: str, changes: Sequence[Line]) -> list[dict[str, Any]]:
    engine = _engine()
    engine.register("lines", arrow(layout(key), [{**SOUND[key], **change} for change in changes]))
    found: list[dict[str, Any]] = engine.sql(sql).to_arrow_table().to_pylist()
    return found


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def values(key: str, column: str, cells: Sequence[str | None], field: str) -> list[Any]:
    """What `field` becomes for each cell of the official column."""
    return [row[field] for row in rows(key, [{column: cell} for cell in cells])]
