"""What version 2 of the profile added: vectors byte for byte, read back, never widened, nothing odd."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from drafts import OHIO, compilable, drafts_2, ohio, ohio_2, universes
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.agreements.compile import CompileRefused, compile_terms, grant_hash
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawPack, LawRule, packs_for
from commonroll.agreements.message import check_message
from commonroll.agreements.profile import ContactQuota, Price, Terms
from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.terms import message, parse, read, terms_hash, to_document
from commonroll.agreements.universe import (
    NAMED,
    AllOf,
    AnyOf,
    OneOf,
    Range,
    Universe,
    Voted,
    columns_read,
    leaves,
    write_universe,
)
from commonroll.agreements.universe_reading import MOST_PARTS, MOST_VALUES, read_universe
from commonroll.errors import Refusal
from commonroll.notes import canonical
from commonroll.roll.schema import COLUMNS, GRANTABLE

VECTORS = {path.stem: json.loads(path.read_text("utf-8")) for path in Path(__file__).parent.glob("vectors/*")}
DEM = OneOf("voters.party", ("DEM",))


def compiled(terms: Terms, **others: Any) -> Grant:
    return compile_terms(terms, law=others.pop("law", packs_for("OH")), state="OH", **others)


# Vectors


@pytest.mark.parametrize("name", VECTORS)
def test_each_term_has_one_text_and_one_hash(name: str) -> None:
    vector = VECTORS[name]
    document = vector["document"]
    assert terms_hash(document) == vector["sha256"]
    check_message(message(document))
    assert to_document(parse(document)) == document


@pytest.mark.parametrize("name", VECTORS)
def test_each_term_is_refused_where_it_says_something_else(name: str) -> None:
    refused = VECTORS[name]["refused"]
    with pytest.raises(TermsRefused) as refusal:
        parse(refused["document"])
    assert refusal.value.where == refused["where"]
    assert refusal.value.next_step


def test_version_1_keeps_its_bytes() -> None:
    assert VECTORS["version-1"]["document"] == to_document(OHIO)
    assert VECTORS["version-1"]["sha256"] == "sha256:DzBPJzK1uGde1Tewu7oA4eMKSiyJUlZ2eQWwTunX/wA="


# Round trip


@settings(max_examples=20, deadline=None)
@given(drafts_2())
def test_what_is_written_reads_back_and_passes_the_protocols_schema(terms: Terms) -> None:
    document = to_document(terms)
    assert parse(document) == terms
    assert read(canonical(document)) == terms
    check_message(message(document))


@settings(max_examples=30, deadline=None)
@given(drafts_2().map(compilable))
def test_a_grant_has_what_its_agreement_names_and_no_more(terms: Terms) -> None:
    grant = compiled(terms)
    assert grant.universe == terms.universe
    assert {name: set(values) for name, values in grant.scope.items()} == {
        name: set(values) for name, values in terms.rows.items()
    }
    assert set(grant.onward) == set(terms.onward) and grant.approval == terms.approval
    assert grant.blackout == terms.blackout and grant.contact == terms.contact
    assert grant.rows_per_day == (None if terms.export_free else terms.rows_per_day)
    owed = {duty.action: duty for duty in grant.duties}
    assert ("compensate" in owed, "royalty" in owed, "attribute" in owed, "appeal" in owed) == (
        terms.price is not None, terms.royalty_percent > 0, terms.credit, terms.appeal_days > 0,
    )  # fmt: skip
    back = {kind: duty.within.days for duty in grant.duties for kind in duty.returns if duty.within}
    assert back == terms.returns


@given(universes())
def test_a_universe_has_one_text(universe: Universe) -> None:
    assert read_universe(write_universe(universe), "universe") == universe
    if isinstance(universe, AllOf | AnyOf):
        turned = type(universe)((*universe.parts[::-1], universe.parts[0], universe))
        assert write_universe(turned) == write_universe(universe)


def test_a_group_of_one_part_is_that_part() -> None:
    assert write_universe(AllOf((DEM, DEM))) == write_universe(DEM)


# Removing a word never widens

People = Mapping[str, Any]


def meets(universe: Universe | None, row: People) -> bool:
    """Whether a voter is in a universe, by the rules of the profile's text alone."""
    match universe:
        case None:
            return True
        case AllOf(parts):
            return all(meets(part, row) for part in parts)
        case AnyOf(parts):
            return any(meets(part, row) for part in parts)
        case Voted(on):
            return on in row["voted"]
        case OneOf(column, values):
            return row[column] is not None and row[column] in values
        case Range(column, low, high):
            value = row[column]
            return value is not None and (low is None or low <= value) and (high is None or value <= high)


