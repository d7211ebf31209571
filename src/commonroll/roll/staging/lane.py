"""One thread's way through the parts: an engine of its own, the part at hand before it as a view."""

from __future__ import annotations

import queue
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..canonical.districts import GROUP
from ..canonical.rows import (
    codes_in,
    counted,
    files_of,
    leave_out,
    lost,
    refused_by_county,
    rows_that_load,
    set_aside,
    with_reasons,
    write_history,
    write_keys,
    write_rows,
)
from ..canonical.statements import ASIDE, DELIVERED, KEY, PLACE, ROWS, Columns, Group, Statements
from ..engine import engine_apart
from ..gate.gate import UNKNOWN_CODE
from ..layout.layout import Layout
from ..layout.listed_places import KNOWN_PLACES
from ..layout.wide_history import KNOWN_CODES
from ..reading.fields import Lines, Misfit, filled_in, lines_in, lines_of
from ..reading.kept_memory import kept_memory
from ..reading.part import Part
from ..reading.parts import checked_again
from ..reading.refusals import RefusedLines
from ..reading.representatives import Spots, numbered, whole, with_shared
from ..reading.spots import LINE_BITS, LINE_WIDTH, spot
from ..reading.text_views import Places, Room, at_places
from ..reading.wide_cells import ABSENT, Elections, Filled, entries, kinds_of, places_among

FEW = 1000
"""Lines that may stand for all that is said of elections in a piece, and an eighth of its lines beside."""

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Piece:
    """What one thread takes at a time: a large part, or several small files of one shape.

    `parts`: by number in the delivery. `paths`: the file to write for each table; `keys`: that for the keys
    of its lines (see `repeats.py`).
    """

    parts: Mapping[int, Part]
    layout: Layout
    columns: Columns
    asks: Statements
    work: Path
    paths: Mapping[str, Path]
    keys: Path


@dataclass(frozen=True)
class Taken:
    """What a piece came to. `aside`: spot -> reason of lines that did not load (None: left out).

    `left_out`: reason -> lines; `lost`: column -> reason -> values that became null.
    `elections`: spot -> reason of lines that loaded but for an election of their history.
    `counties`: FIPS code -> refused lines; `codes`: published column -> code not in the layout -> lines.
    `entries`: the districts of its voters' groups, not yet written (see `districts.py`).
    """

    piece: Piece
    aside: Mapping[int, str | None]
    left_out: Mapping[str, int]
    lost: Mapping[str, Mapping[str, int]]
    entries: pa.Table | None = None
    elections: Mapping[int, str] = field(default_factory=dict)
    counties: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


