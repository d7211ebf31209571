"""What a state's roll holds beside its active voters: removed people, the not yet enrolled, the protected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from commonroll.roll.layout import Layout, all_layouts, layouts_for

FIRST = ("NC", "OH", "FL", "WA")
"""The states whose files are written by hand; every other state's are written by its layouts."""

GUARDED = 100
"""Protected voters in ten thousand, where a layout marks them."""


@dataclass(frozen=True)
class Habits:
    """Who stands on a roll. `guarded` is in ten thousandths, `youngest` the least age in whole years."""

    removes: bool = False
    temporary: bool = False
    preregisters: bool = False
    guarded: int = 0
    youngest: int = 16


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
    known = newest(state)
    if known is None:
        return Habits()
    said = set(known.codes.get("status", {}).values())
    return Habits(
        removes="removed" in said,
        preregisters="pending" in said,
        guarded=GUARDED if known.protected == "flagged" else 0,
    )


def newest(state: str) -> Layout | None:
    """The registration layout in force."""
    return next((known for known in layouts_for(state) if known.role == "registration"), None)
