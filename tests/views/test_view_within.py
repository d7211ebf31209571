"""Rows inside what an agreement says of them: every deciding column unknown once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ibis.backends.duckdb import Backend
from view_rolls import NOW, grant, owned, tables, voter

from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Range, Universe, Voted
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.shapes import shapes_of
from commonroll.views.universe import parse
from commonroll.views.view import Owned, Plan, Question, plan

LAST, BEFORE = date(2024, 11, 5), date(2022, 11, 8)
# fmt: off
#       id   party  registered         year  state  council districts  voted on
PEOPLE: list[tuple[str, Any, Any, Any, Any, tuple[str, ...], tuple[Any, ...]]] = [
    ("all",      "DEM", date(2020, 1, 1),  1980, "OH", ("1", "4"), (LAST, BEFORE)),
    ("other",    "REP", date(2010, 1, 1),  1950, "OH", ("2",),     (BEFORE,)),
    ("party ?",  None,  date(2020, 1, 1),  1980, "OH", ("1",),     (LAST,)),
    ("day ?",    "DEM", None,              1980, "OH", ("1",),     (LAST,)),
    ("year ?",   "DEM", date(2020, 1, 1),  None, "OH", ("1",),     (LAST,)),
    ("state ?",  "DEM", date(2020, 1, 1),  1980, None, ("1",),     (LAST,)),
    ("council ?", "DEM", date(2020, 1, 1), 1980, "OH", (),         (LAST,)),
    ("voted ?",  "DEM", date(2020, 1, 1),  1980, "OH", ("1",),     (None,)),
]
PARTY = OneOf("voters.party", ("DEM", "NPA"))
SINCE = Range("voters.registered_on", date(2019, 1, 1), None)
UNTIL = Range("voters.registered_on", None, date(2019, 1, 1))
BORN = Range("voters.birth_year", 1980, 1980)
KNOWN = {name for name, *_ in PEOPLE}
LIMITS: list[tuple[str, dict[str, frozenset[str]], Universe | None, set[str]]] = [
    ("a party", {}, PARTY, KNOWN - {"other", "party ?"}),
    ("registered since", {}, SINCE, KNOWN - {"other", "day ?"}),
    ("registered until", {}, UNTIL, {"other"}),
    ("born in a year", {}, BORN, KNOWN - {"other", "year ?"}),
    ("voted in the last", {}, Voted(LAST), KNOWN - {"other", "voted ?"}),
    ("voted in both", {}, AllOf((Voted(LAST), Voted(BEFORE))), {"all"}),
    ("voted in one of two", {}, AnyOf((Voted(LAST), Voted(BEFORE))), KNOWN - {"voted ?"}),
    ("either of two lists of one column", {}, AnyOf((PARTY, OneOf("voters.party", ("REP",)))),
     KNOWN - {"party ?"}),
    ("one column within two lists", {}, AllOf((PARTY, OneOf("voters.party", ("DEM", "REP")))),
     KNOWN - {"other", "party ?"}),
    ("an unknown that another part outweighs", {}, AnyOf((PARTY, BORN)), KNOWN - {"other"}),
    ("an unknown inside of all", {}, AllOf((PARTY, AnyOf((SINCE, BORN)), Voted(LAST))),
     KNOWN - {"other", "party ?", "voted ?"}),
    ("the state", {"state": frozenset(["OH"])}, None, KNOWN - {"state ?"}),
    ("another state", {"state": frozenset(["FL"])}, None, set()),
    ("a council district", {"district/council": frozenset(["1", "3"])}, None, KNOWN - {"other", "council ?"}),
    ("any of a voter's districts", {"district/council": frozenset(["4", "1"])}, None,
     KNOWN - {"other", "council ?"}),
    ("two types of district",
     {"district/council": frozenset(["1", "2"]), "district/school": frozenset(["9"])}, None, {"all"}),
    ("a district, a party and a universe",
     {"district/council": frozenset(["1"]), "party": frozenset(["DEM"])}, SINCE,
     KNOWN - {"other", "party ?", "council ?", "day ?"}),
]
# fmt: on


@pytest.fixture(scope="module")
def con() -> Backend:
    return ibis_engine()


@pytest.fixture(scope="module")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> OwnerTables:
    return made(tmp_path_factory.mktemp("within"), "oh")


def made(folder: Path, member: str) -> OwnerTables:
    people = [
        voter(name, party=party, registered_on=day, birth_year=year, state=state)
        for name, party, day, year, state, _, _ in PEOPLE
    ]
    lives = [(name, "council", number) for name, *_, numbers, _ in PEOPLE for number in numbers]
    districts = [
        {"state_voter_id": i, "type": kind, "id": d} for i, kind, d in [*lives, ("all", "school", "9")]
    ]
    history = [
        {"state_voter_id": name, "election_date": on, "election_name": f"{on}"}
        for name, *_, days in PEOPLE
        for on in days
    ]
    return tables(folder, member, people, districts=districts, history=history)


def ask(con: Backend, owners: Sequence[Owned], mode: Any = "view", **values: Any) -> Plan:
    shown = {} if mode == "count" else {"columns": ("state_voter_id",)}
    question = Question("national", "gotv", mode, **shown, **values)
    return plan(con, question, owners, denied={}, names={}, now=NOW)


@pytest.mark.parametrize(("name", "scope", "universe", "stays"), LIMITS, ids=[row[0] for row in LIMITS])
def test_who_is_inside(
    con: Backend, ohio: OwnerTables, name: str, scope: Any, universe: Any, stays: Any
) -> None:
    limited = owned(ohio, grant("oh", scope=scope, universe=universe))

    assert set(rows(ask(con, [limited]))["state_voter_id"].to_pylist()) == stays
    if stays:
        assert count(ask(con, [limited], "count", by=("party",))).total == len(stays)


def test_a_universe_looks_below_the_masks(con: Backend, ohio: OwnerTables) -> None:
    granted = grant("oh", ["voters.state_voter_id"], universe=BORN)

    found = rows(ask(con, [owned(ohio, granted)]))

    assert set(found["state_voter_id"].to_pylist()) == KNOWN - {"other", "year ?"}


OF_EACH: list[tuple[Universe | None, set[str]]] = [
    (PARTY, KNOWN - {"other", "party ?"}),
    (OneOf("voters.party", ("REP",)), {"other"}),
    (None, KNOWN),
    (AllOf((PARTY, SINCE)), KNOWN - {"other", "party ?", "day ?"}),
    (AllOf((PARTY, UNTIL)), set()),
    (Voted(BEFORE), {"all", "other"}),
]


def test_each_owner_is_held_to_its_own(con: Backend, tmp_path: Path) -> None:
    keys = [f"m{at}" for at in range(len(OF_EACH))]
    owners = [
        owned(made(tmp_path, key), grant(key, universe=universe))
        for key, (universe, _) in zip(keys, OF_EACH, strict=True)
    ]

    found = rows(ask(con, owners, where=parse("status = 'active'")))

    pairs = zip(found["member"].to_pylist(), found["state_voter_id"].to_pylist(), strict=True)
    expected = [(key, name) for key, (_, stays) in zip(keys, OF_EACH, strict=True) for name in stays]
    assert sorted(pairs) == sorted(expected)


def test_owners_of_one_shape_share_an_expression() -> None:
    shapes = shapes_of([universe for universe, _ in OF_EACH])

    assert shapes.numbers == (1, 1, 0, 2, 2, 3)


def test_a_name_shows_its_first_letter(con: Backend, tmp_path: Path) -> None:
    people = [voter("1", first_name="ANN"), voter("2", first_name=None), voter("3", first_name="Ł")]
    owner = owned(tables(tmp_path, "oh", people), grant("oh", masks={"voters.first_name": "initial"}))
    question = Question("national", "gotv", "view", columns=("first_name",))

    found = rows(plan(con, question, [owner], denied={}, names={}, now=NOW))

    assert sorted(found["first_name"].to_pylist(), key=str) == ["A", None, "Ł"]
