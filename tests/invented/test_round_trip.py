"""Invented people, written as a state's official files and loaded again, are the people they were.

What is expected comes from the population itself, never from the layout that wrote the files: a layout that
reads a column as something else than it is would be found here, one that both writes and reads it would not.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from traits import covering, traits

from commonroll.invented import official
from commonroll.invented.columns import Columns, voter_ids
from commonroll.invented.habits import FIRST, in_force, states
from commonroll.invented.population import DEM, REP
from commonroll.invented.rolls import (
    ACTIVE,
    INACTIVE,
    OFF,
    PARTY_DEM,
    PARTY_MINOR,
    PARTY_NONE,
    PARTY_REP,
    PENDING,
    Population,
    found,
    in_file_order,
)  # fmt: skip
from commonroll.invented.turnout import elections, voted
from commonroll.roll.layout.layout import Layout
from commonroll.roll.layout.places import FILLS
from commonroll.roll.load import load
from commonroll.roll.schema import ROLL_TABLES
from commonroll.roll.vault.vault import Vault
from thorough import THOROUGH

VOTERS, SEED = 240, 5
NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
DELIVERED = "20261121"
DAY = datetime.date(2026, 11, 24)
FORMER = "another row of this voter stays"
"""What becomes of the row that North Carolina leaves in a mover's former county."""

Row = dict[str, Any]

# The hand-written states go the generic way as well, which they never do outside this test.
STATES = list(states()) if THOROUGH else covering(states(), FIRST)
WORDS = {ACTIVE: "active", INACTIVE: "inactive", OFF: "removed", PENDING: "pending"}
ALLOWED_PARTIES = {
    PARTY_DEM: {"DEM"},
    PARTY_REP: {"REP"},
    PARTY_NONE: {"NPA", "OTH", "UNK", None},
    PARTY_MINOR: {"LIB", "GRN", "CON", "WFP", "OTH", "UNK"},
}


@dataclass(frozen=True)
class Trip:
    """One state's people, the layout of its registrations, and the roll that its files became."""

    state: str
    layout: Layout
    people: list[Row]
    voters: list[Row]
    districts: list[Row]
    history: list[Row]
    whole: Population
    verdict: str
    refused: list[Row]


@pytest.fixture(scope="session")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Trip]:
    return cache(lambda state: _trip(state, tmp_path_factory.mktemp(state.lower())))


def _trip(state: str, folder: Path) -> Trip:
    whole = found([state], VOTERS, SEED)
    rows = in_file_order(whole, state)
    files = folder / "files"
    files.mkdir()
    official.write_files(files, whole, state, rows, DELIVERED)
    vault = Vault(folder / "vaults", state.lower())
    vault.mark_sample()
    result = load(vault, [files], state=state, accept="quarantine", now=NOW)
    assert result.snapshot is not None, result.report.sentences
    con = duckdb.connect()
    tables = {}
    for table in ROLL_TABLES:
        paths = list(vault.files(result.snapshot, table))
        tables[table] = con.read_parquet(paths).to_arrow_table().to_pylist() if paths else []
    kept = list(vault.refused_files(result.load))
    refused = con.read_parquet(kept).to_arrow_table().to_pylist() if kept else []
    return Trip(
        state,
        in_force(state, "registration")[0],
        people_of(whole, state),
        tables["voters"],
        tables["districts"],
        tables["history"],
        whole,
        result.verdict,
        refused,
    )


def people_of(whole: Population, state: str) -> list[Row]:
    """Every row of the roll, as plain values."""
    roll = whole.rolls[state]
    text = Columns(whole, state, roll)
    lots = whole.geographies[state].precincts
    seats = {kind: numbers[text.precinct] for kind, numbers in lots.district.items()}
    seats.setdefault("senate", seats.get("legislative", np.zeros(len(roll))))
    seats.setdefault("house", seats.get("legislative", np.zeros(len(roll))))
    listed = {
        "id": voter_ids(state, roll).to_pylist(),
        "first": text.first.to_pylist(),
        "middle": text.middle.to_pylist(),
        "last": text.last.to_pylist(),
        "suffix": text.suffix.to_pylist(),
        "line": text.address.to_pylist(),
        "city": text.city.to_pylist(),
        "zip5": text.zip5.to_pylist(),
        "fips": [whole.geographies[state].counties[c].fips for c in text.county],
        "congress": seats["congress"].tolist(),
        "senate": seats["senate"].tolist(),
        "house": seats["house"].tolist(),
        "birth": [day(n) for n in roll.birth],
        "registered": [day(n) for n in roll.registered],
        "status": roll.status.tolist(),
        "party": roll.party.tolist(),
        "male": whole.people.male[roll.person].tolist(),
        "guarded": roll.guarded.tolist(),
        "politics": whole.people.politics[roll.person].tolist(),
    }
    return [dict(zip(listed, row, strict=True)) for row in zip(*listed.values(), strict=True)]


