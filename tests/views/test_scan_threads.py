"""Temporary views belong to one connection: a second thread must make its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll import schema
from commonroll.roll.engine import ibis_engine
from commonroll.views.scan import scan

TYPES = {
    "string": pa.string(),
    "date": pa.date32(),
    "int16": pa.int16(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
}


def test_each_thread_reads_the_same_files(tmp_path: Path) -> None:
    path = tmp_path / "voters.parquet"
    empty = pa.schema([(c.name, TYPES[c.type]) for c in schema.VOTERS]).empty_table()
    pq.write_table(empty, path)

    def rows(_: int) -> int:
        con = ibis_engine()
        return int(con.to_pyarrow(scan(con, "voters", [(0, str(path))], schema.VOTERS.names)).num_rows)

    assert rows(0) == 0
    for _ in range(3):
        with ThreadPoolExecutor(1) as pool:
            assert list(pool.map(rows, range(2))) == [0, 0]
