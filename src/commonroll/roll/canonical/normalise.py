"""Official rows become rows of the roll: one Ibis expression per table, nothing executed here.

`raw` has the layout's columns by their official names, all strings, and `source_file` (string) and
`source_line` (int64). `to_voters`, `to_history`, `to_ballots` and `to_codes` give the columns of their table
in `roll/schema.py` and, beside them:

- `refused` (string): the first reason why the row cannot load, null where it can;
- `left_out` (string): why the row states nothing for the table (a ballot not counted, a repeated header);
- `lost_<column>` (string): why a published date or year became null: placeholder, future, unreadable;
- `source_file`, `source_line`, also where the table has no such columns.

Every row of `raw` is one of loaded (both null), refused or left out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence, Set

import ibis
import ibis.expr.types as ir

from commonroll.errors import Refusal
from commonroll.roll import schema
from commonroll.roll.layout import cells
from commonroll.roll.layout.cells import FIRST_DAY
from commonroll.roll.layout.known_elections import elections_in
from commonroll.roll.layout.layout import DistrictColumns, Layout, Source
from commonroll.roll.layout.listed_places import looked_up, with_places
from commonroll.roll.layout.standing import by_law, with_days
from commonroll.roll.layout.verbs import text_of
from commonroll.roll.layout.wide_history import codes_of, elections

OLDEST = 130
"""Years; a higher published age is a placeholder or a mistake."""

_DAYS = ("history.election_date", "ballots.election_date")
"""Where a file has the day of the election, a row without it says too little."""

LINE = ("source_file", "source_line")
WHY, LOST = "why_", "lost_"
SAID = "said_"
"""Before a field's name: the tidy cell it came from."""

BY_DATE: Mapping[str, str] = {"returned_on": "returned", "sent_on": "sent"}
"""What a ballot's dates say of it, the last step first, where no status is published."""

_IDS = frozenset({"state_voter_id", "county_voter_id"})
_NUMBERED = frozenset({"congressional_district", "state_senate_district", "state_house_district"})
_COUNTIES: Mapping[str, tuple[str, ...]] = {
    "county": ("county_fips", "county_name"),
    "county_voted": ("county_voted",),
}


def to_voters(
    raw: ir.Table,
    layout: Layout,
    member: str,
    *,
    as_of: datetime.date,
    keep: Sequence[str] = (),
    apart: bool = False,
    places: ir.Table | None = None,
) -> ir.Table:
    """The voters of a registration file. `member` is the owner's key, `as_of` the day of the load:
    later dates are in the future and become null. Columns of `raw` in `keep` come through as they are.

    `apart`: what is said of a line by cells that many lines share stands in columns that follow from these
    alone: further reasons to refuse it in `why_...`, in their order, each counting where none before does;
    and `lost_...` also of lines that are left out. `places`: the lists of places that came along, as
    `listed_places.PLACES_SCHEMA`; without them, what they tell stays empty.
    """
    rows = _decoded(raw, layout, keep)
    made = {"member": ibis.literal(member), "state": ibis.literal(layout.state)}
    made["confidential"] = (
        rows["confidential"] != "false" if layout.protected == "flagged" else ibis.literal(False)
    )
    voters = _judged(rows, layout, as_of, made, keep, apart)
    if layout.places is not None:
        voters = voters.mutate(lost_districts=ibis.null(str))
        if places is not None:
            voters = with_places(voters, places_of_lines(raw, layout, places), layout.places, places)
    if layout.adults is None:
        return with_days(voters)
    return with_days(voters, by_law(layout.adults, voters["registered_on"], voters["status"], as_of))


