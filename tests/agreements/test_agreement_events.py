"""What happens to a signed agreement: who may say it, in which order, and what it makes of the agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from drafts import ohio
from hypothesis import given
from hypothesis import strategies as st
from test_agreement_signing import DATA, DOCUMENT, FORTNIGHT, GA, NATL, NOW, STRANGER

from commonroll.agreements.events import (
    Event,
    OutOfOrder,
    amendment,
    check_blackout,
    check_event,
    condition,
    expiry,
    parse_event,
    resumption,
    revocation,
    sign_event,
    suspension,
    verify_event,
)
from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.terms import to_document
from commonroll.errors import Refusal
from commonroll.notes import Signer, canonical

HOUR = timedelta(hours=1)
NEW = to_document(ohio(id="urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a04", owner="ga", recipient="natl"))
SUSPENDED = suspension(DOCUMENT, by="ga", cause="breach", issued=NOW)
FIRST = parse_event(SUSPENDED, DOCUMENT)
RESUMED = resumption(DOCUMENT, by="ga", issued=NOW + HOUR, events=[FIRST])
SECOND = parse_event(RESUMED, DOCUMENT)
AGAIN = parse_event(
    suspension(DOCUMENT, by="ga", cause="law", issued=NOW + 2 * HOUR, events=[FIRST, SECOND]), DOCUMENT
)
AMENDED = amendment(DOCUMENT, NEW, issued=NOW, effective=NOW + HOUR)
EXPIRED = expiry(DOCUMENT, until=datetime(2027, 6, 30, tzinfo=UTC))
TOO_SOON = EXPIRED | {"effective": AMENDED["effective"]}
NODE = replace(STRANGER, name="ga.commonroll.example/log/ga")


def read(event: dict[str, Any], *signers: Signer) -> Event:
    return verify_event(canonical(event), sign_event(event, *signers), DATA, GA.vkey, NATL.vkey, NODE.vkey)


@pytest.mark.parametrize(
    ("event", "signers", "taken"),
    [
        (SUSPENDED, (GA,), True),
        (SUSPENDED, (NATL,), False),
        (SUSPENDED, (GA, NATL), False),
        (SUSPENDED, (STRANGER,), False),
        (RESUMED, (GA,), True),
        (RESUMED, (NATL,), False),
        (AMENDED, (GA, NATL), True),
        (AMENDED, (GA,), False),
        (AMENDED, (NATL,), False),
        (AMENDED, (GA, STRANGER), False),
        (EXPIRED, (NODE,), True),
        (EXPIRED, (GA,), False),
        (TOO_SOON, (NODE,), False),
    ],
)  # fmt: skip
def test_who_signs_what(event: dict[str, Any], signers: tuple[Signer, ...], taken: bool) -> None:
    if taken:
        assert read(event, *signers).kind == event["event"]
    else:
        with pytest.raises(Refusal):
            read(event, *signers)


@pytest.mark.parametrize("event", [SUSPENDED, RESUMED, AMENDED, EXPIRED], ids=lambda e: e["event"])
def test_an_event_says_only_what_its_kind_says(event: dict[str, Any]) -> None:
    for key in event:
        with pytest.raises(TermsRefused):
            parse_event({k: v for k, v in event.items() if k != key}, DOCUMENT)
        with pytest.raises(TermsRefused):
            parse_event({**event, key: "something else"}, DOCUMENT)
    with pytest.raises(TermsRefused):
        parse_event({**event, "remark": "free text"}, DOCUMENT)


def test_the_recipient_neither_suspends_nor_resumes() -> None:
    with pytest.raises(TermsRefused):
        suspension(DOCUMENT, by="natl", cause="breach", issued=NOW)
    with pytest.raises(TermsRefused, match="owner alone"):
        resumption(DOCUMENT, by="natl", issued=NOW, events=[FIRST])


ENDS = [
    parse_event(revocation(DOCUMENT, by="ga", cause="law", issued=NOW, notice=FORTNIGHT), DOCUMENT),
    parse_event(AMENDED, DOCUMENT),
    parse_event(EXPIRED, DOCUMENT),
]
LATER = parse_event(
    revocation(DOCUMENT, by="ga", cause="convenience", issued=NOW, notice=FORTNIGHT), DOCUMENT
)

ORDER: list[tuple[str, Event, list[Event], str]] = [
    ("a first suspension", FIRST, [], ""),
    ("sent again", FIRST, [FIRST], "entered before"),
    ("sent again after it was lifted", FIRST, [FIRST, SECOND], "entered before"),
    ("lifted", SECOND, [FIRST], ""),
    ("lifted before it came", SECOND, [], "not suspended"),
    ("suspended again", AGAIN, [FIRST, SECOND], ""),
    ("the second suspension first", AGAIN, [], "follows another"),
    ("the second suspension while the first stands", AGAIN, [FIRST], "suspended already"),
    ("suspended during the notice", FIRST, [LATER], ""),
    ("suspended after the end", AGAIN, [FIRST, SECOND, ENDS[0]], "ended already"),
    ("revoked while suspended", LATER, [FIRST], ""),
    ("a sooner end", ENDS[0], [LATER], ""),
    ("a later end", LATER, [ENDS[0]], "ended already"),
    ("amended after the end", ENDS[1], [ENDS[0]], "ended already"),
    ("run out after it was amended", ENDS[2], [ENDS[1]], "ended already"),
    ("another agreement's end is no matter", FIRST, [replace(ENDS[0], agreement="urn:uuid:x")], ""),
]


@pytest.mark.parametrize(("case", "event", "before", "refused"), ORDER, ids=[row[0] for row in ORDER])
def test_what_may_follow_what(case: str, event: Event, before: list[Event], refused: str) -> None:
    if not refused:
        check_event(event, before)
        return
    with pytest.raises(OutOfOrder, match=refused):
        check_event(event, before)


def test_nobody_speaks_from_the_future() -> None:
    check_event(FIRST, [], now=NOW)
    with pytest.raises(OutOfOrder, match="future"):
        check_event(FIRST, [], now=NOW - HOUR)


BLACKOUT = (NOW + 10 * HOUR, NOW + 400 * HOUR)


@pytest.mark.parametrize(
    ("cause", "at_once", "issued", "effective"),
    [
        ("convenience", False, NOW, BLACKOUT[1]),
        ("convenience", True, NOW, NOW),
        ("convenience", True, NOW + 10 * HOUR, BLACKOUT[1]),
        ("convenience", True, NOW + 399 * HOUR, BLACKOUT[1]),
        ("convenience", True, NOW + 400 * HOUR, BLACKOUT[1]),
        ("convenience", False, NOW + 100 * HOUR, NOW + 100 * HOUR + FORTNIGHT),
        ("breach", False, NOW + 10 * HOUR, NOW + 10 * HOUR),
        ("law", False, NOW + 10 * HOUR, NOW + 10 * HOUR),
        ("safety", False, NOW + 10 * HOUR, NOW + 10 * HOUR),
    ],
)
def test_no_cut_without_cause_inside_the_blackout(
    cause: Any, at_once: bool, issued: datetime, effective: datetime
) -> None:
    event = revocation(
        DOCUMENT, by="ga", cause=cause, issued=issued, notice=FORTNIGHT, at_once=at_once, blackout=BLACKOUT
    )
    read = parse_event(event, DOCUMENT)
    assert read.effective == effective
    check_blackout(read, BLACKOUT)


def test_a_revocation_or_suspension_signed_into_the_blackout_is_refused() -> None:
    inside = BLACKOUT[0] + HOUR
    for event in (
        revocation(DOCUMENT, by="ga", cause="convenience", issued=inside, notice=FORTNIGHT, at_once=True),
        suspension(DOCUMENT, by="ga", cause="convenience", issued=inside),
    ):
        with pytest.raises(TermsRefused, match="without cause"):
            check_blackout(parse_event(event, DOCUMENT), BLACKOUT)
        check_blackout(parse_event(event, DOCUMENT), None)
    suspended = suspension(DOCUMENT, by="ga", cause="safety", issued=inside)
    check_blackout(parse_event(suspended, DOCUMENT), BLACKOUT)


# What events make of an agreement, against a slow reading of the specification


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Events that were entered one after the other, some attempts among them refused."""
    entered: list[Event] = []
    at = NOW
    for _ in range(draw(st.integers(0, 7))):
        at += timedelta(hours=draw(st.integers(0, 5)))
        kind = draw(st.sampled_from(["suspend", "resume", "revoke", "give notice", "amend"]))
        event = {
            "suspend": lambda at=at: suspension(DOCUMENT, by="ga", cause="law", issued=at, events=entered),
            "resume": lambda at=at: resumption(DOCUMENT, by="ga", issued=at, events=entered),
            "revoke": lambda at=at: revocation(DOCUMENT, by="ga", cause="law", issued=at, notice=5 * HOUR),
            "give notice": lambda at=at: revocation(
                DOCUMENT, by="ga", cause="convenience", issued=at, notice=5 * HOUR
            ),
            "amend": lambda at=at: amendment(DOCUMENT, NEW, issued=at, effective=at + 3 * HOUR),
        }[kind]()
        read = parse_event(event, DOCUMENT)
        try:
            check_event(read, entered, now=at)
        except OutOfOrder:
            continue
        entered.append(read)
    return entered


def told(life: list[Event], moment: datetime) -> str:
    """The life, told from its beginning: what was said last holds, an end holds for good."""
    now = "standing"
    for event in life:
        if event.ends and event.effective <= moment:
            return "ended"
        if event.kind == "Suspended" and event.issued <= moment:
            now = "suspended"
        if event.kind == "Resumed" and event.issued <= moment:
            now = "standing"
    return now


@given(lives(), st.integers(-1, 40))
def test_a_life_reads_the_same_in_any_order(life: list[Event], hours: int) -> None:
    moment = NOW + hours * HOUR
    expected = told(life, moment)
    for order in list(permutations(life))[:24]:
        assert condition(order, DOCUMENT["@id"], moment) == expected


@given(lives(), st.integers(0, 40), st.integers(0, 40))
def test_what_has_ended_stays_ended(life: list[Event], one: int, more: int) -> None:
    if condition(life, DOCUMENT["@id"], NOW + one * HOUR) == "ended":
        assert condition(life, DOCUMENT["@id"], NOW + (one + more) * HOUR) == "ended"
