"""Doors placed by a county's address points, some of them held out: how many, how far off, how fast.

The points are public data beside the project (folder $COMMONROLL_GEO, else ../shared/data/geo); without them
the figure says that it was not measured. Nine of ten doors must keep the error that their row states, all
together and the far ones by themselves. Doors that share an address with points that were not held out stand
among those, and are not counted: of a whole file, each address has all its points.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.places.places import Places, make_places, places_file
from commonroll.roll.places.points import add_points
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault

COPIES = 10
"""Voters behind each door."""

HELD_OUT = 30
"""Per cent of the points."""

FARTHEST_OFF = 20.0
"""Metres at the median of the doors placed between neighbours; we measured 17."""

PLACED, KEPT = 0.99, 0.9
"""Share of the doors held out that are placed (measured: 99.3 %; of the others, most live on streets of which
every point was held out), and share of these within the error they state (measured: 93 %)."""

FAR = 100
"""Metres of stated error from which a door counts as far (measured: 90 % of them within it)."""

GEO = Path(os.environ.get("COMMONROLL_GEO", Path(__file__).resolve().parents[2] / "shared" / "data" / "geo"))
POINTS = GEO / "addresses" / "baltimore_county_address_points_2014.parquet"
METRES = "111320 * sqrt(power(latitude - lat, 2) + power((longitude - lon) * cos(radians(lat)), 2))"


def main() -> None:
    if not POINTS.exists():
        print(json.dumps({"name": f"geocode: skipped, {POINTS.name} is not here", "bar": "none", "ok": True}))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(figure(Path(folder))))


def figure(folder: Path) -> dict[str, object]:
    con = duckdb.connect(config={"threads": 2})
    con.execute(
        f"CREATE TABLE county AS SELECT row_number() OVER (ORDER BY id) AS i, *, hash(id) % 100 < {HELD_OUT} "
        f"AS held_out FROM read_parquet('{POINTS}') WHERE number <> '0' AND street_name IS NOT NULL"
    )
    con.execute(
        f"COPY (SELECT * FROM county WHERE NOT held_out) TO '{folder / 'points.parquet'}' (FORMAT parquet)"
    )
    vault = Vault(folder / "vaults", "md")
    voters = load(vault, con)
    plain, _ = made_in(vault)
    add_points(vault, folder / "points.parquet")
    seconds, made = made_in(vault)
    off, kept, far, placed = errors(vault, con)
    return {
        "name": f"geocode {voters:,} voters, {HELD_OUT}% of points held out: {made.placed / voters:.1%} "
        f"placed; {placed:.1%} of the others between neighbours, {off:.0f} m off at the median, "
        f"{kept:.1%} within the stated error ({far:.1%} of those that state {FAR} m and more)",
        "seconds": seconds,
        "reference_seconds": plain,
        "ratio": seconds / plain,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "bar": f"median <= {FARTHEST_OFF:.0f} m, placed >= {PLACED:.0%}, stated error kept by {KEPT:.0%}, "
        "1M rows/s over addresses alone",
        "ok": off <= FARTHEST_OFF
        and placed >= PLACED
        and kept >= KEPT
        and voters / max(seconds - plain, 1e-9) >= 1_000_000,
    }


def made_in(vault: Vault) -> tuple[float, Places]:
    """Processor seconds to make the places, the better of two, and what they come to."""
    took = []
    for _ in range(2):
        began = time.process_time()
        made = make_places(vault)
        took.append(time.process_time() - began)
    return min(took), made


def load(vault: Vault, con: duckdb.DuckDBPyConnection) -> int:
    """A roll with some voters behind each of the county's doors, as a snapshot; how many voters."""
    filled = {
        "member": "'md'", "state": "'MD'", "state_voter_id": "printf('%08d', i * 100 + copy)",
        "status": "'active'",
        "residence_line1": "address_line", "residence_zip5": "zip", "residence_city": "city",
        "confidential": "false", "shown_from": "DATE '1900-01-01'", "listed_from": "DATE '1900-01-01'",
        "source_file": "'made'", "source_line": "i",
    }  # fmt: skip
    columns = ", ".join(f"{filled.get(name, 'NULL')} AS {name}" for name in VOTERS.names)
    rows = con.execute(f"SELECT {columns} FROM county, range({COPIES}) AS c(copy)").to_arrow_table()
    path = vault.stage("voters")
    pq.write_table(pa.table({f.name: rows[f.name].cast(f.type) for f in arrow_schema(VOTERS)}), path)
    vault.publish(
        {"voters": [path]},
        parent=None,
        load="bench",
        state="MD",
        layouts=[],
        now=datetime(2026, 11, 26, tzinfo=UTC),
    )
    return int(rows.num_rows)


def errors(vault: Vault, con: duckdb.DuckDBPyConnection) -> tuple[float, float, float, float]:
    """Of doors held out: metres off at the median where placed between neighbours, share of these within the
    error they state, the same of the far ones, share placed so."""
    snapshot = vault.current()
    assert snapshot is not None
    path = places_file(vault, snapshot)
    row = con.execute(
        f"WITH held AS (SELECT method, error_m, {METRES} AS off FROM read_parquet('{path}') AS p "
        "JOIN county ON state_voter_id = printf('%08d', i * 100) WHERE held_out) "
        "SELECT median(off) FILTER (method = 'between'), "
        "avg((off <= error_m)::INT) FILTER (method = 'between'), "
        f"avg((off <= error_m)::INT) FILTER (method = 'between' AND error_m >= {FAR}), "
        "avg((method = 'between')::INT) FROM held WHERE method <> 'point'"
    ).fetchone()
    assert row is not None
    off, kept, far, placed = map(float, row)
    return off, kept, far, placed


if __name__ == "__main__":
    main()
