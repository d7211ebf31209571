"""The catalogue of a vault: one SQLite file whose manifest rows say which table versions make a snapshot.

A snapshot exists from the moment its row is committed (synchronous=FULL), and not before.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar, cast

from commonroll.errors import Refusal

SCHEMA_VERSION = 2
TIMEOUT = 20.0
"""Seconds to wait for another process's short transaction on the catalogue."""

T = TypeVar("T")

_HEAD = "SELECT * FROM snapshot WHERE retired_at IS NULL ORDER BY number DESC LIMIT 1"


class Stale(Refusal):
    """The vault moved on while a load was being made: its parent is no longer the current snapshot."""


@dataclass(frozen=True)
class Snapshot:
    """One version of a member's roll: Delta version and rows of each table, and the load that made it."""

    member: str
    number: int
    parent: int | None
    made_at: datetime
    versions: Mapping[str, int]
    rows: Mapping[str, int]
    load: str
    state: str
    layouts: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One table's share of a manifest row: Delta version, rows, file names below the table's folder."""

    version: int
    rows: int
    files: tuple[str, ...]


class Catalogue:
    """The SQLite file of one vault. Reading a catalogue that does not exist yet finds nothing."""

    def __init__(self, path: Path, member: str) -> None:
        self.path = path
        self.member = member

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, timeout=TIMEOUT)
        db.row_factory = sqlite3.Row
        return db

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection for queries, or None where no catalogue exists."""
        if not self.path.exists():
            yield None
            return
        with closing(self._connect()) as db:
            yield db

    def _known(self, what: Hashable, read: Callable[[sqlite3.Connection | None], T]) -> T:
        """What `read` finds, kept in this process until the file changes; nobody may change what is found.

        SQLite counts a file's transactions in its header; the time and the size tell a file that was put
        back from the one that it was. They are looked at first: what is read is never older.
        """
        state = _state(self.path)
        known = _kept.get((self.path, what))
        if known is not None and known[0] == state:
            return cast(T, known[1])
        with self.reading() as db:
            found = read(db)
        if state is not None:
            with _lock:
                _kept[self.path, what] = (state, found)
                _kept.move_to_end((self.path, what))
                while len(_kept) > MOST_KEPT:
                    _kept.popitem(last=False)
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that is durable when the block ends, and undone when it raises."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(self._connect()) as db:
            db.execute("PRAGMA synchronous=FULL")
            if db.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
                self.lay_out(db)
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    @staticmethod
    def lay_out(db: sqlite3.Connection) -> None:
        """Make the tables that a catalogue does not have: all of an empty one, newer ones of an old one."""
        ddl = resources.files(__package__).joinpath("catalogue.sql").read_text("utf-8")
        db.executescript(f"BEGIN IMMEDIATE; {ddl} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")

    def _snapshot(self, row: sqlite3.Row) -> Snapshot:
        return Snapshot(
            member=self.member,
            number=row["number"],
            parent=row["parent"],
            made_at=datetime.fromisoformat(row["made_at"]),
            versions=json.loads(row["versions"]),
            rows=json.loads(row["rows"]),
            load=row["load"],
            state=row["state"],
            layouts=tuple(json.loads(row["layouts"])),
        )

    def _head(self, db: sqlite3.Connection | None) -> Snapshot | None:
        row = db.execute(_HEAD).fetchone() if db else None
        return self._snapshot(row) if row else None

    def head(self) -> Snapshot | None:
        """The current snapshot."""
        return self._known("head", self._head)

    def reads(self, setting: str) -> tuple[Snapshot | None, dict[str, Part], str | None]:
        """The current snapshot, the event tables and one setting, in one reading: what every view needs."""
        head, appended, value = self._known(
            ("reads", setting), lambda db: (self._head(db), _appended(db), _setting(db, setting))
        )
        return head, dict(appended), value

    def retained(self) -> list[Snapshot]:
        """Every readable snapshot, newest first."""
        with self.reading() as db:
            query = "SELECT * FROM snapshot WHERE retired_at IS NULL ORDER BY number DESC"
            return [self._snapshot(row) for row in db.execute(query)] if db else []

    def snapshot(self, number: int) -> Snapshot:
        """One readable snapshot. Raises Refusal where it never was or is no longer kept."""
        row = self._known(("snapshot", number), lambda db: _row(db, number))
        where = f"vault of {self.member}"
        if row is None:
            raise Refusal(f"There is no snapshot {number}.", where=where, next_step="List the snapshots.")
        if row["retired_at"] is not None:
            raise Refusal(
                f"Snapshot {number} is no longer kept.",
                where=where,
                next_step="Use a newer snapshot; list them to see which are kept.",
            )
        return self._snapshot(row)

    def numbers(self) -> list[int]:
        """Numbers of all snapshots that ever were, retired ones too."""
        with self.reading() as db:
            return [row["number"] for row in db.execute("SELECT number FROM snapshot")] if db else []

    def loads(self) -> list[tuple[int, str, datetime]]:
        """Number, load and instant of all snapshots that ever were, oldest first; retired ones too."""
        with self.reading() as db:
            rows = db.execute("SELECT number, load, made_at FROM snapshot ORDER BY number") if db else []
            return [(row["number"], row["load"], datetime.fromisoformat(row["made_at"])) for row in rows]

    def files(self, number: int) -> dict[str, tuple[str, ...]]:
        """File names of a snapshot's tables, retired snapshots too."""
        with self.reading() as db:
            row = _row(db, number)
        if row is None:
            raise Refusal(
                f"There is no snapshot {number}.",
                where=f"vault of {self.member}",
                next_step="List the snapshots to see which there are.",
            )
        return {table: tuple(names) for table, names in json.loads(row["files"]).items()}

    def add(
        self,
        parts: Mapping[str, Part],
        *,
        parent: int | None,
        load: str,
        state: str,
        layouts: Sequence[str],
        made_at: datetime,
        refused: Part | None = None,
    ) -> Snapshot:
        """Write the manifest row of a new snapshot; from here on it is the current one.

        Raises Stale where `parent` is no longer current. `refused` are the load's refused lines.
        """
        with self.writing() as db:
            head = self._head(db)
            if (head.number if head else None) != parent:
                raise stale(self.member, parent, head)
            newest = db.execute("SELECT max(number) FROM snapshot").fetchone()[0] or 0
            db.execute(
                "INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    newest + 1,
                    parent,
                    made_at.isoformat(),
                    load,
                    state,
                    json.dumps(list(layouts)),
                    json.dumps({table: part.version for table, part in parts.items()}),
                    json.dumps({table: part.rows for table, part in parts.items()}),
                    json.dumps({table: part.files for table, part in parts.items()}),
                ),
            )
            if refused is not None:
                _put_refused(db, load, refused)
            row = _row(db, newest + 1)
            assert row is not None
            return self._snapshot(row)

    def rewrite(self, changed: Mapping[int, Mapping[str, Part]]) -> None:
        """Give snapshots other versions of some tables: a redaction's, in one transaction."""
        with self.writing() as db:
            for number, parts in changed.items():
                row = _row(db, number)
                assert row is not None
                merged = [
                    json.dumps({**json.loads(row[column]), **{t: getattr(p, of) for t, p in parts.items()}})
                    for column, of in (("versions", "version"), ("rows", "rows"), ("files", "files"))
                ]
                query = "UPDATE snapshot SET versions = ?, rows = ?, files = ? WHERE number = ?"
                db.execute(query, (*merged, number))

    def retire(self, keep: int, at: datetime) -> list[int]:
        """Make all but the newest `keep` snapshots unreadable; their numbers."""
        old = [s.number for s in self.retained()[keep:]]
        self.put_away(old, at)
        return old

    def put_away(self, numbers: Sequence[int], at: datetime) -> None:
        """Make these snapshots unreadable, all or none of them; the current one is never among them."""
        with self.writing() as db:
            head = self._head(db)
            if head and head.number in numbers:
                raise ValueError("the current snapshot stays")
            query = "UPDATE snapshot SET retired_at = ? WHERE number = ? AND retired_at IS NULL"
            db.executemany(query, [(at.isoformat(), number) for number in numbers])

    def put_refused(self, load: str, part: Part) -> None:
        """Remember where the refused lines of a load stand."""
        with self.writing() as db:
            _put_refused(db, load, part)

    def refused(self, load: str | None = None) -> dict[str, Part]:
        """Refused lines by load: of one load, or of all."""
        with self.reading() as db:
            rows = db.execute("SELECT * FROM refused").fetchall() if db else []
        return {row["load"]: _part(row) for row in rows if load in (None, row["load"])}

    def put_appended(self, table: str, part: Part) -> None:
        """Remember an event table's version and files."""
        with self.writing() as db:
            row = (table, part.version, part.rows, json.dumps(part.files))
            db.execute("INSERT OR REPLACE INTO appended VALUES (?, ?, ?, ?)", row)

    def appended(self) -> dict[str, Part]:
        """Version, rows and files of each event table that was ever written."""
        return dict(self._known("appended", _appended))

    def setting(self, name: str) -> str | None:
        """A setting of the vault, or None."""
        return self._known(("setting", name), lambda db: _setting(db, name))

    def set(self, name: str, value: str) -> None:
        """Set a setting of the vault."""
        with self.writing() as db:
            put_setting(db, name, value)


