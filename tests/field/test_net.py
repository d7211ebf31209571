"""A cut along streets: kept beside its doors, no turf over a river, ways that lead over bridges."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from javascript import found_by
from made_maps import Line, degrees, geojson

from commonroll.field import moves, net
from commonroll.field.divide import Size, divide
from commonroll.field.drawn import LIGHT, for_phone
from commonroll.field.files import points_of, walked
from commonroll.field.maps import keep
from commonroll.field.maps.keep import Brought
from commonroll.field.maps.read import gather
from commonroll.field.networked import networked
from commonroll.field.order.distances import whole_centimetres
from commonroll.field.order.ground import Ground
from commonroll.field.order.order import order
from commonroll.field.walks import order_of
from commonroll.roll.vault.vault import Vault

HILL, LAKE = "HILL ST", "LAKE ST"
RIVER = 0.5
"""Steps north of Lake Street: doors on both banks stand 40 m from each other."""


def town(bridge: bool) -> list[Line]:
    """Two long streets with a river between them; a bridge, if any, is at their western end."""
    lines: list[Line] = [
        ("Lake Street", "residential", [(x, 0) for x in range(11)]),
        ("Hill Street", "residential", [(x, 2 * RIVER) for x in range(11)]),
        ("", "motorway", [(-2, RIVER), (12, RIVER)]),
    ]
    return lines + ([("Bridge Road", "primary", [(0, 0), (0, 2 * RIVER)])] if bridge else [])


def cut(folder: Path, lines: list[Line], doors: int = 60) -> Path:
    """So many doors on the river's side of each street, and the streets beside them."""
    vault = Vault(folder, "rivera")
    begun = Brought(keep.new_id(), ("town",), "OpenStreetMap", "ODbL", "2025-01-01", "me", "2026-01-01")
    keep.keep(vault, keep.begin(vault, begun), gather([geojson(folder / "town.geojson", lines)]))
    place = np.arange(2 * doors) % doors
    bank = np.arange(2 * doors) // doors
    x, y = 0.1 + place * 9.8 / doors, np.where(bank == 0, 0.1, 2 * RIVER - 0.1)
    at = np.array(degrees(zip(x.tolist(), y.tolist(), strict=True)))
    table = pa.table({
        "door": np.arange(2 * doors), "street_key": [LAKE if b == 0 else HILL for b in bank],
        "area": ["43001"] * 2 * doors, "building_key": [f"b{n}" for n in range(2 * doors)],
        "house": place * 2 + 1, "people": np.ones(2 * doors, np.int64),
        "latitude": at[:, 1], "longitude": at[:, 0], "why": pa.array([None] * 2 * doors, pa.string()),
    })  # fmt: skip
    place_ = folder / "cut"
    place_.mkdir()
    pq.write_table(table, place_ / "doors.parquet")
    said = net.put(place_, vault)
    assert said["at_streets"] == said["doors"] == 2 * doors and "OpenStreetMap" in said["credit"]
    return place_


@pytest.mark.parametrize("size", [Size("doors", 60), Size("minutes", 150)], ids=["doors", "minutes"])
def test_no_turf_crosses_a_river_that_no_bridge_crosses(size: Size, tmp_path: Path) -> None:
    folder = cut(tmp_path, town(bridge=False))
    for turf in divide(folder, size):
        doors = walked(folder, [turf.number - 1])
        assert len(set(doors["street_key"].to_pylist())) == 1
    assert sum(turf.doors for turf in divide(folder, size)) == 120


def test_without_streets_it_does(tmp_path: Path) -> None:
    folder = cut(tmp_path, town(bridge=False))
    (folder / net.STREETS).unlink()
    assert any("," in turf.name for turf in divide(folder, Size("doors", 60)))