def day(number: int) -> datetime.date:
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=int(number))


def plain(text: str | None) -> str:
    """Letters without accents, in upper case: a third of the counties keep accents."""
    decomposed = unicodedata.normalize("NFKD", text or "")
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).upper()


def with_ids(layout: Layout) -> bool:
    return layout.columns["state_voter_id"].call != "made_id"


def key_of_person(trip: Trip, person: Row) -> tuple[str, ...]:
    if with_ids(trip.layout):
        return (person["id"],)
    return tuple(plain(person[name]) for name in ("last", "first", "line", "city"))


def key_of_voter(trip: Trip, voter: Row) -> tuple[str, ...]:
    if with_ids(trip.layout):
        return (voter["state_voter_id"],)
    first = voter["first_name"].split('"')[0].strip()
    return (plain(voter["last_name"]), plain(first), plain(address(voter)), plain(voter["residence_city"]))


def address(voter: Row) -> str:
    return " ".join(filter(None, (voter["residence_line1"], voter["residence_unit"])))


@pytest.fixture(params=STATES)
def pairs(request: pytest.FixtureRequest, trip: Callable[[str], Trip]) -> tuple[Trip, list[tuple[Row, Row]]]:
    """A state's trip, and each voter of the roll beside the person it was written from."""
    made = trip(request.param)
    keys = Counter(key_of_person(made, person) for person in made.people)
    people = {key_of_person(made, person): person for person in made.people}
    alone = [voter for voter in made.voters if keys[key_of_voter(made, voter)] == 1]
    assert len(alone) > 0.9 * len(made.people)
    return made, [(people[key_of_voter(made, voter)], voter) for voter in alone]


def test_the_states_have_every_trait_of_any() -> None:
    asked = frozenset().union(*map(traits, states()))
    assert frozenset().union(*map(traits, STATES)) == asked and len(asked) > 50


@pytest.mark.parametrize("state", STATES)
def test_every_line_loads(trip: Callable[[str], Trip], state: str) -> None:
    made = trip(state)
    assert made.verdict != "refuse"
    reasons = Counter((row["file"], row["reason"]) for row in made.refused if FORMER not in row["reason"])
    assert not reasons
    ids = {person["id"] for person in made.people}
    assert len(made.voters) >= (len(ids) if with_ids(made.layout) else 0.98 * len(ids))


def test_names_are_those_of_the_people(pairs: tuple[Trip, list[tuple[Row, Row]]]) -> None:
    trip, both = pairs
    hidden = trip.layout.placeholders
    for person, voter in both:
        for name, field in (("last", "last_name"), ("middle", "middle_name"), ("suffix", "name_suffix")):
            if field in trip.layout.columns and not (person["guarded"] and field in hidden):
                assert same_start(trip, field, voter[field], person[name]), field
        nicknamed = '"' in (voter["first_name"] or "")
        assert nicknamed or same_start(trip, "first_name", voter["first_name"], person["first"])


def same_start(trip: Trip, field: str, read: str | None, told: str | None) -> bool:
    """Equal, or cut to the width of a fixed column, or the initial where a state asks for no more."""
    position = trip.layout.format.positions.get(trip.layout.columns[field].columns[0])
    width = position.width if position else None
    return plain(read) == plain(told)[:width].rstrip()


def test_births_are_as_exact_as_published(pairs: tuple[Trip, list[tuple[Row, Row]]]) -> None:
    trip, both = pairs
    columns = trip.layout.columns
    if not {"birth_date", "birth_year", "age"} & set(columns):
        assert all(voter["birth_date"] is None and voter["birth_year"] is None for _, voter in both)
        return
    told = [(person["birth"], voter) for person, voter in both if not person["guarded"]]
    if "birth_date" in columns:
        assert mostly([voter["birth_date"] == born for born, voter in told])
        assert all(voter["birth_date"] in (born, None) for born, voter in told)
    elif "birth_year" in columns:
        assert mostly([voter["birth_year"] == born.year for born, voter in told])
        assert all(voter["birth_year"] in (born.year, None) for born, voter in told)
    else:
        assert all(abs(voter["age"] - (DAY - born).days / 365.2425) < 1.01 for born, voter in told)


def mostly(told: list[bool]) -> bool:
    """Placeholders stand in a few rows."""
    return sum(told) > 0.94 * len(told)


def test_registration_days_parties_and_sexes(pairs: tuple[Trip, list[tuple[Row, Row]]]) -> None:
    trip, both = pairs
    columns = trip.layout.columns
    if "registered_on" in columns:
        assert all(voter["registered_on"] in (person["registered"], None) for person, voter in both)
        assert mostly([voter["registered_on"] is not None for _, voter in both])
    if "party" in columns:
        minor = ALLOWED_PARTIES[PARTY_MINOR] & set(trip.layout.codes["party"].values())
        allowed = ALLOWED_PARTIES | {PARTY_MINOR: minor or {"NPA"}}
        for person, voter in both:
            assert voter["party"] in allowed[person["party"]]
    if "sex" in columns:
        for person, voter in both:
            assert voter["sex"] in ("male" if person["male"] else "female", "unknown", "other", None)
        assert mostly([voter["sex"] in ("male", "female") for _, voter in both])


