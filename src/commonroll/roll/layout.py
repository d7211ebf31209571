"""The layouts: dated TOML files that say what a state's official file holds.

A layout maps every column of a file to a column of the roll, or ignores it with a reason. A folder under
`layouts/` is a state; a file in it is one role's format from one day on ("nc/2022-02.registration"). Where a
state publishes several products of a role side by side, each has a variant ("tx/2021-09.registration.fwf685").
"""

from __future__ import annotations

from datetime import date
from functools import cache

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS, County
from commonroll.roll.layout_file import load_layout
from commonroll.roll.layout_format import Format
from commonroll.roll.layout_history import Unpivot
from commonroll.roll.layout_shape import (
    TABLE_OF,
    Bounds,
    DistrictColumns,
    Expect,
    Layout,
    Protected,
    Role,
)
from commonroll.roll.layout_source import Source

__all__ = [
    "TABLE_OF",
    "Bounds",
    "County",
    "DistrictColumns",
    "Expect",
    "Format",
    "Layout",
    "Protected",
    "Role",
    "Source",
    "Unpivot",
    "all_layouts",
    "layout",
    "layouts_for",
    "load_layout",
    "published",
]


def layout(key: str) -> Layout:
    """The layout of that key; Refusal where there is none."""
    for known in all_layouts():
        if known.key == key:
            return known
    keys = ", ".join(known.key for known in all_layouts())
    raise Refusal(f"there is no layout {key!r}", next_step=f"name one of: {keys}")


def layouts_for(state: str) -> tuple[Layout, ...]:
    """The state's layouts, by role, newest first."""
    return tuple(known for known in all_layouts() if known.state == state.upper())


@cache
def all_layouts() -> tuple[Layout, ...]:
    """Every layout that comes with the program, by state and role, newest first."""
    loaded = [load_layout(path) for path in LAYOUTS.glob("*/*.*.toml")]
    _refuse_overlaps(loaded)
    return tuple(sorted(loaded, key=lambda one: (one.state, one.role, -one.since.toordinal(), one.key)))


def published(state: str) -> frozenset[str]:
    """Qualified columns that the state publishes at all: those of the newest layout of each product."""
    newest: dict[tuple[Role, str], Layout] = {}
    for known in layouts_for(state):
        newest.setdefault((known.role, known.variant), known)
    return frozenset().union(*(known.published for known in newest.values()))


def _refuse_overlaps(layouts: list[Layout]) -> None:
    begun: dict[tuple[str, Role, str, date], str] = {}
    for one in layouts:
        period = (one.state, one.role, one.variant, one.since)
        if period in begun:
            raise Refusal(
                f"{begun[period]} and {one.key} both begin on {one.since}",
                where=one.key,
                next_step="give each period of a role its own first day",
            )
        begun[period] = one.key
