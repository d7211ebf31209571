"""Keys, leaves and a journal for tests of the log; all of it invented."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonroll.notes import Signer, sha256_text
from commonroll.transparency.leaves import leaf
from commonroll.transparency.log import LogFolder, init_log
from commonroll.transparency.sequencer import JournalRow

ORIGIN = "commonroll.example/log"
BEGIN = datetime(2026, 12, 2, 14, 0, 0, tzinfo=UTC)


def signer(name: str, secret: str, kind: int = 0x01) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest()), kind)


LOG_KEY = signer(ORIGIN, "commonroll test log key")
WITNESS_KEY = signer("ga.commonroll.example/witness", "commonroll test witness key", 0x04)


RECEIPT_OF_ENTRY_1 = """c2sp.org/tlog-proof@v1
extra eyJuIjoxfQ==
index 1
+UBwq/0toL9ykC6xOoCOeU+VTZ4nRcaCoVj27Q1KwDY=
PR3ndt8IbBrp9wSdK7DAR1rRQYX5h+Bk6NENyy20oyI=

commonroll.example/log
3
LP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=

— commonroll.example/log 5nDVhQcho3GWOG3BaE6xSwAAr3u1F7K11irpF2EHXQPheFhO+1HnEgeBRrhFCKm9Y2g+ACQQ1OGDXX43QJL0DH/X9QI=
— ga.commonroll.example/witness IegfYAAAAABrAvF4x+3ByZpumpQnus2FQYOOgiommJ35pRWlp4hp0ysLLSJHgV1tDATu393b4BtIbhKuP1ALYQ5Ne7irfUQcf6r5AA==
"""  # noqa: E501


def new_id(n: int) -> str:
    return f"urn:uuid:{uuid.UUID(int=n)}"


def count_leaf(n: int, *, seconds: int | None = None) -> bytes:
    """A count by the national committee on Georgia's rows; `n` makes it unique, one second apart."""
    return leaf(
        "count",
        at=BEGIN + timedelta(seconds=n if seconds is None else seconds),
        id=new_id(n),
        owner="ga",
        recipient="natl",
        keys={
            "agreement": new_id(7),
            "terms": sha256_text(b"terms"),
            "purpose": "gotv",
            "mode": "count",
            "columns": ["voters.party"],
            "snapshot": "3",
            "detail": sha256_text(f"detail {n}".encode()),
        },
    )


def log_of(path: Path, entries: Sequence[bytes]) -> LogFolder:
    log = init_log(path, ORIGIN, LOG_KEY)
    log.append(entries, LOG_KEY)
    return log


@contextlib.contextmanager
def unsynced() -> Iterator[None]:
    """Spare the disk where a test is about the bytes and not about losing power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


def files_of(path: Path) -> dict[str, bytes]:
    """Every file of a log folder by its name in it, without the writer's own."""
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.name != "lock" and ".writing" not in file.parts
    }


class TableJournal:
    """A journal in a SQLite file that several processes share."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=20)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, log TEXT, leaf BLOB, at TEXT,"
            " place INTEGER, UNIQUE (log, place))"
        )

    def add(self, log: str, leaf: bytes, at: datetime = BEGIN) -> int:
        row = self._db.execute(
            "INSERT INTO journal (log, leaf, at) VALUES (?, ?, ?)", (log, leaf, at.isoformat())
        )
        assert row.lastrowid is not None
        return row.lastrowid

    def unfolded(self, log: str, limit: int) -> Sequence[JournalRow]:
        found = self._db.execute(
            "SELECT seq, leaf, at FROM journal WHERE log = ? AND place IS NULL ORDER BY seq LIMIT ?",
            (log, limit),
        )
        return [JournalRow(seq, log, leaf, datetime.fromisoformat(at)) for seq, leaf, at in found]

    def mark_folded(self, log: str, rows: Sequence[tuple[int, int]]) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "UPDATE journal SET place = ? WHERE seq = ?", [(place, seq) for seq, place in rows]
            )

    def folded_size(self, log: str) -> int:
        (last,) = self._db.execute("SELECT max(place) FROM journal WHERE log = ?", (log,)).fetchone()
        return 0 if last is None else int(last) + 1

    def oldest_unfolded(self, log: str) -> datetime | None:
        first = self.unfolded(log, 1)
        return first[0].at if first else None

    def logs(self) -> Sequence[str]:
        return [log for (log,) in self._db.execute("SELECT DISTINCT log FROM journal WHERE place IS NULL")]

    def places(self, log: str) -> dict[int, int | None]:
        return dict(self._db.execute("SELECT seq, place FROM journal WHERE log = ?", (log,)).fetchall())

    def unmark(self, seqs: Sequence[int]) -> None:
        """Forget marks, as if a crash had come before they were written."""
        self._db.executemany("UPDATE journal SET place = NULL WHERE seq = ?", [(seq,) for seq in seqs])
