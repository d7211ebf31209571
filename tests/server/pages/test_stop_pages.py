"""The page Stop: who sees what of it, a list tried before it is heard, and undone as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from world import MACHINE, World

from commonroll.server.actions import stops
from commonroll.server.models import Stop

pytestmark = pytest.mark.django_db
PAGE = "/give-and-get/stops"


def brought(client: Client, text: bytes, **more: Any) -> Any:
    return client.post(
        f"{PAGE}/bring", {"file": SimpleUploadedFile("old.csv", text), "channel": "all"} | more
    )


def test_a_list_is_heard_after_it_was_seen_and_taken_back_as_one(world: World, alice: Client) -> None:
    told = brought(alice, b"phone,email\n614 555 0142,\n,a@stops.example\n12,\n")
    assert told.status_code == 200 and b"Nothing has happened yet" in told.content
    assert not Stop.objects.exists() and b"614 555 0142" not in told.content
    assert alice.post(f"{PAGE}/decide", {"word": "hear"}).status_code == 302
    assert set(Stop.objects.values_list("heard_by__key", "by", "source", "file")) == {
        ("oh", "alice@example.org", "import", "old.csv")
    }
    assert alice.post(f"{PAGE}/decide", {"word": "hear"}).status_code == 404  # it is decided
    assert not list((world.home.uploads / "stops").iterdir())
    act = Stop.objects.first()
    assert act is not None
    assert alice.post(f"{PAGE}/{act.act}/undo", {"reason": ""}).status_code == 400
    assert alice.post(f"{PAGE}/{act.act}/undo", {"reason": "last year's"}).status_code == 302
    assert b"last year&#x27;s" in alice.get(PAGE).content


def test_a_list_that_is_dropped_did_nothing(world: World, alice: Client) -> None:
    brought(alice, b"phone\n614 555 0142\n")
    alice.post(f"{PAGE}/decide", {"word": "drop"})
    assert not Stop.objects.exists() and not list((world.home.uploads / "stops").iterdir())


def test_what_is_no_list_is_refused_beside_the_form(world: World, alice: Client) -> None:
    for text in (b"", b"x\n1\n", b"phone\n\xff\n", b"phone\n\x00\n", b'phone\n"open\n'):
        told = brought(alice, text)
        assert told.status_code == 400 and b"Next: " in told.content
    assert not list((world.home.uploads / "stops").iterdir())


def test_an_analyst_hears_and_a_lead_takes_back_and_looks_up(
    world: World, bob: Client, nadia: Client
) -> None:
    said = {"kind": "phone", "value": "614 555 0142", "channel": "text"}
    assert bob.post(f"{PAGE}/add", said).status_code == 302
    act = Stop.objects.get().act
    assert bob.post(f"{PAGE}/{act}/undo", {"reason": "x"}).status_code == 403
    assert bob.post(f"{PAGE}/look", said).status_code == 403
    assert b"Look up" not in bob.get(PAGE).content
    assert brought(bob, b"phone\n6145550143\n", protected="1").status_code == 403
    assert b"by text message" in nadia.post(f"{PAGE}/look", said).content
    assert nadia.post(f"{PAGE}/{act}/undo", {"reason": "x", "request": "1 "}).status_code == 404
    assert nadia.post(f"{PAGE}/{act}/undo", {"reason": "x", "request": "1"}).status_code == 302


def test_charlie_sees_that_a_number_stopped_and_nothing_of_who_heard_it(
    world: World, charlie: Client
) -> None:
    asked = [stops.read("phone", "614 555 0142")]
    stops.hear(
        home=world.home,
        asked=asked,
        source="text",
        heard_by=world.member("oh"),
        by=MACHINE,
        file="QUAGGA.csv",
    )
    page = charlie.get(PAGE).content
    assert b"You heard nobody yet" in page and b"QUAGGA" not in page
    told = charlie.post(f"{PAGE}/look", {"kind": "phone", "value": "6145550142"}).content
    assert b"Another member" in told and b"QUAGGA" not in told and b"Ohio" not in told
    act = Stop.objects.get().act
    assert charlie.post(f"{PAGE}/{act}/undo", {"reason": "x"}).status_code == 404
    assert charlie.post(f"{PAGE}/add", {"kind": "person", "value": "OH1"}).status_code == 400


NO_STOPS: tuple[dict[str, str], ...] = (
    {}, {"kind": "dog", "value": "x"}, {"kind": "phone", "value": "x"}, {"kind": "phone", "value": ""},
    {"kind": "phone", "value": "6145550142", "channel": "mail"}, {"kind": "email", "value": "\0"},
    {"kind": "person", "value": "x" * 99}, {"kind": "person", "value": " "},
    {"kind": "address", "value": "12 Main St"},
)  # fmt: skip


def test_what_is_no_stop_is_refused_beside_its_form(world: World, alice: Client) -> None:
    for said in NO_STOPS:
        told = alice.post(f"{PAGE}/add", said)
        assert told.status_code == 400 and b"Next: " in told.content, said
    assert not Stop.objects.exists()
