"""A walk's doors become turfs on files, each named by its streets; every door in one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.errors import Refusal
from commonroll.field.capacity import RIDDEN, Capacities
from commonroll.field.divide import Size, divide

STREETS = 12


def walk(folder: Path, doors: int = 360, unplaced: int = 3) -> None:
    """Twelve streets 60 m apart, doors every 15 m, and some that cannot be walked to."""
    street, place = np.divmod(np.arange(doors), doors // STREETS)
    known = doors - unplaced
    table = pa.table({
        "door": np.arange(doors), "street_key": [f"{chr(65 + s)} ST" for s in street],
        "area": ["45801"] * doors,
        "building_key": [f"b{n}" for n in range(doors)], "house": place * 2 + 1,
        "people": np.ones(doors, np.int64),
        "latitude": 41.0 + street * 60 / 111_195, "longitude": -84.0 + place * 15 / 83_900,
        "why": [None] * known + ["no place is known for the address"] * unplaced,
    })  # fmt: skip
    pq.write_table(table, folder / "doors.parquet")


@pytest.mark.parametrize(
    ("size", "low", "high"),
    [(Size(), 40, 60), (Size("doors", 30), 24, 36), (Size("minutes", 120), 90, 150)],
    ids=["fifty doors", "thirty doors", "two hours"],
)
def test_turfs_are_of_the_size_asked_for(size: Size, low: int, high: int, tmp_path: Path) -> None:
    walk(tmp_path)
    turfs = divide(tmp_path, size)
    kept = pq.read_table(tmp_path / "turfs.parquet")
    assert sorted(kept["door"].to_pylist()) == list(range(357))
    assert np.bincount(kept["turf"].to_numpy()).tolist() == [turf.doors for turf in turfs]
    sizes = [turf.minutes if size.by == "minutes" else turf.doors for turf in turfs]
    assert all(each is not None and low <= each <= high for each in sizes)
    assert sum(turf.people for turf in turfs) == 357 and [turf.number for turf in turfs] == [
        *range(1, len(turfs) + 1)
    ]
    assert divide(tmp_path, size) == turfs


def test_a_turf_is_named_by_its_streets_and_stands_where_they_are(tmp_path: Path) -> None:
    walk(tmp_path)
    for turf in divide(tmp_path, Size()):
        first, _, second = turf.name.partition(", ")
        assert first.endswith(" ST") and (not second or second.endswith(" ST"))
        assert 41.0 <= turf.latitude <= 41.01 and -84.0 <= turf.longitude <= -83.99


def test_nobody_to_walk_to(tmp_path: Path) -> None:
    walk(tmp_path, doors=12, unplaced=12)
    assert divide(tmp_path, Size()) == ()


@pytest.mark.parametrize("size", [("doors", 9), ("doors", 201), ("minutes", 5)])
def test_a_size_out_of_bounds_is_refused(size: tuple[str, int]) -> None:
    with pytest.raises(Refusal, match="between"):
        Size(*size)  # type: ignore[arg-type]


def test_small_pieces_are_joined_on_foot_or_by_car(tmp_path: Path) -> None:
    """Four hamlets of fifteen doors: two pairs 250 m apart, the pairs two kilometres from each other."""
    walk(tmp_path, doors=60, unplaced=0)
    doors = pq.read_table(tmp_path / "doors.parquet")
    hamlet, place = np.divmod(np.arange(60), 15)
    north = np.array([0, 250, 2250, 2500])[hamlet] / 111_195
    for name, values in (("latitude", 41 + north), ("longitude", -84 + place * 5 / 83_900)):
        doors = doors.set_column(doors.schema.get_field_index(name), name, pa.array(values))
    doors = doors.set_column(1, "street_key", pa.array([f"{chr(65 + h)} ST" for h in hamlet]))
    pq.write_table(doors, tmp_path / "doors.parquet")
    assert [(turf.doors, turf.car) for turf in divide(tmp_path, Size("doors", 30))] == [(30, False)] * 2
    (whole,) = divide(tmp_path, Size("doors", 60))
    assert (whole.doors, whole.car) == (60, True)


def farms(folder: Path) -> None:
    """Three hundred farmhouses along twelve roads, 250 m from each other, and a village of sixty doors."""
    walk(folder, doors=360, unplaced=0)
    doors = pq.read_table(folder / "doors.parquet")
    street, place = np.divmod(np.arange(360), 30)
    village = street >= 10
    north = np.where(village, -600 + 30 * (street - 10), street * 300)
    east = np.where(village, place * 12, place * 250)
    for name, values in (("latitude", 41 + north / 111_195), ("longitude", -84 + east / 83_900)):
        doors = doors.set_column(doors.schema.get_field_index(name), name, pa.array(values))
    pq.write_table(doors, folder / "doors.parquet")


def test_who_cannot_walk_far_gets_half_of_a_turf_in_the_village_and_a_bike_goes_to_the_farms(
    tmp_path: Path,
) -> None:
    farms(tmp_path)
    usual = divide(tmp_path, Size("minutes", 120))
    asked = Capacities(short=2, bike=2)
    turfs = divide(tmp_path, Size("minutes", 120), capacities=asked)
    assert divide(tmp_path, Size("minutes", 120), capacities=asked) == turfs, "the same again"
    assert sum(turf.doors for turf in turfs) == 360
    village = [turf for turf in turfs if "K ST" in turf.name or "L ST" in turf.name]
    assert [(turf.doors, turf.minutes <= 70) for turf in village] == [(30, True)] * 2, "a turf of 60 halved"
    kept = [turf.metres for turf in usual]
    longer = [turf for turf in turfs if turf.metres not in kept and turf not in village]
    assert len(longer) == 2 and len(turfs) == len(usual), "one more in the village, one less on the land"
    for turf in longer:
        assert turf.minutes > 120 > 2 * turf.doors + turf.metres / RIDDEN, "too long on foot, not on a bike"


def test_capacities_that_the_doors_do_not_give_change_nothing(tmp_path: Path) -> None:
    walk(tmp_path)
    usual = divide(tmp_path, Size("doors", 15))
    assert divide(tmp_path, Size("doors", 15), capacities=Capacities(short=3, bike=3)) == usual
    with pytest.raises(Refusal, match="not to be expected"):
        Capacities(short=-1)
