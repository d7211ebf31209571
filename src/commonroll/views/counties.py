"""To which counties a use is limited by its words: those of the terms, and those of the question.

Worked out from the words alone, before a row is read: no row of another county can be in the answer, while a
county that is left may have none. Words that say nothing of counties limit nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from commonroll.agreements.universe import AllOf, AnyOf
from commonroll.agreements.universe import OneOf as Among
from commonroll.agreements.universe import Universe as Terms
from commonroll.roll.counties import County, all_states, counties_within
from commonroll.views.access import Access
from commonroll.views.tree import And, Between, Compare, Field, Like, Node, Not, OneOf, Or
from commonroll.views.universe import Universe

CODE, NAME = "county_fips", "county_name"

_COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda left, right: left == right, "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right, "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right, ">=": lambda left, right: left >= right,
}  # fmt: skip


def limited_to(access: Access, where: Universe | None) -> tuple[str, ...]:
    """FIPS codes, sorted, of the counties of an owner's state that terms and question leave; empty where they
    leave every one of them."""
    asked = where.tree if where is not None and where.fields & {CODE, NAME} else None
    if access.grant is None and asked is None:
        return ()
    return left(access.tables.state, access.scope.get(CODE), access.universe, asked)


@lru_cache(maxsize=512)
def left(
    state: str, scope: frozenset[str] | None, terms: Terms | None, asked: Node | None
) -> tuple[str, ...]:
    """FIPS codes of the counties of a state that a limit of the terms, their universe and a condition leave;
    empty where they leave all."""
    every = counties_within(state) if state in all_states() else ()
    found = [
        county.fips
        for county in every
        if (scope is None or county.fips in scope)
        and (terms is None or _allows(terms, county) is not False)
        and (asked is None or _holds(asked, county) is not False)
    ]
    return () if len(found) == len(every) else tuple(sorted(found))


def _allows(terms: Terms, county: County) -> bool | None:
    """Whether a universe of the terms has the voters of a county; None where something else decides."""
    match terms:
        case Among("voters.county_fips", values):
            return county.fips in values
        case Among("voters.county_name", values):
            return county.name in values
        case AllOf(parts):
            return _all(_allows(part, county) for part in parts)
        case AnyOf(parts):
            return _not(_all(_not(_allows(part, county)) for part in parts))
    return None


def _holds(node: Node, county: County) -> bool | None:
    """Whether a condition holds for the voters of a county; None where something else decides."""
    match node:
        case Not(part):
            return _not(_holds(part, county))
        case And(parts):
            return _all(_holds(part, county) for part in parts)
        case Or(parts):
            return _not(_all(_not(_holds(part, county)) for part in parts))
        case Compare(Field(name), op, str(value)) if name in (CODE, NAME):
            return _COMPARED[op](_text(name, county), value)
        case OneOf(Field(name), values) if name in (CODE, NAME):
            return _text(name, county) in values
        case Between(Field(name), str(low), str(high)) if name in (CODE, NAME):
            return low <= _text(name, county) <= high
        case Like(Field(name), pattern, fold) if name in (CODE, NAME):
            return _pattern(pattern, fold).fullmatch(_text(name, county)) is not None
    return None


def _text(name: str, county: County) -> str:
    return county.fips if name == CODE else county.name


def _pattern(pattern: str, fold: bool) -> re.Pattern[str]:
    """A pattern with % and _, as the engine reads it."""
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if fold else 0))


def _not(held: bool | None) -> bool | None:
    return None if held is None else not held


def _all(parts: Iterable[bool | None]) -> bool | None:
    """Whether all hold, by three values: one that does not decides, one that is unknown leaves it open."""
    found = set(parts)
    return False if False in found else None if None in found else True
