"""fact('...'), fact_kind('...'), has_phone(), has_email(): what a universe asks of an owner's own claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from view_rolls import NOW, Row, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.suppression import SCHEMA
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.own_claims import number_of
from commonroll.views.question import NothingGranted
from commonroll.views.universe import UniverseError, parse
from commonroll.views.view import Plan, Question, plan

LONG_AGO, LATELY = date(2024, 1, 1), date(2026, 10, 1)
LOADED = datetime(2026, 11, 1, tzinfo=UTC)
MINE = {"owner": "oh", "gathered_by": "oh", "loaded_at": LOADED}
SAID = {"source": "Acme", "licence": "contract", "basis": "contract"}


def fact(event_id: str, of: str, attribute: str, value: str, kind: str, **given: Any) -> Row:
    about = {"event_id": event_id, "state_voter_id": of, "attribute": attribute, "value": value, "kind": kind}
    return {**MINE, **SAID, "observed_on": LATELY, **about, **given}


def answer(event_id: str, of: str, question: str, said: str, **given: Any) -> Row:
    about = {"event_id": event_id, "state_voter_id": of, "question": question, "answer": said}
    return {**MINE, "kind": "told", "answered_on": LONG_AGO, "channel": "door", **about, **given}


def number(event_id: str, of: str, value: str, **given: Any) -> Row:
    about = {"event_id": event_id, "state_voter_id": of, "channel": "phone", "value": value, "kind": "bought"}
    known = {"line_type": "mobile", "status": "unknown", "observed_on": LATELY}
    return {**MINE, **SAID, **known, **about, **given}


def event(import_id: str, action: str = "added") -> Row:
    return {"event_id": f"{import_id} {action}", "import_id": import_id, "action": action, "at": LOADED}


VOTERS = [
    voter("1", last_name="ADAMS", phone="+16145550101"),
    voter("2", last_name="BAKER", phone=None, email="baker@example.org"),
    voter("3", last_name="CLARK", phone=None),
    voter("4", last_name="DAVIS", phone=None),
    voter("5", last_name="EVANS", phone=None),
    voter("6", last_name="FOX", phone="+16145550106", confidential=True),
]
FACTS = [
    fact("f1", "1", "home", "yes", "guessed"),
    fact("f2", "1", "home", "no", "bought"),
    fact("f3", "2", "home", "yes", "guessed"),
    fact("f4", "3", "home", "yes", "bought", import_id="i"),
    fact("f5", "4", "home", "yes", "bought", import_id="gone"),
    fact("f6", "5", "home", "yes", "told", expires_on=LONG_AGO),
    fact("f7", "6", "home", "yes", "told"),
    fact("f8", "5", "home", "yes", "told", owner="fl"),
    fact("f9", "x", "home", "yes", "told") | {"state_voter_id": None, "household_id": "4"},
    fact("fa", "x", "home", "yes", "told") | {"state_voter_id": None, "contact_id": "4"},
]
ANSWERS = [answer("a1", "2", "home", "no"), answer("a2", "5", "home", "yes", owner="fl")]
NUMBERS = [
    number("n1", "1", "+16145550101", status="disconnected", source="dialer"),
    number("n2", "3", "+16145550103"),
    number("n3", "4", "+16145550104", kind="guessed"),
    number("n4", "5", "+16145550105", import_id="gone"),
]
IMPORTS: list[Row] = [
    event("i"),
    event("gone"),
    event("gone", "withdrawn") | {"at": datetime(2026, 11, 2, tzinfo=UTC)},
]


HELD: dict[str, Any] = {"facts": FACTS, "responses": ANSWERS, "reachables": NUMBERS, "imports": IMPORTS}


@pytest.fixture(scope="module")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> OwnerTables:
    return tables(tmp_path_factory.mktemp("ohio"), "oh", VOTERS, **HELD)


@pytest.fixture(scope="module")
def florida(tmp_path_factory: pytest.TempPathFactory) -> OwnerTables:
    return tables(tmp_path_factory.mktemp("florida"), "fl", VOTERS, **HELD)


def asked(mine: OwnerTables, where: str, columns: Sequence[str] = (), mode: Any = "count") -> Plan:
    """A question of Ohio about its own voters."""
    question = Question("oh", "gotv", mode, parse(where) if where else None, columns=tuple(columns))
    return plan(ibis_engine(), question, [owned(mine, None)], denied={}, names={}, now=NOW)


def who(mine: OwnerTables, where: str) -> str:
    """Last initials of the voters meant."""
    found = rows(asked(mine, where, ["last_name"], "view"))
    return "".join(sorted(name[0] for name in found["last_name"].to_pylist()))


@pytest.mark.parametrize(
    ("where", "meant"),
    {
        "fact('home') = 'yes'": "C",
        "fact('home') = 'no'": "AB",
        "fact('home') <> 'no'": "C",
        "NOT fact('home') = 'yes'": "AB",
        "fact('home') IN ('yes', 'no')": "ABC",
        "fact('home') LIKE 'y%'": "C",
        "fact('home') IS NULL": "DE",
        "fact('home') IS NOT NULL AND fact_kind('home') = 'told'": "B",
        "fact_kind('home') = 'bought'": "AC",
        "fact_kind('home') = 'guessed'": "",
        "fact_kind('home') IS NULL": "DE",
        "fact('nothing') = 'yes'": "",
        "fact('home') = 'no' OR fact('nothing') IS NULL": "ABCDE",
        "fact('home') = fact('home')": "ABC",
        "fact('phone') = '+16145550101'": "A",
        "fact('email') LIKE '%@example.org' AND fact_kind('email') = 'seen'": "B",
        "has_phone()": "C",
        "has_phone('mobile')": "C",
        "has_phone('landline')": "",
        "NOT has_phone()": "ABDE",
        "has_email()": "B",
        "has_phone() AND fact('home') = 'yes'": "C",
    }.items(),
)
def test_whom_a_universe_means(ohio: OwnerTables, where: str, meant: str) -> None:
    assert who(ohio, where) == meant


def test_a_count_agrees(ohio: OwnerTables) -> None:
    assert count(asked(ohio, "has_phone() OR fact('home') = 'no'")).total == 3


def test_a_number_on_too_many_rows_is_not_trusted(tmp_path: Path) -> None:
    crowd = [number(f"c{n}", str(n), "+16145550199") for n in range(1, 7)]
    six = tables(tmp_path / "six", "oh", VOTERS[1:5], reachables=crowd)
    assert who(six, "has_phone()") == ""
    five = tables(tmp_path / "five", "oh", VOTERS[1:5], reachables=crowd[:5])
    assert who(five, "has_phone()") == "BCDE"


def test_a_fact_stands_never_without_its_kind(ohio: OwnerTables) -> None:
    for columns in (["last_name", "fact('home')"], ["last_name", "fact('home')", "fact_kind('home')"]):
        found = rows(asked(ohio, "fact('home') IS NOT NULL", columns, "view"))
        assert found.column_names == ["member", "agreement", "last_name", "fact('home')", "fact_kind('home')"]
        said = sorted(tuple(row.values())[2:] for row in found.to_pylist())
        assert said == [("ADAMS", "no", "bought"), ("BAKER", "no", "told"), ("CLARK", "yes", "bought")]


def test_a_voter_with_many_claims_is_one_row(tmp_path: Path) -> None:
    many = [fact(f"m{n}", "1", "home", str(n), "guessed") for n in range(30)]
    mine = tables(tmp_path, "oh", VOTERS, facts=many)
    found = rows(asked(mine, "", ["last_name", "fact('home')"], "view"))
    assert sorted(found["last_name"].to_pylist()) == ["ADAMS", "BAKER", "CLARK", "DAVIS", "EVANS"]


@pytest.mark.parametrize(
    "where", ["fact('home') = 'yes'", "fact_kind('home') IS NULL", "has_phone()", "has_email()"]
)
def test_other_owners_are_a_gap_with_the_reason(ohio: OwnerTables, florida: OwnerTables, where: str) -> None:
    everybody = [owned(ohio, None), owned(florida, grant("fl", recipient="oh"))]
    question = Question("oh", "gotv", "count", parse(where))
    planned = plan(ibis_engine(), question, everybody, denied={}, names={"fl": "Florida"}, now=NOW)
    assert planned.owners == ("oh",)
    (gap,) = planned.gaps
    assert (gap.owner, gap.reason) == ("fl", "not granted")
    assert (
        gap.sentence.startswith("Florida keeps facts") and "no agreement can grant them yet" in gap.sentence
    )
    assert set(gap.columns) <= {
        "facts.value",
        "facts.kind",
        "facts.attribute",
        "reachables.channel",
        "reachables.value",
    }


def test_with_no_own_roll_nothing_is_answered(florida: OwnerTables) -> None:
    theirs = owned(florida, grant("fl"))
    question = Question("national", "gotv", "count", parse("fact('home') = 'yes'"))
    with pytest.raises(NothingGranted, match="Florida keeps facts"):
        plan(ibis_engine(), question, [theirs], denied={}, names={"fl": "Florida"}, now=NOW)


def test_a_receipt_names_the_columns_of_facts(ohio: OwnerTables) -> None:
    used = asked(ohio, "fact('home') = 'yes' AND has_phone()").used["oh"].columns
    assert used == ("facts.attribute", "facts.value", "reachables.channel", "reachables.value")


@pytest.mark.parametrize(
    "attribute", ["moved", "ncoa_move", "deceased", "is_duplicate", "not_home", "match-score"]
)
def test_no_list_is_selected_by_or_shows_what_cleans_a_roll(ohio: OwnerTables, attribute: str) -> None:
    assert count(asked(ohio, f"fact('{attribute}') = 'yes'")).total == 0
    for mode in ("view", "contact", "export"):
        for where, columns in [
            (f"fact('{attribute}') = 'yes'", ["last_name"]),
            ("", [f"fact('{attribute}')"]),
        ]:
            with pytest.raises(Refusal, match="no list is selected by it"):
                asked(ohio, where, columns, mode)


def test_a_count_is_not_split_by_facts(tmp_path: Path) -> None:
    question = Question("oh", "gotv", "count", by=("fact('phone')",))
    with pytest.raises(Refusal, match="a list of persons"):
        plan(ibis_engine(), question, [], denied={}, names={}, now=NOW)


@pytest.mark.parametrize(
    ("attribute", "kept"),
    {"cell_phone": "ABCE", "home": "ABCDE", "email": "ABCE", "mailing_address": "ABCE"}.items(),
)
def test_who_opted_out_of_a_channel_is_not_in_a_file_that_shows_a_way_there(
    ohio: OwnerTables, attribute: str, kept: str
) -> None:
    out = {"cell_phone": "phone", "email": "email", "mailing_address": "mail", "home": "phone"}[attribute]
    gone = pa.table({"state_voter_id": ["4"], "reason": ["opt-out"], "channel": [out]}, schema=SCHEMA)
    mine = replace(ohio, suppressed=gone)
    found = rows(asked(mine, "", ["last_name", f"fact('{attribute}')"], "export"))
    assert "".join(sorted(name[0] for name in found["last_name"].to_pylist())) == kept


# Households

HOMES = {"1": "H1", "2": "H1", "3": "H3", "4": "H4", "6": "H3"}
"""Adams and Baker live together; Fox, who is protected, with Clark; Evans nowhere that was read."""


def about_home(event_id: str, home: str, attribute: str, value: str, kind: str, **given: Any) -> Row:
    return fact(event_id, "", attribute, value, kind, **given) | {
        "state_voter_id": None,
        "household_id": home,
    }


AT_HOME = [
    about_home("h1", "H1", "income", "$85,000", "guessed"),
    about_home("h2", "H1", "income", "60000", "bought"),
    about_home("h3", "H3", "income", "120000", "bought"),
    about_home("h4", "H4", "income", "40000", "bought", import_id="gone"),
    about_home("h5", "H3", "dog", "yes", "told"),
    about_home("h6", "H3", "dog", "no", "seen"),
    fact("h7", "2", "income", "10", "told"),
    fact("h8", "5", "score", "0.72", "guessed"),
    fact("h9", "4", "score", "65 %", "guessed"),
    fact("ha", "3", "score", "high", "guessed"),
    fact("hb", "1", "score", "7", "guessed"),
]


@pytest.fixture(scope="module")
def housed(tmp_path_factory: pytest.TempPathFactory) -> OwnerTables:
    folder = tmp_path_factory.mktemp("housed")
    rows = [{"state_voter_id": voter, "household_id": home} for voter, home in HOMES.items()]
    pq.write_table(pa.Table.from_pylist(rows), folder / "places.parquet")
    made = tables(folder, "oh", VOTERS, facts=AT_HOME, imports=IMPORTS)
    return replace(made, places=str(folder / "places.parquet"))


@pytest.mark.parametrize(
    ("where", "meant"),
    {
        "household_fact('income') = '60000'": "AB",
        "household_fact_kind('income') = 'bought'": "ABC",
        "household_fact_kind('income') = 'guessed'": "",
        "household_fact('income') > 50000": "ABC",
        "household_fact_number('income') BETWEEN 50000 AND 70000.5": "AB",
        "household_fact('income') IS NULL": "DE",
        "household_fact('dog') = 'yes'": "C",
        "household_fact('dog') = 'yes' AND household_fact('income') > 100000": "C",
        "fact('income') = '10'": "B",
        "fact('income') IS NULL AND household_fact('income') > 0": "AC",
        "household_fact('score') IS NULL": "ABCDE",
        "fact('score') > 0.7": "ADE",
        "fact('score') > 50": "D",
        "fact('score') <= 7 AND fact('score') > 1": "A",
        "fact('score') IN (7, 0.72)": "AE",
        "fact('score') = '7'": "A",
        "fact('score') > '7'": "C",
        "NOT fact('score') > 50": "AE",
        "50 < fact('score')": "D",
        "fact_number('score') IS NULL": "BC",
        "fact('score') < -1": "",
    }.items(),
)
def test_whom_a_universe_about_households_or_numbers_means(
    housed: OwnerTables, where: str, meant: str
) -> None:
    assert who(housed, where) == meant
    assert parse(parse(where).canonical).tree == parse(where).tree


def test_a_household_fact_stands_beside_its_kind_and_is_no_fact_of_the_voter(housed: OwnerTables) -> None:
    found = rows(asked(housed, "", ["last_name", "household_fact('income')", "fact_number('score')"], "view"))
    assert found.column_names[2:] == [
        "last_name", "household_fact('income')", "household_fact_kind('income')", "fact_number('score')",
        "fact_kind('score')",
    ]  # fmt: skip
    said = sorted(tuple(row.values())[2:] for row in found.to_pylist())
    assert count(asked(housed, "household_fact('income') > 50000")).total == 3
    assert said == [
        ("ADAMS", "60000", "bought", 7.0, "guessed"),
        ("BAKER", "60000", "bought", None, None),
        ("CLARK", "120000", "bought", None, "guessed"),
        ("DAVIS", None, None, 65.0, "guessed"),
        ("EVANS", None, None, 0.72, "guessed"),
    ]


def test_without_households_the_question_says_what_to_do(ohio: OwnerTables) -> None:
    with pytest.raises(Refusal, match="No household is known"):
        count(asked(ohio, "household_fact('income') = 'x'"))


def test_a_dormitory_is_no_household(tmp_path: Path) -> None:
    crowd = [{"state_voter_id": str(n), "household_id": "H1"} for n in range(101)]
    pq.write_table(pa.Table.from_pylist(crowd), tmp_path / "places.parquet")
    made = tables(tmp_path, "oh", VOTERS, facts=AT_HOME, imports=IMPORTS)
    assert who(replace(made, places=str(tmp_path / "places.parquet")), "household_fact('income') > 0") == ""


@pytest.mark.parametrize(
    "where", ["household_fact('income') > 5", "household_fact_kind('income') IS NULL", "fact('score') > 5"]
)
def test_households_and_numbers_of_other_owners_are_a_gap(
    housed: OwnerTables, florida: OwnerTables, where: str
) -> None:
    everybody = [owned(housed, None), owned(florida, grant("fl", recipient="oh"))]
    question = Question("oh", "gotv", "count", parse(where))
    planned = plan(ibis_engine(), question, everybody, denied={}, names={"fl": "Florida"}, now=NOW)
    assert planned.owners == ("oh",) and [gap.owner for gap in planned.gaps] == ["fl"]


@pytest.mark.parametrize(
    "where",
    [
        "fact('score') > TRUE", "fact_number('score') = '5'", "fact_number('score')", "age > 0.5",
        "fact_kind('score') > 5", "fact_number('score') LIKE '5%'", "fact('score') BETWEEN 1 AND 'b'",
        "household_fact(income) = 'x'", "fact('score') > 1e5",
    ],
)  # fmt: skip
def test_what_is_no_number_is_not_compared_with_one(where: str) -> None:
    with pytest.raises(UniverseError):
        parse(where)


READ = {
        "7": 7.0, " 7 ": 7.0, "-0.4": -0.4, "$1,250.00": 1250.0, "1,250": 1250.0, "65%": 65.0, "65 %": 65.0,
        ".5": 0.5, "5.": 5.0, "+3": 3.0, "-$5": -5.0, "0012": 12.0,
        "1,5": None, "12,34,567": None, "high": None, "": None, "nan": None, "inf": None, "1e9": None,
        "0x10": None, "7 of 10": None, "2026-01-05": None, "١٢": None, "9" * 40: None,
}  # fmt: skip


def test_what_reads_as_a_number() -> None:
    made = ibis_engine().to_pyarrow(ibis.memtable({"v": list(READ)}).select(v="v", n=number_of(ibis._.v)))
    assert dict(zip(made["v"].to_pylist(), made["n"].to_pylist(), strict=True)) == READ
