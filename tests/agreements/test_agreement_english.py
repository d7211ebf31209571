"""Plain English, rendered from the compiled form: golden texts that both sides read before they sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from drafts import OHIO, compilable, drafts, ohio
from hypothesis import given, settings

from commonroll.agreements.compare import compare
from commonroll.agreements.compile import Grant, compile_terms
from commonroll.agreements.english import sentences
from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import ContactQuota, Terms
from commonroll.agreements.words import day, label, spoken
from commonroll.roll.schema import GRANTABLE

NAMES = {"oh": "Ohio", "national": "National", "wa": "Washington"}


def compiled(terms: Terms, state: str = "OH", signed: bool = False) -> Grant:
    return compile_terms(terms, law=packs_for(state), state=state, signed=signed)


def test_ohio_lets_national() -> None:
    assert sentences(compiled(OHIO), NAMES) == [
        "Ohio lets National use 10 columns of its voter file for get out the vote and persuasion from "
        "1 December 2026 until 30 June 2027 (excluded): counties 39049, 39061 and 39113; active and inactive "
        "voters.",
        "The columns: birth year, county code, first name, last name, party, phone, precinct, registered on, "
        "state voter id, status.",
        "Birth year as a decade.",
        "Counts, lists on screen, contact inside Commonroll and exports of at most 300,000 rows, four a day.",
        "At most 3 contacts per household in 30 days. After an export that binds by contract, and is held "
        "against what comes back.",
        "No onward sharing, sale, transfer or commercial use; no removal of marks; nobody is identified from "
        "counts or pseudonyms. Data stays in the United States.",
        "All copies deleted within 7 days of the end, in writing.",
        "Answers come back within 7 days; opt-outs at once.",
        "A breach reported within 48 hours.",
        "Ohio may end it with 14 days' notice, at once for breach, law or safety.",
        "Autodialled or prerecorded calls and texts to mobile phones need prior express consent, which the "
        "caller must prove; dialling by hand does not. (US-2, 47 U.S.C. 227 (TCPA))",
        "Election and political purposes only; no commercial use, no sale, no transfer. (DEFAULT-2, "
        "Commonroll default for states without a reviewed pack)",
        "Treated as limited to election-related, non-commercial use until counsel has checked the Revised "
        "Code. (OH-1, Not stated in the state's file documentation (2018-04-12))",
        "Law unreviewed: no counsel has checked US-2, DEFAULT-1, DEFAULT-2 and OH-1.",
    ]


def test_the_smallest_agreement() -> None:
    terms = ohio(
        purposes=("research",), modes=("count",), columns=("voters.party",), masks={}, rows={},
        start=datetime(2026, 12, 1, 6, tzinfo=UTC), notice_days=1,
    )  # fmt: skip
    text = sentences(compile_terms(terms, law=(), state="OH"), {})
    assert text[0] == (
        "oh lets national use 1 column of its voter file for research from 1 December 2026, 06:00:00 UTC "
        "until 30 June 2027 (excluded): the whole file."
    )
    assert text[2] == "Counts, nothing else."
    assert "oh may end it with 1 day's notice, at once for breach, law or safety." in text


def test_what_law_took_is_said_with_rule_and_citation() -> None:
    terms = ohio(owner="wa", purposes=("fundraising", "gotv"), rows={"party": ("DEM",)})
    text = sentences(compiled(terms, "WA", signed=True), NAMES)
    assert text[0].startswith(
        "Washington lets National use 10 columns of its voter file for get out the vote from"
    )
    assert (
        "Taken out by law (WA-1, RCW 29A.08.720, 29A.08.740; 42.56.070): purpose fundraising. Political "
        "purposes only; no advertising or solicitation. A breach is a class C felony."
    ) in text


@settings(max_examples=60, deadline=None)
@given(drafts().map(compilable))
def test_every_grant_can_be_said_and_names_its_columns(terms: Terms) -> None:
    grant = compiled(terms)
    text = " ".join(sentences(grant, NAMES))
    assert all(label(column) in text for column in grant.columns)
    assert not any(column in text for column in grant.columns) and "None" not in text


def test_every_column_has_words_of_its_own() -> None:
    words = [label(column) for column in GRANTABLE]
    assert len(set(words)) == len(words)


def test_words() -> None:
    assert spoken(["a"]) == "a"
    assert spoken(["a", "b", "c"]) == "a, b and c"
    assert day(datetime(2027, 6, 30, tzinfo=UTC)) == "30 June 2027"


def test_two_agreements_side_by_side() -> None:
    new = ohio(
        purposes=("gotv",),
        modes=("contact", "count", "view"),
        columns=(*OHIO.columns[1:], "voters.email"),
        masks={"voters.phone": "last4"},
        rows={},
        until=datetime(2027, 12, 31, tzinfo=UTC),
        contact=(ContactQuota(1, "voter", 30),),
        notice_days=30,
    )
    assert compare(compiled(OHIO), compiled(new), NAMES) == [
        "Left out: purpose persuasion.",
        "Left out: use rows that leave, as a file or a share.",
        "Added: column email.",
        "Left out: column birth year.",
        "Phone is now shown as its last four characters, before in full.",
        "The rows are now the whole file, before counties 39049, 39061 and 39113; active and inactive "
        "voters.",
        "The end is now 31 December 2027, before 30 June 2027.",
        "New: Counts, lists on screen and contact inside Commonroll.",
        "New: At most 1 contact per voter in 30 days.",
        "No longer: Counts, lists on screen, contact inside Commonroll and exports of at most 300,000 rows, "
        "four a day.",
        "No longer: At most 3 contacts per household in 30 days.",
        "New: Ohio may end it with 30 days' notice, at once for breach, law or safety.",
        "No longer: Ohio may end it with 14 days' notice, at once for breach, law or safety.",
    ]


def test_the_same_agreement_differs_in_nothing() -> None:
    assert compare(compiled(OHIO), replace(compiled(OHIO), number=4), NAMES) == []


def test_a_column_of_ones_own_facts_has_words_in_the_log() -> None:
    assert label("facts.turnout_score") == "facts: turnout score"
