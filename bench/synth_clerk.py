"""How the clerks of `voter_synth.py` write people down: nicknames, initials, typos, births as published."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from synth_people import People
from synth_places import GRAIN, STREETS, Home, recipe, states, zips

from commonroll.invented.draw import Ints, chance, stream
from commonroll.invented.names import names, words
from commonroll.invented.population import year_of
from commonroll.roll.counties import all_counties

MOVED = ("same address", "in state", "out of state")
JR = "JR"


def written(people: People, name: str, seed: int) -> pa.Table:
    """One file: who is seen, as its clerk wrote them, in random order."""
    rng = stream(seed, "voter synth file " + name)
    rates = recipe()["file_" + name.lower()]
    kept = rng.permutation(np.flatnonzero(chance(rng, len(people.home), rates["seen"])))
    first, middle, suffix = first_names(rng, people, kept, rates)
    last = last_names(people, kept)
    line = street_lines(people.address, kept)
    if name == "B":
        first, last = typos(rng, first, rates["typo_in_name"]), typos(rng, last, rates["typo_in_name"])
        line = typos(rng, line, rates["typo_in_address"])
    places, area = zips(), people.address.zip[kept]
    state = pa.array(places.states).take(pa.array(places.state[area]))
    dob, year = published(rng, people.birth[kept], places.state[area])
    unit, county = people.address.unit[kept], places.county[area]
    fips = sorted(all_counties())
    titles = pa.array([all_counties()[f].upper() + " COUNTY" for f in fips])
    truth = people.moved[kept] if name == "B" else np.zeros(len(kept), dtype=np.int64)
    return pa.table(
        {
            "unique_id": np.arange(len(kept)) + (name == "B") * 10**10,
            "person_id": kept,
            "household_id": people.home[kept],
            "first_name": first,
            "middle_name": middle,
            "last_name": last,
            "suffix": suffix,
            "sex": pa.array(["F", "M"]).take(pa.array(people.male[kept].astype(np.int64))),
            "addr": line,
            "unit": pc.if_else(pa.array(unit > 0), joined(pa.array(["APT"] * len(unit)), texts(unit)), None),
            "city": places.city.take(pa.array(area)),
            "zip": places.code.take(pa.array(area)),
            "county": titles.take(pa.array(county)),
            "county_fips": pa.array(fips).take(pa.array(county)),
            "state": state,
            "mover": truth > 0,
            "moved": pa.array(MOVED).take(pa.array(truth)),
            "namesake": pa.array(people.namesake[kept], mask=people.namesake[kept] < 0),
            "twin_of": pa.array(people.twin[kept], mask=people.twin[kept] < 0),
            "dob": dob,
            "birth_year": year,
        }
    )


def texts(numbers: Ints) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())


def joined(*parts: pa.Array, by: str = " ") -> pa.Array:
    return pc.binary_join_element_wise(*parts, by)


def pool_at(pool: pa.Array, at: Ints) -> pa.Array:
    return pool.take(pa.array(at, mask=at < 0))


def first_names(
    rng: np.random.Generator, people: People, kept: Ints, rates: dict[str, int]
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """First and middle name and suffix as written: nicknames, initials, and what a clerk leaves out."""
    n, pool = len(kept), names().firsts
    first, middle = pool_at(pool, people.first[kept]), pool_at(pool, people.middle[kept])
    called = chance(rng, n, rates.get("nickname", 0))
    first = pc.replace_with_mask(
        first, pa.array(called), pa.array(nicknamed(rng, first.filter(pa.array(called))), pa.string())
    )
    dice = rng.integers(0, 10_000, n)
    to_initial, lost = rates.get("middle_to_initial", 0), rates.get("middle_lost", 0)
    middle = pc.if_else(pa.array(dice < to_initial), pc.utf8_slice_codeunits(middle, 0, 1), middle)
    middle = pc.if_else(pa.array(dice >= 10_000 - lost), None, middle)
    shown = people.junior[kept] & ~chance(rng, n, rates.get("suffix_lost", 0))
    return first, middle, pc.if_else(pa.array(shown), JR, pa.scalar(None, pa.string()))


def nicknamed(rng: np.random.Generator, plain: pa.Array) -> list[str]:
    lines = [line.split() for line in recipe()["nicknames"]["lines"]]
    others: dict[str, list[str]] = {}
    for line in lines:
        for name in line:
            others.setdefault(name, []).extend(other for other in line if other != name)
    luck = rng.integers(0, GRAIN, len(plain))
    return [
        others[name][dice % len(others[name])] if name in others else name
        for name, dice in zip(plain.to_pylist(), luck.tolist(), strict=True)
    ]


def last_names(people: People, kept: Ints) -> pa.Array:
    pool, second = names().surnames, people.second[kept]
    last = pool_at(pool, people.last[kept])
    by = pa.array([" ", "-"]).take(pa.array(people.hyphen[kept].astype(np.int64)))
    return pc.if_else(pa.array(second >= 0), joined(last, by, pool_at(pool, second), by=""), last)


def street_lines(address: Home, kept: Ints) -> pa.Array:
    here = address.at(kept)
    streets = pa.array((words()["street_names"] + names().surnames.slice(0, STREETS).to_pylist())[:STREETS])
    kinds = pa.array(list(recipe()["names"]["street_types"]))
    return joined(texts(here.number), pool_at(streets, here.street), pool_at(kinds, here.kind))


def typos(rng: np.random.Generator, column: pa.Array, rate: int) -> pa.Array:
    """A slip in some values: two letters swapped, one left out, another or one more in its place."""
    hit = chance(rng, len(column), rate)
    wrong = [slipped(rng, value) for value in column.filter(pa.array(hit)).to_pylist()]
    return pc.replace_with_mask(column, pa.array(hit), pa.array(wrong, pa.string()))


def slipped(rng: np.random.Generator, value: str | None) -> str | None:
    if not value or len(value) < 3:
        return value
    at, kind, letter = (
        int(rng.integers(0, len(value) - 1)),
        int(rng.integers(0, 4)),
        chr(rng.integers(65, 91)),
    )
    here, after = value[at], value[at + 1 :]
    return value[:at] + (after[0] + here + after[1:], after, letter + after, letter + here + after)[kind]


def published(rng: np.random.Generator, birth: Ints, state: Ints) -> tuple[pa.Array, pa.Array]:
    """Birth date as the clerk wrote it and the state publishes it, and the birth year."""
    rates, rules = recipe()["dates"], recipe()["birth"]
    days = birth.astype("datetime64[D]")
    year = year_of(birth)
    month = (days.astype("datetime64[M]").astype(np.int64)) % 12 + 1
    day = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    n, dice = len(birth), rng.integers(0, 10_000, len(birth))
    ends = np.cumsum([rates[k] for k in ("swapped", "wrong_day", "wrong_year", "first_of_january")])
    event = np.searchsorted(ends, dice, side="right")
    impossible = (event == 0) & (day > 12)
    month, day = np.where(event == 0, day, month), np.where(event == 0, month, day)
    day = np.where(event == 1, rng.integers(1, 29, n), day)
    year = year + np.where(event == 2, np.array([-10, -1, 1, 10])[rng.integers(0, 4, n)], 0)
    day = np.where((event == 2) & (month == 2) & (day == 29), 28, day)
    month, day = np.where(event == 3, 1, month), np.where(event == 3, 1, day)
    none, year_only = (np.isin(state, [states().index(s) for s in rules[k]]) for k in ("none", "year_only"))
    years = texts(year)
    whole = joined(years, *(pc.utf8_lpad(texts(part), 2, "0") for part in (month, day)), by="-")
    dob = pc.if_else(pa.array(year_only), years, whole)
    missing = none | (impossible & ~year_only)
    dob = pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), dob)
    return dob, pa.array(year.astype(np.int16), mask=none)
