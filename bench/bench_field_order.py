"""The walking order: how far above the best known tours, how fast, in Python and on the phone's side in node.

Bars (specification of the field, 8): mean gap at most 1 %, under 30 ms a turf in pure Python at 25 rounds,
under 100 ms in a browser four times slower. Sixty turfs with the best tours known are data beside the
project; where they are absent it is said, and the invented city is ordered alone. Processor time.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np

from commonroll.field.atoms import along_streets
from commonroll.field.city import city
from commonroll.field.cut import cut
from commonroll.field.order.distances import Pavements, sides_of, stops_of, whole_centimetres
from commonroll.field.order.order import ROUNDS, order
from commonroll.field.order.search import length

ROOT = Path(__file__).resolve().parents[1]
GEO = Path(os.environ.get("COMMONROLL_GEO", ROOT.parent / "shared" / "data" / "geo"))
TURFS = GEO / "routing" / "turf_matrices_60.json"
SCRIPT = ROOT / "src/commonroll/server/static/field/order.js"
CITY = 100_000
LOOKED_AT = 10
"""Of the city's turfs, one in so many."""


def put(name: str, seconds: float, bar: str, ok: bool, **more: Any) -> None:
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(
        json.dumps({"name": name, "seconds": seconds, **more, "peak_mib": peak, "bar": bar, "ok": bool(ok)})
    )


def best_known() -> None:
    turfs = json.loads(TURFS.read_text("utf-8"))
    matrices = [[[round(100 * metres) for metres in row] for row in turf["distance"]] for turf in turfs]
    for rounds in (25, ROUNDS):
        for name, key in (("freely", "best"), ("one side at a time", "best_by_side")):
            began = time.process_time()
            tours = [
                order(m, sides=turf["sides"] if key == "best_by_side" else (), rounds=rounds)
                for m, turf in zip(matrices, turfs, strict=True)
            ]
            each = (time.process_time() - began) / len(turfs)
            gaps = [
                length(m, tour) / 100 / turf[key] - 1
                for m, tour, turf in zip(matrices, tours, turfs, strict=True)
            ]
            mean, worst = float(np.mean(gaps)), max(gaps)
            said = f"{mean:.3%} over the best known, at worst {worst:.1%}"
            put(
                f"order of a turf, {name}, {rounds} rounds: {said}",
                each,
                "<= 1 %, < 30 ms",
                mean <= 0.01 and each < 0.03,
            )
    on_the_phone(matrices)


def on_the_phone(matrices: list[list[list[int]]]) -> None:
    node = shutil.which("node")
    if node is None:
        put("order of a turf in JavaScript: not run: no node here", 0, "none", True)
        return
    script = f"""{SCRIPT.read_text("utf-8")}
    const turfs = {json.dumps(matrices)};
    for (const m of turfs.slice(0, 10)) order(m);
    const began = process.cpuUsage();
    for (const m of turfs) order(m);
    console.log(process.cpuUsage(began).user / 1e6 / turfs.length);"""
    done = subprocess.run(
        [node, "--input-type=module"], input=script, capture_output=True, text=True, check=True
    )
    each = float(done.stdout)
    put(f"order of a turf in JavaScript, {ROUNDS} rounds", each, "< 25 ms (100 ms at 4x)", each < 0.025)


def in_city() -> None:
    made = city(CITY)
    turf = cut(atoms := along_streets(made.streets, made.doors))[atoms.of_door]
    pavements = Pavements(made.streets)
    looked_at = range(0, int(turf.max()) + 1, LOOKED_AT)
    matrix = search = walk = 0.0
    doors = 0
    for number in looked_at:
        here = made.doors.take(turf == number)
        stops, _ = stops_of(here)
        began = time.process_time()
        m = whole_centimetres(pavements.distances(stops))
        between = time.process_time()
        tour = order(m, sides=sides_of(stops))
        matrix, search = matrix + between - began, search + time.process_time() - between
        walk, doors = walk + length(m, tour) / 100, doors + len(here)
    count = len(looked_at)
    name = (
        f"order of {count} turfs of a city of {CITY:,}: {matrix / count * 1e3:.1f} ms for distances, "
        f"{search / count * 1e3:.1f} ms for the order, {walk / doors:.1f} m a door"
    )
    each = (matrix + search) / count
    put(name, each, "< 30 ms a turf", each < 0.03)


if __name__ == "__main__":
    if TURFS.exists():
        best_known()
    else:
        put("order of a turf: not run: ../shared/data/geo is not here", 0, "none", True)
    in_city()
