"""Version 3 of the terms: what a recipient made comes back where it is named, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from drafts import ohio_2
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.agreements.compile import compile_terms
from commonroll.agreements.english import clauses
from commonroll.agreements.grant import Grant, grant_hash
from commonroll.agreements.law import packs_for
from commonroll.agreements.message import check_message
from commonroll.agreements.profile import MADE, RETURNABLE, Terms, answers_within
from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.terms import message, parse, to_document

DAY = date(2026, 11, 4)


def made(release: date | None = DAY, **days: int) -> Terms:
    return ohio_2(profile=3, returns=answers_within(7) | days, release=release)


def compiled(terms: Terms) -> Grant:
    return compile_terms(terms, law=packs_for("OH"), state="OH")


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.sampled_from(RETURNABLE[3]), st.integers(1, 30)), st.none() | st.just(DAY))
def test_what_is_written_reads_back(days: dict[str, int], release: date | None) -> None:
    terms = replace(made(), returns=answers_within(7) | days, release=release)
    document = to_document(terms)
    assert parse(document).returns == terms.returns and parse(document).release == release
    check_message(message(document))


def test_earlier_versions_bring_none_of_it() -> None:
    for kind in MADE:
        for profile in (1, 2):
            assert kind not in RETURNABLE[profile]  # type: ignore[index]
        text = json.dumps(to_document(made(**{kind: 9}))).replace("agreement:3", "agreement:2")
        with pytest.raises(TermsRefused, match="Nothing of this name"):
            parse(json.loads(text))
    assert not set(MADE) & {kind for duty in compiled(ohio_2()).duties for kind in duty.returns}


def test_the_day_stands_with_all_that_waits() -> None:
    document = to_document(made(scores=9))
    waiting = [rule for rule in document["obligation"] if rule["action"] == "cr:returnResponses"]
    assert [days_of(rule) for rule in waiting] == ["2026-11-04", "2026-11-04"]
    for change in (lambda atoms: atoms.pop(1), lambda atoms: atoms[1].update(rightOperand="2026-11-05")):
        broken = json.loads(json.dumps(document))
        change([r for r in broken["obligation"] if r["action"] == "cr:returnResponses"][1]["constraint"])
        with pytest.raises(TermsRefused, match="waits for one day"):
            parse(broken)


def days_of(rule: dict[str, Any]) -> str:
    return next(one["rightOperand"] for one in rule["constraint"] if one["leftOperand"] == "cr:release")


def test_a_lawyer_reads_what_comes_when_and_what_it_is() -> None:
    grant = compiled(made(scores=9))
    said = " ".join(one.text for one in clauses(grant, {"oh": "Ohio", "national": "National"}))
    for sentence in (
        "Scores come back within 9 days.",
        "made comes under its name: scores are what its own models guess, and pass for no voter's word.",
        "Scores wait until 4 November 2026, from which day their time counts.",
    ):
        assert sentence in said
    assert grant_hash(grant) != grant_hash(compiled(made()))
