"""Addresses and places: the owner's own, made after each load, placed by points that the owner brings."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.errors import Refusal
from commonroll.roll.places.places import being_made, places
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import places as actions
from commonroll.server.actor import Actor, Forbidden, Unknown

pytestmark = pytest.mark.django_db

POINTS = b"lon,lat,number,street,zip\n-81.5,41.0,1,MAIN ST,44301\n-81.5,41.1,99,MAIN ST,44301\n"


def oh(world: World) -> Vault:
    return Vault(world.home.vaults, "oh")


def test_the_owner_reads_addresses_and_sees_them(world: World, alice: Client) -> None:
    made = actions.make(home=world.home, of=world.member("oh"), by=Actor.of(world.user("alice")))
    assert made.addresses > 0
    page = alice.get(reverse("addresses")).content.decode()
    assert f"{made.households:,} households" in page
    assert f"{made.households:,} households" in alice.get(reverse("roll")).content.decode()


def test_nobody_else_reads_them(world: World, bob: Client, charlie: Client) -> None:
    for person, error in (("bob", Unknown), ("charlie", Unknown), ("violet", Forbidden)):
        by = Actor.of(world.user(person))
        with pytest.raises(error):
            actions.make(home=world.home, of=world.member("oh"), by=by)
        with pytest.raises(error):
            actions.unsure(home=world.home, of=world.member("oh"), most=5, by=by)
    for client in (bob, charlie):
        assert "MAIN" not in client.get(reverse("addresses")).content.decode()


def test_a_viewer_sees_figures_but_no_line(world: World, violet: Client) -> None:
    actions.make(home=world.home, of=world.member("oh"), by=Actor.of(world.user("alice")))
    page = violet.get(reverse("addresses")).content.decode()
    assert "households" in page
    assert "Streets that may be read otherwise" not in page
    assert 'type="file"' not in page


def test_points_come_with_a_form_and_leave_no_upload_behind(world: World, alice: Client) -> None:
    answer = alice.post(
        reverse("addresses_points"), {"points": SimpleUploadedFile("../../summit.csv", POINTS)}, follow=True
    )
    assert "2 of 2 rows are address points" in answer.content.decode()
    assert not list(world.home.uploads.iterdir())
    assert len(list(oh(world).path.glob("points/*.parquet"))) == 1


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01\x02" * 100])
def test_a_file_without_points_is_refused_on_the_page(world: World, alice: Client, content: bytes) -> None:
    sent = {"points": SimpleUploadedFile("summit.csv", content)}
    answer = alice.post(reverse("addresses_points"), sent)
    assert answer.status_code == 400
    assert not list(world.home.uploads.iterdir())


def test_a_member_without_a_state_has_no_addresses(world: World, nadia: Client, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_bytes(POINTS)
    with pytest.raises(Refusal, match="owns no state"):
        actions.geocode(
            home=world.home,
            of=world.member("national"),
            points=tmp_path / "points.csv",
            ranges=None,
            by=Actor.of(world.user("nadia")),
        )
    assert nadia.post(reverse("addresses_make")).status_code == 400


def test_a_mark_of_work_ends_with_the_work(world: World) -> None:
    actions.make(home=world.home, of=world.member("oh"), by=Actor.of(world.user("alice")))
    assert not being_made(oh(world))
    assert places(oh(world)) is not None
