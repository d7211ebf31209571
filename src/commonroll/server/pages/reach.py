"""The voters whom a draft's limits would reach, as a question that the owner can ask about its own rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import DISTRICT
from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Range, Universe, Voted, columns_read

UNLIKE = "voters.age"
"""Means the published age in an agreement, and age by whatever is known in a question."""


def where_of(owner: str, grant: Grant) -> str | None:
    """The grant's limits in the universe language; None where that language means something else."""
    if UNLIKE in columns_read(grant.universe):
        return None
    limits = [f"member IN ({_listed([owner])})"]
    limits += [_limit(name, values) for name, values in sorted(grant.scope.items())]
    if grant.universe is not None:
        limits.append(f"({_universe(grant.universe)})")
    return " AND ".join(limits)


def _limit(name: str, values: Iterable[str]) -> str:
    if not name.startswith(DISTRICT):
        return f"{name} IN ({_listed(values)})"
    kind = name.removeprefix(DISTRICT)
    return f"({' OR '.join(f'district({_listed([kind])}, {_listed([value])})' for value in sorted(values))})"


def _universe(tree: Universe) -> str:
    match tree:
        case OneOf(column, values):
            return f"{_bare(column)} IN ({_listed(values)})"
        case Range(column, low, high):
            ends = [
                f"{_bare(column)} {op} {_value(at)}"
                for op, at in ((">=", low), ("<=", high))
                if at is not None
            ]
            return " AND ".join(ends)
        case Voted(on):
            return f"voted({_value(on)})"
        case AllOf(parts):
            return " AND ".join(f"({_universe(part)})" for part in parts)
        case AnyOf(parts):
            return " OR ".join(f"({_universe(part)})" for part in parts)


def _bare(column: str) -> str:
    return column.partition(".")[2]


def _value(value: date | int) -> str:
    return f"'{value.isoformat()}'" if isinstance(value, date) else str(value)


def _listed(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values))
