"""The samples beside the layouts, as the loader reads them, to compare with their expected rows."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import ibis.expr.types as ir

from commonroll.invented import reading
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout import Layout, layout

Row = dict[str, str]


def sample_files(known: Layout) -> list[Path]:
    state, name = known.key.split("/")
    return sorted((LAYOUTS / state / "sample" / name).iterdir())


def expected(known: Layout, table: str) -> list[Row]:
    state, name = known.key.split("/")
    with (LAYOUTS / state / "expected" / name / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def raw_rows(path: Path) -> tuple[Layout, ir.Table]:
    """The layout a sample is recognised as, and its lines as strings by official column name."""
    (read,) = reading.raw_tables([path])
    return read


@cache
def outcome(key: str) -> dict[str, list[Row]]:
    """What the samples of a layout become: rows per table, and beside them `aside`."""
    found: dict[str, list[Row]] = {}
    for path in sample_files(layout(key)):
        seen, raw = raw_rows(path)
        assert seen.key == key
        for name, rows in reading.outcome(seen, raw).items():
            found.setdefault(name, []).extend(rows)
    return found