class Lane:
    """One thread's engine. `con` is its own: nothing else uses it at the same time."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, refused: RefusedLines, codes: pa.Table, places: pa.Table
    ) -> None:
        # Arrow cannot filter string views, so the engine must not hand it the filters.
        con.execute("SET disabled_optimizers = 'filter_pushdown,join_filter_pushdown'")
        self.con = con
        self.con.register(KNOWN_CODES, codes)
        self.con.register(KNOWN_PLACES, places)
        self.refused = refused
        self._room = Room()
        self._read: Mapping[int, Lines] = {}

    def take(self, piece: Piece) -> Taken:
        """Judge a piece's lines; write those that load, and their keys."""
        piece, judged = self._judged(piece)
        rows, standing = self._completed(piece, judged)
        if piece.layout.has_rows:
            write_rows(rows_that_load(rows), piece.layout.table, piece.paths[piece.layout.table.name])
        self.con.register(ROWS, rows)
        keys = self.con.execute(piece.asks.keys).to_arrow_table()
        self.con.unregister(ROWS)
        taken = Taken(piece, set_aside(rows), counted(rows["left_out"]), lost(rows))
        if piece.asks.entries:
            taken = replace(taken, entries=self._entries(piece.asks.entries, standing[PLACE]))
            keys = keys.append_column(GROUP, _of_those_that_load(rows, standing[PLACE]))
        write_keys(keys, piece.keys)
        if piece.asks.wide:
            taken = replace(taken, elections=self._elections(piece, keys, taken.aside))
        if any(taken.aside.values()):
            taken = replace(taken, counties=refused_by_county(rows), codes=self._codes(piece, taken.aside))
        return taken

    def _entries(self, asked: str, standing: Spots) -> pa.Table:
        """The districts of each place, which has the number of the line in DELIVERED that stands for it."""
        self._set_aside(np.unique(standing).tolist())
        return self.con.execute(asked).to_arrow_table().rename_columns({"line": GROUP})

    def _codes(self, piece: Piece, aside: Mapping[int, str | None]) -> Mapping[str, Mapping[str, int]]:
        """The codes that the layout does not list, of the lines refused for one."""
        lines: dict[str, list[int]] = defaultdict(list)
        for at, reason in aside.items():
            column = (reason or "").removeprefix(UNKNOWN_CODE)
            if column != reason and column in piece.columns.names:
                lines[column].append(at)
        found = {}
        for column, spots in lines.items():
            read = self._see_lines(piece, np.array(sorted(spots)))
            found[column] = codes_in(read.columns[piece.columns.names.index(column)].cast("string"))
        return found

    def _judged(self, piece: Piece) -> tuple[Piece, pa.Table]:
        try:
            self._see(piece, piece.asks.reads)
        except Misfit:
            # Lines that err in opposite ways hid one another from the search over whole blocks.
            parts = {
                number: checked_again(part, piece.columns.shape, piece.work, self.refused)
                for number, part in piece.parts.items()
            }
            piece = replace(piece, parts=parts)
            self._see(piece, piece.asks.reads)
        return piece, self.con.execute(piece.asks.rows).to_arrow_table()

    def _completed(self, piece: Piece, rows: pa.Table) -> tuple[pa.Table, Mapping[str, Spots]]:
        """The rows with the columns that groups of lines share, and per group each row's line in DELIVERED.

        DELIVERED then has one line of each group: the lines that stand for the others.
        """
        spots = rows["source_line"].to_numpy()
        for group in piece.asks.groups:
            if group.cells:
                rows = self._with_cells(piece, group, rows)
        standing = {}
        together = [group for group in piece.asks.groups if not group.cells]
        if together:
            first = {group.name: numbered(rows[group.name], spots) for group in together}
            lines = np.unique(np.concatenate([of for _, of in first.values()]))
            self._see_lines(piece, lines)
            decoded = self.con.execute(piece.asks.decoded).to_arrow_table().sort_by("line")
            for group in together:
                numbers, of = first[group.name]
                places = np.searchsorted(lines, of)
                standing[group.name] = places[numbers]
                rows = with_shared(rows, group.columns, decoded.take(places), numbers)
        rows = with_reasons(rows)
        if "source_file" in piece.layout.table.names:
            rows = rows.append_column("source_file", files_of(piece.parts, spots))
        return rows, standing

    def _with_cells(self, piece: Piece, group: Group, rows: pa.Table) -> pa.Table:
        """The rows with the columns of a group whose cells are read by themselves."""
        numbers, first = numbered(rows[group.name], np.arange(rows.num_rows))
        at = [piece.asks.reads.index(cell) for cell in group.cells]
        found, before = {}, 0
        for number, one in self._read.items():
            mine = first[(first >= before) & (first < before + len(one.numbers))] - before
            columns = [at_places(one.columns[column], mine) for column in at]
            found[number] = Lines(one.text, one.starts[mine], one.ends[mine], one.numbers[mine], columns)
            before += len(one.numbers)
        self._show(piece, group.cells, found)
        decoded = self.con.execute(group.decoded).to_arrow_table().sort_by("line")
        return with_shared(rows, group.columns, decoded, numbers)

    def _see(self, piece: Piece, cells: Sequence[str]) -> None:
        """Put the piece's lines, of which `cells` are read, before the engine as DELIVERED. Raises Misfit."""
        spans = [piece.columns.span(cell) for cell in cells]
        held = piece.asks.elections
        fields = tuple(tuple(piece.columns.names.index(name) for name in one) for one in held)
        elections = Elections(fields) if fields else None
        self._room.clear()
        self._read = {
            number: lines_of(part, piece.columns.shape, spans, self._room, elections)
            for number, part in piece.parts.items()
        }
        self._show(piece, cells, self._read)

    def _see_lines(self, piece: Piece, spots: Spots) -> Lines:
        """Put some lines of the piece, by their sorted spots, before the engine; they are numbered from 0."""
        owners = spots >> LINE_WIDTH
        text = b"".join(
            self._read[number].content(spots[owners == number] & LINE_BITS)
            for number in np.unique(owners).tolist()
        )
        lines = lines_in(text, piece.columns.shape)
        self._show(piece, piece.columns.names, {0: lines})
        return lines

    def _show(self, piece: Piece, cells: Sequence[str], lines: Mapping[int, Lines]) -> None:
        """Put lines before the engine, of which `cells` were read. Other columns are there by name alone."""
        others = [*(name for name in piece.columns.names if name not in set(cells)), "source_file"]
        batches = [
            pa.record_batch(
                [
                    *one.columns,
                    pa.array(one.numbers + spot(number, 0)),
                    *[pa.nulls(len(one.numbers))] * len(others),
                ],
                names=[*cells, "source_line", *others],
            )
            for number, one in lines.items()
        ]
        self.con.register(DELIVERED, pa.Table.from_batches(batches))

    def _set_aside(self, spots: Iterable[int]) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {ASIDE} (source_line BIGINT)")
        self.con.execute(f"INSERT INTO {ASIDE} SELECT unnest($spots::BIGINT[])", {"spots": list(spots)})

    def _elections(self, piece: Piece, voters: pa.Table, aside: Iterable[int]) -> Mapping[int, str]:
        """Write the wide history of the lines that load; spot -> reason where an election does not.

        `voters`: the keys of those lines. `aside`: the spots of the others.
        """
        if not piece.asks.elections:
            return self._elections_by_line(piece, aside)
        lines, cells = filled_in(self._read)
        kinds = kinds_of(cells)
        stand = lines[cells.line[kinds.first]]
        few_lines = np.unique(stand)
        if not cells.short or len(few_lines) > FEW + len(lines) // 8:
            return self._elections_by_line(piece, aside)
        self._see_lines(piece, few_lines)
        self._set_aside([])
        assert piece.asks.wide is not None
        few = self.con.execute(piece.asks.wide).to_arrow_table()
        entry = entries(kinds, cells, np.searchsorted(few_lines, stand), few, len(piece.asks.elections))
        return self._write_elections(piece, voters, lines, cells, entry[kinds.numbers], few)

    def _write_elections(
        self, piece: Piece, voters: pa.Table, lines: Spots, cells: Filled, entry: Places, few: pa.Table
    ) -> Mapping[int, str]:
        """`lines`: the spots that `cells` number; `entry`: per cell its row in `few`."""
        row, loads = places_among(lines, voters["spot"].to_numpy())
        there = loads[cells.line] & (entry != ABSENT)
        line, entry = cells.line[there], entry[there]
        reasons = few["refused"]
        if reasons.null_count < len(reasons):
            refused = reasons.is_valid().to_numpy()[entry]
            why = reasons.take(pa.array(entry[refused])).to_pylist()
            found = dict(zip(lines[line[refused]].tolist(), why, strict=True))
            line, entry = line[~refused], entry[~refused]
        else:
            found = {}
        write_history(whole(voters[f"{KEY}1"]), row[line], few, entry, piece.paths[schema.HISTORY.name])
        return found

    def _elections_by_line(self, piece: Piece, aside: Iterable[int]) -> Mapping[int, str]:
        """As `_elections`, where cells hold long texts, or hardly repeat: every line by itself."""
        if piece.asks.reads_wide != piece.asks.reads:
            self._see(piece, piece.asks.reads_wide)
        else:
            self._show(piece, piece.asks.reads, self._read)
        self._set_aside(aside)
        assert piece.asks.wide is not None
        rows = self.con.execute(piece.asks.wide).to_arrow_table()
        write_rows(rows_that_load(rows), schema.HISTORY, piece.paths[schema.HISTORY.name])
        refused = rows.filter(pc.is_valid(rows["refused"]))
        return dict(zip(refused["source_line"].to_pylist(), refused["refused"].to_pylist(), strict=True))

    def write_without(self, piece: Piece, aside: Iterable[int], twice: Iterable[int]) -> None:
        """Write a piece's tables anew, without the lines at the spots `twice` and those `aside` before."""
        if piece.layout.has_rows:
            leave_out(piece.paths[piece.layout.table.name], piece.layout.table, piece.keys, twice)
        if piece.asks.wide:
            self._see(piece, piece.asks.reads)
            keys = pq.read_table(piece.keys)
            keys = keys.filter(~np.isin(keys["spot"].to_numpy(), np.fromiter(twice, np.int64)))
            self._elections(piece, keys, [*aside, *twice])


