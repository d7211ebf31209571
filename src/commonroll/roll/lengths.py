"""How many rows Parquet files have that never change, and where those of each begin among all of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

import pyarrow.parquet as pq


@lru_cache(maxsize=10_000)
def rows_in(path: str) -> int:
    """Rows of a file of a snapshot or of events: whoever rewrites one gives it another name."""
    return int(pq.read_metadata(path).num_rows)


def begins(files: Iterable[str]) -> list[int]:
    """Rows before each file, in their order; one number more at the end, of all rows."""
    return list(accumulate(map(rows_in, files), initial=0))
