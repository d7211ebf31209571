"""Counties: the us-atlas names and FIPS codes, and each state's own codes for them.

`layouts/us/counties.csv` holds the 3,231 counties of us-atlas (U.S. Census Bureau, public domain);
`layouts/<st>/counties.csv` says which codes a state's files use. Several codes may mean one county.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from commonroll.errors import Refusal

LAYOUTS = Path(__file__).parent.parent / "layouts"


@dataclass(frozen=True)
class County:
    """A county: five-digit FIPS code and the name us-atlas gives it."""

    fips: str
    name: str


@cache
def all_counties() -> Mapping[str, str]:
    """FIPS code to name, every county of the United States."""
    return MappingProxyType({row["fips"]: row["name"] for row in _rows(LAYOUTS / "us" / "counties.csv")})


@dataclass(frozen=True)
class State:
    """A state or the District of Columbia: two-digit FIPS code and name."""

    fips: str
    name: str


@cache
def all_states() -> Mapping[str, State]:
    """Postal abbreviation to state (FIPS 5-2)."""
    rows = _rows(LAYOUTS / "us" / "states.csv")
    return MappingProxyType({row["state"]: State(row["fips"], row["name"]) for row in rows})


def state_of(state: str) -> State:
    """The state of a postal abbreviation; Refusal where there is none such."""
    found = all_states().get(state.upper())
    if found is None:
        raise Refusal(f"there is no state {state!r}", next_step="name it by its two letters, such as OH")
    return found


def counties_within(state: str) -> tuple[County, ...]:
    """Every county of a state by us-atlas, whether or not a layout has codes for them."""
    prefix = state_of(state).fips
    return tuple(County(fips, name) for fips, name in all_counties().items() if fips.startswith(prefix))


@cache
def counties_of(state: str, folder: Path = LAYOUTS) -> Mapping[str, County]:
    """The codes of the list in one folder of layouts; see `counties_listed`."""
    return counties_listed(state, (folder,))


def counties_listed(state: str, folders: Sequence[Path]) -> Mapping[str, County]:
    """The state's own county codes (keys as published) and the counties they mean.

    A line of a later folder's list stands in for an earlier one's of the same code. Without any list a
    county stands by its name or its FIPS code (`counties_by_name`). Raises Refusal where a list names a
    county that us-atlas does not know, or repeats a code.
    """
    paths = [folder / state.lower() / "counties.csv" for folder in folders]
    lists = [_codes(path) for path in paths if path.exists()]
    if not lists:
        return counties_by_name(state)
    return MappingProxyType({code: county for one in lists for code, county in one.items()})


def has_list(state: str) -> bool:
    """Whether the program has a list of the state's own codes."""
    return (LAYOUTS / state.lower() / "counties.csv").exists()


def counties_by_name(state: str) -> Mapping[str, County]:
    """Counties as states write them who have no codes: the name, also in capitals, also with "County" behind
    it, and the five digits of FIPS. Three digits are not among them: many states number counties otherwise.
    """
    found: dict[str, County] = {}
    for county in counties_within(state):
        name = county.name
        for code in (name, name.upper(), f"{name} County", f"{name.upper()} COUNTY", county.fips):
            found.setdefault(code, county)
    return MappingProxyType(found)


def _codes(path: Path) -> Mapping[str, County]:
    found: dict[str, County] = {}
    for row in _rows(path):
        if not {"code", "fips", "name"} <= set(row):
            _refuse(path, "the columns are not code, fips, name")
        county = County(row["fips"], row["name"])
        if row["code"] in found or all_counties().get(county.fips) != county.name:
            _refuse(path, f"county code {row['code']!r} is repeated, or its county is not one of us-atlas")
        found[row["code"]] = county
    return found


def _refuse(path: Path, what: str) -> NoReturn:
    raise Refusal(
        what,
        where=f"{path.parent.name}/{path.name}",
        next_step="take FIPS code and name from us/counties.csv",
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
