"""Doors on the sides of streets: left or right, how far along, of their own name, none too far."""

from __future__ import annotations

import numpy as np
import pytest

from commonroll.field.city import city
from commonroll.field.places import FARTHEST, on_faces
from commonroll.field.streets import Kind, Streets


def corner(second: Kind = Kind.LOCAL) -> Streets:
    """A street 100 m to the east (name 0) and, from its end, one 100 m to the north (name 1)."""
    x, y = np.array([0.0, 100.0, 100.0]), np.array([0.0, 0.0, 100.0])
    kind = np.array([Kind.LOCAL, second])
    return Streets(x, y, np.array([0, 1]), np.array([1, 2]), np.full(2, 100.0), kind, np.array([0, 1]))


# where the door stands, its street's name (-1: unknown); its face, metres along it
DOORS = [
    ("left of a street", (30, 8), -1, 0, 30.0),
    ("right of it", (30, -8), -1, 1, 30.0),
    ("left of the other", (92, 50), -1, 2, 50.0),
    ("before the first corner", (-9, 1), -1, 0, 0.0),
    ("nearer to the other street", (92, 30), 0, 0, 92.0),
    ("of a name that is not there", (92, 30), 7, 2, 30.0),
]


@pytest.mark.parametrize(("at", "name", "face", "offset"), [d[1:] for d in DOORS], ids=[d[0] for d in DOORS])
def test_a_door_has_a_side_of_a_street(at: tuple[float, float], name: int, face: int, offset: float) -> None:
    x, y = np.array([at[0]], float), np.array([at[1]], float)
    doors = on_faces(corner(), x, y, np.array([5]), np.array([name])).doors
    assert (doors.face.tolist(), doors.offset.tolist()) == ([face], pytest.approx([offset]))


def test_a_door_far_from_every_street_is_lost_and_nobody_lives_on_a_motorway() -> None:
    x, y = np.array([50.0, 50.0, 200.0]), np.array([10.0, FARTHEST + 1, 90.0])
    placed = on_faces(corner(Kind.BARRIER), x, y, np.array([1, 2, 3]))
    assert (placed.kept.tolist(), placed.lost.tolist()) == ([0], [1, 2])


def test_a_building_is_on_one_face() -> None:
    x, y = np.array([50.0, 50.0]), np.array([5.0, -5.0])
    assert on_faces(corner(), x, y, np.array([4, 4])).doors.face.tolist() == [0, 0]


def test_no_streets_and_no_doors() -> None:
    none = np.empty(0)
    assert len(on_faces(corner(), none, none, np.empty(0, np.int64)).doors) == 0
    bare = Streets(none, none, *(np.empty(0, np.int64),) * 2, none, *(np.empty(0, np.int64),) * 2)
    assert on_faces(bare, np.array([1.0]), np.array([1.0]), np.array([1])).lost.tolist() == [0]


def test_the_invented_city_is_put_back_on_its_streets() -> None:
    made = city(2_000, seed=5)
    name = made.streets.name[made.doors.face >> 1]
    placed = on_faces(made.streets, made.doors.x, made.doors.y, made.doors.building, name)
    face = made.doors.face[placed.kept]
    assert len(placed.kept) >= 0.99 * len(made.doors)
    assert np.mean(placed.doors.face == face) >= 0.98
    same = placed.doors.face == face
    assert np.abs(placed.doors.offset - made.doors.offset[placed.kept])[same].max() < 30
