"""Doors put on the sides of streets, and doors placed by ranges of numbers alone: how many, how far off.

The first is the invented city put back on its own streets. The second takes a county's address points, makes
a line with numbers of each side of a hundred-block from 70 % of them, and asks for the others; the points are
public data beside the project (folder $COMMONROLL_GEO), and where they are absent it is said. Processor time:
two cores place twice as many rows in a second.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import duckdb
import numpy as np
from bench_geocode import HELD_OUT, METRES, POINTS, load, made_in

from commonroll.field.city import city
from commonroll.field.places import on_faces
from commonroll.roll.places.places import places_file
from commonroll.roll.places.ranges import add_ranges
from commonroll.roll.vault.vault import Vault

DOORS = 500_000
BLOCKS = """
    SELECT 'Feature' AS type,
        {'FULLNAME': concat_ws(' ', pre_direction, street_name, street_type, post_direction),
         'LFROMHN': min(n)::VARCHAR, 'LTOHN': max(n)::VARCHAR, 'ZIPL': zip} AS properties,
        {'type': 'LineString', 'coordinates':
            [[arg_min(lon, n), arg_min(lat, n)], [arg_max(lon, n), arg_max(lat, n)]]} AS geometry
    FROM (SELECT *, TRY_CAST(number AS INTEGER) AS n FROM county WHERE NOT held_out) WHERE n > 0
    GROUP BY pre_direction, street_name, street_type, post_direction, zip, n // 100, n % 2
    HAVING min(n) < max(n)
"""


def put(name: str, seconds: float, bar: str, ok: bool) -> None:
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps({"name": name, "seconds": seconds, "peak_mib": peak, "bar": bar, "ok": bool(ok)}))


def in_city() -> None:
    made = city(DOORS)
    began = time.process_time()
    name = made.streets.name[made.doors.face >> 1]
    placed = on_faces(made.streets, made.doors.x, made.doors.y, made.doors.building, name)
    seconds = time.process_time() - began
    rate = len(made.doors) / seconds
    right = np.count_nonzero(placed.doors.face == made.doors.face[placed.kept]) / len(made.doors)
    said = f"{len(made.doors):,} doors on sides of streets: {rate:,.0f} doors/s, {right:.2%} on their own"
    put(said, seconds, ">= 98 % on their own side", right >= 0.98)


def by_ranges(folder: Path) -> None:
    con = duckdb.connect(config={"threads": 2})
    con.execute(
        f"CREATE TABLE county AS SELECT row_number() OVER (ORDER BY id) AS i, *, hash(id) % 100 < {HELD_OUT} "
        f"AS held_out FROM read_parquet('{POINTS}') WHERE number <> '0' AND street_name IS NOT NULL"
    )
    con.execute(f"COPY ({BLOCKS}) TO '{folder / 'blocks.geojson'}' (FORMAT json)")
    vault = Vault(folder / "vaults", "md")
    voters = load(vault, con)
    plain, _ = made_in(vault)
    sides = add_ranges(vault, folder / "blocks.geojson").sides
    seconds, made = made_in(vault)
    snapshot = vault.current()
    assert snapshot is not None
    row = con.execute(
        f"WITH held AS (SELECT method, error_m, {METRES} AS off FROM "
        f"read_parquet('{places_file(vault, snapshot)}') "
        "JOIN county ON state_voter_id = printf('%08d', i * 100) WHERE held_out AND method = 'range') "
        "SELECT median(off), quantile_cont(off, 0.9), avg((off <= error_m)::INT) FROM held"
    ).fetchone()
    assert row is not None
    off, tenth, kept = row
    rate = voters / max(seconds - plain, 1e-9)
    said = (
        f"{voters:,} voters placed by {sides:,} ranges alone: {made.placed / voters:.1%} placed, "
        f"{off:.0f} m off at the median, {tenth:.0f} at p90, {kept:.0%} within the stated error"
    )
    bar = "0.5M rows/s a core, median <= 30 m, stated error kept by 90%"
    put(said, seconds - plain, bar, rate >= 500_000 and off <= 30 and kept >= 0.9)


if __name__ == "__main__":
    in_city()
    if POINTS.exists():
        with tempfile.TemporaryDirectory() as scratch:
            by_ranges(Path(scratch))
    else:
        put("doors placed by ranges: not run: ../shared/data/geo is not here", 0, "none", True)
