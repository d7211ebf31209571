"""Whether first and last names stand in each other's column: told by names that nearly all are first names.

`layouts/us/first_names.csv` has 500 of them: the most frequent first names of the US census of 2020 that are
twenty times rarer as surnames (source and licence: `invented/data/README.md`). 57 in 100 people have one as
first name, 6 in 1,000 as last name, so a swap shows in a first load, where nothing can be compared with.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from commonroll.roll.counties import LAYOUTS

SAMPLE = 100_000
"""Rows looked at; a swapped column is swapped in all of them."""

Familiar = Mapping[str, int]


@cache
def first_names() -> tuple[str, ...]:
    """Names that nearly all are first names, upper case."""
    with (LAYOUTS / "us" / "first_names.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(row["name"] for row in csv.DictReader(lines))


def familiar(con: Backend, paths: Sequence[str]) -> Familiar:
    """Of the first rows of `voters` (Parquet files): `rows`, and how many `first`, `last` are first names.

    Arrow looks them up in a table of its own; the engine would compare each with one name after the other.
    """
    rows = con.to_pyarrow(con.read_parquet(list(paths)).select("first_name", "last_name").limit(SAMPLE))
    known = pa.array(first_names(), pa.string())

    def among(column: str) -> int:
        return int(pc.sum(pc.is_in(rows[column], known)).as_py() or 0)

    return {"rows": rows.num_rows, "first": among("first_name"), "last": among("last_name")}
