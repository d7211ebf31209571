"""What the engine is asked about each part of a file: built once per file shape, run part by part.

Parts arrive as the table DELIVERED (see `fields.py`). Until a row is written, its `source_line` is its spot:
the part's number and the line's in one (see `spots.py`). Expressions end in
SQL text once, since compiling one costs more than reading a small part.

Voters share places and codes: what follows from cells that few lines differ in is not worked out line by
line, but for one line of each combination (see `representatives.py`).
"""

from __future__ import annotations

import datetime
import gc
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import ibis
import ibis.expr.types as ir

from .. import schema
from ..layout.known_elections import elections_in
from ..layout.layout import Layout
from ..layout.listed_places import KNOWN_PLACES, PLACES_SCHEMA, with_places
from ..layout.wide_history import CODES_SCHEMA, KNOWN_CODES
from ..reading.shape import Shape
from .hashes import hash_of
from .lineage import behind, read_for
from .normalise import (
    LINE,
    LOST,
    WHY,
    places_of_lines,
    to_ballots,
    to_codes,
    to_districts,
    to_history,
    to_lines,
    to_voters,
)

DELIVERED = "delivered"
ROWS = "rows_of_part"
ASIDE = "aside"
KEY, PRINT = "key_", "print"
AS_ONE = "\x1f"
"""Between the first and the last column of cells that are read as one text."""
PLACE, CODES = "group_of_place", "group_of_codes"
AGE, REGISTERED = "group_of_age", "group_of_registration"
SHARED: Mapping[str, tuple[str, ...]] = {
    PLACE: tuple(column.name for column in schema.VOTERS if column.cls == "district"),
    CODES: (
        *(column.name for column in schema.VOTERS if column.values),
        "status_reason", "name_suffix", "residence_state", "race", "ethnicity", "confidential",
    ),
    AGE: ("birth_year", "birth_date", "shown_from", "listed_from"),
    REGISTERED: ("registered_on",),
    "group_of_town": ("residence_city", "residence_zip5", "residence_zip4"),
    "group_of_mail_town": ("mail_city", "mail_state", "mail_country"),
}  # fmt: skip
"""Groups of columns that take few values together, so that many voters agree in all of them."""

BY_CELL = frozenset({AGE, REGISTERED})
"""Groups of many combinations of few cells: what they say is worked out from these cells, not from lines."""

RANKS = {"active": 0, "inactive": 0, "pending": 1, "removed": 2}
"""Of several rows of one voter, one that may vote stays: a removed row is the trace of a county move."""


@dataclass(frozen=True)
class Columns:
    """The columns of a file in its own order, by official names, and how its records look."""

    names: tuple[str, ...]
    shape: Shape

    def span(self, cell: str) -> tuple[int, int]:
        """The first and the last field of a column's cells, or of cells that stand as one."""
        first, _, last = cell.partition(AS_ONE)
        return self.names.index(first), self.names.index(last or first)

    def as_few(self, cells: Sequence[str], alone: Set[str]) -> tuple[str, ...]:
        """The cells (in the file's order), those side by side as one, which costs less to read.

        `alone`: cells that are read by themselves in any case.
        """
        runs: list[list[str]] = []
        for cell in cells:
            if runs and self.names.index(cell) == self.names.index(runs[-1][-1]) + 1:
                runs[-1].append(cell)
            else:
                runs.append([cell])
        few: list[str] = []
        for run in runs:
            few += run if len(run) == 1 or set(run) <= alone else [run[0] + AS_ONE + run[-1]]
        return tuple(few)


@dataclass(frozen=True)
class Group:
    """Lines that agree in some cells. `name`: the column of ROWS with a number that they share.

    `columns`: those of the table that follow from these cells alone. `cells`, `decoded`: where the cells are
    read by themselves, these and the columns' SQL, of each line in DELIVERED; else they stand with those of
    the other groups in `Statements.decoded`.
    """

    name: str
    columns: tuple[str, ...]
    cells: tuple[str, ...] = ()
    decoded: str = ""


@dataclass(frozen=True)
class Statements:
    """SQL for one layout and one order of columns.

    `reads`: the cells of DELIVERED, as `Columns.span` knows them, that `rows` needs, `reads_wide` those that
    `wide` needs, too. `elections`: per election the columns that say anything of it, where its cells are
    looked for by themselves (see `wide_cells.py`); else there are none.
    `rows`: what becomes of each line, but for the columns of `groups`; with these it is the table ROWS.
    `decoded`: these columns, of each line in DELIVERED. `keys`: keys of lines that load, from ROWS (see
    `repeats.py`).
    `wide`: elections beside a voter's id, read from DELIVERED but for the lines in ASIDE, and their `place`.
    `entries`: districts of the lines of DELIVERED that are in ASIDE.
    """

    reads: tuple[str, ...]
    rows: str
    groups: tuple[Group, ...]
    decoded: str
    keys: str
    wide: str | None
    entries: str | None
    reads_wide: tuple[str, ...] = ()
    elections: tuple[tuple[str, ...], ...] = ()


