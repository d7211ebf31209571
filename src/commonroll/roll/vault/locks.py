"""Who may write a vault, and which snapshots are being read: file locks that end with their process."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from commonroll.errors import Refusal

POLL = 0.05
LEASE_LASTS = timedelta(hours=12)
"""A lease older than this is ignored: longer than any export takes, shorter than a forgotten process."""


class VaultBusy(Refusal):
    """Another load, append or vacuum holds the vault."""


@dataclass
class _Held:
    """This process's hold on one lock file; `lock` makes it exclusive between threads, `depth` re-entrant."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    depth: int = 0
    fd: int = -1


_held: dict[Path, _Held] = {}
_guard = threading.Lock()


def _forget_after_fork() -> None:
    # A forked child shares the parent's open file, and with it the lock: it must not believe it holds it,
    # nor keep it alive when the parent dies.
    global _guard
    _guard = threading.Lock()
    for held in _held.values():
        if held.fd >= 0:
            os.close(held.fd)
    _held.clear()


os.register_at_fork(after_in_child=_forget_after_fork)


@contextmanager
def exclusive(path: Path, *, member: str, doing: str, wait: float) -> Iterator[None]:
    """Hold the lock file `path`: exclusive between processes and threads, re-entrant within a thread.

    Waits up to `wait` seconds, then raises VaultBusy naming who holds it, since when and for what.
    The lock ends with the process, however it ends.
    """
    path = path.absolute()
    with _guard:
        held = _held.setdefault(path, _Held())
    deadline = time.monotonic() + wait
    if not held.lock.acquire(timeout=wait):
        raise _busy(path, member)
    try:
        if held.depth == 0:
            held.fd = _locked(path, member, doing, deadline)
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
            if held.depth == 0:
                os.ftruncate(held.fd, 0)
                os.close(held.fd)
                held.fd = -1
    finally:
        held.lock.release()


def _locked(path: Path, member: str, doing: str, deadline: float) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(fd)
                raise _busy(path, member) from None
            time.sleep(POLL)
        else:
            break
    holder = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds"), "doing": doing}
    with suppress(OSError):  # on a full disk the lock holds all the same, only nameless
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(holder).encode(), 0)
    return fd


def _busy(path: Path, member: str) -> VaultBusy:
    who = "another process"
    # The holder may be between taking the lock and writing its name.
    with suppress(OSError, ValueError):
        holder = json.loads(path.read_text("utf-8"))
        who = f"process {holder['pid']} ({holder['doing']}) since {holder['since']}"
    return VaultBusy(
        f"The vault is in use by {who}.",
        where=f"vault of {member}",
        next_step="Nothing was changed. Wait until that work ends, then try again.",
    )


@contextmanager
def lease(folder: Path, snapshot: int) -> Iterator[None]:
    """Say that `snapshot` is being read, until the block ends or the process does."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{snapshot}-{uuid4().hex}"
    hidden, visible = folder / f".{name}", folder / name
    fd = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        expires = (datetime.now(UTC) + LEASE_LASTS).isoformat(timespec="seconds")
        os.write(fd, json.dumps({"snapshot": snapshot, "pid": os.getpid(), "expires": expires}).encode())
        hidden.rename(visible)  # visible only once locked: a vacuum takes an unlocked lease for a dead one
        yield
    finally:
        hidden.unlink(missing_ok=True)
        visible.unlink(missing_ok=True)
        os.close(fd)


def leased(folder: Path, now: datetime) -> set[int]:
    """Numbers of the snapshots with a live lease. Leases of ended processes are removed."""
    found = set()
    for path in folder.glob("[0-9]*-*"):
        with suppress(FileNotFoundError), path.open("rb") as file:
            document = json.loads(file.read())
            if _ended(file.fileno()) or datetime.fromisoformat(document["expires"]) <= now:
                path.unlink(missing_ok=True)
            else:
                found.add(int(document["snapshot"]))
    return found


def over(path: Path, now: datetime) -> bool:
    """Whether a lease's process has ended, or its time; a lease that is gone is over. Removes nothing."""
    try:
        with path.open("rb") as file:
            document = json.loads(file.read())
            return _ended(file.fileno()) or datetime.fromisoformat(document["expires"]) <= now
    except (FileNotFoundError, ValueError, KeyError):
        return True


def _ended(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
