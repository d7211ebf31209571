"""The same population some weeks later: about two in a hundred rows differ from the first delivery."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from commonroll.invented.draw import Ints, chance, pick, stream
from commonroll.invented.names import draw_surnames
from commonroll.invented.population import TODAY, People, populate, together
from commonroll.invented.rolls import (
    ACTIVE,
    CURRENT,
    DECEASED,
    INACTIVE,
    LAPSED,
    LEFT_COUNTY,
    LEFT_STATE,
    NEVER,
    OFF,
    PARTY_NONE,
    REMOVED,
    REQUEST,
    Population,
    Roll,
    changed,
    county_of,
    enrol,
    stack,
)

# In ten thousandths of a roll.
MOVED, SWITCHED, RESTATED, MARRIED, DROPPED, ARRIVED = 70, 25, 30, 15, 40, 45
LATEST = TODAY + 24


@dataclass
class Chosen:
    """Rows of one roll, no row twice."""

    moved: Ints
    switched: Ints
    restated: Ints
    married: Ints
    dropped: Ints


def later(whole: Population, seed: int) -> Population:
    """`whole` as the next delivery finds it. Truth follows: movers live at the new door."""
    people = People(**{f.name: getattr(whole.people, f.name).copy() for f in fields(People)})
    fresh = Population(people, whole.home, whole.geographies, whole.places, dict(whole.rolls))
    first_door = doors_before(whole)
    newcomers, homes = [], [whole.home]
    count = len(people)
    for at, state in enumerate(whole.rolls):
        rng = stream(seed, "later " + state)
        roll, batch = advance(rng, fresh, state, seed, count, first_door[state])
        fresh.rolls[state] = roll
        newcomers.append(batch)
        homes.append(np.full(len(batch), at))
        count += len(batch)
    everyone = together([people, *newcomers])
    return Population(everyone, np.concatenate(homes), whole.geographies, whole.places, fresh.rolls)


def doors_before(whole: Population) -> dict[str, int]:
    """The number of the first household of each state."""
    found, start = {}, 0
    for state, places in whole.places.items():
        found[state] = start
        start += len(places.precinct)
    return found


def advance(
    rng: np.random.Generator, whole: Population, state: str, seed: int, count: int, first_door: int
) -> tuple[Roll, People]:
    """The next roll of a state, and the people who are new on it (numbered from `count`)."""
    roll = whole.rolls[state].copy()
    top, size = int(roll.local.max(initial=0)), len(roll)
    chosen = choose(rng, roll)
    left_behind = move(rng, whole, state, roll, chosen.moved, first_door)
    turn = roll.party[chosen.switched] + 1 + rng.integers(0, 2, len(chosen.switched))
    roll.party[chosen.switched] = turn % (PARTY_NONE + 1)
    roll.status[chosen.restated] = np.where(roll.status[chosen.restated] == ACTIVE, INACTIVE, ACTIVE)
    marry(rng, whole, roll, chosen.married)
    stays = np.ones(size, dtype=bool)
    if state == "NC":
        strike(rng, roll, chosen.dropped)
    else:
        stays[chosen.dropped] = False
    batch, rows = arrivals(rng, whole, state, seed, count, first_door)
    rows = changed(rows, seq=size + np.arange(len(rows)), local=top + 1 + np.arange(len(rows)))
    return stack([roll.take(stays), left_behind, rows]), batch


def choose(rng: np.random.Generator, roll: Roll) -> Chosen:
    plain = (roll.kind == CURRENT) & (roll.status <= INACTIVE) & ~roll.guarded
    order = rng.permutation(np.flatnonzero(plain))
    ends = np.cumsum([len(roll) * share // 10_000 for share in (MOVED, SWITCHED, RESTATED, MARRIED, DROPPED)])
    return Chosen(*np.split(order, ends)[:-1])


def move(
    rng: np.random.Generator, whole: Population, state: str, roll: Roll, rows: Ints, first_door: int
) -> Roll:
    """Put these rows at new doors; return the removed rows left in a former county (North Carolina)."""
    before = roll.take(rows)
    doors = np.where(chance(rng, len(rows), 7000), near(rng, whole, state, before), 0)
    anywhere = rng.integers(0, len(whole.places[state].precinct), len(rows))
    roll.place[rows] = np.where(doors > 0, doors, anywhere)
    whole.people.household[roll.person[rows]] = first_door + roll.place[rows]
    crossed = county_of(whole, state, before) != county_of(whole, state, roll.take(rows))
    roll.local[rows[crossed]] = int(roll.local.max(initial=0)) + 10_000 + np.arange(int(crossed.sum()))
    if state != "NC":
        return before.take(np.zeros(0, dtype=np.int64))
    gone, n = before.take(crossed), int(crossed.sum())
    reason, off = np.full(n, LEFT_COUNTY), np.full(n, OFF)
    return changed(gone, kind=np.full(n, REMOVED), status=off, reason=reason, left=gone.registered)


def near(rng: np.random.Generator, whole: Population, state: str, roll: Roll) -> Ints:
    """For each row another door of its county."""
    county = whole.geographies[state].precincts.county[whole.places[state].precinct]
    doors = np.argsort(county, kind="stable")
    sizes = np.bincount(county)
    mine = county[roll.place]
    start = (np.cumsum(sizes) - sizes)[mine]
    return np.asarray(doors[start + rng.integers(0, 2**31, len(roll)) % sizes[mine]])


def marry(rng: np.random.Generator, whole: Population, roll: Roll, rows: Ints) -> None:
    """A new surname, with the old one behind a hyphen for one in four."""
    person = roll.person[rows]
    new = draw_surnames(rng, whole.people.group[person])
    keeps = chance(rng, len(rows), 2500)
    second = np.where(keeps, whole.people.last[person], -1)
    for names in (roll, whole.people):
        at = rows if names is roll else person
        names.last[at], names.second[at], names.hyphen[at] = new, second, keeps


def strike(rng: np.random.Generator, roll: Roll, rows: Ints) -> None:
    reasons = np.array((DECEASED, LEFT_STATE, LAPSED, REQUEST))
    roll.status[rows], roll.kind[rows], roll.left[rows] = OFF, REMOVED, TODAY
    roll.reason[rows] = reasons[pick(rng, (45, 30, 15, 10), len(rows))]


def arrivals(
    rng: np.random.Generator, whole: Population, state: str, seed: int, count: int, first_door: int
) -> tuple[People, Roll]:
    """New registrants, each at a door of the state, with a row on its roll."""
    n = len(whole.rolls[state]) * ARRIVED // 10_000
    if n == 0:
        nobody = np.zeros(0, dtype=np.int64)
        batch, _ = populate(whole.geographies[state], 1, seed, part=1)
        return take(batch, nobody), whole.rolls[state].take(nobody)
    batch, _ = populate(whole.geographies[state], n, seed, part=1)
    place = rng.integers(0, len(whole.places[state].precinct), n)
    batch.household[:] = first_door + place
    rows = enrol(whole.geographies[state], batch, seed, alone=False, part=1)
    status = np.where(rows.status == OFF, ACTIVE, rows.status)
    return batch, changed(
        rows,
        person=count + np.arange(n),
        kind=np.full(n, CURRENT),
        place=place,
        registered=LATEST - rng.integers(0, 26, n),
        left=np.full(n, NEVER),
        status=status,
        reason=np.full(n, -1),
    )


def take(people: People, rows: Ints) -> People:
    return People(**{f.name: getattr(people, f.name)[rows] for f in fields(People)})
