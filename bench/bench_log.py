"""How fast the journal becomes a log, and how fast anybody verifies it.

Bars: 100,000 journal rows folded into tiles and checkpointed in under 5 s; a million entries verified in
under 20 s; a receipt of one of them made and verified in under 50 ms each. One JSON line per figure on
stdout; the reference is measured in the same run: the same bytes written and synced, or hashed. What receipts
cost on the operational database is in `bench_receipts.py`.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from commonroll.notes import Signer, generate, load_plain_key, save_plain_key, sha256_text
from commonroll.transparency.leaves import leaf
from commonroll.transparency.log import LogFolder, init_log
from commonroll.transparency.receipts import make_receipt, verify_receipt
from commonroll.transparency.sequencer import JournalRow, Sequencer
from commonroll.transparency.verify import verify_folder

ROWS = 100_000
BAR_SECONDS = 5.0
ORIGIN = "bench.commonroll.invalid/log/ga"
LOG = "ga"
MILLION = 1_000_000
VERIFY_BAR_SECONDS = 20.0
RECEIPTS = 200
RECEIPT_BAR_SECONDS = 0.050
APPENDS = 300
APPEND_BAR_SECONDS = 0.010
# An append makes seven syncs in a fixed order: what a slow or busy disk needs for them is not ours to save.
APPEND_BAR_RATIO = 12.0

Result = TypeVar("Result")


class SqliteJournal:
    """The journal on a plain SQLite file, in the settings of the operational database."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS journal"
            " (seq INTEGER PRIMARY KEY, log TEXT, leaf BLOB, at REAL, place INTEGER)"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS waiting ON journal (log, seq) WHERE place IS NULL")
        self._db.execute("CREATE INDEX IF NOT EXISTS places ON journal (log, place)")

    def add(self, log: str, leaves: Sequence[bytes]) -> None:
        """Add rows in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO journal (log, leaf, at) VALUES (?, ?, ?)",
            [(log, item, time.time()) for item in leaves],
        )
        self._db.execute("COMMIT")

    def unfolded(self, log: str, limit: int) -> Sequence[JournalRow]:
        """See `Journal`."""
        found = self._db.execute(
            "SELECT seq, leaf, at FROM journal WHERE log = ? AND place IS NULL ORDER BY seq LIMIT ?",
            (log, limit),
        )
        return [JournalRow(seq, log, data, datetime.fromtimestamp(at, UTC)) for seq, data, at in found]

    def mark_folded(self, log: str, rows: Sequence[tuple[int, int]]) -> None:
        """See `Journal`."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "UPDATE journal SET place = ? WHERE seq = ?", [(place, seq) for seq, place in rows]
        )
        self._db.execute("COMMIT")

    def folded_size(self, log: str) -> int:
        """See `Journal`."""
        (last,) = self._db.execute("SELECT max(place) FROM journal WHERE log = ?", (log,)).fetchone()
        return 0 if last is None else int(last) + 1

    def oldest_unfolded(self, log: str) -> datetime | None:
        """See `Journal`."""
        first = self.unfolded(log, 1)
        return first[0].at if first else None

    def logs(self) -> Sequence[str]:
        """See `Journal`."""
        return [log for (log,) in self._db.execute("SELECT DISTINCT log FROM journal WHERE place IS NULL")]


