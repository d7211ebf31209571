"""Answers in the federation's words: whose mapping an answer is read by, and which of several counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from view_rolls import NOW, grant, owned, tables, voter

from commonroll.agreements.grant import Grant
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import GRANTABLE
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.codes import Coded
from commonroll.views.counts import count
from commonroll.views.question import NothingGranted, Question
from commonroll.views.universe import parse
from commonroll.views.view import plan

FL, NATIONAL, RIVAL = "fl", "national", "rivera"

CODES = (
    Coded(FL, "gov24", "strong", "support-governor", "1"),
    Coded(FL, "gov24", "weak", "support-governor", "2"),
    Coded(FL, "gov_phone", "yes", "support-governor", "1"),
    # the same words mean the opposite for whoever reads
    Coded(NATIONAL, "gov24", "strong", "support-governor", "5"),
    Coded(RIVAL, "gov24", "strong", "support-governor", "1"),
    Coded(FL, "cares", "roads", "issues", "roads", several=True),
    Coded(FL, "cares", "schools", "issues", "schools", several=True),
    Coded(FL, "mark_climate", "yes", "issues", "climate", several=True),
)


def said(voter_: int, question: str, answer: str, day: int, by: str = FL, hour: int = 12) -> dict[str, Any]:
    return {
        "event_id": f"{voter_}-{question}-{answer}-{day}-{by}", "state_voter_id": str(voter_), "owner": FL,
        "gathered_by": by, "question": question, "answer": answer, "answered_on": date(2026, 10, day),
        "loaded_at": datetime(2026, 11, 1, hour, tzinfo=UTC),
    }  # fmt: skip


ANSWERS = [
    said(0, "gov24", "strong", 1),
    said(1, "gov24", "strong", 1),
    said(1, "gov24", "weak", 5),
    said(2, "gov24", "strong", 1),
    said(2, "gov24", "will not say", 5),
    said(3, "gov24", "weak", 1),
    said(3, "gov_phone", "yes", 1, hour=13),
    said(4, "gov24", "strong", 1, by=RIVAL),
    said(5, "gov24", "strong", 1, by=NATIONAL),
    said(6, "cares", "roads", 2),
    said(6, "cares", "schools", 2),
    said(6, "mark_climate", "yes", 1),
    said(7, "cares", "roads", 1),
    said(7, "cares", "schools", 2),
    said(7, "mark_climate", "yes", 1),
    said(7, "mark_climate", "removed", 3),
]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> OwnerTables:
    people = [voter(str(n), member=FL, state="FL", birth_date=date(1980, 1, 1)) for n in range(9)]
    return tables(tmp_path_factory.mktemp("fl"), FL, people, responses=ANSWERS)


def meant(read: OwnerTables, where: str, codes: tuple[Coded, ...] = CODES, given: Grant | None = None) -> int:
    asked = Question(NATIONAL, "gotv", "count", parse(where), codes=codes)
    one = owned(read, given or grant(FL), election_day=date(2026, 11, 3))
    return count(plan(ibis_engine(), asked, [one], denied={}, names={}, now=NOW)).total


@pytest.mark.parametrize(
    ("where", "people"),
    [
        ("said('support-governor', '1')", 2),  # 0, and 3 by the later answer of the day
        ("said('support-governor', '2')", 1),  # 1, who changed
        ("said('support-governor', '5')", 1),  # 5, by the reader's own words
        ("said('support-governor')", 4),  # 2 takes it back; the rival's answer to 4 is not seen
        ("said('issues', 'roads')", 1),
        ("said('issues', 'schools')", 2),
        ("said('issues', 'climate')", 1),
        ("NOT said('issues')", 7),
        ("said('turnout', 'yes')", 0),
    ],
)
def test_answers_by_their_gatherer_s_words(read: OwnerTables, where: str, people: int) -> None:
    assert meant(read, where) == people


def test_without_mappings_nobody_said_anything(read: OwnerTables) -> None:
    assert meant(read, "said('support-governor')", ()) == 0


@pytest.mark.parametrize(
    ("where", "column"), [("said('issues')", "question"), ("said('issues', 'roads')", "answer")]
)
def test_who_does_not_grant_answers_is_not_asked(read: OwnerTables, where: str, column: str) -> None:
    granted = grant(FL, [name for name in GRANTABLE if name != f"responses.{column}"])
    with pytest.raises(NothingGranted):
        meant(read, where, given=granted)
