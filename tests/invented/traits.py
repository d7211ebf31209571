"""What the layouts of a state ask of the loader, and few states that together ask all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from commonroll.invented.habits import in_force
from commonroll.roll.layout.layout import TABLE_OF, Layout


@cache
def traits(state: str) -> frozenset[str]:
    """Each thing of a kind of its own that the state's files have: a verb, a function, a shape of history."""
    return frozenset(trait for role in TABLE_OF for known in in_force(state, role) for trait in _of(known))


def _of(known: Layout) -> Iterator[str]:
    yield f"role {known.role}"
    yield f"{known.role}: {known.format.kind}"
    yield f"quotes {known.format.quoting}"
    yield f"header {known.format.header} {known.format.header_line > 1} {known.format.header_once}"
    yield f"encoding {known.format.encoding}"
    yield f"protected {known.protected}"
    for column, source in known.columns.items():
        yield f"{known.role}: {source.verb}"
        if column in ("birth_date", "birth_year", "age", "state_voter_id"):
            yield f"{column}: {source.verb}"
    for name in ("places", "adults", "unpivot", "left_out", "placeholders", "districts", "any_case"):
        if getattr(known, name):
            yield name
    if known.unpivot is not None:
        yield f"unpivot {type(known.unpivot).__name__}"


def covering(states: Sequence[str], first: Sequence[str]) -> list[str]:
    """`first`, and of the other states as few as have together every trait of any: the richest one first."""
    chosen = list(first)
    left = frozenset().union(*map(traits, states)) - frozenset().union(*map(traits, chosen))
    while left:
        best = max(states, key=lambda state: (len(traits(state) & left), state))
        chosen.append(best)
        left -= traits(best)
    return chosen