def test_ways_lead_over_the_bridge(tmp_path: Path) -> None:
    folder = cut(tmp_path, town(bridge=True), doors=20)
    doors = walked(folder)
    found = Ground.of(doors, net.net_of(folder)).around(np.arange(40))
    facing = found.metres[19, 39]
    assert 1_600 < facing < 1_900, "there and back along both streets, not the 90 m over the water"
    assert found.metres[0, 1] == pytest.approx(0.49 * 85.2, abs=2)
    assert [len(side) for side in found.sides] == [20, 20]
    for side in found.sides:
        assert side in ([*range(min(side), max(side) + 1)], [*range(max(side), min(side) - 1, -1)])


def test_the_walk_that_is_kept_is_the_one_that_is_read_and_the_phones(tmp_path: Path) -> None:
    folder = cut(tmp_path, town(bridge=True))
    turfs = divide(folder, Size("doors", 40))
    for turf in turfs:
        walk = order_of(folder, turf.number)
        assert (turf.metres, turf.car) == (round(walk.afoot), walk.by_car)
        assert sum(b - a != 1 for a, b in pairwise(sorted(walk.doors))) <= 1
    walk = order_of(folder, 1)
    matrix = whole_centimetres(walk.metres)
    given = {"m": matrix, "how": {"sides": [list(side) for side in walk.sides], "rounds": 25}}
    theirs = found_by("field/order.js", "m.order(given.m, given.how)", given)
    assert theirs == order(matrix, sides=walk.sides, rounds=25)


def test_doors_at_no_street_are_tied_to_what_is_near(tmp_path: Path) -> None:
    folder = cut(tmp_path, town(bridge=True), doors=20)
    doors = pq.read_table(folder / "doors.parquet")
    far = pa.array(np.append(doors["latitude"].to_numpy()[:-1], doors["latitude"].to_numpy()[-1] + 0.003))
    pq.write_table(doors.set_column(6, "latitude", far), folder / "doors.parquet")
    doors, found = walked(folder), net.net_of(folder)
    assert found is not None
    points = found.points(doors, points_of(doors))
    at = found.placed(doors, points)
    assert np.flatnonzero(at.face < 0).tolist() == [39]
    atoms = networked(found, points, at)
    assert atoms.weight.sum() == 40 and atoms.near[[int(atoms.of_door[39])]].nnz > 0
    assert sum(turf.doors for turf in divide(folder, Size())) == 40


def test_blocks_are_moved_along_streets(tmp_path: Path) -> None:
    folder, size = cut(tmp_path, town(bridge=True)), Size("doors", 40)
    divide(folder, size)
    blocks = moves.blocks(folder, size, [1, 2, 3])
    assert {block.street for block in blocks} == {HILL, LAKE} and sum(b.doors for b in blocks) == 120
    mine = next(block for block in blocks if block.turf == 1)
    after = moves.given(folder, size, [mine.id], 2)
    assert all(after[door] == 1 for door in mine.numbers)
    change = moves.put(folder, moves.divided(folder, size, 3), 2.0)
    assert 4 in change.turfs and sum(t.doors for t in change.turfs.values() if t) <= 60


def test_what_a_phone_draws_is_light_and_names_the_map(tmp_path: Path) -> None:
    folder = cut(tmp_path, town(bridge=True))
    divide(folder, Size())
    drawn = for_phone(folder, walked(folder, [0]))
    assert len(gzip.compress(json.dumps(drawn).encode())) < LIGHT
    assert drawn["credit"] == "© OpenStreetMap contributors"
    said = [feature["properties"] for feature in drawn["features"]]
    assert {"kind": "street", "name": "Lake Street"} in said and {"kind": "barrier"} in said
    assert {"kind": "main", "name": "Bridge Road"} in said


def test_a_map_of_another_place_is_no_streets(tmp_path: Path) -> None:
    folder = cut(tmp_path, town(bridge=True))
    far = pq.read_table(folder / "doors.parquet")
    moved = pa.array(far["latitude"].to_numpy() + 0.008)
    pq.write_table(far.set_column(6, "latitude", moved), folder / "doors.parquet")
    assert net.put(folder, Vault(tmp_path, "rivera")) == {} and net.net_of(folder) is None
