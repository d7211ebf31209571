"""Flags are for leads and for whoever walked; both have their word, and no number changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from field_walks import Walk, walk
from world import MACHINE, World

from commonroll.server.actions import field_flags, hand_outs, walk_numbers
from commonroll.server.models import FieldFlag, FlagWord

pytestmark = pytest.mark.django_db


@pytest.fixture
def hurried(world: World) -> Walk:
    """Ann records twelve conversations at 30 s each, Bob walks as people walk."""
    found = walk(world)
    for n in range(12):
        found.knock("Ann", n % 6 + 1, "talked", turf=n // 6 + 1, minute=n * 0.6)
        found.knock("Bob", n % 6 + 1, turf=n // 6 + 1, minute=n * 2)
    return found


class Phone:
    """A device of a walker, as it asks."""

    def __init__(self, world: World, walked: Walk, walker: str, turf: int = 1) -> None:
        self.hand_out, self.client = walked.hand_out(walker, turf), Client()
        self.bearer = {"Authorization": f"Bearer {self.hand_out.device.hex}.{walker}"}
        self.hand_out.token_hash = hand_outs._hash(hand_outs._sends(walker))
        self.hand_out.save()

    def get(self) -> dict:  # type: ignore[type-arg]
        answer = self.client.get(reverse("api_field_flags"), headers=self.bearer)
        return {"status": answer.status_code} | answer.json()

    def reply(self, **body: object) -> dict:  # type: ignore[type-arg]
        answer = self.client.post(
            reverse("api_field_reply"),
            body,
            "application/json",
            headers=self.bearer,
        )
        return {"status": answer.status_code} | answer.json()


def test_asked_answered_settled(world: World, hurried: Walk, charlie: Client, alice: Client) -> None:
    before = walk_numbers.walked(home=world.home, member=world.member("rivera"), by=MACHINE).total
    page = charlie.get(reverse("field_flags")).content.decode()
    assert "Too little time" in page and "conversations took" in page and "Bob" not in page
    ann, bob = Phone(world, hurried, "Ann"), Phone(world, hurried, "Bob")
    (flag,) = ann.get()["flags"]
    assert flag["sentence"] in page and flag["words"] == [] and not flag["settled"]
    assert bob.get()["flags"] == []
    assert bob.reply(flag=flag["id"], text="not mine")["status"] == 404
    mine = {"flag": flag["id"]}
    for wrong in (mine | {"text": " "}, mine | {"text": "x" * 1001}, {"flag": "1"}):
        assert ann.reply(**wrong)["status"] in (400, 404)
    said = ann.reply(flag=flag["id"], text="We were <two>, one spoke and one typed.")
    assert said["flag"]["words"][0]["by"] == "you"
    assert "We were &lt;two&gt;" in charlie.get(reverse("field_flags")).content.decode()
    assert alice.post(reverse("field_flag_settle", args=[flag["id"]]), {"word": "hm"}).status_code == 404
    assert "Ann" not in alice.get(reverse("field_flags")).content.decode()
    settled = charlie.post(
        reverse("field_flag_settle", args=[flag["id"]]), {"word": "A pair, fine."}, follow=True
    )
    assert "Settled, or no longer so" in settled.content.decode()
    (now,) = ann.get()["flags"]
    assert now["settled"] and [word["by"] for word in now["words"]] == ["you", "your lead"]
    charlie.post(reverse("field_flag_reopen", args=[flag["id"]]))
    assert FieldFlag.objects.get(pk=flag["id"]).settled_at is None and FlagWord.objects.count() == 2
    assert walk_numbers.walked(home=world.home, member=world.member("rivera"), by=MACHINE).total == before


def test_what_is_no_longer_so_keeps_its_words(world: World, hurried: Walk) -> None:
    ann = Phone(world, hurried, "Ann")
    (flag,) = ann.get()["flags"]
    ann.reply(flag=flag["id"], text="A pair.")
    for event in hurried.hand_out("Ann", 2).events.all():
        event.status = "held"
        event.save()
    (now,) = ann.get()["flags"]
    assert not now["so"] and len(now["words"]) == 1
    (kept,) = field_flags.look(member=world.member("rivera"), by=MACHINE)
    assert kept.gone_at is not None


def test_a_returned_turf_may_still_be_answered_for_and_a_lost_phone_not(world: World, hurried: Walk) -> None:
    ann = Phone(world, hurried, "Ann")
    ann.hand_out.returned_at = timezone.now() - timedelta(days=2)
    ann.hand_out.save()
    assert len(ann.get()["flags"]) == 1
    ann.hand_out.revoked_at = timezone.now()
    ann.hand_out.save()
    assert ann.get()["status"] == 410 and ann.reply(flag=1, text="x")["status"] == 410
