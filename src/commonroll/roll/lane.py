"""One thread's way through the parts: a connection of its own, the part at hand before it as a view."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from . import schema
from .engine import engine
from .layout import Layout
from .part import Part
from .parts import checked_again
from .refusals import RefusedLines
from .representatives import copy_lines, grouped
from .rows import rows_that_load, write_rows
from .spots import spot
from .statements import ASIDE, DELIVERED, FILES, PLACE, ROWS, Columns, Statements

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Piece:
    """What one thread takes at a time: a large part, or several small files of one shape.

    `parts`: by number in the delivery. `paths`: the file to write for each table.
    """

    parts: Mapping[int, Part]
    layout: Layout
    columns: Columns
    asks: Statements
    work: Path
    paths: Mapping[str, Path]


@dataclass(frozen=True)
class Taken:
    """What a piece came to. `aside`: spot -> reason of lines that did not load (None: left out).

    `elections`: spot -> reason of lines that loaded but for an election of their history.
    `links`, `entries`: the voters' districts, not yet written (see `districts.py`).
    """

    piece: Piece
    aside: Mapping[int, str | None]
    left_out: Iterable[tuple[str, int]]
    lost: Iterable[tuple[str, str, int]]
    links: pa.Table | None = None
    entries: pa.Table | None = None
    elections: Mapping[int, str] = field(default_factory=dict)


class Lane:
    """A connection with temporary tables of its own. `keys`: the load's table of keys, shared by lanes."""

    def __init__(self, keys: str, refused: RefusedLines) -> None:
        self.keys = keys
        self.refused = refused
        self.backend: Backend = ibis.duckdb.from_connection(engine())
        self.con: duckdb.DuckDBPyConnection = self.backend.con

    def close(self) -> None:
        """Give up the connection and its temporary tables."""
        self.con.close()

    def take(self, piece: Piece) -> Taken:
        """Judge a piece's lines and write those that load; keys go to the shared table."""
        piece, rows = self._judged(piece)
        asks = piece.asks
        write_rows(rows_that_load(rows), piece.layout.table, piece.paths[piece.layout.table.name])
        self.con.register(ROWS, rows)
        self.con.execute(f"INSERT INTO {self.keys} {asks.keys}")
        taken = Taken(
            piece,
            dict(self.con.execute(asks.aside).fetchall()),
            self.con.execute(asks.left_out).fetchall(),
            self.con.execute(asks.lost).fetchall() if asks.lost else (),
        )
        if asks.wide:
            taken = replace(taken, elections=self._elections(piece, taken.aside))
        if asks.links and asks.entries:
            links, entries = self._districts(piece, asks.links, asks.entries)
            taken = replace(taken, links=links, entries=entries)
        self.con.unregister(ROWS)
        return taken

    def _judged(self, piece: Piece) -> tuple[Piece, pa.Table]:
        self._see(piece)
        try:
            return piece, self.con.execute(piece.asks.rows).to_arrow_table()
        except duckdb.InvalidInputException:
            # Lines that err in opposite ways hid one another from the search over whole blocks.
            parts = {
                number: checked_again(part, piece.columns.shape, piece.work, self.refused)
                for number, part in piece.parts.items()
            }
            piece = replace(piece, parts=parts)
            self._see(piece)
            return piece, self.con.execute(piece.asks.rows).to_arrow_table()

    def _see(self, piece: Piece) -> None:
        """Put the piece before the engine: DELIVERED, and FILES that says where its rows begin."""
        rows, before = [], 0
        for number, part in piece.parts.items():
            first = part.first + part.skip
            rows.append((str(part.path), part.file, spot(number, first) - before))
            before += part.lines - part.skip
        skip = next(iter(piece.parts.values())).skip
        self._show(piece.columns, [path for path, _, _ in rows], skip, rows)

    def _show(
        self, columns: Columns, paths: Sequence[str], skip: int, rows: Sequence[tuple[str, str, int]]
    ) -> None:
        options: Any = columns.csv
        self.backend.read_csv(list(paths), table_name=DELIVERED, skip=skip, filename=True, **options)
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {FILES} (filename VARCHAR, source_file VARCHAR, base BIGINT)"
        )
        self.con.executemany(f"INSERT INTO {FILES} VALUES (?, ?, ?)", rows)

    def _set_aside(self, spots: Iterable[int]) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {ASIDE} (source_line BIGINT)")
        self.con.execute(f"INSERT INTO {ASIDE} SELECT unnest($spots::BIGINT[])", {"spots": list(spots)})

    def _elections(self, piece: Piece, aside: Iterable[int]) -> Mapping[int, str]:
        """Write the wide history of the lines that load; spot -> reason where an election does not."""
        self._set_aside(aside)
        assert piece.asks.wide is not None
        rows = self.con.execute(piece.asks.wide).to_arrow_table()
        write_rows(rows_that_load(rows), schema.HISTORY, piece.paths[schema.HISTORY.name])
        refused = rows.filter(pc.is_valid(rows["refused"]))
        return dict(zip(refused["source_line"].to_pylist(), refused["refused"].to_pylist(), strict=True))

    def _districts(self, piece: Piece, links: str, entries: str) -> tuple[pa.Table, pa.Table]:
        """Voters with the number of their combination of districts, and each combination's districts."""
        voters, first = grouped(self.con.execute(links).to_arrow_table(), PLACE)
        sample = piece.work / f"{next(iter(piece.parts)):06}.lines"
        copy_lines(piece.parts, first, sample)
        self._show(piece.columns, [str(sample)], 0, [(str(sample), "", 0)])
        found = self.con.execute(entries).to_arrow_table()
        sample.unlink()
        return voters, found.rename_columns({"line": "group"})

    def write_again(self, piece: Piece, aside: Iterable[int]) -> None:
        """Write a piece's tables anew, without the lines at the spots `aside`."""
        self._see(piece)
        self._set_aside(aside)
        rows = self.con.execute(piece.asks.again).to_arrow_table()
        write_rows(rows, piece.layout.table, piece.paths[piece.layout.table.name])
        if piece.asks.wide:
            self._elections(piece, aside)


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
def lanes(keys: str, refused: RefusedLines, count: int) -> Iterator[Lanes]:
    """`count` lanes, given up with the block."""
    opened = [Lane(keys, refused) for _ in range(count)]
    try:
        with ThreadPoolExecutor(count) as threads:
            yield Lanes(opened, threads)
    finally:
        for lane in opened:
            lane.close()
