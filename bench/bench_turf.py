"""Turf: the invented city cut at three sizes and as a list of targets, and a county's points by minutes.

Bars (specification of the field, 8): 1,000,000 doors in 60 s and 1 GB, graph included; at least 99 % of turfs
with 40 to 60 doors; at least 97 % of some hundreds that are walked without a gap over 200 m; not more walking
for each door than in METIS's turfs; by minutes at least 95 % between 90 and 150, none over 180. Processor
time of the cut alone. One JSON line a figure on stdout. The county's points are public data beside the
project; where they are absent it is said.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import duckdb
import numpy as np
from turf_walks import in_window, walked

from commonroll.field.atoms import along_streets
from commonroll.field.city import city
from commonroll.field.cut import by_metis, cut
from commonroll.field.minutes import cut_by_minutes
from commonroll.field.points import Points
from commonroll.field.search import Window

GEO = Path(os.environ.get("COMMONROLL_GEO", Path(__file__).resolve().parents[2] / "shared" / "data" / "geo"))
POINTS = GEO / "addresses" / "baltimore_county_address_points_2014.parquet"
WALKED = 700
EARTH = 6_371_000.0


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
    turf = cut(atoms)
    took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    of_door, window = turf[atoms.of_door], in_window(turf[atoms.of_door])
    ours = walked(made.streets, made.doors, of_door, WALKED)
    metis = walked(made.streets, made.doors, by_metis(atoms, Window(), 1)[atoms.of_door], WALKED)
    ratio = ours.metres / metis.metres
    ok = window >= 0.99 and ours.no_gap >= 0.97 and ratio <= 1 and (took < 60 and peak < 1024)
    put(
        f"turf: {len(made.doors):,} doors, {coverage:.0%} of the city's", took,
        "99 % of 40 to 60, 97 % without a gap, METIS's walking; a million in 60 s and 1 GB", ok,
        turfs=int(of_door.max()) + 1, in_window=round(window, 4), no_gap=round(ours.no_gap, 4),
        metres_a_door=round(ours.metres, 2), to_metis=round(ratio, 3),
    )  # fmt: skip


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
