"""Agreement x column x mode, with rows that could leak in each cell; every deciding column unknown once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from view_rolls import ELECTION, EVERYTHING, NAMES, NOW, grant, owned, tables, voter

from commonroll.agreements.denial import Denial
from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import GRANTABLE, VOTERS
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.universe import parse
from commonroll.views.view import NothingGranted, Owned, Plan, Question, plan

KEYS = {"oh": b"o" * 32, "fl": b"f" * 32}
NAMED = ("voters.first_name", "voters.party", "voters.county_fips", "voters.birth_year")
AGREEMENTS = {
    "counts alone": grant("oh", NAMED, modes=frozenset(["count"])),
    "lists": grant("oh", NAMED, modes=frozenset(["count", "view"])),
    "extracts": grant("oh", NAMED, modes=frozenset(["export"])),
    "everything": grant("oh"),
    "one county": grant("oh", NAMED, scope={"county_fips": frozenset(["39001"])}),
    "hygiene": grant("oh", NAMED, purposes=frozenset(["hygiene"])),
    "ended": grant("oh", until=datetime(2026, 11, 24, 12, tzinfo=UTC)),
    "not begun": grant("oh", start=datetime(2026, 11, 24, 13, tzinfo=UTC)),
    "another's": grant("oh", recipient="rivera"),
}
COLUMNS = ("first_name", "party", "phone", "birth_date", "county_fips")
# agreement      -> mode -> the columns that the reader gets; not named is nothing
MATRIX: dict[str, dict[str, set[str]]] = {
    "lists": {"view": {"first_name", "party", "county_fips"}},
    "extracts": {"export": {"first_name", "party", "county_fips"}},
    "everything": {mode: set(COLUMNS) for mode in ("view", "contact", "export")},
    "one county": {mode: {"first_name", "party", "county_fips"} for mode in ("view", "contact", "export")},
}


def ohio(tmp_path: Path, **values: Any) -> Any:
    people = [
        voter("1", first_name="ANN", party="DEM", phone="+16145550100", county_fips="39001"),
        voter("2", first_name="BOB", party="REP", phone="+16145550199", county_fips="39003"),
    ]
    return tables(tmp_path, "oh", people, **values)


def ask(owners: list[Owned], mode: Any, where: str | None = None, **values: Any) -> Plan:
    question = Question(
        "national", values.pop("purpose", "gotv"), mode, parse(where) if where else None, **values
    )
    return plan(
        ibis_engine(),
        question,
        owners,
        denied=values.pop("denied", {}),
        names=NAMES,
        now=NOW,
        pseudonyms=KEYS,
    )


@pytest.mark.parametrize("mode", ["view", "contact", "export"])
@pytest.mark.parametrize("name", AGREEMENTS)
def test_each_column_in_each_mode(tmp_path: Path, name: str, mode: str) -> None:
    owner = owned(ohio(tmp_path), AGREEMENTS[name])
    got = set()
    for column in COLUMNS:
        try:
            table = rows(ask([owner], mode, columns=(column,)))
        except NothingGranted:
            continue
        got.add(column)
        expected = 1 if name == "one county" else 2
        assert table.num_rows == expected
        ids = {"view": set()}.get(mode, {"state_voter_id"} if name == "everything" else {"voter_ref"})
        assert set(table.column_names) == {"member", "agreement", column} | ids

    assert got == MATRIX.get(name, {}).get(mode, set())


def test_counts_alone_wait_for_noise(tmp_path: Path) -> None:
    with pytest.raises(NothingGranted) as refused:
        ask([owned(ohio(tmp_path), AGREEMENTS["counts alone"])], "count")

    assert refused.value.gaps[0].reason == "noisy counts not yet available"


@pytest.mark.parametrize(
    "where", ["phone IS NULL", "NOT phone = '+1'", "phone LIKE '+1%'", "phone IS NOT NULL"]
)
def test_a_column_outside_the_grant_selects_nobody(tmp_path: Path, where: str) -> None:
    with pytest.raises(NothingGranted, match="shares no phone numbers"):
        ask([owned(ohio(tmp_path), AGREEMENTS["lists"])], "view", where, columns=("party",))


def test_a_column_masked_away_cannot_be_asked_about(tmp_path: Path) -> None:
    masked = grant("oh", masks={"voters.phone": "null"})
    owner = owned(ohio(tmp_path), masked)

    assert rows(ask([owner], "view", columns=("phone",)))["phone"].to_pylist() == [None, None]
    with pytest.raises(NothingGranted):
        ask([owner], "view", "phone IS NULL", columns=("party",))


def test_masks_lie_below_the_question(tmp_path: Path) -> None:
    masked = grant("oh", masks={"voters.birth_date": "year", "voters.phone": "last4"})
    owner = owned(ohio(tmp_path), masked)

    assert count(ask([owner], "count", "birth_date = '1980-05-17'")).total == 0
    assert count(ask([owner], "count", "birth_date = '1980-01-01'")).total == 2
    listed = rows(ask([owner], "view", "phone LIKE '01%'", columns=("phone",)))
    assert listed["phone"].to_pylist() == ["0100", "0199"]


DECIDING = {
    "confidential unknown": {"confidential": None},
    "confidential": {"confidential": True},
    "status unknown": {"status": None},
    "county unknown": {"county_fips": None},
    "county empty": {"county_fips": ""},
    "birth unknown": {"birth_date": None, "birth_year": None, "age": None},
    "17 on election day": {"birth_date": date(2010, 11, 8), "birth_year": 2010},
    "perhaps 17 on election day": {"birth_date": None, "birth_year": 2010},
    "published as 17": {"birth_date": None, "birth_year": None, "age": 17},
    "removed": {"status": "removed"},
    "suppressed": {"state_voter_id": "9"},
}


@pytest.mark.parametrize("name", DECIDING)
def test_what_is_unknown_or_protected_is_out(tmp_path: Path, name: str) -> None:
    person = voter("1", county_fips="39001", party="DEM") | DECIDING[name]
    read = tables(
        tmp_path, "oh", [person, voter("2", county_fips="39001", party="DEM")], suppressed=[("9", "")]
    )
    owner = owned(read, grant("oh", scope={"county_fips": frozenset(["39001"])}))

    for where in (None, "party = 'DEM'", "NOT party = 'REP'", "county_fips IS NULL OR county_fips = '39001'"):
        assert count(ask([owner], "count", where)).total == 1
        assert rows(ask([owner], "view", where, columns=("party",))).num_rows == 1


def test_the_owner_itself_sees_neither_protected_nor_minors(tmp_path: Path) -> None:
    people = [voter("1"), voter("2", confidential=True), voter("3", birth_date=date(2015, 1, 1))]
    own = Owned(tables(tmp_path, "national", people), None, ELECTION)

    assert count(ask([own], "count")).total == 1


def test_18_on_election_day_and_a_published_age_are_in(tmp_path: Path) -> None:
    people = [
        voter("1", birth_date=date(2010, 11, 7), birth_year=2010),
        voter("2", birth_date=None, birth_year=2009),
        voter("3", birth_date=None, birth_year=None, age=18),
    ]
    assert count(ask([owned(tables(tmp_path, "oh", people), grant("oh"))], "count")).total == 3


def test_removed_registrations_only_where_the_question_speaks_of_status(tmp_path: Path) -> None:
    owner = owned(tables(tmp_path, "oh", [voter("1", status="removed"), voter("2")]), grant("oh"))

    assert count(ask([owner], "count")).total == 1
    assert count(ask([owner], "count", "status = 'removed'")).total == 1
    assert count(ask([owner], "count", by=("status",))).total == 2
    assert rows(ask([owner], "contact", "status = 'removed'", columns=("party",))).num_rows == 0


def test_an_unknown_status_is_out_where_the_question_speaks_of_status_too(tmp_path: Path) -> None:
    owner = owned(tables(tmp_path, "oh", [voter("1", status=None), voter("2")]), grant("oh"))

    assert count(ask([owner], "count", by=("status",))).total == 1
    assert count(ask([owner], "count", "status IS NULL OR status = 'active'")).total == 1


def test_an_opt_out_closes_its_channel(tmp_path: Path) -> None:
    read = tables(
        tmp_path, "oh", [voter("1", phone="+1"), voter("2", phone="+1")], suppressed=[("1", "phone")]
    )
    owner = owned(read, grant("oh"))

    assert rows(ask([owner], "contact", columns=("phone",))).num_rows == 1
    assert rows(ask([owner], "contact", columns=("residence_line1",))).num_rows == 2
    assert rows(ask([owner], "view", columns=("phone",))).num_rows == 1
    assert rows(ask([owner], "view", columns=("last_name",))).num_rows == 2


def test_two_grants_of_one_owner_are_refused_not_doubled(tmp_path: Path) -> None:
    owner = owned(ohio(tmp_path), grant("oh"))
    with pytest.raises(Refusal, match="More than one agreement"):
        ask([owner, replace(owner, grant=grant("oh", number=4))], "count")


def test_no_grant_is_no_row_even_for_a_file_that_claims_another_owner(tmp_path: Path) -> None:
    forged = tables(tmp_path, "fl", [voter("1") | {"member": "oh", "state": "OH"}])
    answer = count(
        ask([owned(ohio(tmp_path), grant("oh")), owned(forged, grant("fl"))], "count", "member = 'oh'")
    )

    assert answer.by_owner == {"fl": 0, "oh": 2}
    with pytest.raises(NothingGranted):
        ask([Owned(ohio(tmp_path / "b"), None, ELECTION)], "count")


@pytest.mark.parametrize(
    ("protected", "statement", "shown"),
    [
        ("flagged", False, True),
        ("withheld", False, True),
        ("unstated", False, False),
        ("unstated", True, True),
    ],
)
def test_a_state_that_says_nothing_of_protected_voters(
    tmp_path: Path, protected: str, statement: bool, shown: bool
) -> None:
    owner = owned(ohio(tmp_path, protected=protected, statement=statement), grant("oh"))
    if shown:
        assert count(ask([owner], "count")).total == 2
        return
    with pytest.raises(NothingGranted) as refused:
        ask([owner], "count")
    assert refused.value.gaps[0].reason == "no statement on protected voters"


def test_gaps_say_which_law_or_state_stands_against_it(tmp_path: Path) -> None:
    quiet = owned(ohio(tmp_path, published=EVERYTHING - {"voters.phone"}), grant("oh"))
    shared = owned(tables(tmp_path, "fl", [voter("1", phone="+1")]), grant("fl"))
    law = Denial("purpose", "gotv", "law forbids", "WA-1", "RCW 29A.08.720")
    question = Question("national", "gotv", "view", columns=("phone",))
    made = plan(ibis_engine(), question, [quiet, shared], denied={"wa": [law]}, names=NAMES, now=NOW)

    assert [gap.sentence for gap in made.gaps] == [
        "Ohio does not publish phone numbers",
        "Washington law forbids get out the vote: RCW 29A.08.720",
    ]


def test_hygiene_and_contact_columns_in_counts(tmp_path: Path) -> None:
    owner = owned(ohio(tmp_path), grant("oh"))

    assert count(ask([owner], "count", "phone IS NOT NULL")).total == 2
    with pytest.raises(NothingGranted):
        ask([owner], "count", "phone = '+16145550100'")
    with pytest.raises(Refusal, match="never rows"):
        ask([owner], "view", purpose="hygiene", columns=("party",))
    with pytest.raises(Refusal, match="names its purpose"):
        ask([owner], "count", purpose="")


def test_every_grantable_column_can_be_shown_and_no_other(tmp_path: Path) -> None:
    owner = owned(ohio(tmp_path), grant("oh"))
    for column in VOTERS:
        try:
            rows(ask([owner], "view", columns=(column.name,)))
            shown = True
        except Refusal:
            shown = False
        assert shown == (column.qualified in GRANTABLE or column.name in ("member", "state")), column.name
