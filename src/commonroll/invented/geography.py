"""Where invented people live: real counties by weight; invented towns, streets, precincts, districts.

The map of a state depends on its size alone, never on the seed: the same towns stand in every delivery.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from commonroll.invented.counties import County, counties, seats
from commonroll.invented.draw import Ints, coprime_step, mixed, rank_within, spread
from commonroll.invented.habits import FIRST
from commonroll.invented.names import words

VOTERS_PER_PRECINCT = 1_400
LOCAL_SEATS = {"commission": 5, "school": 5, "fire": 4, "water": 3}


@dataclass(frozen=True)
class Town:
    name: str
    county: int
    city: bool
    abbreviation: str
    code: str = ""


@dataclass(frozen=True)
class Precincts:
    """One entry per precinct. `district` holds numbers from 1; `base` is where its house numbers begin."""

    county: Ints
    number: Ints
    town: Ints
    in_town: Ints
    rural: np.ndarray[tuple[int], np.dtype[np.bool_]]
    weight: Ints
    base: Ints
    zip5: list[str]
    district: dict[str, Ints]


@dataclass(frozen=True)
class Geography:
    state: str
    counties: tuple[County, ...]
    towns: tuple[Town, ...]
    precincts: Precincts

    def town_of(self, precinct: int) -> Town:
        return self.towns[int(self.precincts.town[precinct])]

    def county_of(self, precinct: int) -> County:
        return self.counties[int(self.precincts.county[precinct])]


@cache
def geography(state: str, voters: int) -> Geography:
    """The map of `state` for a roll of about `voters` people."""
    places = counties(state)
    towns = invent_towns(state, places)
    return Geography(state, places, towns, draw_precincts(state, places, towns, voters))


def invent_towns(state: str, places: tuple[County, ...]) -> tuple[Town, ...]:
    """Two to twelve towns per county, the seat first; no name twice in a state.

    Where a state's files name towns in place of counties, a county has the towns of its list of codes.
    """
    if any(county.towns for county in places):
        return listed_towns(places)
    pool = [a + b for a in words()["town_stems"] for b in words()["town_endings"] if not b.startswith(a[-2:])]
    step = coprime_step(1009 + 106 * turn(state), len(pool))
    towns: list[Town] = []
    for index, county in enumerate(places):
        for rank in range(2 + min(10, county.thousands // 40)):
            name = pool[(len(towns) + 1) * step % len(pool)]
            city = rank == 0 or county.thousands > 80 * rank
            towns.append(Town(name, index, city, f"{name[:2]}{len(towns):03d}"))
    return tuple(towns)


def turn(state: str) -> int:
    """A small number for each state, so that neighbours have other towns."""
    return FIRST.index(state) if state in FIRST else (ord(state[0]) * 26 + ord(state[1])) % 97 + len(FIRST)


def listed_towns(places: tuple[County, ...]) -> tuple[Town, ...]:
    """The towns of each county's list, by number where the list has no names."""
    found: list[Town] = []
    for index, county in enumerate(places):
        for rank, code in enumerate(county.towns):
            name = code.upper() if code[0].isalpha() else f"{county.name.upper()} TOWN {code}"
            found.append(Town(name, index, rank == 0, f"{name[:2]}{len(found):03d}", code))
    return tuple(found)


def draw_precincts(state: str, places: tuple[County, ...], towns: tuple[Town, ...], voters: int) -> Precincts:
    count = spread([c.thousands for c in places], voters // VOTERS_PER_PRECINCT) + 1
    county = np.repeat(np.arange(len(places)), count)
    number = rank_within(county)
    town = assign_towns(county, number, count, towns)
    in_town = rank_within(town)
    luck = mixed(np.arange(len(county), dtype=np.uint64), 7)
    heft = np.array([c.thousands for c in places], dtype=np.int64)[county] * 1000 // count[county]
    weight = heft * (60 + (luck % np.uint64(81)).astype(np.int64)) // 100 + 1
    small = np.array([c.thousands < 90 for c in places])[county]
    return Precincts(
        county=county,
        number=number,
        town=town,
        in_town=in_town,
        rural=np.asarray((number % 3 == 2) | (small & (number % 2 == 1))),
        weight=weight,
        base=100 * (1 + in_town % 97),
        zip5=[zip_of(places[c], t, r) for c, t, r in zip(county, town, in_town, strict=True)],
        district=draw_districts(state, places, county, number, weight),
    )


def assign_towns(county: Ints, number: Ints, count: Ints, towns: tuple[Town, ...]) -> Ints:
    """Half of a county's precincts to its seat, the others in turn to its smaller towns."""
    towns_of = np.bincount([t.county for t in towns])
    first = np.cumsum(towns_of) - towns_of
    seat = number * 2 < count[county]
    others = np.maximum(towns_of[county] - 1, 1)
    alone = towns_of[county] == 1
    return np.asarray(np.where(seat | alone, first[county], first[county] + 1 + number % others))


def zip_of(county: County, town: int, in_town: int) -> str:
    prefixes = county.region.zip3
    return f"{prefixes[int(county.fips) // 2 % len(prefixes)]}{1 + (town * 7 + in_town // 6) % 99:02d}"


def draw_districts(
    state: str, places: tuple[County, ...], county: Ints, number: Ints, weight: Ints
) -> dict[str, Ints]:
    """Districts of equal population, cut from one walk through the state by region and county."""
    region = np.array([c.region.order for c in places])[county]
    walk = np.lexsort((number, county, region))
    through = np.empty(len(county), dtype=np.int64)
    through[walk] = np.cumsum(weight[walk]) - 1
    total = int(weight.sum())
    found = {kind: through * number_of // total + 1 for kind, number_of in seats(state).items()}
    if state == "OH":
        found["senate"] = (found["house"] - 1) // 3 + 1
    several = np.bincount(county)[county]
    return found | {kind: number * number_of // several + 1 for kind, number_of in LOCAL_SEATS.items()}


@dataclass(frozen=True)
class Streets:
    """Every street name in parts; the last `rural` of them are country roads."""

    pre: list[str]
    name: list[str]
    type: list[str]
    post: list[str]
    rural: int

    def whole(self) -> list[str]:
        parts = zip(self.pre, self.name, self.type, self.post, strict=True)
        return [" ".join(word for word in street if word) for street in parts]


@cache
def streets() -> Streets:
    """Street names with types and some directions, then the rural roads."""
    kinds, sides = words()["street_types"], words()["street_directions"]
    town = [(name, kind) for kind in kinds for name in words()["street_names"]]
    rural = words()["rural_roads"]
    blank = [""] * len(rural)
    return Streets(
        pre=[sides[i % 4] if i % 5 == 0 else "" for i in range(len(town))] + blank,
        name=[name for name, _ in town] + [r.removesuffix(" RD") for r in rural],
        type=[kind for _, kind in town] + ["RD" if r.endswith(" RD") else "" for r in rural],
        post=[sides[i % 8] if i % 7 == 3 and i % 5 else "" for i in range(len(town))] + blank,
        rural=len(rural),
    )