people = st.fixed_dictionaries(
    {
        "voters.party": st.sampled_from([None, "DEM", "REP", "NPA"]),
        "voters.race": st.sampled_from([None, "WHITE", "ASIAN"]),
        "voters.ward": st.sampled_from([None, "1", "EAST"]),
        "voters.birth_year": st.none() | st.integers(1930, 2010),
        "voters.age": st.none() | st.integers(18, 99),
        "voters.registered_on": st.none() | st.dates(date(2019, 1, 1), date(2026, 12, 31)),
        "voted": st.sets(st.dates(date(2020, 1, 1), date(2026, 11, 3)), max_size=3),
    }
)


def granting_lists(document: Any) -> list[list[Any]]:
    """Lists of which each word lets something happen: values of a universe, parts of `any`, others to license
    to, members' own limits by district."""
    found = []
    if isinstance(document, dict):
        found += [document[word] for word in ("in", "any") if word in document]
        if document.get("leftOperand") == "cr:onward":
            found.append(document["rightOperand"])
        found += [inner for value in document.values() for inner in granting_lists(value)]
    elif isinstance(document, list):
        found += [inner for value in document for inner in granting_lists(value)]
    return found


@settings(max_examples=50, deadline=None)
@given(drafts_2().map(compilable), people, st.data())
def test_removing_a_granting_word_never_widens(terms: Terms, row: People, data: st.DataObject) -> None:
    document = to_document(terms)
    lists = granting_lists(document)
    if not lists:
        return
    words = data.draw(st.sampled_from(lists))
    words.pop(data.draw(st.integers(0, len(words) - 1)))
    try:
        smaller = compiled(parse(document))
    except Refusal:
        return
    larger = compiled(terms)
    assert set(smaller.onward) <= set(larger.onward)
    assert not meets(smaller.universe, row) or meets(larger.universe, row)


DECIDING = ("party", "race", "ward", "birth_year", "age", "registered_on")


@given(universes())
def test_nobody_of_whom_nothing_is_known_is_in_any_universe(universe: Universe) -> None:
    assert not meets(universe, {"voted": set(), **{f"voters.{name}": None for name in DECIDING}})


# What it may name


@pytest.mark.parametrize("name", [*COLUMNS, "voters.pary", "party", "contact"])
def test_columns_that_a_universe_can_name(name: str) -> None:
    column = COLUMNS.get(name)
    wanted = {"in": ["DEM"]} if column is None or column.type == "string" else {"from": "1", "to": "2"}
    if column is not None and column.type == "date":
        wanted = {"from": "2024-01-01"}
    if column is not None and column.values:
        wanted = {"in": [column.values[0]]}
    if name in NAMED:
        assert columns_read(read_universe({"column": name, **wanted}, "u")) == {name}
    else:
        with pytest.raises(TermsRefused) as refusal:
            read_universe({"column": name, **wanted}, "u")
        assert refusal.value.where == "u.column"


def test_no_name_address_number_or_score_is_in_a_universe() -> None:
    classes = {GRANTABLE[name].cls for name in NAMED}
    assert classes == {"district", "registration", "demographic"}
    assert all(GRANTABLE[name].table == "voters" for name in NAMED)


