"""What every file of a home was when it was last read whole: HOME/examined/files.sqlite3."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from commonroll.server.home import Home

FOLDER, FILE = "examined", "files.sqlite3"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, "
    "changed INTEGER NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID"
)


@dataclass(frozen=True)
class Seen:
    """A file as it was read: bytes, when it was last written (ns), SHA-256, when it was read (ISO 8601)."""

    bytes: int
    changed: int
    sha256: str
    at: str

    def untouched_since(self, known: Seen) -> bool:
        """Whether nobody wrote it since it was `known`: it must have the same bytes."""
        return (self.bytes, self.changed) == (known.bytes, known.changed)


class Digests:
    """The record of one home; open while `recording` lasts."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def known(self) -> Mapping[str, Seen]:
        """By the file's place below the home."""
        rows = self._db.execute("SELECT path, bytes, changed, sha256, at FROM file")
        return {path: Seen(*seen) for path, *seen in rows}

    def put(self, place: str, seen: Seen) -> None:
        """Take a file as it is now."""
        row = (place, seen.bytes, seen.changed, seen.sha256, seen.at)
        self._db.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", row)

    def forget(self, place: str) -> None:
        """A file that is gone."""
        self._db.execute("DELETE FROM file WHERE path = ?", (place,))

    def keep(self) -> None:
        """What was put so far stays, whatever comes."""
        self._db.commit()


@contextmanager
def recording(home: Home) -> Iterator[Digests]:
    """The home's record, made where there is none; what was put is kept when the block ends."""
    folder = home.path / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / FILE).touch(mode=0o600)
    with closing(sqlite3.connect(folder / FILE, timeout=20)) as db:
        db.execute(_TABLE)
        yield Digests(db)
        db.commit()
