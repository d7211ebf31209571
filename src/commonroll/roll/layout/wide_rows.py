"""What the texts of an election mean: day, type, name, method, party, county; and what is wrong with it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from commonroll.roll.layout import cells
from commonroll.roll.layout.history import CELL
from commonroll.roll.layout.known_elections import (
    FIRST_YEAR,
    LAST_YEAR,
    MONTHS,
    Election,
    general_day,
    known,
    meaning,
)
from commonroll.roll.layout.layout import Layout, Unpivot

AT = "at_"
"""Before an attribute's name: the text of a cell."""


@dataclass(frozen=True)
class Wide:
    """The elections that a file has room for, and the day of the load."""

    layout: Layout
    unpivot: Unpivot
    places: tuple[Election, ...]
    as_of: datetime.date

    @property
    def from_cells(self) -> tuple[str, ...]:
        """Attributes that cells tell, of one election at least."""
        return tuple(sorted({name for one in self.places for name in one.cells}))

    def texts(self, name: str) -> list[str | None]:
        """What the columns' names say of an attribute, by place."""
        return [one.texts.get(name) or one.words.get(name) for one in self.places]


def decoded(said: ir.Table, wide: Wide) -> ir.Table:
    """`election_date`, `_name`, `_type`, `method`, `party`, `county` and what is wrong with the row."""
    told = [known(one, wide.unpivot, wide.as_of) for one in wide.places]
    kinds, names = [one.kind for one in told], [one.name for one in told]
    said = said.mutate(kind=_kind(said, wide, kinds), name=_name(said, names))
    if wide.unpivot.type_from == "name" and None in kinds:
        named = cells.type_from_name(said["name"])
        said = said.mutate(kind=ibis.coalesce(said["kind"], named))
    said = said.mutate(day=_day(said, wide, [one.day for one in told]))
    kind = said["kind"]
    if wide.unpivot.type_from == "day" and None in kinds:
        kind = ibis.coalesce(kind, cells.federal_type(said["day"]))
    if None in kinds:
        kind = kind.fill_null("other")
    return said.mutate(
        kind=kind,
        method=_coded(said, wide, "method"),
        party=_coded(said, wide, "party"),
        county=_county(said, wide),
    )


def _of(said: ir.Table, attribute: str) -> ir.StringValue | None:
    return said[AT + attribute] if AT + attribute in said.columns else None


def _known(said: ir.Table, values: Sequence[object]) -> ir.StringValue | None:
    """Each row's value by its place; None where no place has one."""
    if not any(value is not None for value in values):
        return None
    return cells.at_place([None if one is None else str(one) for one in values], said["place"])


def _first(*values: ir.Value | None) -> ir.Value | None:
    there = [value for value in values if value is not None]
    return ibis.coalesce(*there) if len(there) > 1 else (there[0] if there else None)


def _kind(said: ir.Table, wide: Wide, kinds: Sequence[str | None]) -> ir.StringValue:
    listed = said["listed_kind"] if "listed_kind" in said.columns else None
    found = _first(listed, _translated(said, wide, "type"), _known(said, kinds))
    return ibis.null(str) if found is None else found


def _translated(said: ir.Table, wide: Wide, attribute: str) -> ir.StringValue | None:
    """The roll's word for a cell's text; null where nothing is said, UNKNOWN for a text not listed."""
    cell = _of(said, attribute)
    if cell is None:
        return None
    codes = wide.unpivot.codes.get(attribute)
    if codes is None:
        return cell  # flags give the roll's own words
    if not wide.unpivot.any_case:
        return cells.code(cell, codes).nullif("")
    folded = {cells.folded_text(code): value for code, value in codes.items()}
    return cells.code(cells.folded(cell), folded).nullif("")


def _coded(said: ir.Table, wide: Wide, attribute: str) -> ir.StringValue:
    found = _first(_translated(said, wide, attribute), _known(said, _words(wide, attribute)))
    return ibis.null(str) if found is None else found


def _words(wide: Wide, attribute: str) -> list[str | None]:
    codes, any_case = wide.unpivot.codes.get(attribute, {}), wide.unpivot.any_case
    said = [meaning(one.texts.get(attribute), codes, any_case) for one in wide.places]
    return [one.words.get(attribute) or text or None for one, text in zip(wide.places, said, strict=True)]


def _county(said: ir.Table, wide: Wide) -> ir.StringValue:
    """The county's FIPS code; UNKNOWN for a code that the state's list has not."""
    cell = _of(said, "county")
    if cell is None:
        return ibis.null(str)
    known = wide.layout.counties
    codes = [cells.folded_text(code) for code in known] if wide.unpivot.any_case else list(known)
    place = cells.place_in(codes, cells.folded(cell) if wide.unpivot.any_case else cell)
    found = cells.at_place([county.fips for county in known.values()], place)
    return ibis.cases((cell.isnull(), ibis.null(str)), else_=found.fill_null(cells.UNKNOWN))


def _name(said: ir.Table, names: Sequence[str | None]) -> ir.StringValue:
    listed = said["listed_name"] if "listed_name" in said.columns else None
    told = [
        None if cell is None else cells.tidy(cell).upper()
        for cell in (_of(said, "name"), _of(said, "code"), _of(said, CELL))
    ]
    name = _first(listed, *told[:2], _known(said, names), told[2])
    return ibis.null(str) if name is None else name


