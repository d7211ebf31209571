"""The engine of a thread goes on to the next one, with what is registered in it."""

from __future__ import annotations

import threading

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from commonroll.roll.engine import ibis_engine


def in_a_thread() -> tuple[Backend, list[int]]:
    """The backend of a fresh thread, and what a question about a table in memory finds there."""
    found: list[tuple[Backend, list[int]]] = []

    def ask() -> None:
        table = ibis.memtable(pa.table({"n": [1, 2, 3]}))
        backend = ibis_engine()
        found.append((backend, backend.to_pyarrow(table.filter(table["n"] > 1))["n"].to_pylist()))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


def test_a_backend_does_not_end_with_its_thread() -> None:
    first, rows = in_a_thread()
    second, again = in_a_thread()
    assert rows == again == [2, 3] and second is first


def test_two_threads_at_once_have_two() -> None:
    mine = ibis_engine()
    theirs, _ = in_a_thread()
    assert theirs is not mine and ibis_engine() is mine
