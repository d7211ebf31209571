"""People and households: who lives with whom at which door, with what name, age and habits.

All columns are numpy arrays, one entry per person or door; text is looked up when a file is written.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from commonroll.invented.draw import Bools, Ints, Luck, chance, coprime_step, pick, rank_within, stream
from commonroll.invented.geography import Geography, streets
from commonroll.invented.habits import habits
from commonroll.invented.names import GROUPS, II, III, JR, SR, draw_firsts, draw_surnames

TODAY = int(np.datetime64("2026-11-24", "D").astype(np.int64))
HOUSEHOLD_SIZES = (36, 42, 13, 6, 2, 1)
DOORS_PER_STREET = 24
AGES = tuple(
    w
    for years, w in ((7, 90), (15, 110), (25, 100), (15, 95), (8, 60), (7, 28), (6, 9), (4, 2))
    for _ in range(years)
)
OLDEST = 17 + len(AGES)
# Days to the eighteenth birthday, leap days counted.
OF_AGE = 6_575
DEM, REP, OTHER = 0, 1, 2
HISPANIC = GROUPS.index("hispanic")


@dataclass(frozen=True)
class Places:
    """Doors of one state. `street` is a position in `streets()`; `unit` is 0 for a house of its own."""

    precinct: Ints
    street: Ints
    number: Ints
    unit: Ints
    unit_kind: Ints
    half: Bools


@dataclass(frozen=True)
class People:
    """One entry per person. Names are positions in the pools of `names()`, -1 for none; `birth` is a day."""

    household: Ints
    male: Bools
    group: Ints
    birth: Ints
    last: Ints
    second: Ints
    hyphen: Bools
    first: Ints
    middle: Ints
    suffix: Ints
    politics: Ints
    affiliates: Bools
    keen: Ints
    phone: Ints
    area: Ints
    email: Ints
    luck: Luck

    def __len__(self) -> int:
        return len(self.household)

    def moved_up(self, households: int) -> People:
        """The same people, with household numbers raised: a second batch beside a first."""
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        return People(**(columns | {"household": self.household + households}))


def together(batches: list[People]) -> People:
    """Several batches as one."""
    return People(**{f.name: np.concatenate([getattr(b, f.name) for b in batches]) for f in fields(People)})


def populate(geo: Geography, n: int, seed: int, part: int = 0) -> tuple[People, Places]:
    """`n` people of `geo`'s state in households, and the door of each household."""
    rng = stream(seed, "people " + geo.state, part)
    home, rank = households(rng, n)
    doors = int(home[-1]) + 1
    places = settle(stream(seed, "doors " + geo.state, part), geo, doors)
    county = geo.precincts.county[places.precinct]
    head = np.flatnonzero(rank == 0)[home]
    family = chance(rng, doors, 8200)[home]
    partner = family & (rank == 1) & chance(rng, n, 8000)
    child = family & (rank > 0) & ~partner
    group = draw_groups(rng, geo, county, home)
    male = draw_sex(rng, head, partner)
    age = draw_ages(rng, head, child, habits(geo.state).youngest)
    birth = draw_births(rng, age)
    twin = child & np.r_[False, child[:-1]] & (rank > 1) & chance(rng, n, 400)
    birth[twin] = birth[np.flatnonzero(twin) - 1]
    last, second, hyphen = family_names(rng, group, head, partner, child)
    born = year_of(birth)
    first, middle = draw_firsts(rng, group, male, born), draw_firsts(rng, group, male, born)
    middle[chance(rng, n, 900)] = -1
    suffix = pass_on_names(
        rng, head, child & male & male[head] & (birth > birth[head]), first, middle, last, male
    )
    politics, affiliates = draw_politics(rng, geo, county[home], head, group, age)
    people = People(
        household=home,
        male=male,
        group=group,
        birth=birth,
        last=last,
        second=second,
        hyphen=hyphen,
        first=first,
        middle=middle,
        suffix=suffix,
        politics=politics,
        affiliates=affiliates,
        keen=np.clip(rng.integers(0, 1000, n) * 8 // 10 + age * 4 - 90, 0, 999),
        phone=np.where(
            chance(rng, n, 7000), np.where(chance(rng, n, 3000), head % 100, rng.integers(0, 100, n)), -1
        ),
        area=area_codes(geo, county[home], rng.integers(0, 10, n)),
        email=np.where(chance(rng, n, 5500), rng.integers(0, 300, n), -1),
        luck=rng.integers(0, 2**64, n, dtype=np.uint64),
    )
    return people, places


def year_of(day: Ints) -> Ints:
    """The calendar year of each day."""
    return np.asarray(day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)


def households(rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
    """Household and place in it, for `n` people."""
    sizes = pick(rng, HOUSEHOLD_SIZES, n) + 1
    home = np.repeat(np.arange(n), sizes)[:n]
    return home, rank_within(home)


def settle(rng: np.random.Generator, geo: Geography, doors: int) -> Places:
    """A door for each household: streets are filled house by house, odd and even sides facing each other."""
    precinct = pick(rng, geo.precincts.weight, doors)
    row = rank_within(precinct)
    street, along = row // DOORS_PER_STREET, row % DOORS_PER_STREET
    names = streets()
    town_streets = len(names.name) - names.rural
    step = coprime_step(101, town_streets)
    rural = geo.precincts.rural[precinct] & (street % 2 == 0)
    named = np.where(
        rural,
        town_streets + (precinct * 7 + street // 2) % names.rural,
        (precinct * 37 + street * step) % town_streets,
    )
    flats = ~geo.precincts.rural[precinct] & ((precinct + street) % 4 == 1)
    lots = rural & ((precinct + street) % 10 == 4)
    stacked = flats | lots
    number = geo.precincts.base[precinct] + along // 2 * 2 * (1 + named % 3) + along % 2
    number = np.where(stacked, geo.precincts.base[precinct] + along // 12 * 2, number)
    return Places(
        precinct=precinct,
        street=named,
        number=number + np.where(rural, street // 2 // names.rural * 10_000, 0),
        unit=np.where(stacked, along % 12 + 1 + 100 * (along % 3) * flats, 0),
        unit_kind=np.where(flats, 1 + (street % 2), np.where(lots, 3, 0)),
        half=~stacked & chance(rng, doors, 30),
    )


def draw_groups(rng: np.random.Generator, geo: Geography, county: Ints, home: Ints) -> Ints:
    """Census group by region; one in eight differs from the household."""
    region = np.array([c.region.order for c in geo.counties])[county]
    own, shared = np.zeros(len(home), dtype=np.int64), np.zeros(len(county), dtype=np.int64)
    for place in {c.region.order: c.region for c in geo.counties}.values():
        doors, mine = np.flatnonzero(region == place.order), np.flatnonzero(region[home] == place.order)
        shared[doors] = pick(rng, place.mix, len(doors))
        own[mine] = pick(rng, place.mix, len(mine))
    return np.asarray(np.where(chance(rng, len(home), 1250), own, shared[home]))


def draw_sex(rng: np.random.Generator, head: Ints, partner: Bools) -> Bools:
    male = chance(rng, len(head), 4800)
    other = ~male[head] ^ chance(rng, len(head), 400)
    return np.asarray(np.where(partner, other, male))


def draw_ages(rng: np.random.Generator, head: Ints, child: Bools, youngest: int) -> Ints:
    """Ages in whole years. A child too young to register becomes the head's parent."""
    n = len(head)
    age = (pick(rng, AGES, n) + 18)[head]
    close = np.clip(age + rng.integers(-5, 6, n), 18, OLDEST)
    young = age - rng.integers(19, 39, n)
    early = (young >= youngest) & (young < 18) & chance(rng, n, 4000)
    elder = np.clip(age + rng.integers(20, 34, n), 18, OLDEST)
    alone = head == np.arange(n)
    grown = np.where((young >= 18) | early, young, elder)
    return np.asarray(np.where(alone, age, np.where(child, grown, close)))


def draw_births(rng: np.random.Generator, age: Ints) -> Ints:
    """Birth days; one in a hundred is heaped on the first of January."""
    birth = TODAY - age * 1461 // 4 - rng.integers(1, 365, len(age))
    new_year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(np.where(chance(rng, len(age), 100), new_year, birth))


def family_names(
    rng: np.random.Generator, group: Ints, head: Ints, partner: Bools, child: Bools
) -> tuple[Ints, Ints, Bools]:
    """Surname, second surname or -1, and whether a hyphen joins the two."""
    n = len(group)
    own = draw_surnames(rng, group)
    shares = (partner & chance(rng, n, 7800)) | (child & chance(rng, n, 9000))
    last = np.where(shares, own[head], own)
    joined = partner & ~shares & chance(rng, n, 2200)
    double = (group == HISPANIC) & ~joined & chance(rng, n, 900)
    second = np.where(joined, own[head], np.where(double, draw_surnames(rng, group), -1))
    return last, second, joined | (double & chance(rng, n, 4000))


def pass_on_names(
    rng: np.random.Generator, head: Ints, son: Bools, first: Ints, middle: Ints, last: Ints, male: Bools
) -> Ints:
    """Suffixes; sons that bear the father's whole name get his first and middle name here."""
    n = len(head)
    suffix = np.where(male & chance(rng, n, 120), pick(rng, (0, 80, 6, 6, 8), n), 0)
    junior = np.flatnonzero(son & (last == last[head]) & chance(rng, n, 900))
    first[junior], middle[junior] = first[head[junior]], middle[head[junior]]
    suffix[junior] = np.array([JR, II, III])[pick(rng, (85, 5, 10), len(junior))]
    suffix[head[junior]] = np.where(
        suffix[junior] == III, JR, np.where(chance(rng, len(junior), 5000), SR, 0)
    )
    return np.asarray(suffix)


def draw_politics(
    rng: np.random.Generator, geo: Geography, county: Ints, head: Ints, group: Ints, age: Ints
) -> tuple[Ints, Bools]:
    """Leaning (DEM, REP, OTHER) by county, group, age and household, and who would join a party at all."""
    n = len(head)
    lean = np.array([c.lean for c in geo.counties])[county]
    tilt = np.array((-9, 32, 6, 10, 2))[group] + np.where(age < 35, 8, np.where(age > 65, -4, 0))
    dice = rng.integers(0, 100, n)
    dice = np.where(chance(rng, n, 5500), dice[head], dice)
    side = np.where(dice < np.clip(lean + tilt, 4, 96), DEM, REP)
    politics = np.where(chance(rng, n, 150), OTHER, side)
    return politics, np.asarray(rng.integers(0, 100, n) < 52 + age // 4)


def area_codes(geo: Geography, county: Ints, choice: Ints) -> Ints:
    """Area code as a number: the region's first code for seven in ten."""
    codes = [[int(code) for code in c.region.area_codes] for c in geo.counties]
    table = np.array([[c[0] if k < 7 else c[k % len(c)] for k in range(10)] for c in codes])
    return np.asarray(table[county, choice])
