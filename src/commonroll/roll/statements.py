"""What the engine is asked about each part of a file: built once per file shape, run part by part.

Parts arrive as the view DELIVERED, beside the table FILES that says what they are. Until a row is written,
its `source_line` is its spot: the part's number and the line's in one (see `spots.py`). Expressions end in
SQL text once, since compiling one costs more than reading a small part.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from inspect import Parameter, Signature
from typing import cast

import ibis
import ibis.expr.types as ir

from . import schema
from .layout import Layout
from .normalise import to_ballots, to_districts, to_history, to_voters
from .parts import MARK, Shape

DELIVERED = "delivered"
ROWS = "rows_of_part"
ASIDE = "aside"
FILES = "files_of_part"
KEY = "key_"
PLACE = "place"
RANKS = {"active": 0, "inactive": 0, "pending": 1, "removed": 2}
"""Of several rows of one voter, one that may vote stays: a removed row is the trace of a county move."""


def hash_of(cells: Sequence[ir.StringValue]) -> ir.Value:
    """DuckDB's 64-bit hash of several cells (of a list of them it would cost ten times as much)."""

    def hash() -> int: ...  # type: ignore[empty-body]

    names = [f"cell{number}" for number in range(len(cells))]
    asked = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=str) for name in names]
    hash.__signature__ = Signature(asked, return_annotation=int)  # type: ignore[attr-defined]
    made = ibis.udf.scalar.builtin(hash, signature=(("string",) * len(cells), "uint64"))
    return cast(ir.Value, made(*cells))


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


@dataclass(frozen=True)
class Statements:
    """SQL for one layout and one order of columns.

    `rows`: what becomes of each line, for the table ROWS that the next ones read. `keys`: keys of lines that
    load. `aside`: lines that do not, with the reason (null: left out). `left_out`, `lost`: counts by reason.
    `wide`: elections beside a registration, read anew from DELIVERED but for the
    lines in ASIDE. `links`: voter, spot and place; `entries`: districts of each place, from DELIVERED.
    """

    rows: str
    keys: str
    keys_schema: ibis.Schema
    aside: str
    left_out: str
    lost: str | None
    stays: ir.Table
    wide: str | None
    links: str | None
    entries: str | None

    @cached_property
    def again(self) -> str:
        """The rows that load, read anew from DELIVERED but for the lines in ASIDE."""
        return _sql(self.stays)


def records(columns: Columns) -> ir.Table:
    """The lines as strings by official column, with `source_file` and, in `source_line`, their spot."""
    lines = ibis.table(dict.fromkeys((*columns.names, "filename"), "string"), name=DELIVERED)
    files = ibis.table({"filename": "string", "source_file": "string", "base": "int64"}, name=FILES)
    lines = lines.mutate(row=ibis.row_number())
    if columns.shape.wrapped:
        first, last = columns.names[0], columns.names[-1]
        lines = lines.mutate(**{first: lines[first].substr(1)})
        lines = lines.mutate(**{last: lines[last].substr(0, lines[last].length() - 1)})
    first_cell = lines[columns.names[0]]
    lines = lines.filter(first_cell.isnull() | (first_cell != MARK)).inner_join(files, "filename")
    return lines.mutate(source_line=lines["row"] + lines["base"])


@dataclass(frozen=True, eq=False)
class _This:
    """A layout as itself: equal to no other, so that it can name what was compiled for it."""

    layout: Layout


_known: dict[int, _This] = {}


def statements(layout: Layout, columns: Columns, member: str, as_of: datetime.date) -> Statements:
    """Everything asked about the parts of one file. `as_of`: the day of the load."""
    return _compiled(_known.setdefault(id(layout), _This(layout)), columns, member, as_of)


