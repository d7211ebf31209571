"""Metres on foot: along a side, round a corner, over a street where one may, and not over a river."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from commonroll.field.city import City, city
from commonroll.field.doors import Doors
from commonroll.field.order.around import around
from commonroll.field.order.distances import Pavements, sides_of, stops_of, straight, whole_centimetres
from commonroll.field.order.order import order
from commonroll.field.points import Points
from commonroll.field.streets import Kind, Streets

ACROSS = 12.0 + 15.0
"""Metres over a local street, with the penalty."""


def crossroads(main: Kind) -> Streets:
    """Main street from the west (0) over the middle (1) to the east (2), an alley north (3) from the middle.

    100 m each. Faces 0, 2 are main street's northern side, 1, 3 its southern; 4, 5 the alley's west and east.
    """
    x, y = np.array([0.0, 100.0, 200.0, 100.0]), np.array([0.0, 0.0, 0.0, 100.0])
    start, end = np.array([0, 1, 1]), np.array([1, 2, 3])
    kind = np.array([main, main, Kind.LOCAL])
    return Streets(x, y, start, end, np.full(3, 100.0), kind, np.array([0, 0, 1]))


def stops(streets: Streets, *at: tuple[int, float]) -> Doors:
    face, offset = np.array([face for face, _ in at]), np.array([metres for _, metres in at])
    street = face >> 1
    share = offset / streets.length[street]
    x = streets.x[streets.start[street]] * (1 - share) + streets.x[streets.end[street]] * share
    y = streets.y[streets.start[street]] * (1 - share) + streets.y[streets.end[street]] * share
    return Doors(face, offset, np.arange(len(at)), x, y)


# two doors: face and metres from its beginning; the street they are on or cross; metres on foot
WAYS = [
    ("along one side",             (0, 10), (0, 80),  Kind.LOCAL,    70.0),
    ("straight over",              (0, 60), (1, 90),  Kind.LOCAL,    30.0 + ACROSS),
    ("round a dead end",           (0, 10), (1, 10),  Kind.LOCAL,    20.0),
    ("an arterial: round its end", (0, 30), (1, 30),  Kind.ARTERIAL, 60.0),
    ("an arterial: at the corner", (0, 90), (1, 90),  Kind.ARTERIAL, 20.0 + 22.0 + 25.0 + 15.0),
    ("round the corner",           (0, 90), (4, 10),  Kind.LOCAL,    20.0),
    ("over the alley",             (0, 90), (2, 10),  Kind.LOCAL,    20.0 + ACROSS),
    ("over the main street",       (1, 90), (5, 10),  Kind.LOCAL,    20.0 + ACROSS),
    ("on beyond a junction of two", (1, 90), (3, 10), Kind.LOCAL,    20.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "main", "metres"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS]
)
def test_metres_between_two_doors(
    one: tuple[int, float], other: tuple[int, float], main: Kind, metres: float
) -> None:
    streets = crossroads(main)
    found = Pavements(streets).distances(stops(streets, one, other))
    assert found == pytest.approx(np.array([[0.0, metres], [metres, 0.0]]))


def test_where_no_way_leads_it_is_as_the_crow_flies_and_a_quarter_more() -> None:
    x, y = np.array([0.0, 100.0, 200.0, 100.0, 100.0]), np.array([0.0, 0.0, 0.0, 100.0, -100.0])
    start, end = np.array([0, 1, 1, 1]), np.array([1, 2, 3, 4])
    river, lane = Kind.BARRIER, Kind.LOCAL
    kind = np.array([river, river, lane, lane])
    streets = Streets(x, y, start, end, np.full(4, 100.0), kind, np.array([0, 0, 1, 2]))
    found = Pavements(streets).distances(stops(streets, (4, 50), (5, 50), (6, 50)))
    assert found[0] == pytest.approx([0.0, ACROSS, 1.25 * 100 + 15])


@pytest.fixture(scope="module")
def town() -> City:
    return city(2_000, seed=3)


def test_a_wider_look_finds_no_shorter_way_in_a_town(town: City) -> None:
    kept = (town.doors.x < np.median(town.doors.x)) & (town.doors.y < np.quantile(town.doors.y, 0.1))
    some, _ = stops_of(town.doors.take(kept))
    pavements = Pavements(town.streets)
    found = pavements.distances(some)
    corners = town.streets.corners
    ends = np.stack([corners.first[some.face], corners.last[some.face]])
    known = np.unique(ends)
    whole = dijkstra(pavements._graph, indices=known)[:, known]
    narrow = pavements._between(known)
    assert (narrow >= whole - 1e-6).all()
    assert np.mean(narrow > whole + 1e-6) < 0.01
    assert (found == found.T).all() and np.isfinite(found).all() and (found.diagonal() == 0).all()
    beeline = straight(some.x, some.y) / 1.25
    assert np.mean(found < beeline - 30) < 0.01


def test_a_building_is_one_stop_and_a_face_one_side(town: City) -> None:
    doors = town.doors.take(np.arange(len(town.doors)) < 300)
    some, of_stop = stops_of(doors)
    assert sorted(np.concatenate(of_stop)) == list(range(300))
    assert all(len(set(doors.building[stop])) == 1 for stop in of_stop)
    assert len(some) == len(set(doors.building))
    sides = sides_of(some)
    assert sorted(stop for side in sides for stop in side) == list(range(len(some)))
    for side in sides:
        assert len(set(some.face[side])) == 1 and (np.diff(some.offset[side]) >= 0).all()


def test_a_turf_is_walked_one_side_after_the_other(town: City) -> None:
    some, _ = stops_of(town.doors.take(town.doors.face < 40))
    m = whole_centimetres(Pavements(town.streets).distances(some))
    sides = sides_of(some)
    faces = some.face[order(m, sides=sides, rounds=5)]
    assert np.count_nonzero(np.diff(faces)) == len(sides) - 1


def test_without_streets_a_side_is_the_odd_or_even_numbers_of_one() -> None:
    x, y = np.array([0.0, 0.0, 20.0, 40.0, 20.0]), np.array([0.0, 0.0, 0.0, 0.0, 10.0])
    building, street, number = np.array([7, 7, 8, 9, 6]), np.full(5, 3), np.array([1, 1, 3, 5, 2])
    found = around(Points(x, y, building, street, number))
    assert [doors.tolist() for doors in found.doors] == [[4], [0, 1], [2], [3]]
    assert found.sides == [[0], [1, 2, 3]]
    assert found.metres[1, 2] == pytest.approx(25.0)
    assert found.metres[0, 2] == found.metres[2, 0] == pytest.approx(12.5 + 15.0)
    assert order(whole_centimetres(found.metres), sides=found.sides, start=1, end="anywhere") == [1, 2, 3, 0]
