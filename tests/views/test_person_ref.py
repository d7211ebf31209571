"""One pseudonym for each person: the same across owners that grant it, another for every recipient and
year."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from view_rolls import NAMES, NOW, USUAL, grant, owned, tables, voter

from commonroll.agreements.profile import PERSON, columns_of
from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.views.derived import FUNCTIONS, VISIBLE
from commonroll.views.export import rows
from commonroll.views.pseudonyms import agreement_key, epoch_of, recipient_key
from commonroll.views.question import Owned, Question
from commonroll.views.universe import UniverseError, parse
from commonroll.views.view import Plan, plan

SECRET = b"s" * 32
MOVED, STAYED = "a" * 32, "b" * 32
"""Persons: one stands on both rolls, one on Ohio's alone."""


def person(voter_id: str, person_id: str, **values: Any) -> dict[str, Any]:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "member": "oh", "state_voter_id": voter_id, "person_id": person_id, "since": since, "by": "model",
        "origin_id": voter_id, "incarnation": 0, "founded": True, **values,
    }  # fmt: skip


def ohio(tmp_path: Path, persons: Any = None) -> Any:
    known = [person("1", MOVED), person("2", STAYED)] if persons is None else persons
    people = [voter(number, first_name="ANN") for number in ("1", "2", "3")]
    return tables(tmp_path, "oh", people, persons=known)


def washington(tmp_path: Path) -> Any:
    return tables(tmp_path, "wa", [voter("77", first_name="ANN")], persons=[person("77", MOVED, member="wa")])


def shared(owner: str, *more: str, **values: Any) -> Any:
    return grant(owner, ("voters.first_name", *more), **values)


def ask(owners: list[Owned], viewer: str = "national", mode: Any = "export", **values: Any) -> Plan:
    day = values.pop("day", NOW.date())
    return plan(
        ibis_engine(),
        Question(viewer, "gotv", mode, columns=("first_name",)),
        owners,
        denied={},
        names=NAMES,
        now=NOW,
        pseudonyms={one.owner: agreement_key(SECRET, f"{one.owner} {viewer}") for one in owners},
        person_key=recipient_key(SECRET, viewer, epoch_of(day)),
    )


def refs(planned: Plan) -> dict[str, str | None]:
    """Owner and place in it -> person_ref."""
    table = rows(planned).to_pylist()
    return {f"{row['member']} {row['voter_ref'][:6]}": row["person_ref"] for row in table}


def test_one_recipient_sees_one_person_across_owners(tmp_path: Path) -> None:
    both = [
        owned(ohio(tmp_path), shared("oh", PERSON)), owned(washington(tmp_path), shared("wa", PERSON))
    ]  # fmt: skip

    found = rows(ask(both)).to_pylist()

    ohios = [row["person_ref"] for row in found if row["member"] == "oh"]
    [washingtons] = [row["person_ref"] for row in found if row["member"] == "wa"]
    assert ohios.count(washingtons) == 1 and ohios.count(None) == 1
    assert len(set(ohios)) == 3
    said = str(found)
    assert MOVED not in said and STAYED not in said


def test_two_recipients_cannot_put_their_extracts_together(tmp_path: Path) -> None:
    roll = ohio(tmp_path)
    one = rows(ask([owned(roll, shared("oh", PERSON))])).to_pylist()
    other = rows(ask([owned(roll, shared("oh", PERSON, recipient="rivera"))], "rivera")).to_pylist()

    for name in ("person_ref", "voter_ref"):
        mine, theirs = ({row[name] for row in found} - {None} for found in (one, other))
        assert mine and theirs and not mine & theirs


def test_a_pseudonym_lasts_a_year(tmp_path: Path) -> None:
    owner = [owned(ohio(tmp_path), shared("oh", PERSON))]

    assert refs(ask(owner)) == refs(ask(owner, day=date(2026, 1, 1)))
    this, next_ = (set(refs(ask(owner, day=day)).values()) - {None} for day in (NOW.date(), date(2027, 1, 1)))
    assert not this & next_


def test_an_owner_that_does_not_grant_it_keeps_the_agreements_pseudonym(tmp_path: Path) -> None:
    both = [owned(ohio(tmp_path), shared("oh", PERSON)), owned(washington(tmp_path), shared("wa"))]

    planned = ask(both)
    found = rows(planned).to_pylist()

    assert {row["member"]: row["person_ref"] is None for row in found if row["member"] == "wa"} == {
        "wa": True
    }
    assert all(row["voter_ref"] for row in found)
    assert PERSON in planned.used["oh"].columns and PERSON not in planned.used["wa"].columns
    assert "person_ref" not in rows(ask([both[1]])).column_names


@pytest.mark.parametrize("mode", ["view", "contact", "export"])
def test_it_is_carried_where_ids_are(tmp_path: Path, mode: str) -> None:
    found = rows(ask([owned(ohio(tmp_path), shared("oh", PERSON))], mode=mode))

    assert ("person_ref" in found.column_names) == (mode != "view")
    assert found.num_rows == 3


def test_own_rows_carry_none(tmp_path: Path) -> None:
    found = rows(ask([owned(ohio(tmp_path), None)], "oh"))

    assert "person_ref" not in found.column_names


def test_the_survivor_of_joined_ids_stands_in_the_ledger_and_no_row_is_repeated(tmp_path: Path) -> None:
    ledger = [
        person("1", MOVED, former_id=STAYED),
        person("2", MOVED, former_id=STAYED, founded=False),
        person("2", STAYED, until=datetime(2026, 2, 1, tzinfo=UTC), incarnation=1),
        person("3", STAYED, origin_id="9"),
        person("3", STAYED, origin_id="8"),
    ]
    found = rows(
        ask([owned(ohio(tmp_path, ledger), shared("oh", PERSON, "voters.state_voter_id"))])
    ).to_pylist()

    refs_ = {row["state_voter_id"]: row["person_ref"] for row in found}
    assert len(found) == 3 and refs_["1"] == refs_["2"] != refs_["3"]


@pytest.mark.parametrize("where", ["person_id = 'a'", "person_ref = 'a'", "persons.person_id IS NOT NULL"])
def test_nobody_is_selected_by_it(where: str) -> None:
    with pytest.raises(UniverseError):
        parse(where)


def test_it_is_no_column_of_a_view_and_in_no_class(tmp_path: Path) -> None:
    assert {"person_id", "person_ref"}.isdisjoint({*VISIBLE, *FUNCTIONS})
    assert PERSON not in columns_of(["identity"]) and PERSON not in USUAL
    with pytest.raises(Refusal, match="no column"):
        plan(
            ibis_engine(),
            Question("national", "gotv", "export", columns=("person_id",)),
            [owned(ohio(tmp_path), shared("oh", PERSON))],
            denied={}, names=NAMES, now=NOW,
        )  # fmt: skip


def test_without_a_key_nothing_leaves(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no key for pseudonyms"):
        plan(
            ibis_engine(),
            Question("national", "gotv", "export", columns=("first_name",)),
            [owned(ohio(tmp_path), shared("oh", PERSON, "voters.state_voter_id"))],
            denied={}, names=NAMES, now=NOW,
        )  # fmt: skip


def test_keys_differ_by_recipient_and_year_and_from_those_of_agreements() -> None:
    keys = {recipient_key(SECRET, who, year) for who in ("national", "rivera") for year in ("2026", "2027")}

    assert len(keys | {agreement_key(SECRET, "national")}) == 5
