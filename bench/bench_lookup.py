"""One voter of many by a key: what an index costs to make, and how long a look takes.

`bench_lookup.py [VOTERS]` (a million): rows are made by the engine, without meaning. One JSON line a figure.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from commonroll.roll.lookup.index import Index, index_of
from commonroll.roll.lookup.keys import KEYS
from commonroll.roll.schema import VOTERS

TYPES = {"string": "VARCHAR", "date": "DATE", "int16": "SMALLINT", "int64": "BIGINT", "bool": "BOOLEAN"}
MADE = {
    "state_voter_id": "'OH' || lpad((hash(i) % 100000000000)::VARCHAR, 11, '0')",
    "first_name": "'FN' || hash(i + 1) % 5000",
    "last_name": "'LN' || hash(i + 2) % 90000",
    "residence_line1": "hash(i + 3) % 9999 || ' ELM STREET'",
    "residence_zip5": "(hash(i + 4) % 1200 + 43000)::VARCHAR",
    "birth_date": "DATE '1940-01-01' + (hash(i + 5) % 22000)::INT",
    "phone": "'+1614' || lpad((hash(i + 6) % 9000000)::VARCHAR, 7, '0')",
    "email": "'v' || hash(i + 7) % 90000000 || '@example.org'",
    "status": "'active'",
}
LOOKS = 300
BAR_MS = 5.0


def main(voters: int) -> None:
    with tempfile.TemporaryDirectory(prefix="lookup-") as folder:
        vault = Path(folder)
        roll = vault / "roll.parquet"
        columns = ", ".join(f"({MADE.get(c.name, 'NULL')})::{TYPES[c.type]} AS {c.name}" for c in VOTERS)
        rows = f"SELECT {columns} FROM range({voters}) r(i)"
        duckdb.execute(f"COPY ({rows}) TO '{roll}' (FORMAT parquet, COMPRESSION zstd)")
        cpu = time.process_time()
        index = index_of(vault, "oh", [str(roll)], "salt")
        size = sum(path.stat().st_size for path in (vault / "lookup").rglob("*") if path.is_file())
        say("index made, CPU s", time.process_time() - cpu, voters=voters, megabytes=size >> 20)
        for key in KEYS:
            say(f"look by {key}, p95 ms", looks(index, key, voters), bar=BAR_MS)


def looks(index: Index, key: str, voters: int) -> float:
    """Milliseconds, p95, of a look by a key and the reading of the first row."""
    took = []
    for place in np.random.default_rng(1).integers(0, voters, LOOKS):
        row = index.rows([int(place)]).to_pylist()[0]
        values = {name: str(value) for name, value in row.items() if value is not None}
        began = time.perf_counter()
        index.rows(index.places(key, values)[:1])
        took.append((time.perf_counter() - began) * 1000)
    return float(np.percentile(took, 95))


def say(name: str, value: float, **more: Any) -> None:
    ok = value <= more["bar"] if "bar" in more else None
    print(json.dumps({"name": name, "value": round(value, 2), **more, "ok": ok}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
