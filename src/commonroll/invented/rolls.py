"""Who stands on which roll: current voters, movers left behind, removed people and double entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from commonroll.invented.draw import Bools, Ints, chance, mixed, pick, rank_within, stream
from commonroll.invented.geography import Geography, geography
from commonroll.invented.habits import habits
from commonroll.invented.names import draw_surnames, names
from commonroll.invented.population import DEM, OF_AGE, TODAY, People, Places, populate, together

CURRENT, STALE, REMOVED, DUPLICATE = range(4)
KINDS = ("current", "stale", "removed", "duplicate")
ACTIVE, INACTIVE, OFF, PENDING, TEMPORARY = range(5)
DECEASED, LEFT_STATE, LEFT_COUNTY, LAPSED, REQUEST, FELONY = range(6)
HOME, PO_BOX, OUT_OF_STATE, RURAL_ROUTE, OVERSEAS = range(5)
PARTY_DEM, PARTY_REP, PARTY_NONE, PARTY_MINOR = range(4)
NEVER = TODAY + 100_000
FIRST_DAY = int(np.datetime64("1950-01-01", "D").astype(np.int64))
# Shares of a roll, in ten thousandths.
STALE_SHARE, DOUBLE_SHARE, OTHER_COUNTY_SHARE, OFF_SHARE = 150, 15, 200, 350


@dataclass(frozen=True)
class Roll:
    """One entry per row of a registration file.

    `place` is a door of the state, `seq` the voter's running number, `local` the number within the county,
    `registered`, `left` and `birth` are days; `reason` is -1 unless removed. `dormant` voters seldom vote;
    `past_party` is what the history knows them by.
    """

    person: Ints
    kind: Ints
    seq: Ints
    local: Ints
    place: Ints
    registered: Ints
    left: Ints
    status: Ints
    dormant: Bools
    reason: Ints
    party: Ints
    past_party: Ints
    birth: Ints
    last: Ints
    second: Ints
    hyphen: Bools
    first: Ints
    middle: Ints
    initial: Bools
    suffix: Ints
    mail: Ints
    guarded: Bools

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Ints | Bools) -> Roll:
        """The rows at these positions."""
        return Roll(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def copy(self) -> Roll:
        return self.take(np.arange(len(self)))


@dataclass(frozen=True)
class Population:
    """The true people and, per state, its map, its doors and its roll. `home` is a person's state."""

    people: People
    home: Ints
    geographies: dict[str, Geography]
    places: dict[str, Places]
    rolls: dict[str, Roll]


def stack(rolls: Sequence[Roll]) -> Roll:
    """Several rolls of one state, one after the other."""
    return Roll(**{f.name: np.concatenate([getattr(r, f.name) for r in rolls]) for f in fields(Roll)})


def found(states: Sequence[str], voters: int, seed: int) -> Population:
    """A population whose every state has exactly `voters` rows on its roll."""
    incoming = voters * STALE_SHARE // 10_000 if len(states) > 1 else 0
    batches, geographies, places, rolls, start, doors = [], {}, {}, {}, 0, 0
    for state in states:
        geo = geographies[state] = geography(state, voters)
        residents = voters - incoming - doubles(voters) - old_counties(state, voters)
        people, places[state] = populate(geo, residents, seed)
        rolls[state] = enrol(geo, people, seed, alone=len(states) == 1)
        rolls[state] = rolls[state].take(np.arange(residents))
        rolls[state].person[:] += start
        batches.append(people.moved_up(doors))
        start, doors = start + residents, doors + len(places[state].precinct)
    people = together(batches)
    home = np.repeat(np.arange(len(states)), [len(b) for b in batches])
    whole = Population(people, home, geographies, places, rolls)
    if incoming:
        leave_behind(whole, incoming, seed)
    for state in states:
        rolls[state] = number_locally(whole, state, write_twice(whole, state, voters, seed))
    return whole


def doubles(voters: int) -> int:
    return voters * DOUBLE_SHARE // 10_000