UNIVERSE_ODD: list[tuple[str, Any, str]] = [
    ("text of an engine", "party = 'DEM'", "u"),
    ("empty", {}, "u.column"),
    ("negated", {"not": {"voted": "2024-11-05"}}, "u.column"),
    ("a part alone", {"all": [{"voted": "2024-11-05"}]}, "u.all"),
    ("a list and a range", {"column": "voters.party", "in": ["DEM"], "from": "1"}, "u.from"),
    ("a range without ends", {"column": "voters.birth_year"}, "u.from"),
    ("a range of a text", {"column": "voters.party", "from": "A"}, "u"),
    ("a list of a number", {"column": "voters.birth_year", "in": ["1980"]}, "u"),
    ("the empty text, which is unknown", {"column": "voters.ward", "in": [""]}, "u.in[0]"),
    ("null", {"column": "voters.ward", "in": [None]}, "u.in[0]"),
    ("no party of the roll", {"column": "voters.party", "in": ["Whig"]}, "u.in[0]"),
    ("no values", {"column": "voters.party", "in": []}, "u.in"),
    ("values out of order", {"column": "voters.party", "in": ["REP", "DEM"]}, "u.in"),
    ("a leading zero", {"column": "voters.birth_year", "from": "01980"}, "u.from"),
    ("30 February", {"voted": "2024-02-30"}, "u.voted"),
    ("an instant", {"voted": "2024-11-05T00:00:00Z"}, "u.voted"),
    ("two words at once", {"all": [], "any": []}, "u.any"),
    ("a group inside a group of its kind",
     {"any": [{"any": [{"voted": "2024-11-05"}, {"voted": "2022-11-08"}]}, {"voted": "2020-11-03"}]}, "u"),
    ("parts out of order", {"any": [{"voted": "2024-11-05"}, {"voted": "2022-11-08"}]}, "u"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "value", "where"), UNIVERSE_ODD, ids=[row[0] for row in UNIVERSE_ODD])
def test_an_odd_universe_is_refused(what: str, value: Any, where: str) -> None:
    with pytest.raises(TermsRefused) as refusal:
        read_universe(value, "u")
    assert refusal.value.where == where


def test_a_universe_is_of_a_size_that_people_can_read() -> None:
    deep: Any = {"voted": "2024-11-05"}
    for at in range(10_000):
        deep = {"all" if at % 2 else "any": [deep, {"voted": "2022-11-08"}]}
    wide = {"any": [{"voted": f"20{at:02d}-11-05"} for at in range(MOST_PARTS + 1)]}
    long = {"column": "voters.ward", "in": sorted(f"W{at}" for at in range(MOST_VALUES + 1))}
    for value in (deep, wide, long):
        with pytest.raises(TermsRefused):
            read_universe(value, "u")


# Bad input


MANY: list[tuple[str, Callable[[dict[str, Any]], list[Any]]]] = [
    ("constraints", lambda d: d["permission"][0]["constraint"]),
    ("row limits", lambda d: next(c["and"] for c in d["permission"][0]["constraint"] if "and" in c)),
    ("prohibitions", lambda d: d["prohibition"]),
    ("obligations", lambda d: d["obligation"]),
    ("constraints of a duty", lambda d: d["obligation"][0]["constraint"]),
    ("permissions", lambda d: d["permission"]),
    ("contact quotas", lambda d: d["permission"][0]["constraint"][11]["rightOperand"]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "place"), MANY, ids=[row[0] for row in MANY])
def test_ten_thousand_clauses_are_refused_before_one_is_read(what: str, place: Any) -> None:
    document = copy.deepcopy(VECTORS["everything"]["document"])
    clauses = place(document)
    clauses.extend([clauses[0]] * 10_000)
    with pytest.raises(TermsRefused, match=r"10,0\d\d clauses|exactly one permission"):
        parse(document)


