"""A building that nobody knew the place of is put where it is: into a turf, for the member's cuts alone."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse
from walked import cut, place
from world import MACHINE, World, agree, shared_columns

from commonroll.errors import Refusal
from commonroll.field.walks import order_of
from commonroll.server import member_files
from commonroll.server.actions import hand_places, turf_moves
from commonroll.server.actions.loads import vault
from commonroll.server.models import TurfCut
from commonroll.server.pages.street_words import street

pytestmark = pytest.mark.django_db

ACTIVE = "status = 'active'"


@pytest.fixture
def made(world: World) -> TurfCut:
    """Ohio's cut, in which one building has no place."""
    place(world)
    held = vault(world.home, world.member("oh"))
    snapshot = held.current()
    assert snapshot is not None
    path = held.path / "places" / f"{snapshot.number:08}.parquet"
    places = pq.read_table(path)
    known = places.filter(pc.equal(places["kind"], "street")).sort_by([("street", "ascending")])
    one = {name: known[name][0] for name in ("number", "street", "zip5")}
    gone = pc.equal(places["kind"], "street")
    for name, value in one.items():
        gone = pc.and_(gone, pc.equal(places[name], value))
    for name in ("latitude", "longitude", "method"):
        at = places.schema.get_field_index(name)
        field = places.schema.field(at)
        places = places.set_column(
            at, field, pc.if_else(gone, pa.scalar(None, field.type), places[name].cast(field.type))
        )
    pq.write_table(places, path)
    return cut(world, member="oh", where=ACTIVE)


def test_a_building_is_put_into_the_nearest_turf_and_taken_back(
    world: World, made: TurfCut, alice: Client
) -> None:
    (lost,) = hand_places.lost(world.home, made)
    page = reverse("turf_doors", args=[made.pk])
    assert street(lost.address) in alice.get(page).content.decode()
    first = made.turfs.get(number=1)
    turf_moves.lock(cut=made, number=1, locked=True, by=MACHINE)
    at = f"{first.latitude}, {first.longitude}"
    doors, people = made.doors, made.people
    for wrong in ("here", "1,2,3", "95, 0", "nan, 0", "0, 0"):
        assert (
            alice.post(reverse("turf_place", args=[made.pk]), {"door": lost.door, "at": wrong}).status_code
            == 400
        )
    done = alice.post(reverse("turf_place", args=[made.pk]), {"door": lost.door, "at": at}, follow=True)
    assert "Every door has a place" in done.content.decode() and "Put by hand" in done.content.decode()
    made.refresh_from_db()
    assert (made.doors, made.people) == (doors + lost.doors, people + lost.people) and not made.unplaced
    folder = world.home.turf / made.folder
    where = [one.number for one in made.turfs.all() if lost.door in order_of(folder, one.number).doors]
    assert len(where) == 1 and where != [1]
    assert made.turfs.get(number=where[0]).doors == len(order_of(folder, where[0]).doors)
    again = cut(world, "Next", member="oh", where=ACTIVE)
    assert again.doors == made.doors and not again.unplaced
    alice.post(reverse("turf_unplace", args=[made.pk]), {"door": lost.door})
    made.refresh_from_db()
    assert (made.doors, made.people) == (doors, people) and sum(made.unplaced.values()) == lost.people
    assert [one.door for one in hand_places.lost(world.home, made)] == [lost.door]
    assert cut(world, "Third", member="oh", where=ACTIVE).doors == doors


def test_what_one_member_puts_nobody_else_knows(
    world: World, made: TurfCut, alice: Client, bob: Client, charlie: Client
) -> None:
    (lost,) = hand_places.lost(world.home, made)
    for stranger in (bob, charlie):
        assert stranger.get(reverse("turf_doors", args=[made.pk])).status_code in (403, 404)
        for act in ("turf_place", "turf_unplace"):
            sent = {"door": lost.door, "at": "39, -83"}
            assert stranger.post(reverse(act, args=[made.pk]), sent).status_code in (403, 404)
    at = made.turfs.all()[0]
    hand_places.place(
        home=world.home, cut=made, door=lost.door, latitude=at.latitude, longitude=at.longitude, by=MACHINE
    )
    assert hand_places.file_of(world.home, world.member("oh")) is not None
    assert hand_places.file_of(world.home, world.member("rivera")) is None
    address = ("voters.residence_line1", "voters.residence_city", "voters.residence_zip5")
    agree("oh", "rivera", modes=["count", "view", "contact"], columns=[*shared_columns(), *address])
    assert cut(world, "Theirs").unplaced
    with pytest.raises(Refusal, match="has a place"):
        hand_places.place(
            home=world.home,
            cut=made,
            door=lost.door,
            latitude=at.latitude,
            longitude=at.longitude,
            by=MACHINE,
        )
    member_files.forget(world.home, world.member("oh"))
    assert hand_places.file_of(world.home, world.member("oh")) is None