def old_counties(state: str, voters: int) -> int:
    return voters * OTHER_COUNTY_SHARE // 10_000 if state == "NC" else 0


def enrol(geo: Geography, people: People, seed: int, *, alone: bool, part: int = 0) -> Roll:
    """One row for each resident.

    Some are removed where the state publishes such rows; a state that stands `alone` has rows of people who
    live elsewhere.
    """
    rng = stream(seed, "roll " + geo.state, part)
    n = len(people)
    adult = people.birth + OF_AGE
    kind = np.where(chance(rng, n, STALE_SHARE if alone else 0), STALE, CURRENT)
    mine = habits(geo.state)
    off = mine.removes & (kind == CURRENT) & (adult < TODAY - 1500) & chance(rng, n, OFF_SHARE)
    kind = np.where(off, REMOVED, kind)
    early = (adult > TODAY) & mine.preregisters
    left = np.where(kind != CURRENT, TODAY - rng.integers(30, 1400, n), NEVER)
    registered = draw_registration(rng, adult, np.minimum(left - 1, TODAY - 4))
    status = np.where(chance(rng, n, np.where(kind == STALE, 5500, 900)), INACTIVE, ACTIVE)
    status = np.where(mine.temporary & chance(rng, n, 40), TEMPORARY, status)
    status = np.where(off, OFF, np.where(early, PENDING, status))
    middle = np.where(chance(rng, n, 300), -1, people.middle)
    party = draw_party(rng, people)
    return Roll(
        person=np.arange(n),
        kind=kind,
        seq=np.arange(n),
        local=np.zeros(n, dtype=np.int64),
        place=people.household.copy(),
        registered=registered,
        left=left,
        status=status,
        reason=np.where(off, pick(rng, (40, 24, 0, 20, 10, 6), n), -1),
        dormant=np.asarray(status == INACTIVE),
        party=party,
        past_party=party.copy(),
        birth=people.birth.copy(),
        last=people.last.copy(),
        second=people.second.copy(),
        hyphen=people.hyphen.copy(),
        first=people.first.copy(),
        middle=middle,
        initial=chance(rng, n, 3000),
        suffix=people.suffix.copy(),
        mail=draw_mail(rng, n, status),
        guarded=~off & chance(rng, n, mine.guarded),
    )


def draw_registration(rng: np.random.Generator, adult: Ints, until: Ints) -> Ints:
    """A day between coming of age and `until`, more often recent; those under age signed up this year."""
    start = np.maximum(adult, FIRST_DAY)
    back = rng.random(len(adult))
    day = until - ((back + back * back) / 2 * np.maximum(until - start, 0)).astype(np.int64)
    return np.asarray(np.where(start >= until, until - rng.integers(0, 200, len(adult)), day))


def draw_party(rng: np.random.Generator, people: People) -> Ints:
    """Registered party; those who would join none are unaffiliated."""
    joined = np.where(people.politics == DEM, PARTY_DEM, PARTY_REP)
    joined = np.where(people.politics > PARTY_REP, PARTY_MINOR, joined)
    crossed = chance(rng, len(people), 300) & (joined < PARTY_NONE)
    return np.asarray(np.where(people.affiliates, np.where(crossed, 1 - joined, joined), PARTY_NONE))


def draw_mail(rng: np.random.Generator, n: int, status: Ints) -> Ints:
    mail = pick(rng, (8860, 700, 200, 200, 40), n)
    return np.asarray(np.where((status == TEMPORARY) & (mail == HOME), OVERSEAS, mail))


def leave_behind(whole: Population, each: int, seed: int) -> None:
    """Give every state `each` old rows of people who live in one of the other states now."""
    states = list(whole.rolls)
    supply = {state: movers(whole, state, seed, each) for state in states}
    fresh: dict[str, list[Ints]] = {state: [] for state in states}
    for state in states:
        others = [s for s in states if s != state]
        for turn, other in enumerate(others):
            share = each // len(others) + (turn < each % len(others))
            taken, supply[other] = supply[other][:share], supply[other][share:]
            fresh[state].append(taken)
        rows = np.concatenate(fresh[state])
        if len(rows) < each:
            rows = np.r_[rows, supply[others[0]][: each - len(rows)]]
        whole.rolls[state] = stack([whole.rolls[state], old_rows(whole, state, rows, seed)])


