"""The samples beside the layouts, read line by line and normalised, to compare with their expected rows."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout import Layout, layout
from commonroll.roll.normalise import to_ballots, to_districts, to_history, to_voters
from commonroll.roll.recognise import recognise

TODAY = datetime.date(2026, 11, 24)
ASIDE = ("file", "line", "what", "why")
Row = dict[str, str]


def sample_files(known: Layout) -> list[Path]:
    state, name = known.key.split("/")
    return sorted((LAYOUTS / state / "sample" / name).iterdir())


def expected(known: Layout, table: str) -> list[Row]:
    state, name = known.key.split("/")
    with (LAYOUTS / state / "expected" / name / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def cells_of(line: str, known: Layout) -> list[str]:
    mark = known.format.delimiter
    if known.format.quoting == "none":
        return line.split(mark)
    return line[1:-1].split(f'"{mark}"')


def raw_rows(path: Path) -> tuple[Layout, ir.Table]:
    """The layout a sample is recognised as, and its lines as strings by official column name."""
    seen = recognise(path.read_bytes(), path.name)
    lines = enumerate(path.read_bytes().decode(seen.layout.format.encoding).splitlines(), start=1)
    body = [(at, line) for at, line in lines if at > 1 or not seen.has_header]
    cells = [cells_of(line, seen.layout) for _, line in body]
    columns: dict[str, pa.Array] = {
        name: pa.array([row[at] for row in cells], pa.string()) for at, name in enumerate(seen.columns)
    }
    columns["source_file"] = pa.array([path.name] * len(body), pa.string())
    columns["source_line"] = pa.array([at for at, _ in body], pa.int64())
    return seen.layout, ibis.memtable(pa.table(columns))


def tables_of(known: Layout, raw: ir.Table) -> dict[str, ir.Table]:
    """Every table that a file of the layout fills; districts of the lines that load as voters."""
    if known.role == "history":
        return {"history": to_history(raw, known, as_of=TODAY)}
    if known.role == "absentee":
        return {"ballots": to_ballots(raw, known, as_of=TODAY)}
    voters = to_voters(raw, known, "member", as_of=TODAY)
    loads = voters.filter(voters["refused"].isnull(), voters["left_out"].isnull())
    tables = {"voters": voters, "districts": to_districts(raw.semi_join(loads, "source_line"), known)}
    if known.unpivot is not None:
        tables["history"] = to_history(raw, known, as_of=TODAY)
    return tables


def rows_of(table: ir.Table) -> list[Row]:
    """The rows as text, null as ''."""
    return [{name: _written(value) for name, value in row.items()} for row in table.to_pyarrow().to_pylist()]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@cache
def outcome(key: str) -> dict[str, list[Row]]:
    """What the samples of a layout become: rows per table, and beside them `aside`."""
    known = layout(key)
    found: dict[str, list[Row]] = {"aside": []}
    for path in sample_files(known):
        seen, raw = raw_rows(path)
        assert seen.key == key
        for name, table in tables_of(known, raw).items():
            loaded, aside = _parted(rows_of(table))
            found.setdefault(name, []).extend(loaded)
            found["aside"].extend(aside)
    return found


def _parted(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    loaded: list[Row] = []
    aside: list[Row] = []
    for row in rows:
        aside.extend(_aside(row))
        if not row.get("refused") and not row.get("left_out"):
            beside = ("refused", "left_out", *(name for name in row if name.startswith("lost_")))
            loaded.append({name: value for name, value in row.items() if name not in beside})
    return loaded, aside


def _aside(row: Row) -> Iterator[Row]:
    for name in ("refused", "left_out", *(name for name in row if name.startswith("lost_"))):
        if row.get(name):
            values = (row["source_file"], row["source_line"], name, row[name])
            yield dict(zip(ASIDE, values, strict=True))
