"""From the journal into the logs: whoever holds a log's lock takes what waits, in order, and signs.

A journal row is durable before its answer leaves (design, "Proof"); this makes it part of the log within a
second. Any process may do it, at any moment, as often as it likes: a row enters the log once.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from commonroll.errors import Refusal
from commonroll.notes import Signer, canonical, parse_strict
from commonroll.transparency.checkpoint import Checkpoint
from commonroll.transparency.log import LOCK_SECONDS, LogBusy, LogFolder, Writer

BATCH = 10_240
STALE = timedelta(seconds=5)
STALE_COALESCED = timedelta(seconds=65)
LOOK_AGAIN_SECONDS = 0.1
MAX_SKEW = timedelta(minutes=2)

# Canonical JSON sorts its keys and escapes quotes inside texts, so this cannot match within a value; a tenth
# of the time of parsing.
_STAMP = re.compile(
    rb'[{,]"at":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z)",(?:.*?,)?"id":"(urn:uuid:[0-9a-f-]{36})"[,}]'
)


class Stamp(NamedTuple):
    """What the sequencer needs to know of a leaf: its time, which sorts as bytes, and its unique id."""

    at: bytes
    id: bytes


@dataclass(frozen=True)
class JournalRow:
    """One row that waits: `seq` orders the rows of a log, `leaf` is the entry, `at` when it was written."""

    seq: int
    log: str
    leaf: bytes
    at: datetime


class Journal(Protocol):
    """The durable rows of the operational database. Calls see what other processes committed."""

    def unfolded(self, log: str, limit: int) -> Sequence[JournalRow]:
        """The first `limit` rows of a log that are not marked, by `seq`."""

    def mark_folded(self, log: str, rows: Sequence[tuple[int, int]]) -> None:
        """Record the log index of each row, pairs of `seq` and index: all of them, and committed on return.

        So never call the sequencer inside a transaction that could still be rolled back.
        """

    def folded_size(self, log: str) -> int:
        """One more than the largest index recorded for a log; 0 if none is."""

    def oldest_unfolded(self, log: str) -> datetime | None:
        """When the oldest row that is not marked was written; None if all are."""

    def logs(self) -> Sequence[str]:
        """The names of the logs with rows that are not marked."""


class SequenceError(Refusal):
    """The journal and the log do not fit together; nothing is answered until a person has looked."""


class Sequencer:
    """Folds the rows of `journal` into the folders, signing with each log's key."""

    def __init__(
        self, journal: Journal, folders: Callable[[str], LogFolder], signers: Callable[[str], Signer]
    ) -> None:
        self._journal = journal
        self._folders = folders
        self._signers = signers

    def fold(self, log: str, seconds: float = LOCK_SECONDS) -> Checkpoint | None:
        """Take all rows that wait into the log; the last checkpoint signed, None if nothing waited.

        Waits at most `seconds` for another process that folds. A row whose time lies before the entry ahead
        of it takes that entry's time (clocks of processes differ by moments); by more than two minutes it
        is refused, because then a clock is wrong. Raises SequenceError, LogError.
        """
        return self._fold(log, seconds) if self._journal.unfolded(log, 1) else None

    def _fold(self, log: str, seconds: float = LOCK_SECONDS) -> Checkpoint | None:
        folder, signer = self._folders(log), self._signers(log)
        signed: Checkpoint | None = None
        with folder.writing(seconds) as writer:
            places = self._unmarked(log, folder)
            rows = self._journal.unfolded(log, BATCH)
            while rows:
                signed = self._take(folder, writer, signer, rows, places)
                # A short batch was the last of what waited; rows that came since are the next caller's.
                rows = self._journal.unfolded(log, BATCH) if len(rows) == BATCH else []
        return signed or folder.checkpoint()

    def fold_all(self) -> dict[str, Checkpoint]:
        """`fold` every log with rows that wait; the checkpoints by log.

        A log that cannot be folded does not hold up the others; its Refusal is raised when they are done.
        """
        signed: dict[str, Checkpoint] = {}
        refusals: list[Refusal] = []
        for log in self._journal.logs():
            try:
                checkpoint = self._fold(log)
            except Refusal as refusal:
                refusals.append(refusal)
            else:
                signed |= {log: checkpoint} if checkpoint else {}
        if refusals:
            raise refusals[0]
        return signed

    def wait(self, log: str, seq: int, timeout: float) -> Checkpoint:
        """A checkpoint that covers the row `seq`, folded here unless another process does it first.

        For bulk rows, which leave only then. The row's transaction must have committed. Raises LogError or
        SequenceError when there is none in time.
        """
        give_up = time.monotonic() + timeout
        while self._waits(log, seq):
            left = give_up - time.monotonic()
            if left <= 0:
                raise SequenceError(
                    f"No checkpoint covered the receipt within {timeout:g} s, so nothing was released.",
                    where=log,
                    next_step="Try again; if it persists, run `commonroll log verify`.",
                )
            # Whoever holds the lock may be folding this row: look again, rather than insist on the lock.
            with contextlib.suppress(LogBusy):
                self.fold(log, min(left, LOOK_AGAIN_SECONDS))
        return self._folders(log).checkpoint()

    def _waits(self, log: str, seq: int) -> bool:
        first = self._journal.unfolded(log, 1)
        return bool(first) and first[0].seq <= seq

    def _unmarked(self, log: str, folder: LogFolder) -> dict[bytes, int]:
        """Entries, id to index, that the journal has no mark of: a crash came between checkpoint and mark."""
        marked, size = self._journal.folded_size(log), folder.size
        if marked > size:
            raise SequenceError(
                f"The log has {size} entries, but the journal knows of {marked}: the folder is an old copy.",
                where=log,
                next_step="Signing on would fork the log. Restore the newest copy of the folder.",
            )
        return {_stamp(log, entry).id: at for at, entry in enumerate(folder.entries(marked, size), marked)}

    def _take(
        self,
        folder: LogFolder,
        writer: Writer,
        signer: Signer,
        rows: Sequence[JournalRow],
        places: dict[bytes, int],
    ) -> Checkpoint:
        log, size = rows[0].log, folder.size
        stamped = [(row, _stamp(log, row.leaf)) for row in rows]
        fresh = [(row, stamp) for row, stamp in stamped if stamp.id not in places]
        signed = writer.append(_in_order(log, fresh, _last_time(log, folder, size)), signer)
        marks = [(row.seq, places[stamp.id]) for row, stamp in stamped if stamp.id in places]
        marks += [(row.seq, size + at) for at, (row, _) in enumerate(fresh)]
        self._journal.mark_folded(log, marks)
        return signed


