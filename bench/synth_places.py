"""Where the people of `voter_synth.py` live: real states and ZIP prefixes; invented towns and streets."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commonroll.invented.counties import lines_of_states, regions
from commonroll.invented.draw import Ints, chance, mixed, pick, pick_edges
from commonroll.invented.names import GROUPS, words
from commonroll.roll.counties import all_counties, state_of

RECIPE = Path(__file__).with_name("voter_synth.toml")
STREETS = 2_000
HIGHEST = 20_000
GRAIN = 1 << 20


@cache
def recipe() -> dict[str, Any]:
    return tomllib.loads(RECIPE.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Zips:
    """ZIP areas in the order of state and prefix. `edges` are their cumulated weights."""

    code: pa.Array
    city: pa.Array
    county: Ints
    state: Ints
    prefix: Ints
    edges: Ints
    states: list[str]

    def within(self, rng: np.random.Generator, near: Ints, area: Ints) -> Ints:
        """For each ZIP another one by weight from the same `area` (its state or prefix)."""
        first = np.searchsorted(area, area[near], side="left")
        last = np.searchsorted(area, area[near], side="right") - 1
        low = np.where(first > 0, self.edges[first - 1], 0)
        drawn = low + rng.integers(0, GRAIN, len(near)) * (self.edges[last] - low) // GRAIN
        return np.searchsorted(self.edges, drawn, side="right").astype(np.int64)


@dataclass(frozen=True)
class Home:
    """One address per entry; texts are positions in the pools of streets, types and ZIPs."""

    zip: Ints
    number: Ints
    street: Ints
    kind: Ints
    unit: Ints

    def at(self, rows: Ints) -> Home:
        return Home(*(getattr(self, f)[rows] for f in ("zip", "number", "street", "kind", "unit")))


def states() -> list[str]:
    return sorted(recipe()["adults"])


def prefixes(state: str) -> list[str]:
    """The state's ZIP prefixes, sorted."""
    if state in lines_of_states():
        return sorted(lines_of_states()[state]["zip3"].split())
    return sorted({z for (place, _), region in regions().items() if place == state for z in region.zip3})


def mix(state: str) -> list[int]:
    """Census groups in percent."""
    if state in lines_of_states():
        return [int(lines_of_states()[state][group]) for group in GROUPS]
    parts = [region.mix for (place, _), region in regions().items() if place == state]
    return [sum(part[i] for part in parts) // len(parts) for i in range(len(GROUPS))]


@cache
def zips() -> Zips:
    """About a hundred ZIP areas for a million adults, most of them small."""
    towns = [a + b for a in words()["town_stems"] for b in words()["town_endings"]]
    codes, cities, state, prefix, weight, county = [], [], [], [], [], []
    fips = sorted(all_counties())
    for at, key in enumerate(states()):
        mine = [f for f in fips if f.startswith(state_of(key).fips)]
        adults, threes = recipe()["adults"][key], prefixes(key)
        each = min(99, adults * 110 // 100 // len(threes) + 4)
        for three in threes:
            for number in range(1, each + 1):
                luck = int(
                    mixed(np.array([int(three) * 100 + number], dtype=np.uint64), 3)[0] % np.uint64(1000)
                )
                codes.append(f"{three}{number:02d}")
                cities.append(towns[(int(three) * 131 + number * 17) % len(towns)])
                state.append(at)
                prefix.append(int(three) + 1000 * at)
                county.append(fips.index(mine[(int(three) * 7 + number // 25) % len(mine)]))
                weight.append(adults * 1_000_000 // (len(threes) * each) * (30 + luck * luck // 1000) // 100)
    return Zips(
        code=pa.array(codes),
        city=pa.array(cities),
        county=np.array(county),
        state=np.array(state),
        prefix=np.array(prefix),
        edges=np.cumsum(weight),
        states=states(),
    )


def addresses(rng: np.random.Generator, area: Ints) -> Home:
    """An address in each ZIP of `area`: low numbers are common, homes with a unit share buildings."""
    n = len(area)
    rates, real = recipe()["people"], recipe()["realism"]
    number = 280 * (GRAIN - (u := rng.integers(1, GRAIN, n))) // u % HIGHEST + 1
    street = pick(rng, [10**9 // (i + 8) for i in range(STREETS)], n)
    kind = pick(rng, list(recipe()["names"]["street_types"].values()), n)
    unit = np.where(chance(rng, n, rates["unit"]), rng.integers(1, 400, n), 0)
    flats = np.flatnonzero(unit)
    order = flats[np.argsort(area[flats], kind="stable")]
    starts = np.r_[True, area[order][1:] != area[order][:-1]] if len(order) else np.zeros(0, dtype=bool)
    starts |= rng.integers(0, real["homes_per_building"], len(order)) == 0
    first = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    for column in (number, street, kind):
        column[order] = column[first]
    return Home(area, number, street, kind, unit)


def new_zips(rng: np.random.Generator, old: Ints, interstate: int) -> Ints:
    """Where movers go: mostly the same prefix, else the state, else anywhere but the state."""
    places = zips()
    near = chance(rng, len(old), recipe()["realism"]["near_zip_same_prefix"])
    found = np.where(near, places.within(rng, old, places.prefix), places.within(rng, old, places.state))
    far = np.flatnonzero(chance(rng, len(old), interstate))
    while len(far):
        found[far] = pick_edges(rng, places.edges, len(far))
        far = far[places.state[found[far]] == places.state[old[far]]]
    return np.asarray(found)
