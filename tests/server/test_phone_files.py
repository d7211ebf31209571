"""Files that phones saved and could not send: taken in once, judged as if sent, and nobody else's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from doorstep import Phone, calling, hand, turf_of
from world import World

from commonroll.field import sealing
from commonroll.server import field_keys
from commonroll.server.actions import folding
from commonroll.server.models import FieldEvent, HandOut, Turf

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def turf(world: World) -> Turf:
    return calling(world)[1]


@pytest.fixture
def ann(turf: Turf) -> Phone:
    return hand(turf, "Ann")


def saved(world: World, phone: Phone, *events: dict[str, Any], **more: Any) -> bytes:
    """As phones save it: each record sealed, with the reason why it was not taken."""
    key = field_keys.sealing_key(world.home).public_key()
    sealed = [sealing.seal(one, key).as_dict() | {"rejected": "no room"} for one in events]
    return json.dumps({"device": str(phone.given.device), "events": sealed} | more).encode()


def brings(who: Client, raw: bytes) -> tuple[int, str]:
    form = {"file": SimpleUploadedFile("../../answers.json", raw)}
    came = who.post(reverse("field_bring"), form, follow=True)
    return came.status_code, unescape(came.content.decode())


def test_a_file_is_taken_in_once(ann: Phone, world: World, charlie: Client) -> None:
    sent = ann.event("attempt")
    raw = saved(world, ann, sent, ann.event("answer"), ann.event("answer", household="h9"), token="x")
    ann.send(sent)
    status, body = brings(charlie, raw)
    assert status == 200 and "3 records, 1 new, 1 known already. 1 not taken: This door is not on" in body
    assert "3 records, 2 known already" in brings(charlie, raw)[1]
    assert FieldEvent.objects.count() == 3
    assert folding.run(world.home).put == 1
    ann.given.refresh_from_db()
    assert ann.given.seen_at is None, "a file is no contact of the phone"


def test_a_file_of_a_turf_that_is_over_says_so(ann: Phone, world: World, charlie: Client) -> None:
    before, after = ann.event("attempt", at=datetime.now(UTC) - HOUR / 2), ann.event("attempt")
    HandOut.objects.update(returned_at=datetime.now(UTC) - HOUR / 4)
    body = brings(charlie, saved(world, ann, before, after))[1]
    assert "2 records, 1 new, 1 held for your word" in body and "this turf was handed back" in body
    HandOut.objects.update(revoked_at=datetime.now(UTC), returned_at=None)
    body = brings(charlie, saved(world, ann, ann.event("answer")))[1]
    assert "1 held" in body and "taken out of your hands" in body


def test_nobody_brings_anothers_file(
    ann: Phone, world: World, alice: Client, violet: Client, charlie: Client
) -> None:
    raw = saved(world, ann, ann.event("attempt"))
    assert brings(violet, raw)[0] == 403
    status, body = brings(alice, raw)
    assert status == 400 and "of no phone that walks for Ohio" in body and "Ann" not in body
    theirs = hand(turf_of(world.member("oh"), world.member("oh"), "Ohio's own"), "Olga")
    forged = json.loads(raw) | {"device": str(theirs.given.device)}
    assert brings(charlie, json.dumps(forged).encode())[0] == 400
    other = hand(ann.given.turf, "Bea")
    moved = json.loads(raw) | {"device": str(other.given.device)}
    assert "1 not taken: This was recorded for another turf" in brings(charlie, json.dumps(moved).encode())[1]
    assert not FieldEvent.objects.filter(status="ok").exists()


def test_a_damaged_file_says_what_is_wrong_with_it(ann: Phone, world: World, charlie: Client) -> None:
    raw = saved(world, ann, ann.event("attempt"), ann.event("answer"))
    for bad, said in (
        (raw[:-40], "cut off"), (b"\xff\xfe", "cut off"), (b"[" * 200_000, "cut off"),
        (b"9" * 9_000, "cut off"), (json.dumps(json.loads(raw) | {"z": 1}).encode(), "not a file"),
        (b"[]", "not a file that a phone saved"), (b'{"device": 7, "events": []}', "not a file"),
        (b'{"device": "x", "events": []}', "which phone"),
    ):  # fmt: skip
        status, body = brings(charlie, bad)
        assert status == 400 and said in body, said
    half = json.loads(raw)
    half["events"][0]["ct"] = half["events"][0]["ct"][:-8]
    half["events"] += [None, 7, {}]
    body = brings(charlie, json.dumps(half).encode())[1]
    assert "5 records, 1 new. 4 not taken: This record cannot be opened" in body
    assert charlie.post(reverse("field_bring")).status_code == 400