def records(cells: Sequence[str]) -> ir.Table:
    """The lines, their cells as strings by official column, `source_file` and, in `source_line`, their spot.

    An empty cell is an empty text. `source_file` is null: whose line it is says the spot.
    """
    return ibis.table(
        {**dict.fromkeys(cells, "string"), "source_file": "string", "source_line": "int64"}, name=DELIVERED
    )


@dataclass(frozen=True, eq=False)
class _This:
    """A layout as itself: equal to no other, so that it can name what was compiled for it."""

    layout: Layout


_known: dict[int, _This] = {}


def statements(layout: Layout, columns: Columns, member: str, as_of: datetime.date) -> Statements:
    """Everything asked about the parts of one file. `as_of`: the day of the load."""
    with _collecting_later():
        return _compiled(_known.setdefault(id(layout), _This(layout)), columns, member, as_of)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Expressions are many small objects that stay; to look for garbage among them takes a third as long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@lru_cache(maxsize=64)
def _compiled(this: _This, columns: Columns, member: str, as_of: datetime.date) -> Statements:
    layout = this.layout
    lines = records(columns.names)
    rows = _of_role(lines, layout, member, as_of)
    cells = _cells(rows, layout, columns)
    groups = _groups(rows, cells)
    together = [name for group in groups if not group.cells for name in group.columns]
    shared = [name for group in groups for name in group.columns]
    alone = read_for(rows.drop(*shared))
    judged = _of_role(_numbered(columns, cells, alone), layout, member, as_of, tuple(cells))
    own = judged.drop(*shared, "source_file") if "source_file" in judged.columns else judged.drop(*shared)
    whole = ibis.table(judged.schema(), name=ROWS)
    aside = ibis.table({"source_line": "int64"}, name=ASIDE)
    stays = lines.anti_join(aside, "source_line")
    reads = read_for(own) - set(LINE)
    wide = read_for(_wide(lines, layout, columns, as_of)) if layout.unpivot is not None else frozenset()
    both = tuple(sorted(reads | wide & set(columns.names)))
    elections = _elections(layout, columns)
    return Statements(
        reads=tuple(sorted(reads)) if elections else both,
        reads_wide=both,
        elections=elections,
        rows=_sql(own),
        groups=groups,
        decoded=_sql(_decoded(rows.select(*together, "source_line"), lines, layout)),
        keys=_sql(_keys(whole.filter(whole["refused"].isnull(), whole["left_out"].isnull()), layout)),
        wide=_sql(_wide(stays, layout, columns, as_of)) if layout.unpivot is not None else None,
        entries=_sql(_entries(lines.semi_join(aside, "source_line"), layout))
        if layout.has_districts and PLACE in cells
        else None,
    )


def _decoded(few: ir.Table, lines: ir.Table, layout: Layout) -> ir.Table:
    """`few` with the line's number as `line`, and with what lists of places tell of the lines."""
    places = _places(layout)
    if layout.places is not None and places is not None:
        few = with_places(few, places_of_lines(lines, layout, places), layout.places, places)
    return few.rename(line="source_line")


def _places(layout: Layout) -> ir.Table | None:
    """The engine's table of places, for a layout that looks any up."""
    return ibis.table(ibis.Schema.from_pyarrow(PLACES_SCHEMA), name=KNOWN_PLACES) if layout.places else None


def _numbered(columns: Columns, cells: Mapping[str, Sequence[str]], alone: Set[str]) -> ir.Table:
    """The lines with a number per group, the same for lines that agree in its cells."""
    few = {name: of if name in BY_CELL else columns.as_few(of, alone) for name, of in cells.items()}
    lines = records(list(dict.fromkeys((*columns.names, *(one for of in few.values() for one in of)))))
    return lines.mutate(**{name: hash_of([lines[one] for one in of]) for name, of in few.items()})


def _cells(rows: ir.Table, layout: Layout, columns: Columns) -> Mapping[str, tuple[str, ...]]:
    """For each group, the cells of a line that say which one it is in. Voters alone have groups."""
    if layout.role != "registration":
        return {}
    found = {}
    for group, shared in SHARED.items():
        of = frozenset().union(*(behind(rows, name) for name in shared))
        of |= _district_columns(layout) if group == PLACE else frozenset()
        found[group] = tuple(name for name in columns.names if name in of)
    return {group: of for group, of in found.items() if of}


