"""What a layout and the names of a file's columns say of each election, before any cell is read."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from commonroll.roll.layout import cells
from commonroll.roll.layout.history import CELL, TEXT, WHAT
from commonroll.roll.layout.layout import Layout, Unpivot
from commonroll.roll.layout.listed_elections import ListedElection
from commonroll.roll.layout.source import Source

MONTHS = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER",
    "NOVEMBER", "DECEMBER",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1900, 2100


@dataclass(frozen=True)
class Election:
    """One election's place in a line.

    `texts`: attribute to what the column's name says. `cells`: attribute (or "cell", the one taken apart) to
    the source in the line. `words`: attribute to the roll's own word. `label`: the column that is named
    where something is wrong.
    """

    texts: Mapping[str, str]
    cells: Mapping[str, Source]
    words: Mapping[str, str]
    label: str


def elections_in(layout: Layout, columns: Sequence[str]) -> tuple[Election, ...]:
    """The elections that a file with these columns has room for."""
    unpivot = layout.unpivot
    assert unpivot is not None
    if unpivot.shape == "columns":
        return _named([name for name in columns if layout.is_election(name)], unpivot)
    if unpivot.shape == "text":
        column = unpivot.column or ""
        return (Election({}, {CELL: Source(columns=(column,))}, {}, column),)
    return tuple(_slots(unpivot, set(columns)))


def _named(columns: Sequence[str], unpivot: Unpivot) -> tuple[Election, ...]:
    """Columns that agree in all but the group `what` are one election's."""
    texts: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    sources: dict[tuple[tuple[str, str], ...], dict[str, Source]] = {}
    for column in columns:
        groups = dict(unpivot.groups_of(column) or {})
        says = unpivot.what.get(groups.pop(WHAT, ""))
        if says is None:
            continue
        key = tuple(groups.items())
        texts[key] = groups
        sources.setdefault(key, {})[CELL if says == TEXT else says] = Source(columns=(column,))
    return tuple(
        Election(groups, sources[key], {}, next(iter(sources[key].values())).columns[0])
        for key, groups in texts.items()
    )


def _slots(unpivot: Unpivot, columns: set[str]) -> list[Election]:
    """The slots that a file has any column of; columns of a slot that it lacks say nothing."""
    found = []
    for slot in unpivot.slots:
        read = {name: source for name, source in slot.said.items() if set(source.columns) & columns}
        if slot.cell in columns:
            read[CELL] = Source(columns=(slot.cell or "",))
        words = {name: source.constant for name, source in slot.said.items() if source.constant is not None}
        if read:
            found.append(Election({}, read, words, _label(read)))
    return found


def _label(read: Mapping[str, Source]) -> str:
    """The column that stands for a slot: one of its own, not one that says where a number belongs."""
    own = [source.columns[0] for source in read.values() if source.then is None]
    shared = [source.columns[0] for source in read.values()]
    return read[CELL].columns[0] if CELL in read else (own or shared)[0]


@cache
def general_day(year: int) -> datetime.date | None:
    """The Tuesday after the first Monday of November of an even year, by 2 U.S.C. 7; None for an odd year."""
    if year % 2 or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    first = datetime.date(year, 11, 1)
    return first + datetime.timedelta(days=(7 - first.weekday()) % 7 + 1)


def full_year(text: str, as_of: datetime.date) -> int | None:
    """Four digits as they are; two digits: the latest such year that is not after the day of the load."""
    if not re.fullmatch("[0-9]{2}|[0-9]{4}", text):
        return None
    if len(text) == 4:
        return int(text)
    return as_of.year - (as_of.year - int(text)) % 100


def month_of(text: str) -> int | None:
    """1 to 12, from a number or an English name."""
    named = text.upper()
    if named in MONTHS:
        return MONTHS.index(named) + 1
    return int(text) if re.fullmatch("0?[1-9]|1[0-2]", text) else None


@dataclass(frozen=True)
class Known:
    """What is known of an election before any cell is read; None where only cells can tell."""

    day: datetime.date | None
    kind: str | None
    name: str | None


def known(one: Election, unpivot: Unpivot, as_of: datetime.date) -> Known:
    """Day, type and name by the column's name, the state's list of elections, and law."""
    listed = next(
        (unpivot.listed[code] for code in _codes(one) if code in unpivot.listed),
        ListedElection(None, None, None),
    )
    name = _name(one, unpivot)
    said = meaning(one.texts.get("type"), unpivot.codes.get("type", {}), unpivot.any_case)
    kind = listed.kind or one.words.get("type") or said or None
    if kind is None and name and unpivot.type_from == "name":
        kind = type_in(name)
    day = listed.day or day_of(one, kind, unpivot, as_of)
    if kind is None and day and unpivot.type_from == "day":
        kind = "general" if day == general_day(day.year) else "other"
    return Known(day, kind, listed.name.upper() if listed.name else name)


def _codes(one: Election) -> list[str]:
    return [
        cells.folded_text(code) for code in (one.texts.get("code"), one.texts.get("name"), one.label) if code
    ]


def _name(one: Election, unpivot: Unpivot) -> str | None:
    named = one.texts.get("name") or one.words.get("name") or one.texts.get("code")
    whole = named or (one.label if unpivot.shape == "columns" else "")
    return " ".join(whole.split()).upper() or None


def meaning(text: str | None, codes: Mapping[str, str], any_case: bool) -> str:
    """As `cells.code`, of a text."""
    if text is None:
        return codes.get("", "")
    listed = {cells.folded_text(code): value for code, value in codes.items()} if any_case else codes
    said = cells.folded_text(text) if any_case else text
    return listed.get(said, codes.get(cells.ANY_OTHER, cells.UNKNOWN))


def type_in(name: str) -> str:
    """As `cells.type_from_name`, of a text."""
    return next((kind for word, kind in cells.TYPE_WORDS if word in name), "other")


def day_of(one: Election, kind: str | None, unpivot: Unpivot, as_of: datetime.date) -> datetime.date | None:
    """The day that a column's name says, or that law fixes for a general election of its year."""
    if written := one.texts.get("date"):
        return _day(written, unpivot.dates, as_of)
    year = full_year(one.texts.get("year", ""), as_of)
    month = month_of(one.texts.get("month", "November"))
    return general_day(year) if year and kind == "general" and month == 11 else None


def _day(written: str, forms: Sequence[str], as_of: datetime.date) -> datetime.date | None:
    for form in forms:
        try:
            found = datetime.datetime.strptime(written, form).replace(tzinfo=datetime.UTC).date()
            year = full_year(f"{found.year % 100:02}", as_of) if "%y" in form else found.year
            return found.replace(year=year or found.year)
        except ValueError:
            continue
    return None