@lru_cache(maxsize=64)
def _compiled(this: _This, columns: Columns, member: str, as_of: datetime.date) -> Statements:
    layout = this.layout
    lines = records(columns)
    judged = _judged(lines, layout, columns, member, as_of)
    rows = ibis.table(judged.schema(), name=ROWS)
    loads = rows.filter(rows["refused"].isnull(), rows["left_out"].isnull())
    keys = _keys(loads, layout)
    stays = lines.anti_join(ibis.table({"source_line": "int64"}, name=ASIDE), "source_line")
    districts = bool(layout.districts)
    return Statements(
        rows=_sql(judged),
        keys=_sql(keys),
        keys_schema=keys.schema(),
        aside=_sql(_aside(rows)),
        left_out=_sql(_counted(rows, "left_out")),
        lost=_lost(rows),
        stays=_of_role(stays, layout, member, as_of).select(*layout.table.names),
        wide=_sql(_wide(stays, layout, as_of)) if _is_wide(layout) else None,
        links=_sql(loads.select(PLACE, "state_voter_id", spot="source_line")) if districts else None,
        entries=_sql(_entries(lines, layout)) if districts else None,
    )


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb"))


def _of_role(
    lines: ir.Table, layout: Layout, member: str, as_of: datetime.date, keep: Sequence[str] = ()
) -> ir.Table:
    if layout.role == "registration":
        return to_voters(lines, layout, member, as_of=as_of, keep=keep)
    if layout.role == "history":
        return to_history(lines, layout, as_of=as_of)
    return to_ballots(lines, layout, as_of=as_of)


def _judged(lines: ir.Table, layout: Layout, columns: Columns, member: str, as_of: datetime.date) -> ir.Table:
    """Every line's row, and its place: a number that lines with the same district cells share."""
    if not layout.districts:
        return _of_role(lines, layout, member, as_of)
    cells = [lines[name] for name in columns.names if name in _district_columns(layout)]
    placed = lines.mutate(**{PLACE: hash_of(cells)})
    return _of_role(placed, layout, member, as_of, [PLACE])


def _district_columns(layout: Layout) -> frozenset[str]:
    named = [one for kind in layout.districts.values() for one in kind]
    return frozenset({one.id for one in named} | {one.name for one in named if one.name})


def _keys(loads: ir.Table, layout: Layout) -> ir.Table:
    key = _key(loads, layout)
    return loads.select(**key, rank=_rank(loads, layout), spot="source_line")


def _key(rows: ir.Table, layout: Layout) -> dict[str, ir.Value]:
    """What must not repeat in a delivery: the voter's id, or two hashes of a longer key (128 bits)."""
    names = layout.table.key
    if len(names) == 1:
        return {f"{KEY}1": rows[names[0]]}
    key = ibis.literal("\x1f").join([rows[name].cast("string").fill_null("") for name in names])
    return {f"{KEY}1": key.hash(), f"{KEY}2": (key + "\x1e").hash()}


def _rank(rows: ir.Table, layout: Layout) -> ir.IntegerValue:
    if layout.role != "registration":
        return ibis.literal(0, "int8")
    return rows["status"].cases(*RANKS.items(), else_=1).cast("int8")


def _aside(rows: ir.Table) -> ir.Table:
    stays = rows.filter(rows["refused"].notnull() | rows["left_out"].notnull())
    return stays.select(spot="source_line", refused="refused")


def _counted(rows: ir.Table, column: str) -> ir.Table:
    named = rows.filter(rows[column].notnull())
    return named.group_by(why=named[column]).agg(n=named.count())


def _lost(rows: ir.Table) -> str | None:
    columns = [name for name in rows.columns if name.startswith("lost_")]
    if not columns:
        return None
    counted = (
        _counted(rows, name).select(column=ibis.literal(name.removeprefix("lost_")), why="why", n="n")
        for name in columns
    )
    return _sql(ibis.union(*counted))


def _is_wide(layout: Layout) -> bool:
    return layout.role == "registration" and layout.unpivot is not None


def _wide(stays: ir.Table, layout: Layout, as_of: datetime.date) -> ir.Table:
    history = to_history(stays, layout, as_of=as_of)
    return history.select(*schema.HISTORY.names, "source_line", "refused")


def _entries(lines: ir.Table, layout: Layout) -> ir.Table:
    """Districts of the lines at hand, each line by its number in place of a voter's id.

    `slot` tells apart the districts that one line has of one type.
    """
    voter = layout.columns["state_voter_id"].columns[0]
    found = to_districts(lines.mutate(**{voter: lines["source_line"].cast("string")}), layout)
    by_type = ibis.window(group_by=["state_voter_id", "type"], order_by=["id", "name"])
    return found.select(
        "type", "id", "name", line=found["state_voter_id"].cast("int64"), slot=ibis.row_number().over(by_type)
    )
