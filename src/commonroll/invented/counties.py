"""The counties of any state: their own codes and names, with an invented size, leaning and region.

Four states have figures written by hand (`data/counties.csv`, `data/regions.csv`); every other state is made
from its layouts' list of counties and one line of `data/states.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from commonroll.invented.draw import mixed
from commonroll.invented.names import data_file
from commonroll.roll.counties import LAYOUTS, all_counties, counties_of, state_of

SEATS = {
    "NC": {"congress": 14, "senate": 50, "house": 120, "court": 48, "prosecutor": 43},
    "OH": {"congress": 15, "senate": 33, "house": 99, "court": 12, "board": 11},
    "FL": {"congress": 28, "senate": 40, "house": 120},
    "WA": {"congress": 10, "legislative": 49},
}
GROUPS = ("white", "black", "hispanic", "asian", "other")
# For a state that nobody has written a line about.
UNKNOWN = {
    "fips": "11",
    "area_codes": "500",
    "zip3": "001",
    "white": "60",
    "black": "14",
    "hispanic": "16",
    "asian": "5",
    "other": "5",
    "congress": "4",
    "senate": "30",
    "house": "60",
}
TOWNS_FROM = 4
"""A list with more codes than this for each county, on average, names towns."""


@dataclass(frozen=True)
class Region:
    order: int
    area_codes: tuple[str, ...]
    zip3: tuple[str, ...]
    mix: tuple[int, ...]


@dataclass(frozen=True)
class County:
    """`code` is the first of the state's `codes` for it; `towns` are the codes of its towns, where listed."""

    code: str
    name: str
    fips: str
    thousands: int
    lean: int
    region: Region
    codes: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()


@cache
def counties(state: str) -> tuple[County, ...]:
    """The state's counties in the order of its own codes."""
    if state in {place for place, _ in regions()}:
        return written_counties(state)
    codes: dict[str, list[str]] = {}
    for code, fips in codes_of(state):
        codes.setdefault(fips, []).append(code)
    lists_towns = sum(map(len, codes.values())) > TOWNS_FROM * len(codes)
    return tuple(made_county(state, fips, tuple(codes[fips]), lists_towns) for fips in codes)


def codes_of(state: str) -> Iterator[tuple[str, str]]:
    """The state's codes with their counties' FIPS; where its files name no county, the counties' names."""
    if (LAYOUTS / state.lower() / "counties.csv").exists():
        yield from ((code, place.fips) for code, place in counties_of(state).items())
        return
    prefix = state_of(state).fips
    yield from ((name, fips) for fips, name in all_counties().items() if fips.startswith(prefix))


def written_counties(state: str) -> tuple[County, ...]:
    with data_file("counties.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["state"] == state]
    return tuple(
        County(
            code=row["code"],
            name=row["name"],
            fips=row["fips"],
            thousands=int(row["thousands"]),
            lean=int(row["lean"]),
            region=regions()[state, row["region"]],
        )
        for row in rows
    )


def made_county(state: str, fips: str, codes: tuple[str, ...], lists_towns: bool) -> County:
    """A county of invented size: most are small, a few are large and lean to the left."""
    luck = int(mixed(np.array([int(fips)], dtype=np.uint64), 5)[0] % np.uint64(1000))
    thousands = 6 + 900 * luck**4 // 1000**4
    lean = 24 + luck * 37 // 1000 + luck % 7
    towns = codes if lists_towns else ()
    return County(codes[0], all_counties()[fips], fips, thousands, lean, whole_state(state), codes, towns)


@cache
def regions() -> dict[tuple[str, str], Region]:
    """Parts of a state with their area codes, ZIP prefixes and census mix (`data/regions.csv`)."""
    with data_file("regions.csv").open(encoding="utf-8") as lines:
        return {
            (row["state"], row["region"]): region(row, int(row["order"])) for row in csv.DictReader(lines)
        }


def whole_state(state: str) -> Region:
    """A state as one region."""
    return region(lines_of_states().get(state, UNKNOWN), 1)


def region(row: dict[str, str], order: int) -> Region:
    mix = tuple(int(row[group]) for group in GROUPS)
    return Region(order, tuple(row["area_codes"].split()), tuple(row["zip3"].split()), mix)


@cache
def lines_of_states() -> dict[str, dict[str, str]]:
    with data_file("states.csv").open(encoding="utf-8") as lines:
        return {row["state"]: row for row in csv.DictReader(lines)}


def seats(state: str) -> dict[str, int]:
    """How many districts of each kind a state has."""
    if state in SEATS:
        return SEATS[state]
    row = lines_of_states().get(state, UNKNOWN)
    return {kind: int(row[kind]) for kind in ("congress", "senate", "house")}
