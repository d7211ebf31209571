"""A layout read backwards: for each column of the file, what it says of a row.

`writers` gives one function per column. A column that several fields read says what suits all of them: the
parts of a split, the characters that another field picks out, a mark for protected voters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented import calls
from commonroll.invented.addresses import STREET, UNIT, spread, together
from commonroll.invented.codes import coded, ethnicity_lists, race_lists, spelled_out
from commonroll.invented.draw import Bools
from commonroll.invented.facts import Facts
from commonroll.invented.filler import filler
from commonroll.invented.write import dates, glued, override
from commonroll.invented.zones import zone_code
from commonroll.roll.layout.layout import Layout, Source

Writer = Callable[[Facts], pa.Array]
HIDDEN = ("residence_", "mail_", "phone", "email")
"""How the names of fields begin that a file leaves blank for a protected voter."""

PLACEHOLDERS = 20
"""In ten thousand: rows with a placeholder in place of a date."""

COUNTIES = ("county", "county_voted")


@dataclass(frozen=True)
class Use:
    """One reading of a column: by a field, or by a district's number (`kind`) or name."""

    field: str
    source: Source
    place: int
    district: str | None = None
    label: str | None = None

    @property
    def verb(self) -> str:
        return self.source.verb


def writers(layout: Layout) -> Mapping[str, Writer]:
    """For every column of the layout's order what a file says in it."""
    used, zones = uses(layout), zone_writers(layout)
    return {
        column: writer(layout, column, used[column], used)
        if column in used
        else zones.get(column) or filler(column)
        for column in layout.order
    }


def zone_writers(layout: Layout) -> Mapping[str, Writer]:
    """The numbered columns whose meaning a list of places tells."""
    zones = layout.places.zones if layout.places else ()
    return {
        zone.code: partial(zone_code, number=number)
        for number, zone in enumerate(zones, start=1)
        if zone.code is not None
    }


def uses(layout: Layout) -> Mapping[str, list[Use]]:
    """Who reads each column."""
    found: dict[str, list[Use]] = {}
    for field, source in layout.columns.items():
        for place, column in enumerate(source.columns):
            found.setdefault(column, []).append(Use(field, source, place))
    for kind, several in layout.districts.items():
        for one in several:
            for place, column in enumerate(one.source.columns):
                found.setdefault(column, []).append(Use("", one.source, place, kind, one.label))
            if one.name:
                named = Use("name", Source(columns=(one.name,)), 0, kind, one.label)
                found.setdefault(one.name, []).append(named)
    return found


def writer(layout: Layout, column: str, mine: Sequence[Use], used: Mapping[str, list[Use]]) -> Writer:
    """What one column says, by the verbs that read it."""
    by_verb: dict[str, list[Use]] = {}
    mine = [use for use in mine if use.source.call != "made_id"] or mine
    for use in mine:
        by_verb.setdefault(use.verb, []).append(use)
    if "split" in by_verb:
        return partial(split_text, layout, by_verb["split"])
    if "chars" in by_verb:
        return partial(composed, layout, by_verb["chars"], by_verb.get("column", []))
    if "column" in by_verb:
        plain = partial(whole, layout, column, by_verb["column"])
        ends = [use.field for use in mine if use.source.call in calls.ENDS_OF_LINES]
        return partial(calls.with_town, plain, ends[0]) if ends else plain
    first = mine[0]
    if first.verb == "call":
        return calls.writer(mine, width_of(layout, column), layout.dates)
    if first.verb == "flags":
        return partial(flag, column, first)
    if first.verb == "pad":
        return lambda f: pc.utf8_ltrim(value(layout, f, first, column), "0")
    return joined(layout, column, first, used)


def width_of(layout: Layout, column: str) -> int | None:
    """Characters that a fixed column holds."""
    position = layout.format.positions.get(column)
    return position.width if position else None


def whole(layout: Layout, column: str, mine: Sequence[Use], f: Facts) -> pa.Array:
    """A column that fields read as it stands; where one of them asks for a mark, it stands over the other."""
    plain = [use for use in mine if use.field != "confidential"]
    marks = [use for use in mine if use.field == "confidential"]
    if not plain:
        return value(layout, f, marks[0], column)
    first = min(plain, key=lambda use: rank(layout, use))
    text = value(layout, f, first, column)
    if not marks:
        return text
    return pc.if_else(pa.array(f.guarded), value(layout, f, marks[0], column), text)


def rank(layout: Layout, use: Use) -> int:
    """Counties before codes before anything else, since only their own texts can be read."""
    if use.field in COUNTIES:
        return 0
    return 1 if use.field in layout.codes else 3 if use.district else 2


def value(layout: Layout, f: Facts, use: Use, column: str | None = None) -> pa.Array:
    """What the field says, as this layout writes it, before a verb takes it apart."""
    if use.district:
        said = f.district_name if use.field == "name" else f.district
        return said(use.district, use.label)
    width = width_of(layout, column) if column else None
    return hidden(layout, f, use.field, stated(layout, f, use.field, width))


def narrowed(f: Facts, codes: pa.Array, width: int | None) -> pa.Array:
    """The counties' codes; where one is too wide for a fixed column, the first one that is not."""
    if width is None:
        return codes
    fitting = [
        next((code for code in county.codes if len(code) <= width), county.code) for county in f.geo.counties
    ]
    return pc.if_else(pc.greater(pc.utf8_length(codes), width), pa.array(fitting).take(f.county), codes)