def leaves(count: int, first: int = 0) -> list[bytes]:
    """`count` entries of about 660 bytes, as an export writes them, from number `first` on."""
    begin = datetime(2026, 12, 2, 14, 0, 0, tzinfo=UTC)
    some = sha256_text(b"x")
    keys = {
        "agreement": f"urn:uuid:{uuid.uuid4()}",
        "terms": some,
        "purpose": "gotv",
        "mode": "export",
        "dataset": "urn:commonroll:dataset:ga",
        "snapshot": "412",
        "columns": ["voters.birth_year", "voters.county_fips", "voters.first_name"],
        "rows": "252259",
        "file": some,
        "detail": some,
    }
    parties = {"owner": "ga", "recipient": "natl"}
    form = leaf("export.intent", at=begin, id=f"urn:uuid:{uuid.UUID(int=0)}", **parties, keys=keys).decode()
    return [
        form.replace(str(uuid.UUID(int=0)), str(uuid.UUID(int=n + 1)))
        .replace("2026-12-02T14:00:00Z", (begin + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        .encode()
        for n in range(first, first + count)
    ]


def fold(folder: Path) -> dict[str, float]:
    """Seconds to fold the prepared journal."""
    signer = load_plain_key(folder / "key.pem", ORIGIN)
    journal = SqliteJournal(folder / "journal.sqlite3")
    sequencer = Sequencer(journal, lambda _: LogFolder(folder / LOG, ORIGIN), lambda _: signer)
    seconds, checkpoint = timed(lambda: sequencer.fold(LOG))
    assert checkpoint is not None and checkpoint.size == ROWS and not journal.logs()
    return {"seconds": seconds}


def grow(folder: Path) -> dict[str, float]:
    """Seconds to take the log on to a million entries."""
    signer, log = load_plain_key(folder / "key.pem", ORIGIN), LogFolder(folder / LOG, ORIGIN)
    taken = 0.0
    for first in range(log.size, MILLION, ROWS):
        entries = leaves(ROWS, first)
        taken += timed(partial(log.append, entries, signer))[0]
    assert log.size == MILLION
    return {"seconds": taken}


def verify(folder: Path) -> dict[str, float]:
    """Seconds to verify the log of a million entries."""
    signer = load_plain_key(folder / "key.pem", ORIGIN)
    seconds, verdict = timed(lambda: verify_folder(folder / LOG, signer.vkey))
    assert verdict.ok and verdict.size == MILLION, verdict.sentences
    return {"seconds": seconds}


def make(folder: Path) -> dict[str, float]:
    """The 95th percentile of a receipt made, in seconds."""
    log = LogFolder(folder / LOG, ORIGIN)
    chance = random.Random(7)
    return {"seconds": percentile(lambda *_: make_receipt(log, chance.randrange(MILLION)), [b""] * RECEIPTS)}


def check(folder: Path) -> dict[str, float]:
    """The 95th percentile of a receipt verified, in seconds."""
    vkey, log = load_plain_key(folder / "key.pem", ORIGIN).vkey, LogFolder(folder / LOG, ORIGIN)
    chance = random.Random(8)
    receipts = [make_receipt(log, chance.randrange(MILLION)).encode() for _ in range(RECEIPTS)]
    assert verify_receipt(receipts[0].decode(), vkey).ok
    return {"seconds": percentile(lambda _, text: verify_receipt(text.decode(), vkey), receipts)}


def append(folder: Path) -> dict[str, float]:
    """The 95th percentile of one entry appended, in seconds."""
    signer = load_plain_key(folder / "key.pem", ORIGIN)
    log = LogFolder(folder / LOG, ORIGIN)
    return {"seconds": percentile(lambda at, entry: log.append([entry], signer), leaves(APPENDS))}


def percentile(act: Callable[[int, bytes], object], entries: Sequence[bytes]) -> float:
    """The 95th percentile of the seconds of `act` over `entries`."""
    taken = sorted(timed(partial(act, at, entry))[0] for at, entry in enumerate(entries))
    return taken[int(len(taken) * 0.95)]


def timed(act: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of `act`, and what it returned."""
    begin = time.perf_counter()
    result = act()
    return time.perf_counter() - begin, result


def write_and_sync(path: Path, chunks: Sequence[bytes]) -> None:
    """The same bytes to one file, with one sync at the end."""
    with path.open("wb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())


def apart(act: Callable[[Path], dict[str, float]], folder: Path) -> dict[str, float]:
    """Run `act` in a process of its own, so that its peak of memory is its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_measured, args=(act, folder, theirs))
    child.start()
    theirs.close()
    figures: dict[str, float] = ours.recv()
    child.join()
    return figures


def _measured(act: Callable[[Path], dict[str, float]], folder: Path, out: Connection) -> None:
    figures = act(folder)
    # Not getrusage: its peak is handed down from the parent, which holds all the entries.
    status = Path("/proc/self/status").read_text()
    out.send(figures | {"peak_mib": int(status.split("VmHWM:")[1].split()[0]) / 1024})


def say(name: str, figures: dict[str, float], reference: float, bar: float, ratio: float = 0) -> None:
    """One figure as a JSON line; within `bar` seconds, or else within `ratio` times the reference."""
    line = {
        "name": name,
        "seconds": round(figures["seconds"], 4),
        "reference_seconds": round(reference, 6),
        "ratio": round(figures["seconds"] / reference, 2),
        "peak_mib": round(figures["peak_mib"], 1),
        "bar": f"under {bar:g} s" + (f" or {ratio:g} times the reference" if ratio else ""),
        "ok": figures["seconds"] < bar or figures["seconds"] < ratio * reference,
    }
    print(json.dumps(line), flush=True)


def prepare(folder: Path, entries: Sequence[bytes]) -> Signer:
    """A journal with rows that wait, and an empty log."""
    signer = generate(ORIGIN)
    save_plain_key(folder / "key.pem", signer)
    init_log(folder / LOG, ORIGIN, signer)
    SqliteJournal(folder / "journal.sqlite3").add(LOG, entries)
    return signer


def main() -> None:
    """Measure and print."""
    entries = leaves(ROWS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, entries)
        written, _ = timed(lambda: write_and_sync(folder / "reference", entries))
        say("log: 100,000 journal rows folded", apart(fold, folder), written, BAR_SECONDS)
        apart(grow, folder)
        hashed, _ = timed(lambda: [hashlib.sha256(b"\x00" + entry).digest() for entry in entries])
        tenfold = hashed * MILLION / ROWS
        say("log: a million entries verified", apart(verify, folder), tenfold, VERIFY_BAR_SECONDS)
        one = hashed / ROWS * MILLION.bit_length()
        say("log: one receipt of a million entries made, p95", apart(make, folder), one, RECEIPT_BAR_SECONDS)
        say("log: one receipt verified, p95", apart(check, folder), one, RECEIPT_BAR_SECONDS)
        one = percentile(lambda at, entry: write_and_sync(folder / f"one-{at}", [entry]), entries[:APPENDS])
        say("log: one entry appended, p95", apart(append, folder), one, APPEND_BAR_SECONDS, APPEND_BAR_RATIO)


if __name__ == "__main__":
    main()
