"""A part of a state's delivery comes in through the page: other counties and elections stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.server import jobs
from commonroll.server.actions import loads
from commonroll.server.models import Load

pytestmark = [pytest.mark.django_db, pytest.mark.vault]
FIRST = "SWVF_1_22.txt"


@pytest.fixture
def counties(template: Path) -> bytes:
    """The first of Ohio's four files: a quarter of the counties."""
    return (template / "files" / "OH" / FIRST).read_bytes()


def sent(client: Client, content: bytes, **form: str) -> Load:
    """Upload the file as the page's form does, and let the worker load it."""
    client.post(reverse("upload"), {"files": SimpleUploadedFile(FIRST, content), "accept": "gate", **form})
    load = Load.objects.latest("created_at")
    jobs.run_load.call(str(load.pk))
    load.refresh_from_db()
    return load


def voters(world: World) -> int:
    current = loads.vault(world.home, world.member("oh")).current()
    assert current is not None
    return current.rows["voters"]


def test_the_form_asks_whether_the_files_are_a_part(alice: Client) -> None:
    page = alice.get(reverse("roll")).content.decode()
    assert 'type="checkbox" name="piece"' in page


def test_a_part_that_is_ticked_keeps_the_other_counties(world: World, alice: Client, counties: bytes) -> None:
    before = voters(world)
    load = sent(alice, counties, piece="yes")
    assert (load.piece, load.state, load.snapshot) == (True, Load.State.DONE, 2)
    assert voters(world) == before


def test_the_same_file_without_the_tick_is_refused(world: World, alice: Client, counties: bytes) -> None:
    before = voters(world)
    load = sent(alice, counties)
    assert (load.piece, load.state) == (False, Load.State.REFUSED)
    assert voters(world) == before


def test_a_held_part_is_accepted_as_a_part(world: World, alice: Client, counties: bytes) -> None:
    head, *lines = counties.split(b"\n")
    held = sent(alice, b"\n".join([head, *[b'"only","two"'] * 3, *lines[3:]]), piece="yes")
    assert held.state == Load.State.HELD
    alice.post(reverse("load_accept", args=[held.pk]))
    again = Load.objects.latest("created_at")
    assert again.pk != held.pk and again.piece
    jobs.run_load.call(str(again.pk))
    again.refresh_from_db()
    assert (again.state, again.snapshot) == (Load.State.DONE, 2)
