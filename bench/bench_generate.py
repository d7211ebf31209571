"""One million invented voters as North Carolina's files, against DuckDB writing as many bytes of CSV.

Prints one JSON line: name, seconds, reference_seconds, ratio, peak_mib, bar (seconds), ok.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from commonroll.invented import generate

VOTERS, SEED, BAR = 1_000_000, 7, 60.0


def main(voters: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        (files,) = generate(["NC"], voters, SEED, Path(folder))
        seconds = time.perf_counter() - start
        # Before the reference runs, so that the peak is the generator's own; ru_maxrss is in KiB on Linux.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = sum(path.stat().st_size for path in files.files)
    reference = write_as_many(size)
    figure = {
        "name": "generate",
        "seconds": round(seconds, 2),
        "reference_seconds": round(reference, 2),
        "ratio": round(seconds / reference, 2),
        "peak_mib": round(peak),
        "bar": BAR,
        "ok": seconds <= BAR,
    }
    print(json.dumps(figure))


def write_as_many(size: int) -> float:
    """Seconds that DuckDB takes to write `size` bytes of quoted text fields as CSV, on two threads."""
    row = len('"000000000","NC","1970-01-01","ACTIVE","MAIN STREET"\n')
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 2}) as con:
        source = con.sql(
            """SELECT lpad(i::VARCHAR, 9, '0') AS id, 'NC' AS state,
                      (DATE '1970-01-01' + (i % 20000)::INT)::VARCHAR AS day,
                      'ACTIVE' AS status, 'MAIN STREET' AS street FROM range(?) t(i)""",
            params=[size // row],
        )
        start = time.perf_counter()
        source.write_csv(str(Path(folder) / "reference.csv"), quoting="ALL")
        return time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else VOTERS)