def stated(layout: Layout, f: Facts, field: str, width: int | None = None) -> pa.Array:
    if field in COUNTIES:
        return narrowed(f, f.place(field), width)
    if field == "race":
        return spelled_out(race_lists(layout.codes[field]), f.group, f.luck, 105)
    if field == "ethnicity":
        return spelled_out(ethnicity_lists(layout.codes[field]), f.group, f.luck, 107)
    kinds = f.kind(field)
    if field in layout.codes and kinds is not None:
        return coded(layout.codes[field], *kinds, f.luck)
    day = f.day(field)
    if day is not None:
        blank = f.blank(field)
        written = dates(day, date_form(layout.dates, width), None if blank is None else ~blank)
        return override(written, *doubtful(layout, f, field))
    if field == "residence_line1" and "residence_unit" not in layout.columns:
        return f.address
    return f.text(field)


def doubtful(layout: Layout, f: Facts, field: str) -> tuple[Bools, str | None]:
    """The few rows that have a placeholder for a date, and the placeholder."""
    texts = layout.placeholders.get(field, ())
    return f.rare(111, PLACEHOLDERS if texts and layout.table[field].nullable else 0), (*texts, None)[0]


def date_form(forms: Sequence[str], width: int | None) -> str:
    """The first form, or the first that a fixed column can hold."""
    lengths = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%I": 2, "%M": 2, "%S": 2, "%p": 2, "%b": 3}
    for form in forms:
        long = len(form) + sum((length - 2) * form.count(part) for part, length in lengths.items())
        if width is None or long <= width:
            return form
    return forms[0]


def hidden(layout: Layout, f: Facts, field: str, text: pa.Array) -> pa.Array:
    """Blank, or the layout's text for it, for protected voters."""
    if not field.startswith(HIDDEN) or not f.guarded.any():
        return text
    return override(text, f.guarded, (*layout.placeholders.get(field, ()), None)[0])


def split_text(layout: Layout, mine: Sequence[Use], f: Facts) -> pa.Array:
    """Every part that a field takes, with the mark between; a part that nobody takes is a word or a 1."""
    at = mine[0].source.at or ""
    last = max(2, *(use.source.part for use in mine))
    parts: list[pa.Array | str] = ["District" if at == " " else "1"] * last
    for use in mine:
        place = use.source.part - 1 if use.source.part > 0 else use.source.part
        parts[place] = pc.fill_null(value(layout, f, use), "")
    between = [piece for part in parts for piece in (at, part)][1:]
    return glued(*between)


def composed(layout: Layout, picked: Sequence[Use], plain: Sequence[Use], f: Facts) -> pa.Array:
    """Characters in the places where fields pick them out, and behind them what reads the whole."""
    pieces: list[pa.Array | str] = []
    end = 0
    for use in sorted(
        {use.source.start or 1: use for use in picked}.values(), key=lambda u: u.source.start or 1
    ):
        start, count = use.source.start or 1, use.source.count
        text = pc.fill_null(value(layout, f, use), "")
        filler_of = "0" if use.field in COUNTIES or use.district else " "
        fitted = text if count is None else pc.utf8_lpad(text, count, filler_of)
        pieces += ["0" * (start - 1 - end), fitted]
        end = start - 1 + (count or 0)
    rest = [use for use in plain if use.field not in COUNTIES]
    pieces += [pc.fill_null(value(layout, f, rest[0]), "")] if rest else []
    return glued(*pieces)


def flag(column: str, use: Use, f: Facts) -> pa.Array:
    """Y where this column is the one that says so."""
    flags = use.source.flags or {}
    kinds = f.kind(use.field)
    if kinds is None:
        return pa.nulls(len(f), pa.string())
    known = {*flags.values(), *([use.source.otherwise] if use.source.otherwise else [])}
    meant = [next((word for word in wanted if word in known), None) for wanted in kinds[0]]
    first = next((one for one, word in flags.items() if word == flags[column]), column)
    says = [["Y"] if first == column and word == flags[column] else [] for word in meant]
    return spelled_out(says, kinds[1], f.luck)


def joined(layout: Layout, column: str, use: Use, used: Mapping[str, list[Use]]) -> Writer:
    """One of several columns that a field joins."""
    own = [c for c in use.source.columns if c != use.source.fallback]
    free = [c for c in own if not any(other.verb == "column" for other in used[c])] or own
    if column == use.source.fallback or column not in free:
        return lambda f: pa.nulls(len(f), pa.string())
    if use.field == "place":
        at = use.source.columns.index(column)
        return lambda f: f.place("county") if at == 0 else f.text(("zone_number", "zone_code")[at - 1])
    if use.field == "code":
        at = use.source.columns.index(column)
        return lambda f: f.place("county") if at == 0 else f.text("election_number")
    if use.field in ("residence_line1", "residence_unit"):
        wanted: tuple[str, ...] = UNIT if use.field == "residence_unit" else STREET
        if use.field == "residence_line1" and "residence_unit" not in layout.columns:
            wanted = (*STREET, *UNIT)
        parts = spread(free, wanted)[column]
        return lambda f: hidden(layout, f, use.field, together(f, parts))
    forms = layout.dates[0].split(" ") if layout.dates else []
    if len(forms) == len(free) > 1:
        return partial(part_of_date, layout, use, column, forms[free.index(column)])
    return partial(one_of_several, layout, use, column, free)


def part_of_date(layout: Layout, use: Use, column: str, form: str, f: Facts) -> pa.Array:
    day = f.day(use.field)
    return value(layout, f, use, column) if day is None else dates(day, form)


def one_of_several(layout: Layout, use: Use, column: str, free: Sequence[str], f: Facts) -> pa.Array:
    """The whole value in one column: the one whose name promises a name, else the first."""
    named = [c for c in free if spread((c,), ("name",)) and "name" in c.lower() and "street" in c.lower()]
    home = (named or list(free))[0]
    return value(layout, f, use, column) if column == home else pa.nulls(len(f), pa.string())