def to_history(
    raw: ir.Table, layout: Layout, *, as_of: datetime.date, codes: ir.Table | None = None
) -> ir.Table:
    """The elections voters took part in: a line is one of them, or holds several ([unpivot]).

    `codes`: election codes as `wide_history.CODES_SCHEMA`; without it those of the state's own list.
    """
    if layout.unpivot is None:
        rows = _decoded(raw, layout)
        return _judged(rows, layout, as_of, {})
    if codes is None and layout.unpivot.listed:
        codes = ibis.memtable(codes_of(layout.unpivot))
    places = elections_in(layout, raw.columns)
    voter = set(layout.columns["state_voter_id"].columns)
    sources = [source for one in places for source in one.cells.values()]
    made = {column for source in sources if source.verb != "column" for column in source.columns} | voter
    plain = {column for source in sources if source.verb == "column" for column in source.columns} - made
    tidied = _tidied(raw, made, set(), layout, keep=sorted(plain))
    lines = tidied.filter(_id_of(tidied, layout).notnull(), ~_is_header(tidied, layout))
    return elections(lines, layout, _id_of(lines, layout), places, codes, as_of)


def to_lines(raw: ir.Table, layout: Layout) -> ir.Table:
    """The lines of a history file whose lines hold several elections: `state_voter_id`, and the line as one
    text, `whole`, by which a repeated line is told; `refused` and `left_out` as everywhere."""
    columns = [name for name in raw.columns if name in layout.order or layout.is_election(name)]
    voter = layout.columns["state_voter_id"]
    tidied = _tidied(raw, {*voter.columns, *columns}, set(), layout)
    cells_ = [tidied[name].fill_null("") for name in sorted({*voter.columns, *columns})]
    said = tidied.select(
        *LINE,
        state_voter_id=_id_of(tidied, layout),
        whole=ibis.literal("\x1f").join(cells_),
        left_out=_left_out(tidied, layout),
    )
    return said.mutate(
        refused=ibis.cases((said["left_out"].isnull() & said["state_voter_id"].isnull(), "no id"))
    )


def to_codes(raw: ir.Table, layout: Layout, *, as_of: datetime.date) -> ir.Table:
    """A delivery's own list of codes: columns of `layout_shape.ELECTION_CODES`, or `LISTED_PLACES`."""
    return _judged(_decoded(raw, layout), layout, as_of, {})


def to_ballots(raw: ir.Table, layout: Layout, *, as_of: datetime.date) -> ir.Table:
    """The ballots of an absentee file; a ballot without a published status has the one its dates tell."""
    rows = _decoded(raw, layout)
    dated = [(field, said) for field, said in BY_DATE.items() if field in layout.columns]
    by_dates = ibis.cases(*((rows[field].notnull(), said) for field, said in dated), else_="requested")
    status = ibis.cases((rows["status"] == "", by_dates), else_=rows["status"])
    return _judged(rows, layout, as_of, {"status": status, "as_of": ibis.literal(as_of)})


def to_districts(
    raw: ir.Table, layout: Layout, *, numbered: bool = False, places: ir.Table | None = None
) -> ir.Table:
    """The districts of a registration file: columns of `schema.DISTRICTS`, one row per voter and district.

    Give it the raw rows that loaded as voters, so that a refused line, or a second row of one voter, adds
    no districts. A blank district adds no row. `numbered`: the line's number stands for the voter's id, and
    a column `slot` tells apart a line's districts of one type (null for those that are looked up).
    `places`: as in `to_voters`; a type that the line itself tells is not looked up.
    """
    if layout.places is None or places is None:
        return _own_districts(raw, layout, numbered)
    found = _listed_districts(raw, layout, numbered, places)
    if not layout.districts:
        return found
    own = _own_districts(raw, layout, numbered)
    return own.union(found.anti_join(own, ["state_voter_id", "type"]))


def places_of_lines(raw: ir.Table, layout: Layout, places: ir.Table) -> ir.Table:
    """What the places of each line are found to be, as `listed_places.looked_up`."""
    assert layout.places is not None
    return looked_up(_tidied(raw, set(), set(layout.places.columns), layout), layout.places, places)


