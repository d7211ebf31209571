"""Residence lines taken apart: rows per second, and how many keys are right on a county's own address points.

The points are public data beside the project (folder $COMMONROLL_GEO, else ../shared/data/geo). Without them
only the speed is measured, on made lines, and the line says that keys were not. The reference is the engine
writing the same lines as they are.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import duckdb

from commonroll.roll.places.address import STREET_KEY, parts_of, prepare

ROWS = 2_000_000
BAR_RATE, BAR_RIGHT = 150_000, 0.99
GEO = Path(os.environ.get("COMMONROLL_GEO", Path(__file__).resolve().parents[2] / "shared" / "data" / "geo"))
POINTS = GEO / "addresses" / "baltimore_county_address_points_2014.parquet"
MADE = """(
    SELECT concat_ws(' ',
        1 + i * 7 % 9900, ['N', 'SOUTH', NULL, NULL][1 + i % 4],
        'NAME' || chr(65 + i % 26) || chr(65 + i // 26 % 26),
        ['STREET', 'AVE', 'RD', 'LANE'][1 + i % 4], ['APT 3', NULL, '#12'][1 + i % 3]) AS line
    FROM range(100000) AS made(i)
)"""
NO_UNIT = "CAST(NULL AS VARCHAR) AS unit_line"


def main() -> None:
    con = duckdb.connect(config={"threads": 2})
    prepare(con)
    source = f"read_parquet('{POINTS}')" if POINTS.exists() else ""
    lines = f"(SELECT address_line AS line FROM {source})" if source else MADE
    con.execute(f"CREATE TABLE lines AS SELECT line, {NO_UNIT} FROM {lines}, range(30) LIMIT {ROWS}")
    with tempfile.TemporaryDirectory() as folder:
        reference = written(con, "SELECT * FROM lines", Path(folder) / "as-they-are.parquet")
        seconds = written(con, parts_of("lines"), Path(folder) / "parts.parquet")
    right = keys_right(con, source) if source else None
    rate = ROWS / seconds
    print(
        json.dumps(
            {
                "name": f"address lines, {ROWS:,}: {rate:,.0f} rows/s, "
                + (f"{right:.2%} right keys" if right else f"keys not measured: no {POINTS.name}"),
                "seconds": seconds,
                "reference_seconds": reference,
                "ratio": seconds / reference,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "bar": f">= {BAR_RATE:,} rows/s, >= {BAR_RIGHT:.0%} right",
                "ok": rate >= BAR_RATE and (right is None or right >= BAR_RIGHT),
            }
        )
    )


def written(con: duckdb.DuckDBPyConnection, rows: str, path: Path) -> float:
    """Seconds to compute rows and write them."""
    began = time.perf_counter()
    con.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    return time.perf_counter() - began


def keys_right(con: duckdb.DuckDBPyConnection, source: str) -> float:
    """Share of lines whose number and street are those that the county's own parts say.

    The county's street goes through the same spelling, so that ROAD and RD agree: where number, street and
    unit part from each other is what is judged.
    """
    known = "number <> '0' AND street_name IS NOT NULL"
    con.execute(f"CREATE TABLE county AS SELECT row_number() OVER () AS i, * FROM {source} WHERE {known}")
    printed = f"(SELECT i, address_line AS line, {NO_UNIT} FROM county)"
    street = "concat_ws(' ', '1', pre_direction, street_name, street_type, post_direction)"
    spelt = f"(SELECT i, {street} AS line, {NO_UNIT} FROM county)"
    row = con.execute(f"""
        WITH said AS (
            SELECT i, concat_ws(' ', number, fraction) AS number, {STREET_KEY} AS street
            FROM ({parts_of(printed)})
        ),
        meant AS (SELECT i, {STREET_KEY} AS street FROM ({parts_of(spelt)})),
        numbers AS (
            SELECT i, concat(number, CASE WHEN number_suffix LIKE '%/%' THEN ' ' END, number_suffix) AS number
            FROM county
        )
        SELECT avg(CAST(said.street = meant.street AND said.number = numbers.number AS INTEGER))
        FROM said JOIN meant USING (i) JOIN numbers USING (i)
    """).fetchone()
    assert row is not None
    return float(row[0])


if __name__ == "__main__":
    main()
