"""Which rows an agreement is about, in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import DISTRICT
from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Range, Universe, Voted
from commonroll.agreements.words import day, label, spoken

_SCOPE: Mapping[str, tuple[str, str]] = {
    "county_fips": ("county", "counties"),
    "congressional_district": ("congressional district", "congressional districts"),
    "state_senate_district": ("state senate district", "state senate districts"),
    "state_house_district": ("state house district", "state house districts"),
    "precinct": ("precinct", "precincts"),
    "party": ("party", "parties"),
    "state": ("state", "states"),
}


def rows(grant: Grant) -> str:
    """Which rows, in words: `the whole file`, `counties 39049 and 39061; active voters`."""
    limits = [limit(column, grant.scope[column]) for column in sorted(grant.scope)]
    if grant.universe is not None:
        limits.append(f"only voters of whom this holds: {universe(grant.universe)}")
    return "; ".join(limits) or "the whole file"


def limit(column: str, scope: frozenset[str]) -> str:
    """One limit: `counties 39049 and 39061`, `council district 3`, `active voters`."""
    values = sorted(scope, key=lambda value: (len(value), value))
    if column == "status":
        return f"{spoken(values)} voters"
    kind = column.removeprefix(DISTRICT).replace("_", " ")
    one, many = _SCOPE.get(column) or (f"{kind} district", f"{kind} districts")
    return f"{one if len(values) == 1 else many} {spoken(values)}"


def universe(tree: Universe) -> str:
    """What must hold of a voter: `party DEM or NPA, and registered on 1 January 2024 or later`."""
    match tree:
        case OneOf(column, values):
            return f"{label(column)} {spoken(values, 'or')}"
        case Range(column, low, high):
            return f"{label(column)} {_range(low, high)}"
        case Voted(on):
            return f"voted on {_word(on)}"
        case AllOf(parts):
            return ", and ".join(map(_part, parts))
        case AnyOf(parts):
            return ", or ".join(map(_part, parts))


def _part(tree: Universe) -> str:
    text = universe(tree)
    return f"({text})" if isinstance(tree, AllOf | AnyOf) else text


def _range(low: date | int | None, high: date | int | None) -> str:
    if low is not None and high is not None:
        return _word(low) if low == high else f"from {_word(low)} to {_word(high)}"
    if low is not None:
        return f"{_word(low)} or later" if isinstance(low, date) else f"{low} or more"
    return f"{_word(high)} or earlier" if isinstance(high, date) else f"{high} or less"


def _word(value: date | int | None) -> str:
    return (
        day(datetime(value.year, value.month, value.day, tzinfo=UTC))
        if isinstance(value, date)
        else str(value)
    )