def _listed_districts(raw: ir.Table, layout: Layout, numbered: bool, places: ir.Table) -> ir.Table:
    tidied = _tidied(raw, set(layout.columns["state_voter_id"].columns), set(), layout)
    voter = tidied["source_line"].cast("string") if numbered else _id_of(tidied, layout)
    found = places_of_lines(raw, layout, places)
    ids = tidied.select("source_line", state_voter_id=voter)
    listed = found.inner_join(ids, "source_line").select("state_voter_id", "type", "id", "name")
    if numbered:
        listed = listed.mutate(slot=ibis.null("int8"))
    there = listed.filter(
        listed["type"].notnull(), listed["id"].notnull(), listed["state_voter_id"].notnull()
    )
    return there.distinct()


def _own_districts(raw: ir.Table, layout: Layout, numbered: bool) -> ir.Table:
    columns = [(kind, one) for kind, many in layout.districts.items() for one in many]
    slots = [ibis.literal(at, "int8") for many in layout.districts.values() for at in range(len(many))]
    spaced = {name for _, one in columns for name in one.columns}
    voter = set() if numbered else set(layout.columns["state_voter_id"].columns)
    tidied = _tidied(raw, voter, spaced, layout)
    numbers = [_district(tidied, layout, one) for _, one in columns]
    names = [cells.words(tidied[one.name]) if one.name else ibis.null(str) for _, one in columns]
    # unnested side by side, the lists stay in step; a list of structs takes half as long again
    listed = tidied.select(
        state_voter_id=tidied["source_line"].cast("string") if numbered else _id_of(tidied, layout),
        type=ibis.array([ibis.literal(kind) for kind, _ in columns]).unnest(),
        id=ibis.array(numbers).unnest(),
        name=ibis.array(names).unnest(),
        **({"slot": ibis.array(slots).unnest()} if numbered else {}),
    )
    return listed.filter(listed["id"].notnull(), listed["state_voter_id"].notnull())


def _district(tidied: ir.Table, layout: Layout, one: DistrictColumns) -> ir.StringValue:
    hidden = layout.placeholders.get("districts", ())
    number = cells.without_zeros(
        text_of(one.source, [_said(tidied[name], hidden) for name in one.source.columns])
    )
    return ibis.literal(f"{one.label} ") + number if one.label else number


def _id_of(tidied: ir.Table, layout: Layout) -> ir.StringValue:
    source = layout.columns[layout.table.key[0]]
    return text_of(source, [tidied[name] for name in source.columns])


def _is_header(tidied: ir.Table, layout: Layout) -> ir.BooleanValue:
    """True for a line that repeats the header: the id's column holds its own name."""
    column = layout.columns[layout.table.key[0]].columns[0]
    return (tidied[column] == column).fill_null(False)


def _tidied(
    raw: ir.Table, plain: Set[str], spaced: Set[str], layout: Layout, keep: Sequence[str] = ()
) -> ir.Table:
    """The columns, each cell tidy, and the line they stand on; null for a column a delivery may lack.

    Cells of `spaced` columns may hold words; those of `plain` ones are only trimmed, which costs less.
    """
    made = {}
    for column in sorted(plain | spaced):
        if column in raw.columns:
            made[column] = (cells.tidy if column in spaced else cells.trimmed)(raw[column])
        elif column in layout.optional:
            made[column] = ibis.null(str)
        else:
            raise Refusal(
                f"column {column!r} is missing",
                where=layout.key,
                next_step="check the file against the layout's columns_order",
            )
    return raw.select(*LINE, *keep, **made)


def _decoded(raw: ir.Table, layout: Layout, keep: Sequence[str] = ()) -> ir.Table:
    """Each field the layout maps, as read, and the cells that judging looks at again."""
    used = {column for source in layout.columns.values() for column in source.columns}
    spaced = {
        c for field, source in layout.columns.items() if _is_words(layout, field) for c in source.columns
    }
    tidied = _tidied(raw, used, spaced, layout, keep)
    made: dict[str, ir.Value] = {}
    for field, source in layout.columns.items():
        made[field] = _value(tidied, layout, field, source)
        if _looked_at_again(layout, field):
            made[SAID + field] = _seen(tidied, source)
    return tidied.select(*LINE, *keep, left_out=_left_out(tidied, layout), **made)


