"""What the engine is asked about each part of a file: built once per file shape, run part by part.

A part arrives as the view `DELIVERED`; the connection's variables say which part it is. Expressions end in
SQL text once, since compiling costs more than reading a small part.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from . import cells, schema
from .layout import Layout
from .normalise import to_ballots, to_districts, to_history, to_voters
from .parts import MARK, Shape

DELIVERED = "delivered"
JUDGED = "judged"
GROUPS = "groups"
ASIDE = "aside"
KEY = "key_"
RANKS = {"active": 0, "inactive": 0, "pending": 1, "removed": 2}
"""Of several rows of one voter, the one that may vote stays: a removed row is the trace of a county move."""


@ibis.udf.scalar.builtin(name="getvariable")
def number_of(variable: str) -> int:  # type: ignore[empty-body]
    """A whole number that the connection was told about the part."""


@ibis.udf.scalar.builtin(name="getvariable")
def text_of(variable: str) -> str:  # type: ignore[empty-body]
    """A text that the connection was told about the part."""


@dataclass(frozen=True)
class Statements:
    """SQL for one layout and one order of columns.

    `judge`: what becomes of each line (columns of JUDGED); `aside`: lines that do not load, with reason;
    `lost`: counts of dates lost; `keys`: keys of lines that load; `tables`: rows of each table to write.
    `groups` and `entries`: voters grouped by their districts, and the districts of each group.
    """

    judge: str
    keys: str
    keys_schema: ibis.Schema
    aside: str
    left_out: str
    lost: str | None
    tables: Mapping[str, str]
    groups: str | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of a file in its own order, by official names, and how its records look."""

    names: tuple[str, ...]
    shape: Shape

    @property
    def csv(self) -> Mapping[str, object]:
        """How the engine's CSV reader takes a part apart; quotes are data (docs/adr/0025)."""
        return {
            "delim": self.shape.between.decode(),
            "quote": "",
            "escape": "",
            "header": False,
            "auto_detect": False,
            "new_line": "\\n",
            "max_line_size": 1 << 20,
            "columns": dict.fromkeys(self.names, "VARCHAR"),
        }


def records(columns: Columns) -> ir.Table:
    """The part's lines as strings by official column, with `source_file` and `source_line`."""
    lines = ibis.table(dict.fromkeys(columns.names, "string"), name=DELIVERED)
    lines = lines.mutate(
        source_file=text_of("source_file"), source_line=ibis.row_number() + number_of("first_record")
    )
    if columns.shape.wrapped:
        first, last = columns.names[0], columns.names[-1]
        lines = lines.mutate(**{first: lines[first].substr(1)})
        lines = lines.mutate(**{last: lines[last].substr(0, lines[last].length() - 1)})
    first_cell = lines[columns.names[0]]
    return lines.filter(first_cell.isnull() | (first_cell != MARK))


def statements(layout: Layout, columns: Columns, member: str, as_of: datetime.date) -> Statements:
    """Everything asked about the parts of one file. `as_of`: the day of the load."""
    lines = records(columns)
    rows = _rows(lines, layout, member, as_of)
    judged = _judged(rows, layout)
    loaded = lines.anti_join(_aside_of_part(), "source_line")
    return Statements(
        judge=_sql(judged),
        keys=_sql(_keys(judged)),
        keys_schema=_keys(judged).schema(),
        aside=_sql(_aside(judged)),
        left_out=_sql(_counted(_judged_table(judged), "left_out")),
        lost=_lost(judged),
        tables={table: _sql(rows) for table, rows in _tables(loaded, layout, member, as_of).items()},
        groups=_sql(_groups(loaded, layout)) if layout.districts else None,
    )


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb"))


def _rows(lines: ir.Table, layout: Layout, member: str, as_of: datetime.date) -> ir.Table:
    if layout.role == "registration":
        return to_voters(lines, layout, member, as_of=as_of)
    if layout.role == "history":
        return to_history(lines, layout, as_of=as_of)
    return to_ballots(lines, layout, as_of=as_of)


def _judged(rows: ir.Table, layout: Layout) -> ir.Table:
    lost = [name for name in rows.columns if name.startswith("lost_")]
    return rows.select("source_line", "refused", "left_out", *lost, **_key(rows, layout), rank=_rank(rows, layout))


