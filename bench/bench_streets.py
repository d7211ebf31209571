"""What streets that a member brought are worth: the same doors cut and walked with them and without.

Towns that nobody tuned it on, from their extracts as they were published (`streets load`), doors invented
along them, all or a third of them. Both walks are measured on the streets: metres a door of the round, each
crossing counted PENALTY metres more; the share of turfs without a gap over 200 m; how heavy the streets of a
turf's bundle are. Bars: streets shorten the walk, no less than 95 % of buildings stand at one, and a turf's
streets weigh less than 12 KiB packed. Data beside the project; where they are absent it is said.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse.csgraph import minimum_spanning_tree

from commonroll.field import net
from commonroll.field.arrays import Ints, by_group
from commonroll.field.city import doors_along
from commonroll.field.divide import Size, divide
from commonroll.field.doors import Doors
from commonroll.field.drawn import LIGHT, for_phone
from commonroll.field.files import DEGREE, walked
from commonroll.field.maps import keep
from commonroll.field.maps.keep import Brought
from commonroll.field.maps.near import near
from commonroll.field.maps.read import gather
from commonroll.field.order.distances import Pavements
from commonroll.field.order.ground import Ground
from commonroll.field.walks import WALKS
from commonroll.roll.vault.vault import Vault

ROOT = Path(__file__).resolve().parents[1]
GEO = Path(os.environ.get("COMMONROLL_GEO", ROOT.parent / "shared" / "data" / "geo"))
TOWNS = (("baltimore", (5.0, 12.0)), ("harrisburg", (10.0, 26.0)))
"""Name, and metres of a lot."""

SHARES = (1.0, 0.35)
"""Of the doors, those that are called on."""

WALKED = 150


def town(name: str, lots: tuple[float, float], share: float, work: Path) -> None:
    path = GEO / "osm" / f"{name}.osm.pbf"
    title = f"streets of {name}, {share:.0%} of the doors"
    if not path.exists():
        put(title, 0, f"not run: {path.name} is not here", True)
        return
    began = time.process_time()
    vault = Vault(work, name)
    begun = Brought(keep.new_id(), (path.name,), "OpenStreetMap", "ODbL", "2015-02-01", "bench", "2026-01-01")
    keep.keep(vault, keep.begin(vault, begun), gather([path]))
    read = time.process_time() - began
    table = doors_of(vault, lots, share)
    along, straight = work / f"{name}-{share}-along", work / f"{name}-{share}-straight"
    for folder in (along, straight):
        folder.mkdir()
        pq.write_table(table, folder / "doors.parquet")
    began = time.process_time()
    said = net.put(along, vault)
    divide(along, Size())
    took = time.process_time() - began
    divide(straight, Size())
    real = net.net_of(along)
    assert real is not None
    with_, without = measured(along, real), measured(straight, real)
    light = [packed(along, turf) for turf in range(0, with_["turfs"], max(1, with_["turfs"] // 40))]
    ok = with_["metres"] < without["metres"] and said["at_streets"] >= 0.95 * said["doors"]
    put(
        f"{title}, {table.num_rows:,} doors", took, f"shorter than without, {LIGHT >> 10} KiB a turf",
        ok and max(light) <= LIGHT, read_seconds=round(read, 2), at_streets=said["at_streets"],
        buildings=said["doors"], metres_a_door=with_["metres"], without_streets=without["metres"],
        no_gap=with_["no_gap"], no_gap_without=without["no_gap"], in_window=with_["window"],
        in_window_without=without["window"], bundle_bytes=max(light),
    )  # fmt: skip


def doors_of(vault: Vault, lots: tuple[float, float], share: float) -> pa.Table:
    """Invented doors on the streets of the map, as a cut has them."""
    (brought,) = keep.in_use(vault)
    box = brought.box
    grid = [axis.ravel() for axis in np.meshgrid(
        np.arange(box[0], box[2], 0.01), np.arange(box[1], box[3], 0.01)
    )]  # fmt: skip
    found = near(vault, *grid)
    assert found is not None
    with tempfile.TemporaryDirectory() as place:
        path = Path(place)
        net._write(net._pieces(found), path / net.STREETS)
        whole = net.net_of(path)
    assert whole is not None
    doors = doors_along(whole.streets, lots=lots)
    if share < 1:
        doors = doors.take(np.random.default_rng(1).random(len(doors)) < share)
    return _table(whole, doors)


def _table(whole: net.Net, doors: Doors) -> pa.Table:
    count, street = len(doors), doors.face // 2
    # doors along a street without a name are known by a name of their own: addresses always have one
    keys = [whole.keys[at] or f"NEW {edge} ST" for edge, at in enumerate(whole.streets.name)]
    block = _blocks(keys)[street] * 100
    along = (doors.offset / np.maximum(whole.streets.length[street], 1) * 49).astype(np.int64)
    narrow = DEGREE * math.cos(math.radians(whole.middle[1]))
    return pa.table({
        "door": np.arange(count), "building_key": [str(one) for one in doors.building],
        "street_key": [keys[at] for at in street], "area": ["1"] * count,
        "house": block + along * 2 + doors.face % 2, "people": np.ones(count, np.int64),
        "latitude": doors.y / DEGREE + whole.middle[1], "longitude": doors.x / narrow + whole.middle[0],
        "why": pa.array([None] * count, pa.string()),
    })  # fmt: skip


def _blocks(keys: list[str]) -> Ints:
    """The hundred-block of each piece of a street: one after the other along it."""
    seen: Counter[str] = Counter()
    found = []
    for key in keys:
        seen[key] += 1
        found.append(seen[key])
    return np.array(found, np.int64)


def measured(folder: Path, real: net.Net) -> dict[str, Any]:
    """Some turfs of a cut walked on the real streets, whatever it was cut by."""
    doors = walked(folder)
    ground, kept = Ground.of(doors, real), pq.read_table(folder / WALKS)
    real.__dict__["pavements"] = Pavements(real.streets)  # ways of any length count
    of_turf = by_group(doors["turf"].to_numpy().astype(np.int64), int(doors["turf"].to_numpy().max()) + 1)
    metres, count, whole = 0.0, 0, []
    for turf in range(0, len(of_turf), max(1, len(of_turf) // WALKED)):
        between = ground.around(of_turf[turf]).metres
        rows = kept.filter(pa.compute.equal(kept["turf"], turf)).sort_by("at")["stop"].to_pylist()
        stops = list(dict.fromkeys(rows))
        metres += sum(between[a, b] for a, b in pairwise([*stops, stops[0]]))
        count += len(of_turf[turf])
        whole.append(float(minimum_spanning_tree(between).data.max(initial=0.0)) <= 200)
    sizes = np.array([len(rows) for rows in of_turf])
    window = float(np.mean((sizes >= 40) & (sizes <= 60)))
    return {"turfs": len(of_turf), "metres": round(metres / count, 1),
            "no_gap": round(float(np.mean(whole)), 3),
            "window": round(window, 3)}  # fmt: skip


def packed(folder: Path, turf: int) -> int:
    return len(gzip.compress(json.dumps(for_phone(folder, walked(folder, [turf]))).encode()))


def put(name: str, seconds: float, bar: str, ok: bool, **more: Any) -> None:
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    said = {"name": name, "seconds": round(seconds, 2), **more, "peak_mib": peak, "bar": bar, "ok": bool(ok)}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    for each in TOWNS:
        for some in SHARES:
            with tempfile.TemporaryDirectory() as below:
                town(*each, some, Path(below))
