"""A list comes in with source, licence, basis, kind and date, or not at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from claimed import TODAY
from hypothesis import given
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.insight.import_terms import KIND_OF_FACTS, ImportTerms, checked_import
from commonroll.roll.schema import FACT_KINDS, IMPORT_KINDS

GOOD: dict[str, Any] = {
    "kind": "purchased",
    "source": "Acme Data, Columbus",
    "licence": "contract 7: campaign use until 2027",
    "basis": "people agreed to Acme's terms",
    "dated_on": date(2026, 9, 1),
}


def check(**given: Any) -> ImportTerms:
    return checked_import(**{"today": TODAY, **GOOD, **given})


def test_what_an_import_says_is_kept_trimmed() -> None:
    said = check(source="  Acme\u00a0Data,\n Columbus ", dated_on="2026-09-01")
    assert said == ImportTerms(**GOOD)
    assert said.fact_kind == "bought"


@pytest.mark.parametrize("name", ["source", "licence", "basis", "kind", "dated_on"])
@pytest.mark.parametrize(
    "nothing", [None, "", "  ", "-", "N/A", "unknown", "???", "none.", "tbd", "42", "\u200b"]
)
def test_each_must_be_said_and_the_refusal_says_what_to_do(name: str, nothing: str | None) -> None:
    with pytest.raises(Refusal) as refusal:
        check(**{name: nothing})
    assert refusal.value.where == name and refusal.value.next_step
    assert nothing is None or len(nothing.strip()) < 3 or nothing not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("kind", "Purchased", "what kind"),
        ("kind", "facts", "what kind"),
        ("dated_on", "09/01/2026", "of which day"),
        ("dated_on", "2026-02-30", "of which day"),
        ("dated_on", "2026-11-25", "lies ahead"),
        ("dated_on", date(1999, 12, 31), "before 2000"),
        ("licence", "x" * 100 + " " + "y" * 100, "201 characters"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: Any, reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refusal:
        check(**{name: value})
    assert refusal.value.where == name and refusal.value.next_step


@pytest.mark.parametrize(
    "words",
    [
        "scraped from public pages", "SCRAPED", "ＳＣＲＡＰＥＤ", "scra\u00adped", "web-scraping",
        "Web Scraper 3.1", "harvested profiles", "data harvesting", "a crawler of ours", "crawled weekly",
        "friends-of-friends of fans", "Graph API", "leaked in 2021", "the data breach of 2019", "hacked",
        "stolen list", "Cambridge Analytica",
        "follower list of the mayor", "scrâped",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["source", "licence", "basis", "file_name"])
def test_harvested_data_never_comes_in(name: str, words: str) -> None:
    consent = {} if name == "basis" else {"basis": "people signed up and gave consent"}
    with pytest.raises(Refusal, match="never comes in") as refusal:
        check(**{**consent, name: words})
    assert refusal.value.where == name.replace("_", " ") and "Leave the list out" in refusal.value.next_step


@pytest.mark.parametrize(
    ("source", "basis"),
    [
        ("Facebook", "publicly visible profiles"),
        ("LinkedIn connections export", "business contacts"),
        ("social media lists", "legitimate interest"),
        ("x.com", "anybody can read it"),
        ("Instagram fans of the candidate", "without consent, but visible"),
        ("TikTok", "nobody opted out: no opt-in asked"),
        ("Facebook", "they were not asked to"),
    ],
)
def test_a_social_network_is_no_source_unless_people_gave_their_data(source: str, basis: str) -> None:
    with pytest.raises(Refusal, match="never comes in"):
        check(source=source, basis=basis)


@pytest.mark.parametrize(
    ("source", "basis"),
    [
        ("sign-up form linked from our Facebook page", "signed up on the form and asked to be called"),
        ("Facebook lead form, May rally", "opt-in on the form"),
        ("Harvest festival stand, Toledo", "names left on a sheet"),
        ("Scrap metal workers' local 7", "members agreed by their union's rules"),
        ("pub crawl for volunteers", "signed up at the bar"),
        ("Petition on Main Street", "signed it"),
        ("Ms. X. Committee", "they joined"),
    ],
)
def test_words_that_only_look_like_it_come_in(source: str, basis: str) -> None:
    assert check(source=source, basis=basis).source == source


def test_every_kind_of_import_has_a_kind_of_facts() -> None:
    assert tuple(KIND_OF_FACTS) == IMPORT_KINDS
    assert set(KIND_OF_FACTS.values()) <= set(FACT_KINDS)


@given(st.fixed_dictionaries({name: st.text(max_size=30) for name in GOOD}))
def test_any_words_are_taken_or_refused(said: dict[str, str]) -> None:
    try:
        terms = check(**said)
    except Refusal as refusal:
        assert refusal.where and refusal.next_step
    else:
        again = {name: getattr(terms, name) for name in GOOD}
        assert check(**again) == terms
