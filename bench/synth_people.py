"""The people of `voter_synth.py`: homes, families, names; and the same people some years later."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from synth_places import Home, addresses, mix, new_zips, recipe, states, zips

from commonroll.invented.draw import Bools, Ints, chance, pick, pick_edges, stream
from commonroll.invented.names import GROUPS, draw_firsts, draw_surnames, names
from commonroll.invented.population import AGES, year_of

TODAY = int(np.datetime64("2024-11-05", "D").astype(np.int64))
HISPANIC = GROUPS.index("hispanic")
NOBODY = -1
OLDEST = 104
LOCAL_NAMES = 4


@dataclass(frozen=True)
class People:
    """One entry per person; names are positions in the pools of `names()`, -1 for none."""

    home: Ints
    group: Ints
    male: Bools
    birth: Ints
    first: Ints
    middle: Ints
    last: Ints
    second: Ints
    hyphen: Bools
    junior: Bools
    namesake: Ints
    twin: Ints
    moved: Ints
    address: Home


def population(n: int, seed: int) -> People:
    """`n` adults in their homes, as file A knows them."""
    rng, rates, real = stream(seed, "voter synth people"), recipe()["people"], recipe()["realism"]
    sizes = pick(rng, rates["adults_per_home"], n) + 1
    home = np.repeat(np.arange(n), sizes)[:n]
    homes, places = int(home[-1]) + 1, zips()
    head = np.flatnonzero(np.r_[True, home[1:] != home[:-1]])[home]
    place = np.arange(n) - head
    area = pick_edges(rng, places.edges, homes)
    group = groups(rng, places.state[area], home)
    male = chance(rng, n, 5000)
    age = ages(rng, head, place)
    older = male[head] & (age[head] >= 45)
    junior = (place > 0) & male & older & chance(rng, n, rates["junior"])
    gap = rates["years_between_generations"] + spread_around_zero(rng, n, 5)
    age[junior] = np.maximum(age[head][junior] - gap[junior], 18)
    birth = births(rng, age)
    twin = (place > 1) & ~junior & ~np.r_[False, junior[:-1]] & chance(rng, n, rates["twin"])
    older_twin = np.flatnonzero(twin) - 1
    birth[twin], group[twin] = birth[older_twin], group[older_twin]
    own = draw_surnames(rng, group)
    local = chance(rng, homes, real["local_surname"])
    own[head] = np.where(local[home][head], local_surnames(rng, places.prefix[area])[home][head], own[head])
    last = np.where(chance(rng, n, rates["shares_surname"]), own[head], own)
    born = year_of(birth)
    first, middle = draw_firsts(rng, group, male, born), draw_firsts(rng, group, male, born)
    middle[chance(rng, n, rates["no_middle_name"])] = NOBODY
    last[twin] = last[older_twin]
    same = twin & (first == np.r_[NOBODY, first[:-1]])
    first[same] = (first[same] + 1) % (len(names().firsts) // 3)
    namesake, twin_of = np.full(n, NOBODY), np.full(n, NOBODY)
    for column in (first, middle, last):
        column[junior] = column[head[junior]]
    namesake[junior], namesake[head[junior]] = head[junior], np.flatnonzero(junior)
    twin_of[twin], twin_of[older_twin] = older_twin, np.flatnonzero(twin)
    return People(
        home=home, group=group, male=male, birth=birth, first=first, middle=middle, last=last,
        second=np.full(n, NOBODY), hyphen=np.zeros(n, dtype=bool), junior=junior, namesake=namesake,
        twin=twin_of, moved=np.zeros(n, dtype=np.int64), address=addresses(rng, area).at(home),
    )  # fmt: skip


def groups(rng: np.random.Generator, state_of_home: Ints, home: Ints) -> Ints:
    shared, own = np.zeros(len(state_of_home), dtype=np.int64), np.zeros(len(home), dtype=np.int64)
    state = state_of_home[home]
    for at, key in enumerate(states()):
        doors, mine = np.flatnonzero(state_of_home == at), np.flatnonzero(state == at)
        shared[doors], own[mine] = pick(rng, mix(key), len(doors)), pick(rng, mix(key), len(mine))
    anew = chance(rng, len(home), recipe()["people"]["drawn_anew"])
    return np.asarray(np.where(anew, own, shared[home]))


def spread_around_zero(rng: np.random.Generator, n: int, sigma: int) -> Ints:
    """Whole numbers about normal: the sum of three dice."""
    return sum((rng.integers(-sigma, sigma + 1, n) for _ in range(3)), np.zeros(n, dtype=np.int64))


def ages(rng: np.random.Generator, head: Ints, place: Ints) -> Ints:
    """The second adult is of the head's age, later ones a generation younger where that makes an adult."""
    n = len(head)
    age = (pick(rng, AGES, n) + 18)[head]
    near = age + np.where(place > 0, spread_around_zero(rng, n, 4), 0)
    young = age - recipe()["people"]["years_between_generations"] - spread_around_zero(rng, n, 5)
    return np.asarray(np.clip(np.where((place > 1) & (young >= 18), young, near), 18, OLDEST))


