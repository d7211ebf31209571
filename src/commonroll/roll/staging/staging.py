"""A delivery becomes a candidate roll beside the vault's: parts judged and written, repeats taken out.

Parts are judged and written one by one, as soon as they stand on the disk, two at a time. Then repeats are
found over the whole delivery; parts that hold any are written again without them, and districts are written.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .. import schema
from ..canonical.districts import GROUP, write_districts
from ..canonical.repeats import OTHER_ROW_STAYS, perhaps_repeated, reasons_of, repeats
from ..canonical.statements import KEY, Columns, Statements, statements
from ..engine import ibis_engine
from ..layout.layout import Layout
from ..layout.listed_places import places_known
from ..layout.shape import ELECTION_CODES, LISTED_PLACES, LISTS
from ..reading.part import Part
from ..reading.parts import Places, Spread, parts_of
from ..reading.refusals import RefusedLines
from ..reading.spots import line_of, part_of
from ..recognition.recognition import Incoming
from .election_codes import codes_known, refuse_lists_alone, refuse_without_codes
from .lane import Lane, Piece, Taken, lanes
from .tally import Tally

PART_BYTES = 160 << 20
SMALLEST_PART, ENOUGH = 4 << 20, 32 << 20
"""Bytes: a part has at least the first; small files are taken together until they have the second."""
THREADS = 2
READING = 0.9
"""Share of a load's progress that reading and writing parts takes."""
TOGETHER = 128
"""Small files that are read in one statement at most."""

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
    tally = Tally(sum(max(one.file.size, 0) for one in files))
    bench = Bench(folder, member, as_of, tally, RefusedLines(folder / "refused.parquet"), progress)
    staged: dict[str, list[Path]] = defaultdict(list)
    refuse_lists_alone(files)
    refuse_without_codes(files)
    lists = {one.layout.role: None for one in files if one.layout.table in LISTS}
    others = {one.layout.role: None for one in files}
    for role in {**lists, **others}:
        mine = [one for one in files if one.layout.role == role]
        codes = codes_known([one.layout for one in mine], staged.get(ELECTION_CODES.name, []))
        places = places_known(staged.get(LISTED_PLACES.name, []))
        for table, path in _stage_role(mine, codes, places, bench):
            staged[table].append(path)
    for listed in LISTS:
        staged.pop(listed.name, None)
    bench.tally.refused = bench.refused.by_reason()
    del bench.tally.refused[OTHER_ROW_STAYS]  # kept with the refused lines, but nothing is wrong with them
    return Candidate(dict(staged), bench.refused.close(), bench.tally)


def _stage_role(
    files: Sequence[Incoming], codes: pa.Table, places: pa.Table, bench: Bench
) -> Iterator[tuple[str, Path]]:
    """The files of one role; yields each table's files, in the order of the delivery."""
    asks = _asks(files, bench)
    with lanes(bench.refused, codes, places, THREADS) as work:
        taken = list(work.each(Lane.take, _pieces(files, asks, bench)))
        _count(taken, bench)
        for one in work.each(_finish(bench, _repeated(taken, bench)), taken):
            yield from one.piece.paths.items()


def _asks(files: Sequence[Incoming], bench: Bench) -> Asks:
    shapes = {(one.layout.key, one.columns): one.layout for one in files}
    return {
        (key, columns): statements(layout, columns, bench.member, bench.as_of)
        for (key, columns), layout in shapes.items()
    }


