"""A cut's buildings for its lead: what came of each flat, and notes that are taken out and put back."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from field_walks import DOORS, Walk, walk
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server import buildings
from commonroll.server.actions import building_notes, walked
from commonroll.server.models import FieldEvent

pytestmark = pytest.mark.django_db
UNITS = ("101", "102", "201", "202", "301", None)


@pytest.fixture
def block(world: World) -> Walk:
    """Turf 1 is one building of six flats, turf 2 six houses."""
    made = walk(world)
    path = world.home.turf / made.cut.folder / "doors.parquet"
    doors = pq.read_table(path)
    houses = [str(at) for at in range(DOORS)]
    columns = {
        "building_key": ["b"] * DOORS + houses, "number_text": ["12"] * DOORS + houses,
        "street_key": ["LARKSPUR ST"] * 2 * DOORS, "why": [None] * 2 * DOORS,
        "area": ["45202"] * 2 * DOORS, "unit": [*UNITS, *[None] * DOORS],
    }  # fmt: skip
    for name, values in columns.items():
        doors = doors.append_column(name, pa.array(values, pa.string()))
    pq.write_table(doors, path)
    return made


def test_every_flat_has_its_last_result_by_floor(block: Walk, charlie: Client) -> None:
    block.knock("Ann", 1)
    block.knock("Ann", 1, "talked", minute=9)
    block.knock("Ann", 3, "refused")
    (one,) = buildings.of(settings.HOME, block.cut)
    assert (one.address, one.turf) == ("12 LARKSPUR ST, 45202", 1)
    assert [(floor, [flat.result for flat in flats]) for floor, flats in one.floors] == [
        (3, [""]), (2, ["refused", ""]), (1, ["talked", ""]), (None, [""]),
    ]  # fmt: skip
    assert one.counts == [("talked", 1), ("refused", 1), ("", 4)]
    page = charlie.get(reverse("buildings", args=[block.cut.pk])).content.decode()
    assert "12 Larkspur St" in page and "4 not yet" in page


def test_a_note_is_taken_out_and_put_back_and_phones_follow(
    block: Walk, world: World, charlie: Client, alice: Client, violet: Client
) -> None:
    note = block.record("Ann", "building_note", {"text": "<b>lift</b> out"}, door=2)
    at_a_house = block.record("Bea", "building_note", {"text": "dog"}, door=1, turf=2)
    assert [len(one.notes) for one in buildings.of(settings.HOME, block.cut)] == [1, 1]
    to = reverse("building_note", args=[note.pk, "out"])
    assert alice.post(to).status_code == 404 and violet.post(to).status_code == 403
    assert charlie.get(to).status_code == 405
    page = charlie.post(to, {"reason": "about a person"}, follow=True).content.decode()
    assert "Taken out: about a person" in page and "&lt;b&gt;lift" in page and "<b>lift" not in page
    ann = block.hand_out("Ann")
    assert walked._hidden_notes(ann) == (str(note.event),)
    # a later walk of the same building had it from the bundle
    ann.turf, ann.told = block.turfs[1], {"notes": [str(note.event)]}
    assert walked._hidden_notes(ann) == (str(note.event),)
    (again, _) = buildings.of(settings.HOME, block.cut)
    assert not again.notes[0].shown
    back = charlie.post(reverse("building_note", args=[note.pk, "back"]), {"cut": block.cut.pk}, follow=True)
    assert "Phones have it until" in back.content.decode() and walked._hidden_notes(ann) == ()
    with pytest.raises(Refusal):
        building_notes.put_back(member=block.cut.member, note=at_a_house.pk, by=MACHINE)
    attempt = block.knock("Ann", 1)
    with pytest.raises(Refusal):
        building_notes.take_out(member=block.cut.member, note=attempt.pk, by=MACHINE)
    assert FieldEvent.objects.get(pk=attempt.pk).status == "ok"