def births(rng: np.random.Generator, age: Ints) -> Ints:
    """Birth days; some are heaped on two days of January, for both files."""
    birth = TODAY - age * 1461 // 4 - rng.integers(0, 365, len(age))
    new_year = year_day(birth)
    real, dice = recipe()["realism"], rng.integers(0, 10_000, len(age))
    first = dice < real["born_first_of_january"]
    middle = ~first & (dice < real["born_first_of_january"] + real["born_fifteenth_of_january"])
    return np.asarray(np.where(first, new_year, np.where(middle, new_year + 14, birth)))


def year_day(birth: Ints) -> Ints:
    return np.asarray(
        birth.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    )


def local_surnames(rng: np.random.Generator, prefix: Ints) -> Ints:
    """One of few names of each ZIP prefix, the same few whenever asked."""
    found, at = np.unique(prefix, return_inverse=True)
    fixed = stream(0, "voter synth local")
    few = draw_surnames(fixed, np.repeat(fixed.integers(0, 2, len(found)), LOCAL_NAMES))
    return np.asarray(few[at * LOCAL_NAMES + rng.integers(0, LOCAL_NAMES, len(prefix))])


def later(people: People, seed: int) -> People:
    """The same people some years later: moves and marriages. What a clerk does comes in `written`."""
    rng, rates = stream(seed, "voter synth later"), recipe()["file_b"]
    n, homes, places = len(people.home), int(people.home[-1]) + 1, zips()
    of_home = chance(rng, homes, rates["household_moves"])[people.home]
    alone = chance(rng, n, rates["person_moves"])
    door = np.where(alone, homes + np.arange(n), np.where(of_home, people.home, NOBODY))
    doors, at = np.unique(door[door >= 0], return_inverse=True)
    movers = np.flatnonzero(door >= 0)
    old = np.zeros(len(doors), dtype=np.int64)
    old[at] = people.address.zip[movers]
    new = addresses(rng, new_zips(rng, old, rates["interstate"])).at(at)
    columns = {f: getattr(people.address, f).copy() for f in ("zip", "number", "street", "kind", "unit")}
    for name, column in columns.items():
        column[movers] = getattr(new, name)
    moved = np.zeros(n, dtype=np.int64)
    moved[movers] = np.where(places.state[new.zip] == places.state[people.address.zip[movers]], 1, 2)
    young = ~people.male & (people.birth > TODAY - 50 * 1461 // 4)
    wed = np.flatnonzero(young & chance(rng, n, rates["surname_changes"]))
    last, second, hyphen = people.last.copy(), people.second.copy(), people.hyphen.copy()
    name, keeps = draw_surnames(rng, people.group[wed]), chance(rng, len(wed), rates["hyphenated"])
    last[wed], second[wed] = np.where(keeps, last[wed], name), np.where(keeps, name, NOBODY)
    hyphen[wed] = keeps
    two = (people.group == HISPANIC) & (second < 0) & chance(rng, n, rates["second_surname"])
    second[two] = draw_surnames(rng, people.group[two])
    return replace(people, address=Home(**columns), moved=moved, last=last, second=second, hyphen=hyphen)
