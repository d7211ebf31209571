"""Turf: the invented city cut at three sizes and as a list of targets, and a county's points by minutes.

Bars (specification of the field, 8): 1,000,000 doors in 60 s and 1 GB, graph included; at least 99 % of turfs
with 40 to 60 doors, at least 97 % without a gap of more than 200 m on foot (300 turfs looked at); by minutes
at least 95 % between 90 and 150, none over 180. Processor time. One JSON line a figure on stdout. The
county's points are public data beside the project; where they are absent it is said.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import duckdb
import numpy as np
from scipy.sparse.csgraph import minimum_spanning_tree

from commonroll.field.arrays import Ints, by_group
from commonroll.field.atoms import along_streets
from commonroll.field.city import City, city
from commonroll.field.cut import cut
from commonroll.field.gaps import FAR, along
from commonroll.field.minutes import cut_by_minutes
from commonroll.field.order.distances import Pavements, stops_of
from commonroll.field.points import Points

POINTS = (
    Path(__file__).resolve().parents[2]
    / "shared/data/geo/addresses/baltimore_county_address_points_2014.parquet"
)
EARTH = 6_371_000.0
LOOKED_AT = 300


def put(name: str, seconds: float, bar: str, ok: bool, **more: Any) -> None:
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figure = {
        "name": name,
        "seconds": round(seconds, 2),
        **more,
        "peak_mib": peak,
        "bar": bar,
        "ok": bool(ok),
    }
    print(json.dumps(figure), flush=True)


def in_city(doors: int, coverage: float) -> None:
    made = city(doors, coverage=coverage)
    began = time.process_time()
    atoms = along_streets(made.streets, made.doors)
    turf = cut(atoms, apart=along(made.streets, made.doors, atoms.of_door))
    took = time.process_time() - began
    sizes = np.bincount(turf[atoms.of_door])
    window = float(np.mean((sizes >= 40) & (sizes <= 60)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    no_gap = without_gap(made, turf[atoms.of_door], len(sizes))
    ok = window >= 0.99 and no_gap >= 0.97 and (doors < 1_000_000 or (took < 60 and peak < 1024))
    name = f"turf: {len(made.doors):,} doors, {coverage:.0%} of the city's"
    put(
        name, took, "99 % of 40 to 60, 97 % without a gap; a million in 60 s", ok,
        turfs=len(sizes), in_window=round(window, 4), no_gap=round(no_gap, 4),
    )  # fmt: skip


def without_gap(made: City, turf: Ints, turfs: int) -> float:
    """The share of some turfs in which no way of the least tree over their doors is longer than FAR."""
    pavements, rows = Pavements(made.streets), by_group(turf, turfs)
    longest = [
        minimum_spanning_tree(pavements.distances(stops_of(made.doors.take(rows[at]))[0])).data.max(initial=0)
        for at in range(0, turfs, max(1, turfs // LOOKED_AT))
    ]
    return float(np.mean(np.array(longest) <= FAR))


def county() -> None:
    if not POINTS.exists():
        put("turf: a county by minutes", 0, "not run: ../shared/data/geo is not here", True)
        return
    points = _points()
    began = time.process_time()
    minutes = cut_by_minutes(points).minutes
    took = time.process_time() - began
    good, long = float(np.mean((minutes >= 90) & (minutes <= 150))), int((minutes > 180).sum())
    bar = "95 % of 90 to 150 minutes, none over 180"
    put(
        "turf: a county by minutes",
        took,
        bar,
        good >= 0.95 and not long,
        turfs=len(minutes),
        good=round(good, 4),
    )


def _points() -> Points:
    rows = duckdb.sql(
        f"""SELECT lon, lat, coalesce(TRY_CAST("number" AS INTEGER), 0) AS house,
        dense_rank() OVER (ORDER BY pre_direction, street_name, street_type) AS street,
        dense_rank() OVER (ORDER BY round(lon, 6), round(lat, 6)) AS building
        FROM read_parquet('{POINTS}') ORDER BY id"""
    ).fetchnumpy()
    lon, lat = np.asarray(rows["lon"], float), np.asarray(rows["lat"], float)
    metre = math.radians(1) * EARTH
    x, y = (lon - lon.mean()) * metre * math.cos(math.radians(lat.mean())), (lat - lat.mean()) * metre
    building, street, house = (np.asarray(rows[name], np.int64) for name in ("building", "street", "house"))
    return Points(x, y, building, street, house)


if __name__ == "__main__":
    for doors, coverage in ((10_000, 1.0), (100_000, 1.0), (300_000, 0.35), (1_000_000, 1.0)):
        in_city(doors, coverage)
    county()
