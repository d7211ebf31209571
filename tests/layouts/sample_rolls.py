"""The samples beside the layouts, as the loader reads them, to compare with their expected rows."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from commonroll.invented import reading
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import Layout, layout

Row = dict[str, str]


def sample_files(known: Layout) -> list[Path]:
    state, name = known.key.split("/")
    return sorted((LAYOUTS / state / "sample" / name).iterdir())


def expected(known: Layout, table: str) -> list[Row]:
    state, name = known.key.split("/")
    with (LAYOUTS / state / "expected" / name / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def raw_rows(key: str) -> tuple[ir.Table, ...]:
    """The lines of each file of a sample, which is recognised as its own, as strings by official column."""
    read = reading.raw_tables(sample_files(layout(key)))
    assert {seen.key for seen, _ in read} == {key}
    return tuple(raw for _, raw in read)


@cache
def made(key: str) -> dict[str, pa.Table]:
    """The tables that the sample of a layout becomes, as the engine makes them."""
    each = [reading.tables_of(layout(key), raw) for raw in raw_rows(key)]
    return {name: pa.concat_tables(tables[name].to_pyarrow() for tables in each) for name in each[0]}


@cache
def outcome(key: str) -> dict[str, list[Row]]:
    """What the sample of a layout becomes: rows per table, and beside them `aside`."""
    return reading.told(made(key))
