"""Link records that a vault keeps from one linking to the next, without the voters to be taken out."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

KEPT = ("links/*.records.parquet", "links/*.patch.parquet")
"""Files that hold names; a record's id is the voter's."""
_KEY = "record"


def without(path: Path, gone: pa.Array, fresh: Path) -> int:
    """Write a file of records without the ids `gone` to `fresh`, and how many rows those are; nothing is
    written where it holds none. A row group is in memory at a time."""
    found = int(pc.sum(pc.is_in(pq.read_table(path, columns=[_KEY])[_KEY], value_set=gone)).as_py() or 0)
    if found:
        whole = pq.ParquetFile(path)
        with pq.ParquetWriter(fresh, whole.schema_arrow, compression="zstd") as to:
            for number in range(whole.num_row_groups):
                rows = whole.read_row_group(number)
                to.write_table(rows.filter(pc.invert(pc.is_in(rows[_KEY], value_set=gone))))
    return found