def _key(rows: ir.Table, layout: Layout) -> dict[str, ir.Value]:
    """What must not repeat in a delivery: the voter's id, or two hashes of a longer key (128 bits)."""
    names = layout.table.key
    if len(names) == 1:
        return {f"{KEY}1": rows[names[0]]}
    texts = [rows[name].cast("string").fill_null("") for name in names]
    key = ibis.literal("\x1f").join(texts)
    return {f"{KEY}1": key.hash(), f"{KEY}2": (key + "\x1e").hash()}


def _rank(rows: ir.Table, layout: Layout) -> ir.IntegerValue:
    if layout.role != "registration":
        return ibis.literal(0, "int8")
    return rows["status"].cases(*RANKS.items(), else_=1).cast("int8")


def _judged_table(judged: ir.Table) -> ir.Table:
    return ibis.table(judged.schema(), name=JUDGED)


def _keys(judged: ir.Table) -> ir.Table:
    rows = _judged_table(judged)
    names = [name for name in rows.columns if name.startswith(KEY)]
    loads = rows.filter(rows["refused"].isnull(), rows["left_out"].isnull())
    return loads.select(*names, "rank", "source_line", part=number_of("part"))


def _aside(judged: ir.Table) -> ir.Table:
    rows = _judged_table(judged)
    stays = rows.filter(rows["refused"].notnull() | rows["left_out"].notnull())
    return stays.select("source_line", "refused")


def _counted(rows: ir.Table, column: str) -> ir.Table:
    named = rows.filter(rows[column].notnull())
    return named.group_by(why=named[column]).agg(n=named.count())


def _lost(judged: ir.Table) -> str | None:
    rows = _judged_table(judged)
    columns = [name for name in rows.columns if name.startswith("lost_")]
    if not columns:
        return None
    counted = (
        _counted(rows, name).select(column=ibis.literal(name.removeprefix("lost_")), why="why", n="n")
        for name in columns
    )
    return _sql(ibis.union(*counted))


def _aside_of_part() -> ir.Table:
    return ibis.table({"source_line": "int64"}, name=ASIDE)


def _tables(
    loaded: ir.Table, layout: Layout, member: str, as_of: datetime.date
) -> Mapping[str, ir.Table]:
    """The rows of each table that a file of this layout fills, but for districts."""
    made = {layout.table.name: _rows(loaded, layout, member, as_of).select(*layout.table.names)}
    if layout.unpivot is not None and layout.role == "registration":
        history = to_history(loaded, layout, as_of=as_of)
        made[schema.HISTORY.name] = history.select(*schema.HISTORY.names)
    if layout.districts:
        made[schema.DISTRICTS.name] = _districts(layout)
    return made


def _district_columns(layout: Layout) -> Sequence[str]:
    named = [one for kind in layout.districts.values() for one in kind]
    return sorted({one.id for one in named} | {one.name for one in named if one.name})


def _groups(loaded: ir.Table, layout: Layout) -> ir.Table:
    """Voters of one combination of district cells as one row: their ids as a list, and a number.

    A few thousand combinations stand for all voters of a part, so districts are worked out once for each.
    """
    columns = _district_columns(layout)
    voter = layout.columns["state_voter_id"].columns[0]
    ids = loaded.select(*columns, state_voter_id=cells.tidy(loaded[voter]))
    grouped = ids.group_by(*columns).agg(ids=ids["state_voter_id"].collect())
    return grouped.mutate(number=ibis.row_number().cast("string"))


def _districts(layout: Layout) -> ir.Table:
    columns = _district_columns(layout)
    groups = ibis.table(
        {**dict.fromkeys(columns, "string"), "ids": "array<string>", "number": "string"}, name=GROUPS
    )
    voter = layout.columns["state_voter_id"].columns[0]
    one_each = groups.select(
        *columns, **{voter: groups["number"]}, source_file=ibis.literal(""), source_line=ibis.literal(0)
    )
    entries = to_districts(one_each, layout).rename(number="state_voter_id")
    listed = entries.inner_join(groups.select("number", "ids"), "number")
    return listed.select("type", "id", "name", state_voter_id=listed["ids"].unnest()).select(
        *schema.DISTRICTS.names
    )
