"""Files that are on disk before anything is built on them.

A crash at any moment leaves a log that verifies, because the order is fixed: write beside under temporary
names and sync, rename into place, sync the folders, and only then the checkpoint.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

SYNCS_AT_ONCE = 8


def write(path: Path, data: bytes) -> None:
    """Write a file and sync its bytes."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def rename(source: Path, target: Path) -> None:
    """Put `source` in the place of `target`, whole or not at all."""
    source.replace(target)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    path.unlink(missing_ok=True)


def make_folder(path: Path) -> bool:
    """Make one folder; whether it was not there."""
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def remove_folder(path: Path) -> None:
    """Remove an empty folder."""
    path.rmdir()


def sync_folder(path: Path) -> None:
    """Sync a folder's list of names."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def mark(path: Path) -> None:
    """Make an empty file; its name is on disk once its folder is synced."""
    path.touch()


def sync_way(root: Path, names: Iterable[str]) -> None:
    """Sync every folder from `root` to each of `names`, as far as they are there."""
    folders = {parent for name in names for parent in PurePosixPath(name).parents}
    for folder in sorted(folders):
        if (root / folder).is_dir():
            sync_folder(root / folder)


def write_beside(folder: Path, files: Sequence[bytes]) -> list[Path]:
    """Write and sync each file under a temporary name in `folder`."""
    paths = [folder / f"{at}.new" for at in range(len(files))]
    # Syncs that wait together cost the disk little more than one: ten times quicker when it is busy.
    with ThreadPoolExecutor(SYNCS_AT_ONCE) as pool:
        for done in [pool.submit(write, path, data) for path, data in zip(paths, files, strict=True)]:
            done.result()
    return paths


def put_in_place(root: Path, moves: Iterable[tuple[Path, str]]) -> None:
    """Rename each file to its name under `root`, making folders, then sync each folder that gained a name."""
    seen: set[PurePosixPath] = set()
    gained: set[PurePosixPath] = set()
    for source, name in moves:
        for parent in reversed(PurePosixPath(name).parents):
            if parent not in seen and make_folder(root / parent):
                gained.add(parent.parent)
            seen.add(parent)
        rename(source, root / name)
        gained.add(PurePosixPath(name).parent)
    for folder in sorted(gained):
        sync_folder(root / folder)


def empty_folder(folder: Path) -> None:
    """Remove the files of a folder, if it is there."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            remove(path)