State = tuple[int, int, int, bytes]

MOST_KEPT = 2_000
_kept: OrderedDict[Hashable, tuple[State | None, Any]] = OrderedDict()
_lock = threading.Lock()
_COUNTED = 28
"""Bytes of SQLite's header up to the end of its count of transactions (file format, 1.3.7)."""


def _state(path: Path) -> State | None:
    """Tells one state of the file from every other; None where there is no file."""
    try:
        with path.open("rb", buffering=0) as file:
            said, head = os.fstat(file.fileno()), file.read(_COUNTED)
    except FileNotFoundError:
        return None
    return said.st_ino, said.st_size, said.st_mtime_ns, head


def stale(member: str, parent: int | None, head: Snapshot | None) -> Stale:
    """The refusal of a load whose parent is no longer current."""
    began = f"snapshot {parent}" if parent else "an empty vault"
    now = f"snapshot {head.number}, made at {head.made_at:%Y-%m-%d %H:%M:%S} UTC" if head else "empty"
    return Stale(
        f"The load began from {began}, but the vault is now at {now}.",
        where=f"vault of {member}",
        next_step="Nothing was changed. Run the load again: it will compare with the current snapshot.",
    )


def put_setting(db: sqlite3.Connection, name: str, value: str) -> None:
    """Set a setting within an open transaction."""
    db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))


def _setting(db: sqlite3.Connection | None, name: str) -> str | None:
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone() if db else None
    return str(row["value"]) if row else None


def _row(db: sqlite3.Connection | None, number: int) -> sqlite3.Row | None:
    if db is None:
        return None
    row: sqlite3.Row | None = db.execute("SELECT * FROM snapshot WHERE number = ?", (number,)).fetchone()
    return row


def _appended(db: sqlite3.Connection | None) -> dict[str, Part]:
    rows = db.execute("SELECT * FROM appended").fetchall() if db else []
    return {row["name"]: _part(row) for row in rows}


def _put_refused(db: sqlite3.Connection, load: str, part: Part) -> None:
    row = (load, part.version, part.rows, json.dumps(part.files))
    db.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)", row)


def _part(row: sqlite3.Row) -> Part:
    return Part(row["version"], row["rows"], tuple(json.loads(row["files"])))
