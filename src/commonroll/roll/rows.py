"""Rows of a part that the engine has made, as Parquet.

The engine hands them over as Arrow and `pyarrow` writes them: half the time of the engine's own writer, and
no table of its own in between (docs/adr/0026).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .schema import Table
from .spots import LINE_BITS

COMPRESSION = "zstd"
ROW_GROUP = 122_880
"""Rows; the engine's own, so that a scan spreads over threads as it expects."""


def rows_that_load(rows: pa.Table) -> pa.Table:
    """The rows whose `refused` and `left_out`, where they have them, are null."""
    for name in ("refused", "left_out"):
        if name in rows.column_names and rows[name].null_count < rows.num_rows:
            rows = rows.filter(pc.is_null(rows[name]))
    return rows


def write_rows(rows: pa.Table, table: Table, path: Path) -> None:
    """Write the table's columns to `path`; `source_line`, a spot until here, becomes the line's number."""
    made = rows.select(list(table.names))
    if "source_line" in table.names:
        place = made.column_names.index("source_line")
        lines = pc.bit_wise_and(made["source_line"], LINE_BITS)
        made = made.set_column(place, "source_line", lines)
    pq.write_table(made, path, compression=COMPRESSION, row_group_size=ROW_GROUP, store_schema=False)
