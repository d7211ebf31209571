"""The universe of an agreement: rows limited further by a small tree of data, written one way.

Nothing in it is text for an engine: columns are names on a list, values are typed. There is no negation, so
an unknown value never meets it; what it says is about the owner's own values, not about what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from commonroll.notes import canonical
from commonroll.roll.schema import GRANTABLE, Column

VOTED = "history.election_date"
"""The column behind `voted`."""

NAMED: Mapping[str, Column] = {
    name: column
    for name, column in GRANTABLE.items()
    if column.table == "voters" and column.cls in ("district", "registration", "demographic")
}
"""Columns that a universe can name: where somebody votes, how registered, and what the state publishes of
age, sex, race and ethnicity. Not who somebody is, how to reach them, or what they answered."""


@dataclass(frozen=True)
class OneOf:
    """`column` (qualified, a text) has one of `values`."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """`low` <= `column` <= `high`, dates or whole numbers; None where that side is open."""

    column: str
    low: date | int | None
    high: date | int | None


@dataclass(frozen=True)
class Voted:
    """The voter took part in an election of that day."""

    on: date


@dataclass(frozen=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Universe, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Universe, ...]


Universe = OneOf | Range | Voted | AllOf | AnyOf
Leaf = OneOf | Range | Voted


def leaves(universe: Universe) -> Iterator[Leaf]:
    """The comparisons of a universe, from left to right."""
    if isinstance(universe, AllOf | AnyOf):
        for part in universe.parts:
            yield from leaves(part)
    else:
        yield universe


def columns_read(universe: Universe | None) -> frozenset[str]:
    """Qualified columns that decide whether a row is in the universe."""
    if universe is None:
        return frozenset()
    return frozenset(VOTED if isinstance(leaf, Voted) else leaf.column for leaf in leaves(universe))


def write_universe(universe: Universe) -> dict[str, Any]:
    """The universe as a JSON object, parts flat, sorted, each once: one meaning has one text."""
    match universe:
        case OneOf(column, values):
            return {"column": column, "in": sorted(set(values))}
        case Range(column, low, high):
            ends = {"from": low, "to": high}
            return {"column": column, **{end: _text(at) for end, at in ends.items() if at is not None}}
        case Voted(on):
            return {"voted": on.isoformat()}
        case AllOf() | AnyOf():
            parts = _flat(universe)
            return parts[0] if len(parts) == 1 else {_WORD[type(universe)]: parts}


_WORD: Mapping[type, str] = {AllOf: "all", AnyOf: "any"}


def _flat(group: AllOf | AnyOf) -> list[dict[str, Any]]:
    word = _WORD[type(group)]
    parts: dict[bytes, dict[str, Any]] = {}
    for part in group.parts:
        written = write_universe(part)
        for inner in written.get(word, [written]):
            parts[canonical(inner)] = inner
    return [parts[key] for key in sorted(parts)]


def _text(value: date | int) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
