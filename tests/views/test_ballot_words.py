"""Words about ballots: who is to be chased, who can cure and until when, and who has voted already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from view_rolls import EVERYTHING, NAMES, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.views.ballot_words import spoken
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.universe import parse
from commonroll.views.view import NothingGranted, Owned, Plan, Question, plan

DAY = date(2026, 11, 3)
BEFORE = datetime(2026, 10, 20, 12, tzinfo=UTC)
STATES = {
    "1": ("requested", None), "2": ("sent", None), "3": ("unknown", None), "4": ("returned", None),
    "5": ("accepted", None), "6": ("rejected", "SIGNATURE DIFFERENT"), "7": ("rejected", "RETURNED LATE"),
    "8": ("cured", None), "9": ("spoiled", None),
}  # fmt: skip


def ballots(day: date = DAY) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"state_voter_id": one, "election_date": day, "status": status, "reason": why, "as_of": day,
         "sent_on": date(2026, 10, 1)}
        for one, (status, why) in STATES.items()
    ]  # fmt: skip
    # an earlier delivery may have two lines of one voter, of which one ballot counts
    return [*told, {**told[1], "status": "spoiled", "sent_on": date(2026, 9, 25)}]


@pytest.fixture(scope="module")
def rolls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Owned, Owned]:
    """Georgia, whose pack knows a cure until three days after, and Ohio, whose pack does not."""
    folder = tmp_path_factory.mktemp("ballots")
    people = [voter(str(n), county_fips="1", residence_line1=f"{n} ELM ST") for n in range(11)]
    return tuple(owned(tables(folder, one, people, ballots=ballots()), grant(one)) for one in ("ga", "oh"))  # type: ignore[return-value]


def asked(owners: Sequence[Owned], where: str, now: datetime = BEFORE, **values: Any) -> Plan:
    question = Question("national", "gotv", "view", parse(where) if where else None, columns=("party",))
    question = replace(question, **values)
    return plan(ibis_engine(), question, owners, denied={}, names=NAMES, now=now)


def who(owners: Sequence[Owned], where: str, now: datetime = BEFORE, **values: Any) -> str:
    """Numbers of the houses of those who are found, all owners together."""
    given = {"mode": "contact", "columns": ("residence_line1",), **values}
    found = [rows(asked(owners, where, now, **given))["residence_line1"].to_pylist()]
    return " ".join(sorted(line.split()[0] for lines in found for line in lines))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("chase('2026-11-03')", "2"),
        ("NOT chase('2026-11-03') AND ballot_status('2026-11-03') IS NULL", "0 10"),
        ("ballot_status('2026-11-03') IN ('unknown', 'sent')", "2 3"),
        ("cure('2026-11-03')", "6"),
        ("cure_by('2026-11-03') = '2026-11-06'", "6"),
        ("cure_why('2026-11-03') = 'it came too late'", "7"),
        ("ballot_sent_on('2026-11-03') = '2026-10-01' AND ballot_status('2026-11-03') = 'spoiled'", "9"),
        ("chase('2024-11-05') OR cure('2024-11-05')", ""),
        # whoever has voted is not asked again: 4, 5 and 8 are left out
        ("", "0 1 10 2 3 6 7 9"),
        ("ballot_returned('2026-11-03')", ""),
    ],
)
def test_whom_a_condition_means(rolls: tuple[Owned, Owned], where: str, found: str) -> None:
    assert who(rolls[:1], where) == found


def test_a_cure_ends_by_the_law_of_the_state_or_the_county_is_asked(rolls: tuple[Owned, Owned]) -> None:
    last, after = datetime(2026, 11, 6, tzinfo=UTC), datetime(2026, 11, 7, tzinfo=UTC)
    assert who(rolls, "cure('2026-11-03')", last) == "6 6"
    assert who(rolls, "cure('2026-11-03')", after) == "6"
    assert who(rolls, "cure('2026-11-03')", datetime(2026, 11, 18, tzinfo=UTC)) == ""
    assert who(rolls, "chase('2026-11-03')", after) == ""
    columns = ("cure_by('2026-11-03')", "cure_why('2026-11-03')")
    batch = rows(asked(rolls, "cure('2026-11-03')", columns=columns))
    assert batch[columns[0]].to_pylist() == [date(2026, 11, 6), None]
    assert batch[columns[1]].to_pylist() == ["the signature does not look like the one on file"] * 2


def test_who_has_voted_is_left_out_where_a_vote_is_asked_for(rolls: tuple[Owned, Owned]) -> None:
    everybody = 11
    assert len(who(rolls[:1], "").split()) == everybody - 3
    assert len(who(rolls[:1], "", mode="export").split()) == everybody - 3
    assert len(who(rolls[:1], "", mode="view").split()) == everybody
    other = owned(rolls[0].tables, grant("ga", purposes=frozenset(["volunteer"])))
    assert len(who([other], "", purpose="volunteer").split()) == everybody
    assert len(who(rolls[:1], "", datetime(2026, 11, 4, tzinfo=UTC)).split()) == everybody


def test_counts_by_what_is_said_of_ballots(rolls: tuple[Owned, Owned]) -> None:
    by = ("ballot_status('2026-11-03')",)
    answer = count(asked(rolls, "", mode="count", columns=(), by=by))
    assert {row.by[0]: row.n for row in answer.rows if row.owner == "ga"} == {
        "(unknown)": 2, "requested": 1, "sent": 1, "unknown": 1, "returned": 1, "accepted": 1, "rejected": 2,
        "cured": 1, "spoiled": 1,
    }  # fmt: skip


@pytest.mark.parametrize("lacks", ["ballots.status", "ballots.election_date", "ballots.reason"])
def test_without_a_grant_nothing_is_said(rolls: tuple[Owned, Owned], lacks: str) -> None:
    columns = sorted(set(grant("ga").columns) - {lacks})
    owner = owned(rolls[0].tables, grant("ga", columns))
    for where in ("cure('2026-11-03')", "cure_why('2026-11-03') IS NULL"):
        with pytest.raises(NothingGranted, match=lacks.replace("ballots.", "").split("_")[0]):
            who([owner], where)
    with pytest.raises(NothingGranted):
        asked([owner], "", columns=("cure_by('2026-11-03')",))


def test_what_is_worked_out_of_a_masked_reason_is_not_told(rolls: tuple[Owned, Owned]) -> None:
    masked = owned(rolls[0].tables, grant("ga", masks={"ballots.reason": "initial"}))
    for owners in ([masked], [masked, rolls[1]]):
        columns = ("cure_why('2026-11-03')",)
        table = rows(asked(owners, "ballot_status('2026-11-03') = 'rejected'", columns=columns))
        said = zip(table["member"].to_pylist(), table[columns[0]].to_pylist(), strict=True)
        assert {why for member, why in said if member == "ga"} == {None}


def test_a_file_without_an_election_day_is_of_the_one_it_was_loaded_for(
    rolls: tuple[Owned, Owned],
) -> None:
    said = EVERYTHING - {"ballots.election_date", "ballots.status"}
    owner = replace(rolls[0], tables=replace(rolls[0].tables, published=said))
    assert who([owner], "chase('2026-11-03')") == "2"
    none = replace(rolls[0], tables=replace(rolls[0].tables, published=said - {"ballots.state_voter_id"}))
    with pytest.raises(NothingGranted, match="publish"):
        who([none], "chase('2026-11-03')")


def test_a_word_is_spoken_with_its_election() -> None:
    assert spoken("chase('2026-11-03')") == "ballot to chase, 3 Nov 2026"
    assert spoken("ballot_status('2026-11-03')") == "ballot status, 3 Nov 2026"
    assert spoken("ballot_status('2026-13-03')") == "" == spoken("party")


@pytest.mark.parametrize("text", ["chase()", "chase('tomorrow')", "chase('2026-11-03') = 'x'", "cure(1)"])
def test_what_cannot_be_read_says_how_it_is_written(text: str) -> None:
    with pytest.raises(Refusal):
        parse(text)