def _seen(tidied: ir.Table, source: Source) -> ir.StringValue:
    """What a field's columns say, before it is understood: of a call's columns, the first.

    A year alone says no day: where `whole_day` passes over it, no date was lost.
    """
    if source.verb == "call" and source.call != "whole_day":
        return tidied[source.columns[0]]
    return text_of(source, [tidied[name] for name in source.columns])


def _value(tidied: ir.Table, layout: Layout, field: str, source: Source) -> ir.Value:
    said = [_said(tidied[column], layout.placeholders.get(field, ())) for column in source.columns]
    if field in _COUNTIES:
        return _county(layout, field, text_of(source, said))
    if source.is_verbatim:
        return text_of(source, said)
    if field in layout.codes:
        return _code(layout, field, text_of(source, said))
    kind = layout.table[field].type
    if kind == "date":
        return cells.day(text_of(source, said), layout.dates)
    if kind == "int16":
        return cells.number(text_of(source, said))
    if field in _IDS or source.verb == "call":
        return text_of(source, said)
    return _text(field, source, said)


def _code(layout: Layout, field: str, text: ir.StringValue) -> ir.StringValue:
    codes = layout.codes[field]
    if field not in layout.any_case:
        return cells.code(text, codes)
    return cells.code(cells.folded(text), {cells.folded_text(code): value for code, value in codes.items()})


def _county(layout: Layout, field: str, text: ir.StringValue) -> ir.IntegerValue:
    """The place of the county in the state's list; null for a code that is not in it."""
    if field not in layout.any_case:
        return cells.place_in(list(layout.counties), text)
    return cells.place_in([cells.folded_text(code) for code in layout.counties], cells.folded(text))


def _text(field: str, source: Source, said: list[ir.StringValue]) -> ir.StringValue:
    if field in _NUMBERED:
        return cells.without_zeros(text_of(source, said))
    if field == "email":
        return cells.email(text_of(source, said))
    if source.verb in ("column", "join") and source.fallback is None:
        return cells.words(*said)
    return text_of(source, said).upper()


def _is_words(layout: Layout, field: str) -> bool:
    """True where a cell of the field may hold several words, not an id, code, number or date."""
    if field in layout.codes or field in _COUNTIES or field in _IDS or field in _NUMBERED:
        return False
    if layout.columns[field].call in cells.LINES:
        return True
    return layout.columns[field].call is None and layout.table[field].type == "string"


def _said(cell: ir.StringValue, placeholders: Iterable[str]) -> ir.StringValue:
    for placeholder in placeholders:
        cell = cell.nullif(placeholder)
    return cell


def _looked_at_again(layout: Layout, field: str) -> bool:
    dated = field in layout.table.names and layout.table[field].type in ("date", "int16")
    return bool(layout.columns[field].columns) and (dated or field in _COUNTIES or field == "party")


def _left_out(tidied: ir.Table, layout: Layout) -> ir.StringValue:
    reasons = []
    for field, codes in layout.left_out.items():
        text = _seen(tidied, layout.columns[field])
        for code, why in codes.items():
            reasons.append((text == code if code else text.isnull(), why))
    if layout.format.header:
        reasons.append((_is_header(tidied, layout), "repeated header"))
    return ibis.cases(*reasons) if reasons else ibis.null(str)


def _judged(
    rows: ir.Table,
    layout: Layout,
    as_of: datetime.date,
    made: Mapping[str, ir.Value],
    keep: Sequence[str] = (),
    apart: bool = False,
) -> ir.Table:
    """The table's columns in order, `made` over the layout's own, and what the gate counts."""
    values = {column.name: _final(rows, layout, column, as_of) for column in layout.table} | dict(made)
    lost = {
        field: _lost(rows, layout, field, values[field], bounds, apart)
        for field in layout.columns
        if (bounds := _bounds(layout, field, as_of)) is not None
    }
    typed = {name: value.cast(layout.table[name].type) for name, value in values.items()}
    lines = {name: rows[name] for name in LINE if name not in typed}
    reasons = _reasons(rows, layout, values, lost)
    shared = {f"{WHY}{at:02}": ibis.cases(one) for at, one in enumerate(reasons)} if apart else {}
    return rows.select(
        **typed,
        **lines,
        **shared,
        refused=_refused(rows, layout, [] if apart else reasons),
        left_out=rows["left_out"],
        **{f"lost_{field}": why for field, why in lost.items()},
        **{name: rows[name] for name in keep},
    )