def _groups(rows: ir.Table, cells: Mapping[str, Sequence[str]]) -> tuple[Group, ...]:
    left = [
        name
        for name in rows.columns
        if (name in schema.VOTERS.names or name.startswith((WHY, LOST))) and name not in LINE
    ]
    groups = []
    for name, of in cells.items():
        columns = tuple(column for column in left if behind(rows, column) <= set(of))
        left = [column for column in left if column not in columns]
        by_cell = name in BY_CELL and columns
        decoded = _sql(rows.select(*columns, line="source_line")) if by_cell else ""
        groups.append(Group(name, columns, tuple(of) if by_cell else (), decoded))
    return tuple(groups)


def _sql(expression: ir.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb"))


def _of_role(
    lines: ir.Table, layout: Layout, member: str, as_of: datetime.date, keep: Sequence[str] = ()
) -> ir.Table:
    if layout.role == "registration":
        return to_voters(lines, layout, member, as_of=as_of, keep=keep, apart=True)
    if layout.role == "history":
        return to_history(lines, layout, as_of=as_of) if layout.has_rows else _lines(lines, layout)
    if layout.role in ("elections", "places"):
        return to_codes(lines, layout, as_of=as_of)
    return to_ballots(lines, layout, as_of=as_of)


def _lines(lines: ir.Table, layout: Layout) -> ir.Table:
    """What becomes of lines that hold elections alone, with the keys that tell a repeated line."""
    read = to_lines(lines, layout)
    return read.mutate(**_hashes(read["whole"])).drop("whole")


def _district_columns(layout: Layout) -> frozenset[str]:
    named = [one for kind in layout.districts.values() for one in kind]
    beside = layout.places.columns if layout.places else frozenset()
    return beside.union(column for one in named for column in one.columns)


def _keys(loads: ir.Table, layout: Layout) -> ir.Table:
    key = _key(loads, layout)
    made = {PRINT: hash_of([key[f"{KEY}1"]])}
    return loads.select(**key, **made, rank=_rank(loads, layout), spot="source_line")


def _key(rows: ir.Table, layout: Layout) -> dict[str, ir.Value]:
    """What must not repeat in a delivery: the voter's id, or two hashes of a longer key (128 bits)."""
    if not layout.has_rows:
        return {name: rows[name] for name in (f"{KEY}1", f"{KEY}2")}
    names = layout.table.key
    if len(names) == 1:
        return {f"{KEY}1": rows[names[0]]}
    return _hashes(ibis.literal("\x1f").join([rows[name].cast("string").fill_null("") for name in names]))


def _hashes(key: ir.StringValue) -> dict[str, ir.Value]:
    return {f"{KEY}1": hash_of([key]), f"{KEY}2": hash_of([key + "\x1e"])}


def _rank(rows: ir.Table, layout: Layout) -> ir.IntegerValue:
    if layout.role != "registration":
        return ibis.literal(0, "int8")
    return rows["status"].cases(*RANKS.items(), else_=1).cast("int8")


def _wide(stays: ir.Table, layout: Layout, columns: Columns, as_of: datetime.date) -> ir.Table:
    codes = None
    if layout.unpivot is not None and (layout.unpivot.listed or layout.unpivot.delivered):
        codes = ibis.table(ibis.Schema.from_pyarrow(CODES_SCHEMA), name=KNOWN_CODES)
    lines = stays.select(*columns.names, *LINE)
    history = to_history(lines, layout, as_of=as_of, codes=codes)
    return history.select(*schema.HISTORY.names, "source_line", "place", "refused")


def _elections(layout: Layout, columns: Columns) -> tuple[tuple[str, ...], ...]:
    """Per election, in the order of its `place`, the columns that stand for it alone.

    None where the elections of a line are not columns named after them, or the line's key is not the voter.
    """
    if layout.role != "registration" or layout.unpivot is None or layout.unpivot.shape != "columns":
        return ()
    found = elections_in(layout, columns.names)
    return tuple(tuple(name for one in each.cells.values() for name in one.columns) for each in found)


def _entries(lines: ir.Table, layout: Layout) -> ir.Table:
    """Districts of the lines at hand, each line by its number in place of a voter's id.

    `slot` tells apart the districts that one line has of one type.
    """
    found = to_districts(lines, layout, numbered=True, places=_places(layout))
    slot: ir.Value = found["slot"]
    if layout.places is not None:
        slot = ibis.row_number().over(group_by=["state_voter_id", "type"], order_by=["id", "name"])
    return found.select("type", "id", "name", line=found["state_voter_id"].cast("int64"), slot=slot)
