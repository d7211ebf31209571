"""A log as a folder of static files: reading, proofs, and appending by one writer at a time.

The folder alone is a complete log: `checkpoint`, `tile/...`; beside them `lock` and `.writing` serve the
writer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path

from commonroll.errors import Refusal
from commonroll.notes import Signer, put_line
from commonroll.transparency import durable
from commonroll.transparency.checkpoint import Checkpoint, open_checkpoint, read_checkpoint, sign_checkpoint
from commonroll.transparency.merkle import root
from commonroll.transparency.tiles import (
    CHECKPOINT,
    MAX_ENTRY_BYTES,
    WIDTH,
    TileName,
    Tiles,
    areas,
    count_at,
    grown,
    growth,
    last_tile,
)

LOCK = "lock"
WRITING = ".writing"
LOCK_SECONDS = 20.0

_INTENT = re.compile(r"grow-(\d+)-(\d+)")


class LogError(Refusal):
    """The log cannot be read or written as asked; whatever waited for an entry must not be released."""


class LogBusy(LogError):
    """Another process held the log's lock for the whole time that was allowed."""


class LogFolder:
    """The log named `origin` in the folder `path`. Reads the checkpoint each time: others write too."""

    def __init__(self, path: Path, origin: str) -> None:
        self.path = path
        self.origin = origin

    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint, as the folder holds it (see `verify.py` for proof of it)."""
        found = read_checkpoint(self._note())
        if found.origin != self.origin:
            raise LogError("The folder holds another log.", where=self.origin)
        return found

    @property
    def size(self) -> int:
        """How many entries the newest checkpoint covers."""
        return self.checkpoint().size

    def entry(self, index: int) -> bytes:
        """The entry at `index`, counted from 0."""
        return next(self.entries(index, index + 1))

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """The entries from `start` up to, not including, `stop`."""
        size = self.size
        if not 0 <= start <= stop <= size:
            raise LogError(
                f"The log has {size} entries; {start} to {stop} are not all among them.", where=self.origin
            )
        tiles = Tiles(self.path, size)
        for n in range(start // WIDTH, -(-stop // WIDTH)):
            yield from tiles.entries(n)[max(0, start - n * WIDTH) : stop - n * WIDTH]

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof (leaf's sibling first) that entry `index` is among the first `size` (all) entries."""
        newest = self.size
        return Tiles(self.path, newest).inclusion(index, newest if size is None else size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the log of `new` entries begins with the log of `old` entries (0 < old <= new)."""
        return Tiles(self.path, self.size).consistency(old, new)

    def begin(self, signer: Signer) -> Checkpoint:
        """Sign the checkpoint of the empty log; raises LogError if the folder holds a log already."""
        empty = sign_checkpoint(self.origin, 0, root([]), signer)
        with self._locked(), _storing(self.origin):
            if (self.path / CHECKPOINT).exists():
                raise LogError(
                    "There is a log in this folder.", where=self.origin, next_step="Use another folder."
                )
            durable.make_folder(self.path / WRITING)
            _swap_checkpoint(self.path, empty)
            durable.sync_folder(self.path.parent)
        return empty

    def append(self, entries: Sequence[bytes], signer: Signer) -> Checkpoint:
        """Append `entries` (at most 65,535 bytes each) and sign; on disk when this returns.

        Raises LogError if the folder cannot be written or is damaged; then nothing was appended as far as
        anybody may rely on it.
        """
        with self.writing() as writer:
            return writer.append(entries, signer)

    def cosign(self, text: str, lines: Sequence[str]) -> bool:
        """Put lines of witnesses, verified by the caller, under the checkpoint whose signed text is `text`.

        False where the log has gone on: they stand under no newer checkpoint.
        """
        with self._locked():
            now = self.checkpoint()
            if now.note.rpartition("\n\n")[0] + "\n" != text:
                return False
            note = reduce(put_line, lines, now.note)
            with _storing(self.origin):
                durable.make_folder(self.path / WRITING)
                _swap_checkpoint(self.path, replace(now, note=note))
        return True

    @contextlib.contextmanager
    def writing(self, seconds: float = LOCK_SECONDS) -> Iterator[Writer]:
        """Hold the log's lock, waiting at most `seconds` for another process to let go of it."""
        with self._locked(seconds):
            yield Writer(self)

    @contextlib.contextmanager
    def _locked(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        with _storing(self.origin):
            handle = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._wait_for_lock(handle, seconds)
            yield
        finally:
            os.close(handle)

    def _wait_for_lock(self, handle: int, seconds: float) -> None:
        give_up = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if time.monotonic() >= give_up:
                    raise LogBusy(
                        f"Another process has been writing this log for {seconds:g} s.",
                        where=self.origin,
                        next_step="Wait and try again; if it persists, look for a process that hangs.",
                    ) from error
                time.sleep(0.005)

    def _note(self) -> str:
        try:
            return (self.path / CHECKPOINT).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LogError(
                "The folder holds no readable checkpoint.",
                where=self.origin,
                next_step="Check the folder's path; a new log is made with `init_log`.",
            ) from error


class Writer:
    """The right to append, held while the lock is held (`LogFolder.writing`)."""

    def __init__(self, log: LogFolder) -> None:
        self._log = log
        self._path = log.path
        self._sweep()

    def append(self, entries: Sequence[bytes], signer: Signer) -> Checkpoint:
        """As `LogFolder.append`."""
        if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
            raise LogError(f"An entry has more than {MAX_ENTRY_BYTES} bytes.", where=self._log.origin)
        old, tiles = self._trusted(signer)
        if not entries:
            return old
        files, new_root = grown(tiles, entries)
        new = sign_checkpoint(self._log.origin, old.size + len(entries), new_root, signer)
        with _storing(self._log.origin):
            self._store(old.size, new, files)
        self._sweep()
        return new

    def _trusted(self, signer: Signer) -> tuple[Checkpoint, Tiles]:
        """The newest checkpoint, its signature checked and its root re-derived: what follows extends it."""
        old = open_checkpoint(self._log.checkpoint().note, [signer.vkey], self._log.origin)
        tiles = Tiles(self._path, old.size)
        if tiles.root() != old.root:
            raise LogError(
                "The tiles of the log do not give the root that was signed.",
                where=self._log.origin,
                next_step="Nothing is appended to a damaged log. Run `commonroll log verify`.",
            )
        return old, tiles

    def _store(self, size: int, new: Checkpoint, files: list[tuple[TileName, bytes]]) -> None:
        folder = self._path / WRITING
        if durable.make_folder(folder):
            durable.sync_folder(self._path)
        durable.mark(folder / f"grow-{size}-{new.size}")
        beside = durable.write_beside(folder, [data for _, data in files])
        durable.sync_folder(folder)
        durable.put_in_place(self._path, zip(beside, (str(name) for name, _ in files), strict=True))
        _swap_checkpoint(self._path, new)

    def _sweep(self) -> None:
        """Drop what an interrupted append left beyond the checkpoint, and partial tiles that are full now."""
        folder = self._path / WRITING
        if not folder.is_dir():
            return
        size = self._log.size
        with _storing(self._log.origin):
            for path in list(folder.iterdir()):
                if found := _INTENT.fullmatch(path.name):
                    self._drop_leftovers(size, int(found[2]))
                    self._drop_superseded(int(found[1]), size)
            durable.empty_folder(folder)

    def _drop_leftovers(self, size: int, reached: int) -> None:
        names = [str(name) for name in growth(size, max(size, reached))]
        for name in names:
            durable.remove(self._path / name)
        # Folders that the interrupted append made may stand in no synced list of names yet.
        durable.sync_way(self._path, names)

    def _drop_superseded(self, before: int, size: int) -> None:
        for area in areas(before):
            tile = last_tile(area, before)
            if tile and tile.full.end <= count_at(area, size):
                folder = (self._path / str(tile)).parent
                durable.empty_folder(folder)
                if folder.is_dir():
                    durable.remove_folder(folder)


def init_log(path: Path, origin: str, signer: Signer) -> LogFolder:
    """A new, empty log in the folder `path`, signed; raises LogError if there is one already."""
    log = LogFolder(path, origin)
    with _storing(origin):
        path.mkdir(parents=True, exist_ok=True)
    log.begin(signer)
    return log


def _swap_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    beside = path / WRITING / CHECKPOINT
    durable.write(beside, checkpoint.note.encode())
    durable.rename(beside, path / CHECKPOINT)
    durable.sync_folder(path)


@contextlib.contextmanager
def _storing(origin: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LogError(
            f"The log cannot be written: {error.strerror}.",
            where=origin,
            next_step="Nothing is answered without its entry. Make room or correct the rights, then retry.",
        ) from error