def _of_those_that_load(rows: pa.Table, standing: Spots) -> pa.Array:
    """Of the rows that load, what stands for each."""
    beside = rows.select(["refused", "left_out"]).append_column(GROUP, pa.array(standing.astype(np.int32)))
    return rows_that_load(beside)[GROUP]


class Lanes:
    """Lanes that work on parts at the same time, each on a thread."""

    def __init__(self, lanes: Iterable[Lane], threads: ThreadPoolExecutor) -> None:
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        for lane in lanes:
            self._free.put(lane)
        self._threads = threads

    def each(self, task: Callable[[Lane, Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """What the task makes of each item, in the items' order. The first error ends the work."""
        under_way: list[Future[Made]] = []
        try:
            for item in items:
                under_way.append(self._threads.submit(self._on_a_lane, task, item))
                for one in under_way:
                    if one.done():
                        one.result()
            for one in under_way:
                yield one.result()
        finally:
            for one in under_way:
                one.cancel()

    def _on_a_lane(self, task: Callable[[Lane, Item], Made], item: Item) -> Made:
        lane = self._free.get()
        try:
            return task(lane, item)
        finally:
            self._free.put(lane)


@contextmanager
def lanes(refused: RefusedLines, codes: pa.Table, places: pa.Table, count: int) -> Iterator[Lanes]:
    """`count` lanes, given up with the block. `codes`: the election codes known (see `wide_history.py`);
    `places`: the places known (see `listed_places.py`)."""
    with ExitStack() as opened:
        opened.enter_context(kept_memory())
        each = [Lane(opened.enter_context(engine_apart(count)), refused, codes, places) for _ in range(count)]
        yield Lanes(each, opened.enter_context(ThreadPoolExecutor(count)))
