"""The layouts: dated TOML files that say what a state's official file holds.

A layout maps every column of a file to a column of the roll, or ignores it with a reason. A folder under
`layouts/` is a state; a file in it is one role's format from one day on ("nc/2022-02.registration"). Where a
state publishes several products of a role side by side, each has a variant
("tx/2021-09.registration.fwf685").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS, County
from commonroll.roll.layout.file import load_layout
from commonroll.roll.layout.format import Format
from commonroll.roll.layout.history import Unpivot
from commonroll.roll.layout.shape import (
    TABLE_OF,
    Bounds,
    DistrictColumns,
    Expect,
    Layout,
    Protected,
    Role,
)
from commonroll.roll.layout.source import Source

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
    "layouts_in",
    "load_layout",
    "published",
]


LAYOUT_FILES = "*/*.*.toml"
OWN_LAYOUT = "a layout of your own"
OWN_LISTS = "your own list of counties or elections beside it"
"""What of a layout does not come with the program, as a load's report says it."""

LISTS = ("counties.csv", "elections.csv")


def layout(key: str, layouts: Iterable[Layout] | None = None) -> Layout:
    """The layout of that key, among all that come with the program unless others are given; or Refusal."""
    known = all_layouts() if layouts is None else tuple(layouts)
    for one in known:
        if one.key == key:
            return one
    keys = ", ".join(one.key for one in known)
    raise Refusal(f"there is no layout {key!r}", next_step=f"name one of: {keys}")


def layouts_for(state: str) -> tuple[Layout, ...]:
    """The state's layouts, by role, newest first."""
    return tuple(known for known in all_layouts() if known.state == state.upper())


@cache
def all_layouts() -> tuple[Layout, ...]:
    """Every layout that comes with the program, by state and role, newest first."""
    return _in_order([load_layout(path) for path in LAYOUTS.glob(LAYOUT_FILES)])


def layouts_in(folders: Sequence[Path]) -> tuple[Layout, ...]:
    """The program's layouts and those of further folders, each a state's folder below it ("<st>/*.toml").

    A file of a later folder stands in for an earlier one of the same key; lists of counties and elections add
    to those that come with the program. Raises Refusal that names the first file with a mistake.
    """
    there = [folder for folder in folders if folder.is_dir()]
    files = [path for folder in there for path in sorted(folder.glob("*/*.*"))]
    marks = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    return _layouts_in(tuple(folders), marks) if marks else all_layouts()


@lru_cache(maxsize=16)
def _layouts_in(folders: tuple[Path, ...], marks: tuple[tuple[Path, int, int], ...]) -> tuple[Layout, ...]:
    """`marks`: the files below the folders, so that a file that changed is read again."""
    lists = (LAYOUTS, *folders)
    found = {one.key: one for one in all_layouts()}
    listed = {path.parent.name.upper() for path, _, _ in marks if path.name in LISTS}
    for one in all_layouts():
        if one.state in listed:
            found[one.key] = replace(load_layout(LAYOUTS / f"{one.key}.toml", lists), own=OWN_LISTS)
    for path in (path for path, _, _ in marks if path.match(LAYOUT_FILES)):
        mine = replace(load_layout(path, lists), own=OWN_LAYOUT)
        found[mine.key] = mine
    return _in_order(list(found.values()))


def _in_order(layouts: list[Layout]) -> tuple[Layout, ...]:
    _refuse_overlaps(layouts)
    return tuple(sorted(layouts, key=lambda one: (one.state, one.role, -one.since.toordinal(), one.key)))


def published(state: str, layouts: Iterable[Layout] | None = None) -> frozenset[str]:
    """Qualified columns that the state publishes at all: those of the newest layout of each product."""
    newest: dict[tuple[Role, str], Layout] = {}
    for known in all_layouts() if layouts is None else layouts:
        if known.state == state.upper():
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
