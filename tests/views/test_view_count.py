"""Counts over two owners: what is counted, what is left out, and who is listed as a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from view_rolls import EVERYTHING, NAMES, NOW, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.views.counts import Answer, Row, count, crosstab
from commonroll.views.universe import parse
from commonroll.views.view import NothingGranted, Owned, Question, plan


def ask(owners: Sequence[Owned], where: str | None = None, **values: object) -> Answer:
    question = Question("national", "gotv", "count", parse(where) if where else None)
    question = replace(question, **values)
    return count(plan(ibis_engine(), question, owners, denied={}, names=NAMES, now=NOW))


@pytest.fixture
def ohio(tmp_path: Path) -> Owned:
    voters = [
        voter("1", party="DEM", county_fips="39001"),
        voter("2", party="REP", county_fips="39003"),
        voter("3", party=None, county_fips="39001"),
    ]
    history = [{"state_voter_id": "1", "election_date": date(2024, 11, 5), "election_name": "GENERAL"}]
    return owned(tables(tmp_path, "oh", voters, history=history), grant("oh", number=2))


@pytest.fixture
def florida(tmp_path: Path) -> Owned:
    voters = [voter("1", party="DEM", phone="+13055550100"), voter("9", party="NPA")]
    return owned(tables(tmp_path, "fl", voters), grant("fl"))


def test_two_owners_are_counted_together_and_apart(ohio: Owned, florida: Owned) -> None:
    answer = ask([ohio, florida], "party = 'DEM'", by=("state",))

    assert answer.total == 2
    assert answer.by_owner == {"fl": 1, "oh": 1}
    assert answer.rows == (Row(("FL",), "fl", 1), Row(("OH",), "oh", 1))


def test_one_id_in_two_states_is_two_voters(ohio: Owned, florida: Owned) -> None:
    assert ask([ohio, florida], "voted('2024-11-05')").by_owner == {"fl": 0, "oh": 1}


def test_an_owner_of_whose_voters_nobody_is_known_to_be_an_adult_is_a_gap(
    ohio: Owned, florida: Owned
) -> None:
    ageless = replace(florida, tables=replace(florida.tables, adults=False))

    answer = ask([ohio, ageless], by=("state",))

    assert answer.by_owner == {"oh": 3}
    [gap] = answer.gaps
    assert gap.reason == "nobody known to be 18"
    assert "no birth date" in gap.sentence
    with pytest.raises(NothingGranted, match="nobody under 18"):
        ask([replace(ageless, grant=None)], viewer="fl")  # the owner is told so, too


@pytest.mark.parametrize(
    ("change", "then"),
    [
        ({"protected": "unstated"}, "signs the statement"),
        ({"published": frozenset()}, "do not publish"),
        ({"adults": False}, "no agreement changes"),
    ],
)
def test_where_nobody_answers_the_next_step_is_one_that_helps(
    change: dict[str, object], then: str, florida: Owned
) -> None:
    with pytest.raises(NothingGranted) as refused:
        ask([replace(florida, tables=replace(florida.tables, **change))], by=("party",))  # type: ignore[arg-type]
    assert then in refused.value.next_step
    assert "draft an agreement" not in refused.value.next_step


def test_an_owner_that_does_not_grant_a_column_is_left_out_and_listed(ohio: Owned, florida: Owned) -> None:
    without = frozenset(EVERYTHING) - {"voters.phone"}
    florida = replace(florida, grant=grant("fl", without & set(grant("fl").columns)))

    answer = ask([ohio, florida], "phone IS NOT NULL")

    assert answer.by_owner == {"oh": 0}
    assert [gap.sentence for gap in answer.gaps] == [
        "Florida shares no phone numbers for get out the vote: clause 2 of agreement 3"
    ]


def test_nobody_grants_it_is_a_refusal_with_the_reason(florida: Owned) -> None:
    with pytest.raises(NothingGranted) as refused:
        ask([florida], purpose="fundraising")

    assert refused.value.gaps[0].sentence == "Florida has no agreement with National for fundraising"


def test_a_crosstab_over_all_owners(ohio: Owned, florida: Owned) -> None:
    table = crosstab(ask([ohio, florida], by=("state", "party")))

    assert table.down == (("FL",), ("OH",))
    assert table.across == ("(unknown)", "DEM", "NPA", "REP")
    assert table.cells == ((0, 1, 1, 0), (1, 1, 0, 1))


def test_a_count_by_names_would_be_a_list(ohio: Owned) -> None:
    with pytest.raises(Refusal, match="list of persons"):
        ask([ohio], by=("last_name",))
