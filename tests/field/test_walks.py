"""A cut's turfs in walking order: every door once, side by side, top floor first, the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_divide import walk

from commonroll.errors import Refusal
from commonroll.field.divide import Size, divide
from commonroll.field.walks import floor_of, order_of


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    walk(tmp_path)
    divide(tmp_path, Size())
    return tmp_path


def test_a_walk_meets_every_door_of_its_turf_once(cut: Path) -> None:
    kept = pq.read_table(cut / "turfs.parquet")
    for number in range(1, 8):
        found = order_of(cut, number)
        mine = kept.filter(pa.compute.equal(kept["turf"], number - 1))["door"].to_pylist()
        assert sorted(found.doors) == sorted(mine)
        assert sorted(found.order) == list(range(len(found.stops)))
        assert np.array_equal(found.metres, found.metres.T) and found.afoot > 0


def test_the_table_says_the_metres_of_the_walk_that_is_kept(cut: Path) -> None:
    first = divide(cut, Size())[0]
    found = order_of(cut, first.number)
    assert (first.metres, first.minutes) == (round(found.afoot), round(found.minutes(2.0), 1))
    assert found.minutes(3.0) - found.minutes(2.0) == pytest.approx(len(found.doors))


def test_a_side_is_finished_first_unless_few_of_its_buildings_are_called_on(tmp_path: Path) -> None:
    for known, by_side in ((30, True), (120, False)):
        walk(tmp_path, doors=240, unplaced=0)
        doors = pq.read_table(tmp_path / "doors.parquet")
        doors = doors.append_column("known", pa.array([known] * doors.num_rows))
        pq.write_table(doors, tmp_path / "doors.parquet")
        divide(tmp_path, Size())
        found = order_of(tmp_path, 1)
        assert found.by_side == by_side
        at = {stop: place for place, stop in enumerate(found.order)}
        for side in found.sides if by_side else ():
            places = [at[stop] for stop in side]
            assert places in (sorted(places), sorted(places, reverse=True))
            assert max(places) - min(places) == len(places) - 1


def test_a_building_is_one_stop_from_the_top_floor_down(tmp_path: Path) -> None:
    walk(tmp_path, doors=24, unplaced=0)
    doors = pq.read_table(tmp_path / "doors.parquet")
    units = ["101", "1203", "2B", "204", "2A"] + [None] * 19
    buildings = ["tower"] * 5 + doors["building_key"].to_pylist()[5:]
    place = doors.schema.get_field_index("building_key")
    doors = doors.set_column(place, "building_key", pa.array(buildings)).append_column(
        "unit", pa.array(units)
    )
    pq.write_table(doors, tmp_path / "doors.parquet")
    (turf,) = divide(tmp_path, Size())
    found = order_of(tmp_path, 1)
    assert (5 in map(len, (s.doors for s in found.stops))) and turf.units == 5
    tower = next(stop for stop in found.stops if len(stop.doors) > 1)
    assert [units[door] for door in tower.doors] == ["1203", "2A", "2B", "204", "101"]


def test_the_matrix_for_the_phone_is_the_upper_triangle(cut: Path) -> None:
    found = order_of(cut, 2)
    many = len(found.stops)
    packed = np.frombuffer(found.packed(), "<u2")
    assert len(packed) == many * (many - 1) // 2
    assert packed[0] == round(found.metres[0, 1]) and packed[-1] == round(found.metres[-2, -1])


def test_a_turf_that_is_not_there(cut: Path) -> None:
    with pytest.raises(Refusal, match="no doors"):
        order_of(cut, 99)


@pytest.mark.parametrize(
    ("unit", "floor"),
    [("1203", 12), ("4B", 4), ("APT 2", None), ("12-C", 12), ("B", None), (None, None), ("101", 1)],
)
def test_the_floor_that_a_unit_says(unit: str | None, floor: int | None) -> None:
    assert floor_of(unit) == floor
