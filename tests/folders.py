"""A folder put back to what it was before a test, file by file, where a copy of everything would be slow."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def restore(folder: Path, whole: Path) -> None:
    """Make `folder` hold what `whole` holds: what was changed, added or taken away is put back.

    A file counts as unchanged that has the size and the nanosecond of change of the one in `whole`: copies
    keep both. Times of folders do not count.
    """
    wanted = {entry.name: entry for entry in os.scandir(whole)}
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    for entry in os.scandir(folder):
        if entry.name not in wanted or _folder(entry) != _folder(wanted[entry.name]):
            shutil.rmtree(entry.path) if _folder(entry) else Path(entry.path).unlink()
    for name, entry in wanted.items():
        if _folder(entry):
            restore(folder / name, Path(entry.path))
        elif not _same(folder / name, entry):
            shutil.copy2(entry.path, folder / name, follow_symlinks=False)


def _folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _same(path: Path, entry: os.DirEntry[str]) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    stood = entry.stat(follow_symlinks=False)
    return (found.st_size, found.st_mtime_ns, found.st_mode) == (
        stood.st_size,
        stood.st_mtime_ns,
        stood.st_mode,
    )
