"""What a state's roll holds beside its active voters: removed people, the not yet enrolled, the protected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from commonroll.roll.layout.layout import Layout, Role, all_layouts, layouts_for

FIRST = ("NC", "OH", "FL", "WA")
"""The states whose files are written by hand; every other state's are written by its layouts."""

USUAL_DIGITS = 9

GUARDED = 100
"""Protected voters in ten thousand, where a layout marks them."""


@dataclass(frozen=True)
class Habits:
    """Who stands on a roll. `guarded` is in ten thousandths, `youngest` the least age in whole years,
    `digits` the length of a voter's id."""

    removes: bool = False
    temporary: bool = False
    preregisters: bool = False
    guarded: int = 0
    youngest: int = 16
    digits: int = 9


WRITTEN = {
    "NC": Habits(removes=True, temporary=True, guarded=30, youngest=17),
    "OH": Habits(youngest=17),
    "FL": Habits(preregisters=True, guarded=150),
    "WA": Habits(preregisters=True),
}


@cache
def states() -> tuple[str, ...]:
    """Every state whose files can be written: the first four, then the others in order of the alphabet."""
    with_roll = {known.state for known in all_layouts() if known.role == "registration"}
    return (*FIRST, *sorted(with_roll - set(FIRST)))


@cache
def habits(state: str) -> Habits:
    """What the newest registration layout of the state can say of a voter."""
    if state in WRITTEN:
        return WRITTEN[state]
    known = next(iter(in_force(state, "registration")), None)
    if known is None:
        return Habits()
    said = set(known.codes.get("status", {}).values())
    return Habits(
        removes="removed" in said,
        preregisters="pending" in said,
        guarded=GUARDED if known.protected == "flagged" else 0,
        digits=digits_of_ids(known),
    )


def digits_of_ids(known: Layout) -> int:
    """Digits of an id: as many as the layout fills up to, or as a fixed column holds; nine elsewhere."""
    source = known.columns["state_voter_id"]
    if source.pad:
        return source.pad
    places = [known.format.positions.get(column) for column in source.columns]
    return min([USUAL_DIGITS, *(place.width for place in places if place)])


@cache
def in_force(state: str, role: Role) -> tuple[Layout, ...]:
    """The newest layout of the role, and its variants of the same day, the plain one first."""
    of_role = [known for known in layouts_for(state) if known.role == role]
    plain = [known for known in of_role if not known.variant] or of_role
    newest = max((known.since for known in plain), default=None)
    of_newest = [known for known in plain if known.since == newest]
    return tuple(sorted(of_newest, key=lambda known: known.variant))