def is_stale(journal: Journal, now: datetime, coalesced: bool) -> bool:
    """Whether a row has waited over 5 s (65 s for counts that fold by the minute): answer nothing then."""
    limit = STALE_COALESCED if coalesced else STALE
    oldest = [journal.oldest_unfolded(log) for log in journal.logs()]
    return any(at is not None and now - at > limit for at in oldest)


def _in_order(log: str, rows: Sequence[tuple[JournalRow, Stamp]], last: bytes) -> list[bytes]:
    entries = []
    for row, stamp in rows:
        if stamp.at >= last:
            last = stamp.at
            entries.append(row.leaf)
        elif (behind := _time(last) - _time(stamp.at)) <= MAX_SKEW:
            entries.append(canonical({**parse_strict(row.leaf), "at": last.decode()}))
        else:
            raise SequenceError(
                f"Row {row.seq} is dated {behind.total_seconds():.0f} s before the entry ahead of it.",
                where=log,
                next_step="A clock was set back or ran ahead. Correct it; the rows stay and are taken then.",
            )
    return entries


def _last_time(log: str, folder: LogFolder, size: int) -> bytes:
    return _stamp(log, folder.entry(size - 1)).at if size else b""


def _time(at: bytes) -> datetime:
    return datetime.fromisoformat(at.decode())


def _stamp(log: str, entry: bytes) -> Stamp:
    found = _STAMP.search(entry)
    if found is None:
        raise SequenceError("An entry lacks its time or its id.", where=log)
    return Stamp(*found.groups())
