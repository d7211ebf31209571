"""Turfs as shapes: each around its own doors, within the drawing, north above."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.field.arrays import by_group
from commonroll.field.outlines import drawing

PLACES = [(41.0, -84.0), (41.0, -83.998), (41.001, -84.0), (41.01, -84.0), (41.01, -83.99)]


def kept(folder: Path, turf: list[int], places: list[tuple[float, float]] = PLACES) -> None:
    doors = pa.table({
        "door": range(len(places)), "latitude": [p[0] for p in places], "longitude": [p[1] for p in places],
    })  # fmt: skip
    pq.write_table(doors, folder / "doors.parquet")
    pq.write_table(pa.table({"door": range(len(turf)), "turf": turf}), folder / "turfs.parquet")


def test_an_outline_holds_its_doors_and_north_is_above(tmp_path: Path) -> None:
    kept(tmp_path, [0, 0, 0, 1, 1])
    drawn = drawing(tmp_path)
    assert drawn is not None
    south, north = drawn.outlines
    assert (south.number, len(south.doors), north.number, len(north.doors)) == (1, 3, 2, 2)
    assert north.middle[1] < south.middle[1]
    for outline in drawn.outlines:
        xs, ys = zip(*outline.corners, strict=True)
        for x, y in outline.doors:
            assert min(xs) < x < max(xs) and min(ys) < y < max(ys)
            assert 0 < x < drawn.width and 0 < y < drawn.height
    assert drawn.metres == pytest.approx(114, abs=4)  # 1.1 km on 972 units


@pytest.mark.parametrize("places", [[(41.0, -84.0)], [(41.0, -84.0)] * 3], ids=["one door", "one building"])
def test_one_place_has_an_outline(places: list[tuple[float, float]], tmp_path: Path) -> None:
    kept(tmp_path, [0] * len(places), places)
    drawn = drawing(tmp_path)
    assert drawn is not None and len(drawn.outlines[0].corners) >= 4


def test_no_turf_is_no_drawing(tmp_path: Path) -> None:
    kept(tmp_path, [])
    assert drawing(tmp_path) is None


def test_places_are_told_by_group_in_their_order() -> None:
    found = by_group(np.array([2, 0, 2, 0]), 4)
    assert [places.tolist() for places in found] == [[1, 3], [], [0, 2], []]
    assert by_group(np.array([], np.int64), 0) == []
