"""What a layout does to the first thousand rows of a file, column by column, before anybody loads it.

The rows go the way of a load (`staging.py`) into a folder of their own; the gate judges them without the
state's size. Nothing of it stays.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..engine import ibis_engine
from ..gate import gate
from ..gate.figures import figures
from ..gate.gate import Delivered, Verdict
from ..layout.layout import Layout
from ..layout.shape import LISTS
from ..reading.read import open_delivery
from ..recognition.recognition import Incoming, recognition
from ..staging.staging import stage
from .first_rows import ROWS, cells, cut
from .masks import masked

EXAMPLES = 3
FEW = 30
"""A column with more texts than this is no column of codes."""

MEMBER = "check"
MADE: Mapping[str, tuple[str, ...]] = {
    "county": ("county_fips", "county_name"),
    "party": ("party", "party_source"),
}
"""Fields of a layout, and the columns of the roll that they become where it is not the one of that name."""


@dataclass(frozen=True)
class FileColumn:
    """A column of the file: what it becomes, or why it is left aside; how full it is.

    `becomes`: columns of the roll ("voters.party", "districts.ward", "history"). `distinct`: texts in it.
    """

    name: str
    becomes: tuple[str, ...]
    ignored: str
    filled: float
    distinct: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class RollColumn:
    """A column of the roll: how full it is, the values in it."""

    name: str
    filled: float
    distinct: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """What one layout does to the first rows of a file. `examples` are patterns unless real ones were asked.

    `lost`: column of the roll -> reason -> values that became null. `rows`: table -> rows made.
    `districts`: type -> districts; `elections`: type -> rows of history.
    """

    layout: str
    file: str
    evidence: str
    verdict: Verdict
    sentences: tuple[str, ...]
    lines: int
    refused: Mapping[str, int]
    left_out: Mapping[str, int]
    lost: Mapping[str, Mapping[str, int]]
    unknown_codes: Mapping[str, Mapping[str, int]]
    rows: Mapping[str, int]
    districts: Mapping[str, int]
    elections: Mapping[str, int]
    columns: tuple[FileColumn, ...]
    roll: tuple[RollColumn, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)


def check(
    paths: Sequence[Path],
    *,
    state: str,
    layouts: Sequence[Layout],
    key: str | None = None,
    at: datetime,
    show: bool = False,
    rows: int = ROWS,
) -> list[Checked]:
    """Check the first file of each layout that a delivery has. `key`: read it by that layout.

    `show`: examples as they stand in the file, for its owner's eyes. Raises Refusal as a load does.
    """
    with tempfile.TemporaryDirectory(prefix="commonroll-check-") as folder:
        work = Path(folder)
        (work / "archives").mkdir()
        delivered = open_delivery(paths, work / "archives")
        found = recognition(delivered, state=state, key=key, layouts=layouts).files
        first = {one.layout.key: one for one in reversed(found)}
        lists = [one for one in found if one.layout.table in LISTS]
        return [
            _check(one, lists, work / f"{number}", at, show, rows)
            for number, one in enumerate(first.values())
            if one.layout.table not in LISTS
        ]


def _check(
    one: Incoming, lists: Sequence[Incoming], work: Path, at: datetime, show: bool, rows: int
) -> Checked:
    short = cut(one, rows)
    raw = cells(short, work / "cells")
    candidate = stage(
        [*lists, short], work, member=MEMBER, as_of=at.date(), progress=lambda stage, share: None
    )
    delivered = candidate.tally.delivered()
    numbers = figures(ibis_engine(), candidate.staged)
    report = gate.judge(numbers, layouts=[one.layout], delivered=delivered, at=at, sample=True)
    return Checked(
        layout=one.layout.key,
        file=one.file.name,
        evidence=one.evidence,
        verdict=report.verdict,
        sentences=report.sentences,
        lines=_lines(delivered, lists),
        refused=delivered.refused,
        left_out=delivered.left_out,
        lost=delivered.lost,
        unknown_codes=delivered.unknown_codes,
        rows=numbers.rows,
        districts=_districts(candidate.staged),
        elections=_counted(candidate.staged, schema.HISTORY.name, "election_type"),
        columns=tuple(_file_columns(one.layout, raw, show)),
        roll=tuple(_roll_columns(one.layout, candidate.staged, show)),
    )


def _lines(delivered: Delivered, lists: Sequence[Incoming]) -> int:
    others = {one.file.name for one in lists}
    return sum(file.lines for file in delivered.files if file.name not in others)


def becomes(layout: Layout) -> Mapping[str, tuple[str, ...]]:
    """Column of the file -> what of the roll it becomes, of every column that is mapped."""
    found: dict[str, list[str]] = {}
    table = layout.table.name
    for field, source in layout.columns.items():
        for column in source.columns:
            found.setdefault(column, []).extend(f"{table}.{name}" for name in MADE.get(field, (field,)))
    for kind, many in layout.districts.items():
        for column in (column for one in many for column in one.columns):
            found.setdefault(column, []).append(f"districts.{kind}")
    for column in layout.unpivot.columns if layout.unpivot else ():
        found.setdefault(column, []).append("history")
    return {column: tuple(dict.fromkeys(names)) for column, names in found.items()}


def _file_columns(layout: Layout, raw: pa.Table, show: bool) -> Iterator[FileColumn]:
    known = becomes(layout)
    for name in raw.column_names:
        elections = ("history",) if layout.is_election(name) else ()
        filled, distinct, examples = _profile(raw[name], show)
        why = layout.ignore.get(name, "")
        yield FileColumn(name, known.get(name, elections), why, filled, distinct, examples)


def _roll_columns(layout: Layout, staged: Mapping[str, Sequence[Path]], show: bool) -> Iterator[RollColumn]:
    for table in (schema.VOTERS, schema.HISTORY, schema.BALLOTS):
        rows = _rows(staged, table.name)
        if rows is None:
            continue
        for column in table:
            if column.qualified in layout.published:
                yield RollColumn(column.qualified, *_profile(rows[column.name], show or bool(column.values)))


def _rows(staged: Mapping[str, Sequence[Path]], table: str) -> pa.Table | None:
    paths = [path for path in staged.get(table, ()) if path.exists()]
    return pa.concat_tables([pq.read_table(path) for path in paths]) if paths else None


def _profile(column: pa.ChunkedArray, show: bool) -> tuple[float, int, tuple[str, ...]]:
    """Share filled, distinct values, and a few of these: the most frequent first."""
    texts = pc.cast(column, pa.string())
    texts = texts.filter(pc.fill_null(pc.not_equal(texts, ""), False))
    counted: Counter[str] = Counter()
    for one in pc.value_counts(texts):
        counted[one["values"].as_py()] += one["counts"].as_py()
    shown = {text: text for text in counted} if show else masked(counted, FEW)
    examples = dict.fromkeys(shown[text] for text, _ in counted.most_common(20))
    return len(texts) / max(len(column), 1), len(counted), tuple(examples)[:EXAMPLES]


def _districts(staged: Mapping[str, Sequence[Path]]) -> Mapping[str, int]:
    rows = _rows(staged, schema.DISTRICTS.name)
    if rows is None:
        return {}
    pairs = rows.select(["type", "id"]).group_by(["type", "id"]).aggregate([])
    return _value_counts(pairs["type"])


def _counted(staged: Mapping[str, Sequence[Path]], table: str, column: str) -> Mapping[str, int]:
    rows = _rows(staged, table)
    return {} if rows is None else _value_counts(rows[column])


def _value_counts(column: pa.ChunkedArray) -> Mapping[str, int]:
    found = pc.value_counts(pc.fill_null(column.cast(pa.string()), "")).to_pylist()
    return {one["values"]: one["counts"] for one in sorted(found, key=lambda one: -one["counts"])}
