"""Scans: temporary views belong to one connection, and files of an earlier table are refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.errors import Refusal
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


EMPTY = pa.schema([(c.name, TYPES[c.type]) for c in schema.VOTERS]).empty_table()


def test_a_roll_of_an_earlier_table_is_refused(tmp_path: Path) -> None:
    now, earlier = tmp_path / "now.parquet", tmp_path / "earlier.parquet"
    pq.write_table(EMPTY, now)
    pq.write_table(EMPTY.drop_columns(["shown_from", "listed_from"]), earlier)

    with pytest.raises(Refusal, match="loaded before") as refused:
        scan(ibis_engine(), "voters", [(1, str(now)), (2, str(earlier))], ["party"])
    assert refused.value.where == "listed_from, shown_from"


def test_each_thread_reads_the_same_files(tmp_path: Path) -> None:
    path = tmp_path / "voters.parquet"
    pq.write_table(EMPTY, path)

    def rows(_: int) -> int:
        con = ibis_engine()
        return int(con.to_pyarrow(scan(con, "voters", [(0, str(path))], schema.VOTERS.names)).num_rows)

    assert rows(0) == 0
    for _ in range(3):
        with ThreadPoolExecutor(1) as pool:
            assert list(pool.map(rows, range(2))) == [0, 0]
