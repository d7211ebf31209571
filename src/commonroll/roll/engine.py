"""One DuckDB per process: its memory, threads and private temp folder are set once, here.

Statements run on cursors, since a connection must not be shared between threads. A load's lanes alone have
engines of their own (docs/adr/0027).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis
from ibis.backends.duckdb import Backend

_lock = threading.Lock()
_local = threading.local()
_base: duckdb.DuckDBPyConnection | None = None
_settings: dict[str, str | int] = {}
_temp: Path | None = None


def configure(*, memory: str = "3GB", threads: int | None = None, temp: Path | None = None) -> None:
    """Set this process's engine before its first use.

    `memory` as DuckDB writes it; below `temp` the engine gets a private folder, gone when the process ends.
    """
    global _temp
    _settings["memory_limit"] = memory
    _settings["threads"] = threads or os.cpu_count() or 1
    _temp = temp


def _private_folder(parent: Path) -> str:
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = tempfile.mkdtemp(prefix="engine-", dir=parent)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def engine() -> duckdb.DuckDBPyConnection:
    """A fresh cursor of this process's DuckDB; close it after use, fetch results to the end."""
    global _base
    with _lock:
        if _base is None:
            if not _settings:
                configure()
            if _temp is not None:
                _settings["temp_directory"] = _private_folder(_temp)
            _base = _opened(_settings)
        return _base.cursor()


def _opened(settings: Mapping[str, str | int]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:", config=dict(settings))
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET TimeZone = 'UTC'")
    return con


@contextmanager
def engine_apart(count: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of one thread beside the process's, one of `count` that share half of its memory.

    Threads that wait for each other's tasks cost a load a fifth of its time; engines apart do not wait.
    """
    with engine() as main:
        limit = main.execute("SELECT current_setting('memory_limit')").fetchone()
    assert limit is not None
    size, unit = str(limit[0]).split()
    parent = _temp or Path(tempfile.gettempdir())
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="engine-", dir=parent) as folder:
        memory = f"{float(size) / (2 * count):.3f}{unit}"
        with _opened({"memory_limit": memory, "threads": 1, "temp_directory": folder}) as con:
            yield con


class _Lent:
    """A backend that a thread has; the next thread takes it over.

    A web server's threads come and go, and a backend that ends with its thread takes the process along where
    tables in memory are registered in it.
    """

    def __init__(self) -> None:
        try:
            self.backend = _free.pop()
        except IndexError:
            self.backend = ibis.duckdb.from_connection(engine())

    def __del__(self) -> None:
        if hasattr(self, "backend"):  # not where none could be made
            _free.append(self.backend)


_free: list[Backend] = []


def ibis_engine() -> Backend:
    """This thread's Ibis backend, on a cursor of its own over the process's DuckDB."""
    lent: _Lent | None = getattr(_local, "lent", None)
    if lent is None:
        lent = _local.lent = _Lent()
    return lent.backend
