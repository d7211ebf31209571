"""One thread's way through the parts: a connection of its own, the part at hand before it as a view."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from . import schema
from .engine import engine
from .part import Part
from .parts import Places, checked_again
from .recognition import Incoming
from .refusals import RefusedLines
from .representatives import grouped, lines_of
from .statements import ASIDE, DELIVERED, PLACE, ROWS, Statements

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Piece:
    """One part under work: its number in the delivery, its file, what to ask of it, where to write."""

    number: int
    part: Part
    incoming: Incoming
    asks: Statements
    places: Places
    paths: Mapping[str, Path]


@dataclass(frozen=True)
class Taken:
    """What a part came to. `aside`: line -> reason of those that did not load (None: left out).

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
        """Judge a part's lines and write those that load; keys go to the shared table."""
        piece = self._judged(piece)
        asks = piece.asks
        self.con.execute(f"INSERT INTO {self.keys} {asks.keys}")
        self._copy(asks.table, piece.paths[piece.incoming.layout.table.name])
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
        self.con.execute(f"DROP TABLE {ROWS}")
        return taken

    def _judged(self, piece: Piece) -> Piece:
        self._see(piece, piece.part.path, piece.part.skip, piece.part.first)
        create = f"CREATE OR REPLACE TEMP TABLE {ROWS} AS {piece.asks.rows}"
        try:
            self.con.execute(create)
        except duckdb.InvalidInputException:
            # Lines that err in opposite ways hid one another from the search over whole blocks.
            part = checked_again(piece.part, piece.incoming.columns.shape, piece.places, self.refused)
            piece = replace(piece, part=part)
            self._see(piece, part.path, part.skip, part.first)
            self.con.execute(create)
        return piece

    def _see(self, piece: Piece, path: Path, skip: int, first: int) -> None:
        options: Any = piece.incoming.columns.csv
        self.backend.read_csv(str(path), table_name=DELIVERED, skip=skip, **options)
        variables = {"source_file": piece.part.file, "first_record": first + skip, "part": piece.number}
        for name, value in variables.items():
            self.con.execute(f"SET VARIABLE {name} = ?", [value])

    def _copy(self, rows: str, path: Path) -> None:
        self.con.sql(rows).write_parquet(str(path), compression="zstd")

    def _set_aside(self, lines: Iterable[int]) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {ASIDE} (source_line BIGINT)")
        self.con.execute(f"INSERT INTO {ASIDE} SELECT unnest($lines::BIGINT[])", {"lines": list(lines)})

    def _elections(self, piece: Piece, aside: Iterable[int]) -> Mapping[int, str]:
        """Write the wide history of the lines that load; line -> reason of elections that do not."""
        self._set_aside(aside)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE wide_of_part AS {piece.asks.wide}")
        names = ", ".join(schema.HISTORY.names)
        table = piece.paths[schema.HISTORY.name]
        self._copy(f"SELECT {names} FROM wide_of_part WHERE refused IS NULL", table)
        asked = "SELECT source_line, min(refused) FROM wide_of_part WHERE refused IS NOT NULL GROUP BY ALL"
        found = dict(self.con.execute(asked).fetchall())
        self.con.execute("DROP TABLE wide_of_part")
        return found

    def _districts(self, piece: Piece, links: str, entries: str) -> tuple[pa.Table, pa.Table]:
        """Voters with the number of their combination of districts, and each combination's districts."""
        voters, first_lines = grouped(self.con.execute(links).to_arrow_table(), PLACE)
        sample = piece.places.work / f"{piece.number:06}.lines"
        lines_of(piece.part, first_lines, sample)
        self._see(piece, sample, 0, 0)
        found = self.con.execute(entries).to_arrow_table()
        sample.unlink()
        return voters, found.rename_columns({"line": "group"})

    def write_again(self, piece: Piece, aside: Iterable[int]) -> None:
        """Write a part's tables anew, without the lines `aside`."""
        self._see(piece, piece.part.path, piece.part.skip, piece.part.first)
        self._set_aside(aside)
        table = piece.incoming.layout.table.name
        self._copy(piece.asks.again, piece.paths[table])
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