def test_statuses(pairs: tuple[Trip, list[tuple[Row, Row]]]) -> None:
    trip, both = pairs
    said = set(trip.layout.codes.get("status", {}).values())
    for person, voter in both:
        word = WORDS.get(person["status"], "active")
        if word in said:
            assert voter["status"] == word
        assert voter["confidential"] == (person["guarded"] and trip.layout.protected == "flagged")


def test_places(pairs: tuple[Trip, list[tuple[Row, Row]]]) -> None:
    trip, both = pairs
    columns = trip.layout.columns
    for person, voter in both:
        if "county" in columns:
            assert voter["county_fips"] == person["fips"]
        if person["guarded"]:
            assert voter["residence_line1"] is None and voter["phone"] is None
            continue
        if "residence_line1" in columns:
            assert Counter(plain(address(voter)).split()) == Counter(plain(person["line"]).split())
        if "residence_zip5" in columns:
            assert voter["residence_zip5"] == person["zip5"]


def test_districts(pairs: tuple[Trip, list[tuple[Row, Row]]]) -> None:
    trip, both = pairs
    published = {"congressional": "congress", "state_senate": "senate", "state_house": "house"}
    found: dict[tuple[str, str], set[str]] = {}
    for row in trip.districts:
        found.setdefault((row["state_voter_id"], row["type"]), set()).add(row["id"])
    for kind, name in published.items():
        told = trip.layout.places.fills if trip.layout.places else ()
        if kind not in trip.layout.districts and kind not in told:
            continue
        shared = {"congress": {"congress"}, "senate": {"senate", "house"}, "house": {"senate", "house"}}[name]
        hidden = "districts" in trip.layout.placeholders
        for person, voter in both:
            if person["guarded"] and hidden:
                continue
            ids = found.get((voter["state_voter_id"], kind), set())
            assert ids & {str(int(person[one])) for one in shared}, kind
            if kind in told:
                assert voter[FILLS[kind]] in ids


@pytest.mark.parametrize("state", STATES)
def test_history_is_who_voted_when(trip: Callable[[str], Trip], state: str) -> None:
    made = trip(state)
    if not made.history:
        assert not in_force(state, "history") and made.layout.unpivot is None
        return
    roll, held = made.whole.rolls[state], elections(state)
    ids = voter_ids(state, roll).to_pylist() if with_ids(made.layout) else own_ids(made)
    told = {election.date.item(): voted(made.whole.people, roll, election) for election in held}
    kinds = {election.date.item(): election.kind for election in held}
    took = {when: {ids[row] for row in np.flatnonzero(went)} for when, went in told.items()}
    known = set(ids) - {None}
    read: dict[datetime.date, set[str]] = {}
    for row in made.history:
        if row["election_date"] is not None:
            read.setdefault(row["election_date"], set()).add(row["state_voter_id"])
            if kinds[row["election_date"]] in ("general", "primary"):
                assert row["election_type"] in (kinds[row["election_date"]], "other")
    assert read
    for when, voters in read.items():
        assert voters & known <= took[when], when
    if not compressed(made.layout):
        for when, voters in read.items():
            assert voters & known == took[when] & known, when


def compressed(layout: Layout) -> bool:
    """Numbered columns have room for the newest elections alone."""
    history = in_force(layout.state, "history")
    unpivot = layout.unpivot or (history[0].unpivot if history else None)
    return unpivot is not None and unpivot.shape == "slots"


def own_ids(trip: Trip) -> list[str | None]:
    """For each row of the roll the id that the loader made, where names and address tell who it is."""
    keys = Counter(key_of_person(trip, person) for person in trip.people)
    made = {key_of_voter(trip, voter): voter["state_voter_id"] for voter in trip.voters}
    found = [key_of_person(trip, person) for person in trip.people]
    return [made.get(key) if keys[key] == 1 else None for key in found]


@pytest.mark.parametrize("state", STATES)
def test_ballots_of_primaries_are_those_of_the_voters_side(trip: Callable[[str], Trip], state: str) -> None:
    made = trip(state)
    side = {person["id"]: person["politics"] for person in made.people}
    for row in made.history:
        if row["election_type"] == "primary" and row["state_voter_id"] in side and state not in FIRST:
            wanted = {DEM: "DEM", REP: "REP"}.get(side[row["state_voter_id"]])
            assert (
                row["party_voted"] in (wanted, None) if wanted else row["party_voted"] not in ("DEM", "REP")
            )
