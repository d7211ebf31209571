"""Which of a state's layouts a delivery of today is written by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commonroll.invented.geography import Geography
from commonroll.invented.habits import in_force
from commonroll.roll.layout.layout import Layout, Role

ROLES: tuple[Role, ...] = ("elections", "places", "registration", "history", "absentee")


def products(state: str, geo: Geography) -> list[tuple[Layout, Sequence[int] | None]]:
    """Layouts in force, and the counties that write by each; None: all of them."""
    found: list[tuple[Layout, Sequence[int] | None]] = []
    for role in ROLES:
        newest = in_force(state, role)
        if role == "places":
            # lists that say different things of the same places
            found += [(layout, None) for layout in newest]
        elif len(newest) == 1 or not mixed(newest):
            found += [(layout, None) for layout in newest[:1]]
        else:
            found += list(shares(newest, len(geo.counties)))
    return found


def mixed(variants: Sequence[Layout]) -> bool:
    """True where counties differ in nothing but the length of the record."""
    return all(known.format.kind == "fixed" for known in variants)


def shares(variants: Sequence[Layout], counties: int) -> Iterator[tuple[Layout, Sequence[int]]]:
    for turn, layout in enumerate(variants):
        yield layout, range(turn, counties, len(variants))
