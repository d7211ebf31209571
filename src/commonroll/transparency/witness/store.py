"""What a witness remembers: one row for each log, the requests that it refused, the keys of the logs.

One SQLite file. Comparing and storing are one transaction that is on disk before anything is answered:
otherwise two requests at once roll a witness back. A witness whose file is lost must begin anew under another
key: with the old key it would sign what contradicts what it signed before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from commonroll.errors import Refusal
from commonroll.transparency.witness.asking import origin_hash

MOST_EVIDENCE = 100
"""Requests kept of one log; further ones are refused all the same."""

_TABLES = """
CREATE TABLE log (origin TEXT NOT NULL, vkey TEXT NOT NULL, PRIMARY KEY (origin, vkey));
CREATE TABLE seen (
    hash TEXT PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    note TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL,
    known TEXT NOT NULL, request BLOB NOT NULL, UNIQUE (origin, request)
);
"""


@dataclass(frozen=True)
class Seen:
    """The last checkpoint of a log that the witness signed, with both signatures; when, in POSIX seconds."""

    origin: str
    size: int
    root: bytes
    note: str
    at: int


@dataclass(frozen=True)
class Evidence:
    """A request that was refused though the log's key signed it; `known` is the checkpoint it contradicts."""

    origin: str
    at: int
    why: str
    known: str
    request: bytes


class Transaction:
    """The witness's memory while nobody else writes it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def seen(self, origin: str) -> Seen | None:
        """What was last signed of a log."""
        return _seen(self._db, "origin = ?", origin)

    def keep(self, row: Seen) -> None:
        """Put a row in the place of the log's last one."""
        self._db.execute(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)",
            (origin_hash(row.origin), row.origin, row.size, row.root, row.note, row.at),
        )

    def keep_evidence(self, row: Evidence) -> None:
        """Keep a refused request, once, as long as there is room for this log's."""
        self._db.execute(
            "INSERT OR IGNORE INTO evidence (origin, at, why, known, request) "
            "SELECT ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM evidence WHERE origin = ?) < ?",
            (row.origin, row.at, row.why, row.known, row.request, row.origin, MOST_EVIDENCE),
        )


class Store:
    """The file `path`; made by `create`, and never by opening it."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise Refusal(
                "the witness has no memory here",
                where=path.name,
                next_step="make a witness with `commonroll witness init`; one whose memory is lost begins "
                "anew under another key, because with the old one it could contradict itself",
            )
        self._path = path

    @classmethod
    def create(cls, path: Path) -> Store:
        """An empty memory; refused where there is one."""
        if path.exists():
            raise Refusal("there is a witness here already", where=path.name, next_step="use another folder")
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(_TABLES)
        path.chmod(0o600)
        return cls(path)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Nobody else writes meanwhile; on disk when the block has ended, unless it raises."""
        with closing(self._open()) as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(db)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def add_log(self, origin: str, vkey: str) -> None:
        """Trust a key for a log."""
        with closing(self._open()) as db:
            db.execute("INSERT OR IGNORE INTO log VALUES (?, ?)", (origin, vkey))

    def remove_log(self, origin: str, vkey: str) -> None:
        """Trust a key no longer; what was seen of the log stays."""
        with closing(self._open()) as db:
            db.execute("DELETE FROM log WHERE origin = ? AND vkey = ?", (origin, vkey))

    def vkeys(self, origin: str) -> list[str]:
        """The keys trusted for a log; none for an unknown one."""
        with closing(self._open()) as db:
            return [vkey for (vkey,) in db.execute("SELECT vkey FROM log WHERE origin = ?", (origin,))]

    def logs(self) -> list[tuple[str, str]]:
        """Every log's name with each key trusted for it."""
        with closing(self._open()) as db:
            return list(db.execute("SELECT origin, vkey FROM log ORDER BY origin, vkey"))

    def seen(self, origin: str) -> Seen | None:
        """What was last signed of a log."""
        with closing(self._open()) as db:
            return _seen(db, "origin = ?", origin)

    def seen_by_hash(self, hashed: str) -> Seen | None:
        """As `seen`, by the hex SHA-256 of the log's name."""
        with closing(self._open()) as db:
            return _seen(db, "hash = ?", hashed)

    def evidence(self, origin: str) -> list[Evidence]:
        """The refused requests that were kept of a log, oldest first."""
        query = "SELECT origin, at, why, known, request FROM evidence WHERE origin = ? ORDER BY id"
        with closing(self._open()) as db:
            return [Evidence(*row) for row in db.execute(query, (origin,))]

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, isolation_level=None, timeout=20)
        db.execute("PRAGMA synchronous=FULL")
        return db


def _seen(db: sqlite3.Connection, where: str, value: str) -> Seen | None:
    found = db.execute(f"SELECT origin, size, root, note, at FROM seen WHERE {where}", (value,)).fetchone()
    return Seen(*found) if found else None
