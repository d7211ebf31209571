"""Streets from a form to a phone: brought, read, a turf cut along them and drawn, of the member alone."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from test_bundles import SCRIPT, asked, out
from walked import cut, streets, walked
from world import MACHINE, PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.field.divide import Size
from commonroll.field.net import STREETS
from commonroll.flow.leaving import vault_files
from commonroll.roll.vault.vault import Vault
from commonroll.server import jobs
from commonroll.server.actions import streets as actions

pytestmark = pytest.mark.django_db

__all__ = ["PASSPHRASE", "walked"]

LINE = {
    "type": "Feature", "properties": {"name": "Elm <St>", "highway": "residential"},
    "geometry": {"type": "LineString", "coordinates": [[-83, 39], [-82.9, 39]]},
}  # fmt: skip
SAID = {"source": "OpenStreetMap", "licence": "ODbL 1.0", "as_of": "2025-01-01"}


def file(text: str = json.dumps(LINE), name: str = "../../town.geojsonl") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def read(world: World, member: str = "oh") -> None:
    """What the worker does with what waits."""
    for one in actions.brought(home=world.home, of=world.member(member), by=MACHINE):
        if one.state == "reading":
            jobs.read_streets.func(member, one.id, world.user("alice").email)


def test_from_a_form_to_a_table_and_away(world: World, alice: Client, bob: Client, charlie: Client) -> None:
    page = alice.get(reverse("streets")).content.decode()
    assert "No streets yet" in page and 'type="file"' in page
    sent = alice.post(
        reverse("streets_load"), SAID | {"files": file()}, headers={"Accept": "application/json"}
    )
    assert sent.json() == {"next": reverse("streets")}
    assert "Being read" in alice.get(reverse("streets_progress")).content.decode()
    read(world)
    page = alice.get(reverse("streets")).content.decode()
    assert "town.geojsonl" in page and "1 of 1 kept" in page and reverse("streets_progress") not in page
    assert not list(world.home.uploads.iterdir())
    for stranger in (bob, charlie):
        assert "town.geojsonl" not in stranger.get(reverse("streets")).content.decode()
    (one,) = actions.brought(home=world.home, of=world.member("oh"), by=MACHINE)
    stolen = charlie.post(reverse("streets_put_away"), {"streets": one.id})
    assert stolen.status_code in (403, 404)
    away = alice.post(reverse("streets_put_away"), {"streets": one.id}, follow=True).content.decode()
    assert "No streets yet" in away and "Take back" in away
    back = {"streets": one.id, "back": "yes"}
    assert "1 of 1" in alice.post(reverse("streets_put_away"), back, follow=True).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"source": ""}, "source"), ({"licence": "none"}, "licence"), ({"as_of": "soon"}, "day"),
     ({"files": ""}, "No file came")],
    ids=["no source", "no licence", "no day", "no file"],
)  # fmt: skip
def test_what_a_form_must_say(wrong: dict[str, str], words: str, world: World, alice: Client) -> None:
    sent = alice.post(reverse("streets_load"), SAID | {"files": file()} | wrong)
    assert sent.status_code == 400 and words in sent.content.decode()
    assert not actions.brought(home=world.home, of=world.member("oh"), by=MACHINE)


def test_a_broken_file_is_refused_in_words_without_what_stands_in_it(world: World, alice: Client) -> None:
    alice.post(reverse("streets_load"), SAID | {"files": file('{"Secret Lane', "half.geojson")})
    read(world)
    page = alice.get(reverse("streets")).content.decode()
    assert "Refused" in page and "cannot be read as GeoJSON" in page and "Secret" not in page


def test_a_turf_is_cut_along_them_and_drawn_on_the_phone(walked: World, tmp_path: Path) -> None:
    streets(walked, tmp_path)
    made = cut(walked, size=Size("doors", 60))
    assert made.streets["at_streets"] == made.streets["doors"] > 50
    assert (walked.home.turf / made.folder / STREETS).exists()
    turf = made.turfs.order_by("-doors").first()
    assert turf is not None
    _, token = out(walked, turf, SCRIPT)
    came, got = asked(token)
    assert got["streets"]["credit"] == "© OpenStreetMap contributors"
    assert {one["properties"]["kind"] for one in got["streets"]["features"]} == {"street"}
    assert len(gzip.compress(json.dumps(got).encode())) < 20 << 10 and came.status_code == 200
    rivera = walked.client("charlie")
    page = rivera.get(reverse("turf_cut", args=[made.pk])).content.decode()
    assert "Cut along streets" in page and 'class="on-map street"' in page and "ohio.geojsonl" in page
    one = rivera.get(reverse("turf_one", args=[made.pk, turf.number])).content.decode()
    assert 'class="on-map street"' in one and "© OpenStreetMap contributors" in one


def test_others_streets_are_not_used_and_the_page_says_so(walked: World, tmp_path: Path) -> None:
    streets(walked, tmp_path, "oh")
    made = cut(walked)
    assert made.streets == {} and not (walked.home.turf / made.folder / STREETS).exists()
    page = walked.client("charlie").get(reverse("turf_cut", args=[made.pk])).content.decode()
    assert "Cut without streets" in page


def test_they_leave_with_the_member(walked: World, tmp_path: Path) -> None:
    streets(walked, tmp_path)
    taken = [path.parts[0] for path in vault_files.files(Vault(walked.home.vaults, "rivera"))]
    assert taken.count("streets") == 2 and "FOLDER.md" in taken


def test_nobody_else_brings_them(world: World, tmp_path: Path) -> None:
    from commonroll.server.actor import Actor, Forbidden, Unknown

    path = tmp_path / "town.geojsonl"
    path.write_text(json.dumps(LINE))
    for person, error in (("bob", Unknown), ("charlie", Unknown), ("violet", Forbidden)):
        with pytest.raises((error, Refusal)):
            actions.load(
                home=world.home, of=world.member("oh"), paths=[path], by=Actor.of(world.user(person)), **SAID
            )
