"""The matrix: what stands between two members for a purpose, and who is told that it does."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.server.actions import agreement_events, agreements
from commonroll.server.models import Agreement, Member
from commonroll.server.overriding import Overrides
from commonroll.server.pages import dealings

pytestmark = pytest.mark.django_db


def said(client: Client, **query: str) -> str:
    answer = client.get(reverse("matrix"), query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def state(purpose: str, owner: str = "oh", recipient: str = "rivera") -> str:
    parties = [Member.objects.get(key=key) for key in (owner, recipient)]
    now = timezone.now()
    refused = dealings.refused(parties[0], parties[1], Overrides.all(), now)
    return dealings.cell(parties[0], parties[1], purpose, dealings.of_member(parties[0], now), refused).state


def signed(agreement: Agreement, key: str) -> None:
    agreements.sign(
        home=settings.HOME, agreement=agreement, member=Member.objects.get(key=key),
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip


def event(agreement: Agreement, key: str = "oh", **how: object) -> dict[str, object]:
    return {"home": settings.HOME, "agreement": agreement, "member": Member.objects.get(key=key),
            "passphrase": PASSPHRASE, "by": MACHINE, **how}  # fmt: skip


def test_a_cell_follows_the_life_of_its_agreement(world: World) -> None:
    seen = [state("gotv")]
    ohio, rivera = world.member("oh"), world.member("rivera")
    text = agreements.draft(owner=ohio, recipient=rivera, wishes=wishes(), by=MACHINE)
    seen.append(state("gotv"))
    signed(text, "oh")
    seen.append(state("gotv"))
    signed(text, "rivera")
    seen.append(state("gotv"))
    agreement_events.suspend(**event(text, cause="breach"))  # type: ignore[arg-type]
    seen.append(state("gotv"))
    agreement_events.resume(**event(text))  # type: ignore[arg-type]
    agreement_events.revoke(**event(text, cause="breach"))  # type: ignore[arg-type]
    seen.append(state("gotv"))
    assert seen == ["none", "draft", "offered", "force", "suspended", "ended"]


@pytest.mark.parametrize(("begins", "days", "found"), [(0, 30, "soon"), (0, 32, "force"), (5, 100, "later")])
def test_days_make_the_difference(world: World, begins: int, days: int, found: str) -> None:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    agree("oh", "rivera", start=today + timedelta(days=begins), until=today + timedelta(days=days))
    assert state("gotv") == found


def test_a_member_that_the_federation_suspends_gets_nothing(world: World) -> None:
    agree("oh", "rivera")
    Member.objects.filter(key="rivera").update(suspended_at=timezone.now())
    assert state("gotv") == "suspended"


def test_what_the_law_refuses_is_not_merely_missing(world: World) -> None:
    assert (state("fundraising", "wa"), state("fundraising", "oh")) == ("law", "none")


def test_both_parties_see_it_and_nobody_else(
    world: World, alice: Client, bob: Client, charlie: Client
) -> None:
    assert "What Ohio gives 1 member may use its voters now." in said(alice)
    assert "It may use the voters of 2 owners now." in said(bob)
    assert "National" in said(alice) and "Washington" in said(bob)
    nothing = said(charlie)
    assert "Nothing is in force." in nothing
    assert "National" not in nothing and "until" not in nothing


def test_one_purpose_alone(alice: Client) -> None:
    page = alice.get(reverse("matrix"), {"only": "research"}).content.decode()
    assert 'data-label="Research"' in page and 'data-label="Persuasion"' not in page


def test_why_is_told_to_each_in_its_own_words(alice: Client, bob: Client) -> None:
    asked = {"owner": "oh", "recipient": "national", "purpose": "gotv", "column": "voters.last_name"}
    assert "Seen. National sees last name of Ohio's voters because of clause 2 of agreement 1" in said(
        alice, **asked
    )
    assert "Seen. You see last name of Ohio's voters because of clause 2 of agreement 1" in said(bob, **asked)
    denied = said(alice, **(asked | {"purpose": "research"}))
    assert "no agreement in force lets National use them for research" in denied


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"owner": "oh", "recipient": "national", "purpose": "gotv"}, 404),
        ({"owner": "oh", "recipient": "nobody", "purpose": "gotv"}, 404),
        ({"owner": "rivera", "recipient": "rivera", "purpose": "gotv"}, 404),
        ({"owner": "oh", "recipient": "rivera", "purpose": "challenge"}, 400),
        ({"owner": "oh", "recipient": "rivera", "purpose": "gotv", "column": "voters.phne"}, 400),
    ],
)
def test_a_cell_of_others_or_of_nothing_is_none(charlie: Client, query: dict[str, str], status: int) -> None:
    assert charlie.get(reverse("matrix"), query).status_code == status


def test_a_piece_of_the_page_alone_for_the_dialog(alice: Client) -> None:
    query = {"owner": "oh", "recipient": "national", "purpose": "gotv"}
    part = alice.get(reverse("matrix"), query, headers={"HX-Request": "true"}).content.decode()
    assert "<main" not in part and "Why, or why not?" in part
