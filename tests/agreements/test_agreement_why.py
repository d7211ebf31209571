"""Why a column is seen and why it is not: golden sentences, one for each reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from drafts import compilable, drafts_2, ohio_2
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.agreements.compile import compile_terms
from commonroll.agreements.english import clauses
from commonroll.agreements.law import LawPack, LawRule, packs_for
from commonroll.agreements.profile import MODES, PURPOSES, Terms
from commonroll.agreements.universe import OneOf, Voted
from commonroll.agreements.why import Use, explain
from commonroll.agreements.words import label
from commonroll.roll.schema import GRANTABLE

NAMES = {"nc": "North Carolina", "national": "National"}
NOW = datetime(2026, 12, 24, tzinfo=UTC)
UNTIL = datetime(2027, 11, 4, tzinfo=UTC)
BASE = ohio_2(owner="nc", until=UNTIL, rows={"county_fips": ("37183",)}, governing_law="NC")


def said(
    column: str = "voters.phone", terms: Terms = BASE, law: Any = (), **use: Any
) -> tuple[bool, str, int | None]:
    grant = (
        None if use.pop("none", False) else compile_terms(terms, law=law, state="NC", number=7, signed=True)
    )
    ended = use.pop("ended", "")
    asked = Use(**{"viewer": "national", "owner": "nc", "column": column, "purpose": "gotv", "mode": "view",
                   "now": NOW, **use})  # fmt: skip
    found = explain(asked, grant, use.get("packs", law), NAMES, ended=ended)
    return found.seen, found.sentence, found.clause


SEEN: list[tuple[str, dict[str, Any], str]] = [
    ("one county", {},
     "You see phone for Wake County of North Carolina's voters because of clause 2 of agreement 7, until "
     "4 November 2027."),
    ("two counties", {"terms": replace(BASE, rows={"county_fips": ("37183", "37063")})},
     "You see phone for Durham and Wake counties of North Carolina's voters because of clause 2 of "
     "agreement 7, until 4 November 2027."),
    ("the whole file", {"terms": replace(BASE, rows={})},
     "You see phone of North Carolina's voters because of clause 2 of agreement 7, until 4 November 2027."),
    ("masked", {"column": "voters.birth_year"},
     "You see birth year as a decade for Wake County of North Carolina's voters because of clause 2 of "
     "agreement 7, until 4 November 2027."),
    ("presence alone", {"mode": "count", "terms": replace(BASE, rows={"district/council": ("3",)})},
     "You see whether there is phone for council district 3 of North Carolina's voters because of clause 2 "
     "of agreement 7, until 4 November 2027."),
    ("within a universe", {"terms": replace(BASE, rows={}, universe=OneOf("voters.party", ("DEM", "NPA")))},
     "You see phone for those of whom this holds: party DEM or NPA, of North Carolina's voters because of "
     "clause 2 of agreement 7, until 4 November 2027."),
    ("one's own", {"viewer": "nc"}, "You see phone of North Carolina's voters because they are your own."),
]  # fmt: skip
NOT: list[tuple[str, dict[str, Any], str, int | None]] = [
    ("no agreement", {"none": True}, "no agreement in force lets you use them for get out the vote", None),
    ("another purpose", {"purpose": "research"},
     "no agreement in force lets you use them for research", None),
    ("not among the columns", {"column": "voters.email"},
     "it is not among the columns, clause 2 of agreement 7", 2),
    ("another use", {"terms": replace(BASE, modes=("count",), rows_per_day=0)},
     "lists on a screen are not among the uses, clause 4 of agreement 7", 4),
    ("masked away", {"terms": replace(BASE, masks={"voters.phone": "null"})},
     "it is never shown, clause 3 of agreement 7", 3),
    ("revoked", {"ended": "was revoked on 3 December 2026"},
     "agreement 7 was revoked on 3 December 2026", None),
    ("not begun", {"now": datetime(2026, 11, 30, tzinfo=UTC)},
     "agreement 7 begins on 1 December 2026, clause 1 of agreement 7", 1),
]  # fmt: skip


@pytest.mark.parametrize(("what", "case", "sentence"), SEEN, ids=[row[0] for row in SEEN])
def test_why(what: str, case: dict[str, Any], sentence: str) -> None:
    seen, found, _ = said(**case)
    assert (seen, found) == (True, sentence)


@pytest.mark.parametrize(("what", "case", "why", "clause"), NOT, ids=[row[0] for row in NOT])
def test_why_not(what: str, case: dict[str, Any], why: str, clause: int | None) -> None:
    column = label(case.get("column", "voters.phone"))
    assert said(**case) == (False, f"You do not see {column} of North Carolina's voters: {why}.", clause)


def test_what_the_law_takes_is_said_with_rule_and_source() -> None:
    rule = LawRule(
        "ZZ-1", "refuse_column", (), (), ("voters.phone",), (), (), "Statute 1", "Kept back.", None, None
    )
    seen, sentence, _ = said(law=(LawPack("US", "2026.1", (rule,), ()),))
    assert not seen
    assert sentence.endswith("voters: the law forbids it: Kept back. (ZZ-1, Statute 1).")


@settings(max_examples=40, deadline=None)
@given(
    drafts_2().map(compilable), st.sampled_from(sorted(GRANTABLE)), st.sampled_from(sorted(PURPOSES)),
    st.sampled_from(sorted(MODES)),
)  # fmt: skip
def test_what_is_said_to_be_seen_is_granted_and_its_clause_names_it(
    terms: Terms, column: str, purpose: str, mode: str
) -> None:
    grant = compile_terms(terms, law=packs_for("OH"), state="OH", number=7)
    use = Use("national", "oh", column, purpose, mode, terms.start)
    found = explain(use, grant, packs_for("OH"), NAMES)
    granted = (
        purpose in grant.purposes and mode in grant.modes and grant.columns.get(column, "null") != "null"
    )
    assert found.seen == granted
    if found.seen:
        assert label(column) in clauses(grant, NAMES)[(found.clause or 0) - 1].text


def test_clauses_are_numbered_in_the_order_of_the_text() -> None:
    grant = compile_terms(
        replace(BASE, universe=Voted(date(2024, 11, 5)), onward=("rivera",), approval=True, credit=True),
        law=(), state="NC", number=7,
    )  # fmt: skip
    assert [clause.number for clause in clauses(grant, NAMES)] == list(range(1, 14))
    assert [clause.text for clause in clauses(grant, NAMES)][4:10] == [
        "At most 3 contacts per household in 30 days. After an export that binds by contract, and is held "
        "against what comes back.",
        "Each export waits for the word of North Carolina.",
        "Licensed on to rivera alone, each by its own signed statement; no other onward sharing, no sale, "
        "transfer or commercial use; no removal of marks; nobody is identified from counts or pseudonyms. "
        "Data stays in the United States.",
        "The law of North Carolina governs.",
        "All copies deleted within 7 days of the end, in writing.",
        "Answers come back within 7 days; opt-outs at once.",
    ]
