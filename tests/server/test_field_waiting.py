"""A lead's page of records that wait, do not count or contradict each other: decided with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from doorstep import Phone, calling, hand
from world import World

from commonroll.server.actions import folding
from commonroll.server.models import DoorWord, FieldDecision, FieldEvent, HandOut

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def ann(world: World) -> Phone:
    """Of Rivera, whose lead is Charlie; her phone was taken out."""
    return hand(calling(world)[1], "Ann <b>")


def test_held_records_are_decided_with_a_reason_and_taken_back(
    ann: Phone, world: World, charlie: Client, bob: Client, alice: Client
) -> None:
    page = reverse("field_waiting")
    assert "Nothing waits" in charlie.get(page).content.decode()
    secret = "<script>alert(1)</script>"
    HandOut.objects.update(revoked_at=NOW)
    ann.send(
        ann.event("note", value={"text": secret}), ann.event("answer"), ann.event("attempt", household="h9")
    )
    body = charlie.get(page).content.decode()
    assert "&lt;script&gt;alert" in body and secret not in body and "Ann &lt;b&gt;" in body
    assert "This phone was taken out" in body and "This door is not on your list" in body
    assert "2 wait for your word" in body and "1 does not count" in body
    row = FieldEvent.objects.get(kind="answer")
    to = reverse("field_decide", args=[row.pk])
    for rival in (bob, alice):  # neither the owner nor another member sees any of it
        assert "support_gov" not in rival.get(page).content.decode()
        assert rival.post(to, {"counts": "yes", "reason": "mine"}).status_code == 404
    assert charlie.post(to, {"counts": "yes", "reason": " "}).status_code == 400
    lost = FieldEvent.objects.get(household="h9")
    told = charlie.post(reverse("field_decide", args=[lost.pk]), {"counts": "yes", "reason": "x"})
    assert told.status_code == 400 and "at no door" in told.content.decode()
    assert (
        "I asked her &lt;i&gt;"
        in charlie.post(to, {"counts": "yes", "reason": "I asked her <i>"}, follow=True).content.decode()
    )
    assert folding.run(world.home).put == 1
    made = FieldDecision.objects.get()
    assert bob.post(reverse("field_decision_undo", args=[made.pk])).status_code == 404
    charlie.post(reverse("field_decision_undo", args=[made.pk]))
    row.refresh_from_db()
    assert row.status == "held" and "taken out" in row.reason
    assert folding.run(world.home).withdrawn == 1 and FieldDecision.objects.count() == 2
    assert charlie.post(reverse("field_decision_undo", args=[made.pk])).status_code == 404


def test_of_two_answers_a_lead_says_which_does_not_count(ann: Phone, world: World, charlie: Client) -> None:
    bea = hand(ann.given.turf, "Bea")
    hour = timedelta(hours=1)
    ann.send(ann.event("answer", at=NOW - hour / 2))
    other = bea.event("answer", value={"question": "support_gov", "answer": "5"}, at=NOW - hour / 4)
    bea.send(other)
    folding.run(world.home)
    assert FieldEvent.objects.filter(kept_at=None).count() == 2
    body = charlie.get(reverse("field_waiting")).content.decode()
    assert "Two answers" in body and body.count("support_gov: ") == 2
    row = FieldEvent.objects.get(event=other["id"])
    charlie.post(reverse("field_decide", args=[row.pk]), {"counts": "no", "reason": "the neighbour said it"})
    folding.run(world.home)
    assert FieldEvent.objects.get(kept_at__isnull=False).by == "Ann <b>"
    assert "Two answers" not in charlie.get(reverse("field_waiting")).content.decode()
    assert bea.said(other) == [("rejected", "the neighbour said it")]


def test_the_owner_says_whether_what_was_said_of_its_voters_is_so(
    ann: Phone, world: World, alice: Client, charlie: Client, violet: Client
) -> None:
    ann.send(ann.event("deceased"))
    folding.run(world.home)
    word, page = DoorWord.objects.get(), reverse("field_waiting")
    body = alice.get(page).content.decode()
    assert "a canvasser of Rivera" in body and "It binds nobody yet" in body and "Ann" not in body
    to = reverse("field_word", args=[word.pk])
    assert "Said about" not in charlie.get(page).content.decode()
    assert charlie.post(to, {"so": "yes"}).status_code == 404
    assert violet.post(to, {"so": "yes"}).status_code == 403
    assert "It binds everybody until" in alice.post(to, {"so": "yes"}, follow=True).content.decode()
    assert ann.send().leave == {"h1": ["p1"]}
    assert alice.post(to, {"so": "no", "reason": ""}).status_code == 400
    assert (
        "Said about" not in alice.post(to, {"so": "no", "reason": "she lives"}, follow=True).content.decode()
    )
    assert ann.send().leave == {} and DoorWord.objects.filter(taken_back_why="she lives").count() == 2