def _pieces(files: Sequence[Incoming], asks: Asks, bench: Bench) -> Iterator[Piece]:
    """The delivery's parts, in order, small files of one shape together; all stand on the disk by then."""
    part_bytes = min(PART_BYTES, max(SMALLEST_PART, bench.tally.total // (4 * THREADS)))
    numbers = count(1)
    waiting: list[Part] = []
    for one, ahead in zip(files, [*files[1:], None], strict=True):
        for part in _parts(one, bench, part_bytes):
            if waiting and part.skip != waiting[0].skip:
                yield _piece(waiting, numbers, one, asks, bench)
                waiting = []
            waiting.append(part)
            size = sum(part.path.stat().st_size for part in waiting)
            if size >= min(part_bytes, ENOUGH) or len(waiting) == TOGETHER:
                yield _piece(waiting, numbers, one, asks, bench)
                waiting = []
        if waiting and (ahead is None or (ahead.layout, ahead.columns) != (one.layout, one.columns)):
            yield _piece(waiting, numbers, one, asks, bench)
            waiting = []


def _piece(parts: Sequence[Part], numbers: Iterator[int], one: Incoming, asks: Asks, bench: Bench) -> Piece:
    return Piece(
        {next(numbers): part for part in parts},
        one.layout,
        one.columns,
        asks[one.layout.key, one.columns],
        bench.folder / "copies",
        _paths(one.layout, bench.folder),
        bench.folder / "keys" / f"{uuid4().hex}.parquet",
    )


def _parts(one: Incoming, bench: Bench, part_bytes: int) -> Iterator[Part]:
    """The parts of one file, each once it stands on the disk."""
    place = f"{len(bench.tally.files) + 1:04}"
    places = Places(bench.folder / "raw" / place, bench.folder / "copies" / place, part_bytes)
    spread = Spread()

    def read(size: int) -> None:
        bench.progress("reading", READING * bench.tally.share_read(size))

    with one.file.open() as stream:
        yield from parts_of(stream, one.file.name, one.columns.shape, places, bench.refused, spread, read)
    bench.tally.add_file(one, spread, place)


def _paths(layout: Layout, folder: Path) -> Mapping[str, Path]:
    """New files for the tables that a file of the layout fills."""
    tables = [layout.table.name]
    if layout.role == "registration" and layout.unpivot is not None:
        tables.append(schema.HISTORY.name)
    if layout.has_districts:
        tables.append(schema.DISTRICTS.name)
    for table in tables:
        (folder / table).mkdir(exist_ok=True)
    return {table: folder / table / f"{uuid4().hex}.parquet" for table in tables}


def _count(taken: Sequence[Taken], bench: Bench) -> None:
    for one in taken:
        bench.tally.add_left_out(one.left_out)
        bench.tally.add_lost(one.piece.layout.table.name, one.lost)
        bench.tally.add_refused(one.counties, one.codes)


def _repeated(taken: Sequence[Taken], bench: Bench) -> Mapping[int, Mapping[int, str]]:
    """Part -> spot -> reason, for lines whose key another line of the delivery has."""
    bench.progress("looking for repeats", READING * bench.tally.share_read(0))
    found: dict[int, dict[int, str]] = defaultdict(dict)
    lines = perhaps_repeated([one.piece.keys for one in taken], bench.folder / f"{uuid4().hex}.parquet")
    if lines is not None:
        backend = ibis_engine()
        for spot, reason in reasons_of(backend, repeats(backend.read_parquet(str(lines)))).items():
            found[part_of(spot)][spot] = reason
    moved = sum(list(reasons.values()).count(OTHER_ROW_STAYS) for reasons in found.values())
    bench.tally.add_left_out({OTHER_ROW_STAYS: moved} if moved else {})
    return found


def _finish(bench: Bench, repeated: Mapping[int, Mapping[int, str]]) -> Callable[[Lane, Taken], Taken]:
    """How a piece ends: repeats taken out of its tables, districts written, refused lines kept."""

    def finish(lane: Lane, one: Taken) -> Taken:
        twice = {spot: why for part in one.piece.parts for spot, why in repeated.get(part, {}).items()}
        if twice:
            lane.write_without(one.piece, one.aside, twice)
        if one.entries is not None:
            write_districts(_links(one.piece, twice), one.entries, one.piece.paths[schema.DISTRICTS.name])
        _keep_refused(one.piece, {**one.elections, **one.aside, **twice}, bench)
        return one

    return finish


def _links(piece: Piece, twice: Mapping[int, str]) -> pa.Table:
    """The group of each voter of a piece, but for lines at the spots `twice`."""
    links = pq.read_table(piece.keys, columns=[f"{KEY}1", GROUP, "spot"])
    if twice:
        links = links.filter(~np.isin(links["spot"].to_numpy(), np.fromiter(twice, np.int64)))
    return links.rename_columns(["state_voter_id", GROUP, "spot"])


def _keep_refused(piece: Piece, reasons: Mapping[int, str | None], bench: Bench) -> None:
    lines: dict[int, dict[int, str | None]] = {number: {} for number in piece.parts}
    for spot, reason in reasons.items():
        lines[part_of(spot)][line_of(spot)] = reason
    for number, part in piece.parts.items():
        bench.refused.keep(part, lines[number])
