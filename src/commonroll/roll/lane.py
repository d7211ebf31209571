"""One thread's way through the parts: a connection of its own, the part at hand before it as a view."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import duckdb
import ibis
from ibis.backends.duckdb import Backend

from .engine import engine
from .parts import Part, Places, checked_again
from .recognition import Incoming
from .refusals import RefusedLines
from .statements import ASIDE, DELIVERED, GROUPS, JUDGED, Statements

COMPRESSION = "zstd"

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Piece:
    """One part under work: its number in the delivery, its file, and what to ask of it."""

    number: int
    part: Part
    incoming: Incoming
    asks: Statements
    places: Places


@dataclass(frozen=True)
class Judged:
    """What the first pass found in a part: lines to set aside with reasons, counts of the rest."""

    piece: Piece
    aside: Mapping[int, str]
    left_out: Iterable[tuple[str, int]]
    lost: Iterable[tuple[str, str, int]]


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

    def judge(self, piece: Piece) -> Judged:
        """The first pass over a part: keys of the lines that load go to the shared table."""
        piece = self._judged(piece)
        asks = piece.asks
        self.con.execute(f"INSERT INTO {self.keys} {asks.keys}")
        return Judged(
            piece,
            dict(self.con.execute(asks.aside).fetchall()),
            self.con.execute(asks.left_out).fetchall(),
            self.con.execute(asks.lost).fetchall() if asks.lost else (),
        )

    def _judged(self, piece: Piece) -> Piece:
        self._take(piece)
        create = f"CREATE OR REPLACE TEMP TABLE {JUDGED} AS {piece.asks.judge}"
        try:
            self.con.execute(create)
        except duckdb.InvalidInputException:
            # Lines that err in opposite ways hid one another from the search over whole blocks.
            part = checked_again(piece.part, piece.incoming.columns.shape, piece.places, self.refused)
            piece = replace(piece, part=part)
            self._take(piece)
            self.con.execute(create)
        return piece

    def _take(self, piece: Piece) -> None:
        part = piece.part
        options = piece.incoming.columns.csv
        self.backend.read_csv(str(part.path), table_name=DELIVERED, skip=part.skip, **options)
        variables = {"source_file": part.file, "first_record": part.first + part.skip, "part": piece.number}
        for name, value in variables.items():
            self.con.execute(f"SET VARIABLE {name} = ?", [value])

    def write(self, piece: Piece, aside: Iterable[int], paths: Mapping[str, Path]) -> None:
        """The second pass: the part's rows but for the lines `aside`, table by table, to `paths`."""
        self._take(piece)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {ASIDE} (source_line BIGINT)")
        lines = list(aside)
        if lines:
            self.con.execute(f"INSERT INTO {ASIDE} SELECT unnest($lines)", {"lines": lines})
        if piece.asks.groups:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE {GROUPS} AS {piece.asks.groups}")
        for table, rows in piece.asks.tables.items():
            self.con.sql(rows).write_parquet(str(paths[table]), compression=COMPRESSION)


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
