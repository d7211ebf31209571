"""A delivery becomes a candidate roll beside the vault's: parts read, judged, rid of repeats, written as Parquet.

Two passes over each part. The first judges every line and remembers the keys of those that load; then repeats
are found over the whole delivery; the second writes the rows that stay. Two threads work on parts, each on a
connection of its own.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from .engine import ibis_engine
from .lane import Judged, Lane, Lanes, Piece, lanes
from .parts import Places, Spread, parts_of
from .recognition import Incoming
from .refusals import RefusedLines
from .repeats import lines_of, repeats
from .statements import Statements, statements
from .tally import Tally

PART_BYTES = 96 << 20
SMALLEST_PART = 4 << 20
THREADS = 2

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Candidate:
    """A staged delivery: `staged` table -> Parquet files, `refused` those of refused lines, what was counted."""

    staged: Mapping[str, Sequence[Path]]
    refused: Sequence[Path]
    tally: Tally


@dataclass(frozen=True)
class Bench:
    """Where one load works: `folder` (raw lines in `folder/raw`), whose roll, the day, and what it counts."""

    folder: Path
    member: str
    as_of: datetime.date
    tally: Tally
    refused: RefusedLines
    progress: Progress


def stage(
    files: Sequence[Incoming], folder: Path, *, member: str, as_of: datetime.date, progress: Progress
) -> Candidate:
    """Reads a delivery's files into Parquet below `folder`, the lines as delivered into `folder/raw`.

    Raises Refusal for a damaged archive; a full disk raises OSError or duckdb.IOException.
    """
    bench = Bench(folder, member, as_of, Tally(), RefusedLines(folder / "refused.parquet"), progress)
    staged: dict[str, list[Path]] = defaultdict(list)
    for role in dict.fromkeys(one.layout.role for one in files):
        _stage_role([one for one in files if one.layout.role == role], bench, staged)
    bench.tally.refused.update(_by_reason(bench.refused))
    return Candidate(dict(staged), bench.refused.close(), bench.tally)


def _by_reason(refused: RefusedLines) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for (_, reason), lines in refused.counts.items():
        counts[reason] += lines
    return counts


def _stage_role(files: Sequence[Incoming], bench: Bench, staged: dict[str, list[Path]]) -> None:
    keys = f"keys_{uuid4().hex}"
    alike = {(one.layout.key, one.columns): one for one in files}
    asks = {key: _asks(one, bench) for key, one in alike.items()}
    backend = ibis_engine()
    backend.create_table(keys, schema=next(iter(asks.values())).keys_schema)
    try:
        with lanes(keys, bench.refused, THREADS) as work:
            judged = list(work.each(Lane.judge, _pieces(files, asks, bench)))
            aside = _set_aside(judged, keys, bench)
            _write(work, judged, aside, bench, staged)
    finally:
        backend.drop_table(keys)


def _asks(one: Incoming, bench: Bench) -> Statements:
    return statements(one.layout, one.columns, bench.member, bench.as_of)


def _pieces(
    files: Sequence[Incoming], asks: Mapping[object, Statements], bench: Bench
) -> Iterator[Piece]:
    """The delivery's parts, in order; each stands on the disk when it is yielded."""
    total = sum(max(one.file.size, 0) for one in files)
    part_bytes = min(PART_BYTES, max(SMALLEST_PART, total // (4 * THREADS)))
    done = number = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        bench.progress("reading", min(1.0, done / max(total, done)) * 0.5)

    for one in files:
        place = f"{len(bench.tally.files) + 1:04}"
        places = Places(bench.folder / "raw" / place, bench.folder / "copies" / place, part_bytes)
        spread = Spread()
        with one.file.open() as stream:
            for part in parts_of(
                stream, one.file.name, one.columns.shape, places, bench.refused, spread, read
            ):
                number += 1
                yield Piece(number, part, one, asks[one.layout.key, one.columns], places)
        bench.tally.add_file(one, spread)


def _set_aside(judged: Sequence[Judged], keys: str, bench: Bench) -> dict[int, dict[int, str]]:
    """Part -> line -> reason, for lines that do not load; repeats among them."""
    bench.progress("looking for repeats", 0.5)
    aside: dict[int, dict[int, str]] = {one.piece.number: dict(one.aside) for one in judged}
    for one in judged:
        bench.tally.add_left_out(one.left_out)
        bench.tally.add_lost(one.piece.incoming.layout.table.name, one.lost)
    backend = ibis_engine()
    for part, line, reason in lines_of(backend, repeats(backend, keys)):
        aside[part][line] = reason
    return aside


def _write(
    work: Lanes,
    judged: Sequence[Judged],
    aside: Mapping[int, Mapping[int, str]],
    bench: Bench,
    staged: dict[str, list[Path]],
) -> None:
    def write(lane: Lane, one: Judged) -> Mapping[str, Path]:
        lines = aside[one.piece.number]
        paths = {table: bench.folder / table / f"{uuid4().hex}.parquet" for table in one.piece.asks.tables}
        lane.write(one.piece, lines, paths)
        bench.refused.keep(one.piece.part, lines)
        return paths

    for table in {table for one in judged for table in one.piece.asks.tables}:
        (bench.folder / table).mkdir(exist_ok=True)
    for done, paths in enumerate(work.each(write, judged), 1):
        bench.progress("writing", 0.5 + 0.4 * done / len(judged))
        for table, path in paths.items():
            staged[table].append(path)