def movers(whole: Population, state: str, seed: int, each: int) -> Ints:
    """Residents who could have lived elsewhere as adults, in random order."""
    roll = whole.rolls[state]
    grown = whole.people.birth[roll.person] < TODAY - 365 * 24
    able = np.flatnonzero((roll.kind == CURRENT) & (roll.status != TEMPORARY) & grown & ~roll.guarded)
    spare = np.flatnonzero(roll.kind == CURRENT)
    order = stream(seed, "movers " + state).permutation(able if len(able) >= 2 * each else spare)
    return np.asarray(roll.person[order])


def old_rows(whole: Population, state: str, persons: Ints, seed: int) -> Roll:
    """The rows these people left on `state`'s roll; their new registration follows the move."""
    rng = stream(seed, "left behind " + state)
    n = len(persons)
    base = same_people(whole, persons)
    adult = whole.people.birth[persons] + OF_AGE
    left = np.maximum(TODAY - rng.integers(90, 3800, n), np.minimum(adult + 400, TODAY - 60))
    for other, roll in whole.rolls.items():
        mine = np.isin(persons, roll.person) & (other != state)
        rows = np.searchsorted(roll.person[: resident_rows(whole, other)], persons[mine])
        roll.registered[rows] = np.minimum(left[mine] + rng.integers(20, 200, int(mine.sum())), TODAY - 4)
    off = (state == "NC") & chance(rng, n, 4000)
    party = draw_party(rng, whole.people)[persons]
    return changed(
        variant(rng, whole, base),
        kind=np.where(off, REMOVED, STALE),
        seq=len(whole.rolls[state]) + np.arange(n),
        place=rng.integers(0, len(whole.places[state].precinct), n),
        registered=draw_registration(rng, np.minimum(adult, left - 100), left - 1),
        left=left,
        status=np.where(off, OFF, np.where(chance(rng, n, 5500), INACTIVE, ACTIVE)),
        reason=np.where(off, LEFT_STATE, -1),
        party=party,
        past_party=party.copy(),
        mail=np.zeros(n, dtype=np.int64),
        guarded=np.zeros(n, dtype=bool),
    )


def resident_rows(whole: Population, state: str) -> int:
    """How many rows at the head of the state's roll belong to its residents, in the order of persons."""
    at = list(whole.rolls).index(state)
    return int((whole.home == at).sum())


def same_people(whole: Population, persons: Ints) -> Roll:
    """The rows these people have where they live."""
    parts = [roll.take(np.arange(resident_rows(whole, state))) for state, roll in whole.rolls.items()]
    return stack(parts).take(persons)


def variant(rng: np.random.Generator, whole: Population, roll: Roll) -> Roll:
    """The same people by another clerk: maiden names, nicknames, slips, initials, wrong dates."""
    n, people = len(roll), whole.people
    woman = ~people.male[roll.person]
    maiden = woman & (people.birth[roll.person] > TODAY - 365 * 60) & chance(rng, n, 700)
    last = np.where(maiden, draw_surnames(rng, people.group[roll.person]), roll.last)
    last = np.where(chance(rng, n, 150), last % names().slip + names().slip, last)
    return changed(
        roll,
        last=last,
        second=np.where(maiden, -1, roll.second),
        first=np.where(chance(rng, n, 600), roll.first % names().nick + names().nick, roll.first),
        middle=np.where(chance(rng, n, 1000), -1, people.middle[roll.person]),
        initial=chance(rng, n, 3500),
        suffix=np.where(chance(rng, n, 3000), 0, roll.suffix),
        birth=np.where(chance(rng, n, 100), roll.birth - rng.integers(1, 32, n), roll.birth),
    )


def changed(roll: Roll, **columns: Ints | Bools) -> Roll:
    """`roll` with some columns replaced."""
    return Roll(**({f.name: getattr(roll, f.name) for f in fields(roll)} | columns))