def _day(said: ir.Table, wide: Wide, days: Sequence[datetime.date | None]) -> ir.DateValue:
    """By the code's list, by what is written, or by law for a general election of an even year."""
    listed = said["listed_day"] if "listed_day" in said.columns else None
    written = _of(said, "date")
    read = None if written is None else cells.day(written, wide.unpivot.dates)
    told = _known(said, days)
    found = _first(listed, read, None if told is None else told.cast("date"), _by_law(said, wide))
    return ibis.null("date") if found is None else found


def _by_law(said: ir.Table, wide: Wide) -> ir.DateValue | None:
    year = _first(_of(said, "year"), _known(said, wide.texts("year")))
    if year is None or not {"year", "type", CELL, "code"} & set(_cells_of(said)):
        return None
    days = [general_day(one) for one in range(FIRST_YEAR, LAST_YEAR + 1)]
    number = _full_year(year, wide.as_of) - (FIRST_YEAR - 1)
    held = cells.at_place([one and one.isoformat() for one in days], number).cast("date")
    month = _first(_of(said, "month"), _known(said, wide.texts("month")))
    november = ibis.literal(True) if month is None else _is_november(month).fill_null(True)
    return ibis.cases(((said["kind"] == "general") & november, held))


def _cells_of(said: ir.Table) -> list[str]:
    return [name.removeprefix(AT) for name in said.columns if name.startswith(AT)]


def _full_year(text: ir.StringValue, as_of: datetime.date) -> ir.IntegerValue:
    """As `known_elections.full_year`; null for a year that has not come, or lies too far back."""
    number = ibis.cases((text.re_search("^([0-9]{2}|[0-9]{4})$"), text)).try_cast("int64")
    recent = as_of.year - (as_of.year - number) % 100
    full = ibis.cases((text.length() == 2, recent), else_=number)
    return ibis.cases((full.between(FIRST_YEAR, as_of.year), full))


def _is_november(month: ir.StringValue) -> ir.BooleanValue:
    return month.upper().isin([MONTHS[10], "11"])


def rows_of(decoded: ir.Table, wide: Wide) -> ir.Table:
    year = _first(_of(decoded, "year"), _known(decoded, wide.texts("year")))
    unnamed = (
        decoded["kind"].upper() if year is None else ibis.coalesce(year + " ", "") + decoded["kind"].upper()
    )
    return decoded.select(
        "state_voter_id",
        election_date=decoded["day"],
        election_name=decoded["name"].fill_null(unnamed),
        election_type=decoded["kind"],
        method=decoded["method"].nullif(cells.UNKNOWN).fill_null("unknown"),
        party_voted=decoded["party"].nullif(cells.UNKNOWN),
        county_voted=decoded["county"].nullif(cells.UNKNOWN),
        source_file=decoded["source_file"],
        source_line=decoded["source_line"],
        place=decoded["place"],
        refused=_refused(decoded, wide),
        left_out=ibis.null(str),
    )


def _refused(decoded: ir.Table, wide: Wide) -> ir.StringValue:
    """The first reason why the election cannot load."""
    reasons: list[tuple[ir.BooleanValue, ir.StringValue | str]] = [
        (decoded[name] == cells.UNKNOWN, _unknown(decoded, wide, attribute))
        for name, attribute in (
            ("kind", "type"),
            ("method", "method"),
            ("party", "party"),
            ("county", "county"),
        )
    ]
    if "uncertain" in decoded.columns:
        reasons.insert(0, (decoded["uncertain"].fill_null(False), _unknown(decoded, wide, "voted")))
    if "fits" in decoded.columns:
        unfit = decoded["fits"].isnull() & decoded[AT + CELL].notnull()
        reasons.insert(0, (unfit, _unknown(decoded, wide, CELL)))
    written = _of(decoded, "date")
    if written is not None:
        reasons.append((written.notnull() & decoded["day"].isnull(), "unreadable election_date"))
    year = _of(decoded, "year")
    if year is not None:
        unread = year.notnull() & _full_year(year, wide.as_of).isnull() & decoded["day"].isnull()
        reasons.append((unread, "unreadable election_date"))
    if wide.unpivot.delivered:
        label = _label(decoded, wide, CELL)
        reasons.append((decoded["day"].isnull(), ibis.literal("unknown election in ") + label))
    reasons.append((decoded["day"] < cells.FIRST_DAY, "placeholder election_date"))
    reasons.append((decoded["day"] > wide.as_of, "future election_date"))
    return ibis.cases(*reasons)


def _unknown(decoded: ir.Table, wide: Wide, attribute: str) -> ir.StringValue:
    return ibis.literal("unknown code in ") + _label(decoded, wide, attribute)


def _label(decoded: ir.Table, wide: Wide, attribute: str) -> ir.StringValue:
    """The column that holds the attribute, or names its election."""
    sources = [one.cells.get(attribute) for one in wide.places]
    labels = [
        source.columns[0] if source else one.label for source, one in zip(sources, wide.places, strict=True)
    ]
    return cells.at_place(labels, decoded["place"])
