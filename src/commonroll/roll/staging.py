"""A delivery becomes a candidate roll beside the vault's: parts judged and written, repeats taken out.

Parts are judged and written one by one, as soon as they stand on the disk, two at a time. Then repeats are
found over the whole delivery; parts that hold any are written again without them, and districts are written.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa

from . import schema
from .districts import write_districts
from .engine import ibis_engine
from .lane import Lane, Piece, Taken, lanes
from .layout import Layout
from .parts import Places, Spread, parts_of
from .recognition import Incoming
from .refusals import RefusedLines
from .repeats import OTHER_ROW_STAYS, lines_of, repeats
from .statements import Columns, Statements, statements
from .tally import Tally

PART_BYTES = 96 << 20
SMALLEST_PART = 4 << 20
THREADS = 2

Progress = Callable[[str, float], None]
Asks = Mapping[tuple[str, Columns], Statements]


@dataclass(frozen=True)
class Candidate:
    """A staged delivery: `staged` table -> Parquet files, `refused` those of refused lines, the counts."""

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
        for table, path in _stage_role([one for one in files if one.layout.role == role], bench):
            staged[table].append(path)
    bench.tally.refused = bench.refused.by_reason()
    return Candidate(dict(staged), bench.refused.close(), bench.tally)


def _stage_role(files: Sequence[Incoming], bench: Bench) -> Iterator[tuple[str, Path]]:
    """The files of one role; yields each table's files, in the order of the delivery."""
    keys = f"keys_{uuid4().hex}"
    asks = {(one.layout.key, one.columns): _asks(one, bench) for one in files}
    backend = ibis_engine()
    backend.create_table(keys, schema=next(iter(asks.values())).keys_schema)
    try:
        with lanes(keys, bench.refused, THREADS) as work:
            taken = list(work.each(Lane.take, _pieces(files, asks, bench)))
            _count(taken, bench)
            for done, one in enumerate(work.each(_finish(bench, _repeated(keys, bench)), taken), 1):
                bench.progress("writing", 0.8 + 0.1 * done / len(taken))
                yield from one.piece.paths.items()
    finally:
        backend.drop_table(keys)


def _asks(one: Incoming, bench: Bench) -> Statements:
    return statements(one.layout, one.columns, bench.member, bench.as_of)


def _pieces(files: Sequence[Incoming], asks: Asks, bench: Bench) -> Iterator[Piece]:
    """The delivery's parts, in order; each stands on the disk when it is yielded."""
    total = sum(max(one.file.size, 0) for one in files)
    part_bytes = min(PART_BYTES, max(SMALLEST_PART, total // (4 * THREADS)))
    done = number = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        bench.progress("reading", 0.8 * min(1.0, done / max(total, done)))

    for one in files:
        place = f"{len(bench.tally.files) + 1:04}"
        places = Places(bench.folder / "raw" / place, bench.folder / "copies" / place, part_bytes)
        spread = Spread()
        shape = one.columns.shape
        with one.file.open() as stream:
            for part in parts_of(stream, one.file.name, shape, places, bench.refused, spread, read):
                number += 1
                paths = _paths(one.layout, bench.folder)
                yield Piece(number, part, one, asks[one.layout.key, one.columns], places, paths)
        bench.tally.add_file(one, spread, place)


def _paths(layout: Layout, folder: Path) -> Mapping[str, Path]:
    """New files for the tables that a file of the layout fills."""
    tables = [layout.table.name]
    if layout.role == "registration" and layout.unpivot is not None:
        tables.append(schema.HISTORY.name)
    if layout.districts:
        tables.append(schema.DISTRICTS.name)
    for table in tables:
        (folder / table).mkdir(exist_ok=True)
    return {table: folder / table / f"{uuid4().hex}.parquet" for table in tables}


def _count(taken: Sequence[Taken], bench: Bench) -> None:
    for one in taken:
        bench.tally.add_left_out(one.left_out)
        bench.tally.add_lost(one.piece.incoming.layout.table.name, one.lost)


def _repeated(keys: str, bench: Bench) -> Mapping[int, Mapping[int, str]]:
    """Part -> line -> reason, for lines whose key another line of the delivery has."""
    bench.progress("looking for repeats", 0.8)
    backend = ibis_engine()
    found: dict[int, dict[int, str]] = defaultdict(dict)
    reasons: Counter[str] = Counter()
    for part, line, reason in lines_of(backend, repeats(backend, keys)):
        found[part][line] = reason
        reasons[reason] += 1
    bench.tally.add_left_out([(OTHER_ROW_STAYS, reasons[OTHER_ROW_STAYS])] if reasons[OTHER_ROW_STAYS] else [])
    return found


def _finish(
    bench: Bench, repeated: Mapping[int, Mapping[int, str]]
) -> Callable[[Lane, Taken], Taken]:
    """How a part ends: repeats taken out of its tables, districts written, refused lines kept."""

    def finish(lane: Lane, one: Taken) -> Taken:
        twice = repeated.get(one.piece.number, {})
        if twice:
            lane.write_again(one.piece, {**one.aside, **twice})
        if one.links is not None:
            links = _without(one.links, twice)
            write_districts(links, one.entries, one.piece.paths[schema.DISTRICTS.name])
        bench.refused.keep(one.piece.part, {**one.elections, **one.aside, **twice})
        return one

    return finish


def _without(links: pa.Table, lines: Mapping[int, str]) -> pa.Table:
    if not lines:
        return links
    return links.filter(~np.isin(links["source_line"].to_numpy(), np.fromiter(lines, np.int64)))