def write_twice(whole: Population, state: str, voters: int, seed: int) -> Roll:
    """The roll with its double entries and, in North Carolina, the rows left in a former county."""
    rng = stream(seed, "twice " + state)
    roll = whole.rolls[state]
    plain = (roll.kind == CURRENT) & (roll.status != PENDING) & (roll.left == NEVER)
    settled = plain & (roll.registered > roll.birth + OF_AGE + 800)
    wanted = doubles(voters) + old_counties(state, voters)
    able = np.flatnonzero(settled if settled.sum() >= wanted else plain)
    chosen = rng.permutation(able)[:wanted]
    twice, former = chosen[: doubles(voters)], chosen[doubles(voters) :]
    return stack([roll, double_rows(rng, whole, state, twice), former_rows(rng, whole, state, former)])


def double_rows(rng: np.random.Generator, whole: Population, state: str, rows: Ints) -> Roll:
    roll, n = whole.rolls[state], len(rows)
    base = roll.take(rows)
    elsewhere = rng.integers(0, len(whole.places[state].precinct), n)
    return changed(
        variant(rng, whole, base),
        kind=np.full(n, DUPLICATE),
        seq=len(roll) + np.arange(n),
        place=np.where(chance(rng, n, 5000), base.place, elsewhere),
        registered=earlier(rng, base, base.registered, 100, 2000),
    )


def former_rows(rng: np.random.Generator, whole: Population, state: str, rows: Ints) -> Roll:
    """Rows of the same voter number in another county, removed there."""
    roll, n = whole.rolls[state], len(rows)
    base = roll.take(rows)
    left = np.maximum(base.registered - rng.integers(5, 60, n), FIRST_DAY)
    return changed(
        base,
        kind=np.full(n, REMOVED),
        place=other_county(rng, whole, state, base.place),
        registered=earlier(rng, base, left, 200, 3000),
        left=left,
        status=np.full(n, OFF),
        reason=np.full(n, LEFT_COUNTY),
        guarded=np.zeros(n, dtype=bool),
    )


def earlier(rng: np.random.Generator, roll: Roll, day: Ints, least: int, most: int) -> Ints:
    """A registration day `least` to `most` days before `day`, though not before coming of age."""
    wanted = day - rng.integers(least, most, len(roll))
    return np.asarray(np.minimum(np.maximum(wanted, np.maximum(roll.birth + OF_AGE, FIRST_DAY)), day - 1))


def other_county(rng: np.random.Generator, whole: Population, state: str, place: Ints) -> Ints:
    """For each door one in another county, where the state has people in two counties."""
    county = whole.geographies[state].precincts.county[whole.places[state].precinct]
    doors = rng.permutation(len(county))
    doors = doors[np.argsort(county[doors], kind="stable")]
    sizes = np.bincount(county)
    end = np.cumsum(sizes)[county[place]]
    outside = np.maximum(len(doors) - sizes[county[place]], 1)
    return np.asarray(doors[(end + rng.integers(0, 2**31, len(place)) % outside) % len(doors)])


def number_locally(whole: Population, state: str, roll: Roll) -> Roll:
    """The roll with a running number per county, which is not unique in the state."""
    county = county_of(whole, state, roll)
    jump = mixed(county.astype(np.uint64), 11) % np.uint64(9_000)
    return changed(roll, local=1_000 + jump.astype(np.int64) + rank_within(county))


def county_of(whole: Population, state: str, roll: Roll) -> Ints:
    return whole.geographies[state].precincts.county[whole.places[state].precinct[roll.place]]


def scattered(seq: Ints) -> Ints:
    """Running numbers as eight-digit identifiers, all different, that tell nothing of their order."""
    return np.asarray((seq + 1) * 48_271 % 99_999_989)


def in_file_order(whole: Population, state: str) -> Ints:
    """Positions on the roll by county, then by voter number."""
    roll = whole.rolls[state]
    return np.asarray(np.lexsort((scattered(roll.seq), county_of(whole, state, roll))))
