"""Turf on streets that nobody tuned it on: Baltimore and Harrisburg as OpenStreetMap had them in 2015.

Doors along them are invented. Bars (specification of the field, 8): at least 98 % of turfs with 40 to 60
doors, at least 96 % without a gap over 200 m between neighbours on the way (least spanning tree of walking
distances), 11 and 22 m of a round walk for each door: metres on foot of the order that counts each crossing
PENALTY metres more (`penalised`: with that penalty as metres). Every turf is walked. Data beside the
project; where they are absent it is said. Processor time, one JSON line a figure.
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

import numpy as np
import pyarrow.parquet as pq
from turf_walks import in_window, walked

from commonroll.field.atoms import along_streets
from commonroll.field.city import doors_along
from commonroll.field.cut import cut
from commonroll.field.street_lines import HIGHWAYS, Lines, streets_of

ROOT = Path(__file__).resolve().parents[1]
GEO = Path(os.environ.get("COMMONROLL_GEO", ROOT.parent / "shared" / "data" / "geo"))
METRE = math.radians(1) * 6_371_000.0
TOWNS = (("baltimore", (5.0, 12.0), 11.0), ("harrisburg", (10.0, 26.0), 22.0))
"""Name, metres of a lot (about as many doors as the specification's figures are of), most metres a door."""


def lines_of(path: Path) -> Lines:
    ways = [way for way in pq.read_table(path).to_pylist() if way["highway"] in HIGHWAYS]
    lon, lat = (np.concatenate([way[axis] for way in ways]) for axis in ("lon", "lat"))
    names = {name: at for at, name in enumerate(sorted({way["name"] or "" for way in ways}))}
    return Lines(
        first=np.concatenate([[0], np.cumsum([len(way["lon"]) for way in ways])]),
        node=np.concatenate([way["node_ids"] for way in ways]),
        x=(lon - lon.mean()) * METRE * math.cos(math.radians(float(lat.mean()))),
        y=(lat - lat.mean()) * METRE,
        kind=np.array([int(HIGHWAYS[way["highway"]]) for way in ways]),
        name=np.array([names[way["name"] or ""] for way in ways]),
    )


def town(name: str, lots: tuple[float, float], most: float) -> None:
    path = GEO / "osm" / f"{name}_streets.parquet"
    if not path.exists():
        put(f"turf on {name}'s streets", 0, f"not run: {path.name} is not here", True)
        return
    began = time.process_time()
    streets = streets_of(lines_of(path))
    doors = doors_along(streets, lots=lots)
    atoms = along_streets(streets, doors)
    turf = cut(atoms)[atoms.of_door]
    took = time.process_time() - began
    window, found = in_window(turf), walked(streets, doors, turf)
    ok = window >= 0.98 and found.no_gap >= 0.96 and found.metres <= most
    put(
        f"turf on {name}'s streets, {len(doors):,} doors", took, f"98 %, 96 %, {most:.0f} m a door", ok,
        turfs=int(turf.max()) + 1, in_window=round(window, 4), no_gap=round(found.no_gap, 4),
        metres_a_door=round(found.metres, 2), penalised=round(found.penalised, 1),
    )  # fmt: skip


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


if __name__ == "__main__":
    for each in TOWNS:
        town(*each)