def every_path(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        return found + [p for key, item in value.items() for p in every_path(item, (*path, key))]
    if isinstance(value, list):
        return found + [p for at, item in enumerate(value) for p in every_path(item, (*path, at))]
    return found


@pytest.mark.parametrize("junk", [None, 7, {"x": "y"}])
def test_no_part_can_be_replaced_by_rubbish(junk: Any) -> None:
    whole = VECTORS["everything"]["document"]
    for path in every_path(whole):
        document = copy.deepcopy(whole)
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = junk
        with pytest.raises(TermsRefused):
            parse(document)


AT = datetime(2027, 1, 1, tzinfo=UTC)
LATER = datetime(2027, 2, 1, tzinfo=UTC)
VERSION_1 = {"profile": 1, "rows_per_day": 0, "rows_per_export": 1, "exports_per_day": 1}
SAID: list[tuple[str, dict[str, Any]]] = [
    ("version 1 with a universe", {**VERSION_1, "universe": DEM}),
    ("version 1 with the initial", {**VERSION_1, "masks": {"voters.first_name": "initial"}}),
    ("version 1 by districts", {**VERSION_1, "rows": {"district/council": ("1",)}}),
    ("exports without a quota", {"rows_per_day": 0}),
    ("two quotas of exports", {"export_free": True}),
    ("approval without export", {"modes": ("count",), "rows_per_day": 0, "approval": True}),
    ("no quota of contacts", {"contact": ()}),
    ("a quota for phones alone", {"contact": (ContactQuota(1, "voter", 7, "phone"),)}),
    ("the owner as another", {"onward": ("oh",)}),
    ("the recipient as another", {"onward": ("national",)}),
    ("answers that stay out", {"returns": {"attempts": 7, "optouts": 7}}),
    ("something else comes back", {"returns": {"attempts": 7, "optouts": 7, "responses": 7, "money": 7}}),
    ("a price of nothing", {"price": Price(0, 30)}),
    ("more than everything", {"royalty_percent": 101}),
    ("a longer appeal than notice", {"appeal_days": 15}),
    ("a blackout that is reversed", {"blackout": (LATER, AT)}),
    ("a blackout of no time", {"blackout": (AT, AT)}),
    ("a blackout before the agreement", {"blackout": (OHIO.timestamp, AT)}),
    ("a blackout after the agreement", {"blackout": (AT, datetime(2028, 1, 1, tzinfo=UTC))}),
    ("no law", {"governing_law": ""}),
    ("the law of no state", {"governing_law": "ZZ"}),
    ("an empty purpose", {"purposes": ()}),
    ("reversed dates", {"until": OHIO.start}),
    ("a district that is blank", {"rows": {"district/council": (" ",)}}),
    ("a state that is none", {"rows": {"state": ("ZZ",)}}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changes"), SAID, ids=[row[0] for row in SAID])
def test_terms_that_cannot_be_said(what: str, changes: dict[str, Any]) -> None:
    with pytest.raises(TermsRefused) as refusal:
        to_document(ohio_2(**changes))
    assert refusal.value.where.startswith("agreement.") and refusal.value.next_step


# Law


def law(*columns: str) -> tuple[LawPack, ...]:
    rule = LawRule("ZZ-1", "refuse_column", (), (), columns, (), (), "Statute 1", "Kept back.", None, None)
    return (LawPack("US", "2026.1", (rule,), ()),)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("terms", "column"),
    [
        (ohio_2(columns=("voters.status",), masks={}, universe=DEM), "voters.party"),
        (ohio_2(columns=("voters.status",), masks={}, universe=Voted(date(2024, 11, 5))),
         "history.election_date"),
        (ohio(columns=("voters.status",), masks={}, rows={"party": ("DEM",)}), "voters.party"),
        (ohio_2(columns=("voters.status",), masks={}, rows={"district/council": ("1",)}), "districts.id"),
    ],
)  # fmt: skip
def test_rows_are_not_chosen_by_what_the_law_hides(terms: Terms, column: str, signed: bool) -> None:
    with pytest.raises(CompileRefused, match=r"what it hides: Kept back\. \(Statute 1\)") as refusal:
        compiled(terms, law=law(column), signed=signed)
    assert column in refusal.value.where
    assert compiled(terms, law=law("voters.phone"), signed=signed).columns == {"voters.status": "plain"}


def test_a_grant_of_version_2_has_a_hash_of_all_that_it_says() -> None:
    base = grant_hash(compiled(ohio_2()))
    changes: list[dict[str, Any]] = [
        {"universe": DEM}, {"onward": ("rivera",)}, {"approval": True}, {"rows_per_day": 1},
        {"credit": True}, {"royalty_percent": 1}, {"price": Price(1, 1)}, {"group": "great-lakes"},
        {"release": date(2026, 11, 4)},
        {"blackout": (AT, LATER)}, {"governing_law": "WA"}, {"appeal_days": 1},
        {"contact": (ContactQuota(3, "household", 30), ContactQuota(1, "voter", 7, "phone"))},
        {"returns": {"attempts": 7, "bounces": 7, "optouts": 7, "responses": 7}},
    ]  # fmt: skip
    hashes = [grant_hash(compiled(ohio_2(**change))) for change in changes]
    assert len({base, *hashes}) == len(changes) + 1


def test_the_leaves_of_a_universe() -> None:
    voted = Voted(date(2024, 11, 5))
    assert list(leaves(AllOf((DEM, AnyOf((voted, DEM)))))) == [DEM, voted, DEM]
    assert columns_read(AllOf((DEM, voted))) == {"voters.party", "history.election_date"}
    assert columns_read(None) == frozenset()