def _final(rows: ir.Table, layout: Layout, column: schema.Column, as_of: datetime.date) -> ir.Value:
    name = column.name
    if name in LINE:
        return rows[name]
    if name == "party_source" and "party" in layout.columns:
        return rows[f"{SAID}party"]
    for field, filled in _COUNTIES.items():
        if name in filled and field in layout.columns:
            known = layout.counties.values()
            return cells.at_place([c.name if name == "county_name" else c.fips for c in known], rows[field])
    if name == "birth_year" and "birth_date" in layout.columns and name not in layout.columns:
        return _within(rows["birth_date"], _bounds(layout, "birth_date", as_of)).year()
    if name not in layout.columns:
        return ibis.null(column.type)
    if name in layout.codes or (column.type == "bool" and layout.columns[name].is_verbatim):
        known = rows[name].nullif("").nullif(cells.UNKNOWN)
        return known == "true" if column.type == "bool" else known
    return _within(rows[name], _bounds(layout, name, as_of))


def _bounds(layout: Layout, field: str, as_of: datetime.date) -> tuple[object, object] | None:
    """First and last value a date or number may have; None for a field that is neither."""
    if field not in layout.table.names or not layout.columns[field].columns:
        return None
    column = layout.table[field]
    if column.qualified in ("ballots.election_date", "elections.election_date"):
        return FIRST_DAY, datetime.date.max
    if column.type == "date":
        return FIRST_DAY, as_of
    if column.type == "int16":
        return (FIRST_DAY.year + 1, as_of.year) if field == "birth_year" else (0, OLDEST)
    return None


def _within(value: ir.Value, bounds: tuple[object, object] | None) -> ir.Value:
    return value if bounds is None else ibis.cases((value.between(*bounds), value))


def _lost(
    rows: ir.Table, layout: Layout, field: str, value: ir.Value, bounds: tuple[object, object], apart: bool
) -> ir.StringValue:
    said, read = rows[SAID + field], rows[field]
    nothing = value.notnull() | said.isnull()
    return ibis.cases(
        (nothing if apart else nothing | rows["left_out"].notnull(), ibis.null(str)),
        (said.isin(layout.placeholders.get(field, ())), "placeholder"),
        (read.isnull(), "unreadable"),
        (read > bounds[1], "future"),
        else_="placeholder",
    )


Reason = tuple[ir.BooleanValue, ir.StringValue | str]


def _refused(rows: ir.Table, layout: Layout, reasons: Sequence[Reason]) -> ir.StringValue:
    return ibis.cases(
        (rows["left_out"].notnull(), ibis.null(str)),
        (rows[layout.table.key[0]].isnull(), "no id"),
        *reasons,
    )


def _reasons(
    rows: ir.Table, layout: Layout, values: Mapping[str, ir.Value], lost: Mapping[str, ir.StringValue]
) -> list[Reason]:
    """Why a line that has an id cannot load; the first that is true counts."""
    reasons: list[Reason] = []
    for field in layout.columns:
        why = f"unknown code in {' '.join(layout.columns[field].columns)}"
        if field in layout.codes and field != "confidential":
            reasons.append((rows[field] == cells.UNKNOWN, why))
        if field in _COUNTIES and layout.columns[field].columns:
            reasons.append((rows[field].isnull() & rows[SAID + field].notnull(), why))
    for column in layout.table:
        needed = not column.nullable or column.qualified in _DAYS
        if column.name in layout.columns and needed and column.name != layout.table.key[0]:
            if column.name in lost:
                reasons.append((lost[column.name].notnull(), lost[column.name] + f" {column.name}"))
            reasons.append((values[column.name].isnull(), f"no {column.name}"))
    return reasons
