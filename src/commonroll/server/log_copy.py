"""A copy of somebody's log over https: full tiles once, the right edge each time, the checkpoint last.

The copy verifies like any folder, and it is what a log is mended from that lost a tile. Addresses obey
`outgoing`: nothing of an inner network, no redirect, no answer larger than its kind of file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from commonroll.errors import Refusal
from commonroll.server import outgoing
from commonroll.transparency.checkpoint import read_checkpoint
from commonroll.transparency.handover import KEYS
from commonroll.transparency.tiles import (
    CHECKPOINT,
    ENTRIES,
    HASH_BYTES,
    MAX_ENTRY_BYTES,
    WIDTH,
    TileName,
    areas,
    count_at,
)

MOST_ENTRIES = 50_000_000
MOST_BYTES = 8 << 30
"""Of one visit."""
CHECKPOINT_BYTES = 1 << 20
MOST_KEYS = 100


def bring(url: str, folder: Path, *, key: str = "") -> int:
    """Fetch into `folder` what it lacks of the log at `url`; how many files came.

    `key` is sent along, for a site where members alone read their logs. Nothing is verified here. Raises
    outgoing.NoSite, outgoing.NoAnswer, and a Refusal for a log that is larger than any.
    """
    folder.mkdir(parents=True, exist_ok=True)
    site = _Site(url.rstrip("/"), folder, key)
    site.get(CHECKPOINT, CHECKPOINT_BYTES, f"{CHECKPOINT}.new")
    fresh = folder / f"{CHECKPOINT}.new"
    try:
        size = read_checkpoint(fresh.read_bytes().decode("utf-8", "replace")).size
        if size > MOST_ENTRIES:
            raise Refusal(
                "the log says that it is larger than any", where=CHECKPOINT, next_step="ask its owner"
            )
        for name in _needed(size):
            site.tile(name)
        site.keys()
        fresh.replace(folder / CHECKPOINT)
    finally:
        fresh.unlink(missing_ok=True)
    return site.came


def _needed(size: int) -> Iterator[TileName]:
    for area in areas(size):
        count = count_at(area, size)
        for n in range(-(-count // WIDTH)):
            yield TileName(area, n, min(WIDTH, count - n * WIDTH))


class _Site:
    def __init__(self, url: str, folder: Path, key: str) -> None:
        self.url = url
        self.folder = folder
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.came = 0
        self.left = MOST_BYTES

    def tile(self, name: TileName) -> None:
        """A tile, or the full one in its place where the log has grown meanwhile."""
        if any((self.folder / str(one)).is_file() for one in (name, name.full)):
            return
        most = WIDTH * (2 + MAX_ENTRY_BYTES) if name.area == ENTRIES else WIDTH * HASH_BYTES
        try:
            self.get(str(name), most)
        except outgoing.NoAnswer:
            if name == name.full:
                raise
            self.get(str(name.full), most)

    def keys(self) -> None:
        """The changes of the log's key, as many as there are."""
        with contextlib.suppress(outgoing.NoAnswer):
            for n in range(MOST_KEYS):
                self.get(f"{KEYS}/{n:03}", CHECKPOINT_BYTES)

    def get(self, file: str, most: int, to: str = "") -> None:
        path = self.folder / (to or file)
        path.parent.mkdir(parents=True, exist_ok=True)
        coming = path.with_name(f"{path.name}.coming")
        coming.unlink(missing_ok=True)
        try:
            size = outgoing.get(
                f"{self.url}/{file}", coming, at_most=min(most, self.left), headers=self.headers
            )
            coming.replace(path)
        finally:
            coming.unlink(missing_ok=True)
        self.left -= size
        self.came += 1
