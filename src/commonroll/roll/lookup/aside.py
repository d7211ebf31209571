"""Files that find a voter are made once, by one process: aside, and put in place whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

from commonroll.roll.vault import locks

_WAIT = 600.0


def numbering(vault: Path, member: str) -> AbstractContextManager[None]:
    """Hold the numbers of a vault's voters, which every index of it adds to."""
    return locks.exclusive(vault / "lookup" / "lock", member=member, doing="numbering its voters", wait=_WAIT)


def make_once(path: Path, member: str, *, doing: str, write: Callable[[Path], None]) -> None:
    """Have `write` fill a folder that becomes `path` (lookup/<kind>/<name> of a vault), unless it is there.

    The one before stays: its snapshot may be today's until the next is published. Raises VaultBusy where
    another takes long.
    """
    folder, kind = path.parent.parent, path.parent.name
    with locks.exclusive(folder / "lock", member=member, doing=doing, wait=_WAIT):
        if path.exists():
            return
        for dead in folder.glob(f".{kind}-*.part"):  # whoever made it was killed: the lock is held here
            shutil.rmtree(dead, ignore_errors=True)
        aside = folder / f".{kind}-{uuid4().hex}.part"
        aside.mkdir(mode=0o700)
        try:
            write(aside)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            aside.replace(path)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        others = [one for one in path.parent.iterdir() if one != path]
        for other in sorted(others, key=lambda one: one.stat().st_mtime)[:-1]:
            shutil.rmtree(other, ignore_errors=True)
