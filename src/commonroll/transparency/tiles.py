"""Tiles and entry bundles: names, bytes, and the roots and proofs read from them (c2sp.org/tlog-tiles).

A tile holds up to 256 hashes of one level, a bundle the same number of entries. Roots and proofs read a
handful of tiles; the leaves themselves are never needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from commonroll.errors import Refusal
from commonroll.transparency.merkle import edge_root, leaf_hash, node_hash, root, split

WIDTH = 256
HASH_BYTES = 32
MAX_ENTRY_BYTES = 65_535
ENTRIES = "entries"
CHECKPOINT = "checkpoint"

_NAME = re.compile(
    r"tile/(?P<area>entries|[0-9]|[1-5][0-9]|6[0-3])/(?P<n>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<w>[1-9][0-9]{0,2}))?"
)


class TileError(Refusal):
    """A file of the log is missing or is not what the log's size says it must be."""


class TileName(NamedTuple):
    """One file of tiles: `area` is `entries` or the level as text, `n` its place, `width` 1 to 256 (full)."""

    area: str
    n: int
    width: int

    def __str__(self) -> str:
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{self.area}/{tile_path(self.n)}{part}"

    @property
    def full(self) -> TileName:
        """The full tile that takes this one's place once it exists."""
        return self._replace(width=WIDTH)

    @property
    def end(self) -> int:
        """How many hashes of its level (or entries) the log must have for this file to be covered."""
        return self.n * WIDTH + self.width


def tile_path(n: int) -> str:
    """`n` in groups of three digits, all but the last marked with an x: 1234067 is `x001/x234/067`."""
    parts = [f"{n % 1000:03d}"]
    while n := n // 1000:
        parts.append(f"x{n % 1000:03d}")
    return "/".join(reversed(parts))


def parse_name(name: str) -> TileName | None:
    """The tile that a path inside the log folder names, None if it names none; touches no disk."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    width = int(found["w"] or WIDTH)
    tile = TileName(found["area"], int(found["n"].replace("x", "").replace("/", "")), width)
    return tile if str(tile) == name else None


def count_at(area: str, size: int) -> int:
    """How many hashes (or entries) a log of `size` entries has in an area."""
    return size if area == ENTRIES else size >> (8 * int(area))


def areas(size: int) -> list[str]:
    """The areas that a log of `size` entries has, entries first, then levels from 0 up."""
    levels = (size.bit_length() + 7) // 8
    return [ENTRIES, *map(str, range(levels))] if size else []


def last_tile(area: str, size: int) -> TileName | None:
    """The partial tile at the right edge of an area, None if the area ends with a full tile."""
    n, width = divmod(count_at(area, size), WIDTH)
    return TileName(area, n, width) if width else None


def growth(old: int, new: int) -> list[TileName]:
    """The files to be written when a log grows from `old` to `new` entries, in the order of writing."""
    names: list[TileName] = []
    for area in areas(new):
        before, after = count_at(area, old), count_at(area, new)
        if before != after:
            names += [TileName(area, n, WIDTH) for n in range(before // WIDTH, after // WIDTH)]
            names += filter(None, [last_tile(area, new)])
    return names


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """Each entry behind its length as a big-endian uint16."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle; raises TileError if the lengths do not add up."""
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data):
        raise TileError("The lengths of the entries do not add up to the length of the file.")
    return entries


def read_tile(data: bytes) -> list[bytes]:
    """The hashes of a tile; raises TileError if it is not a whole number of them."""
    if len(data) % HASH_BYTES:
        raise TileError("The file is not a whole number of hashes.")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


class Tiles:
    """The tiles of a log folder, read as the log of `size` entries; keeps what it has read."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.size = size
        self._read: dict[TileName, list[bytes]] = {}

    def hashes(self, level: int, n: int) -> list[bytes]:
        """The hashes of tile `n` of a level, as many as the log's size says."""
        return self._part(str(level), n)

    def entries(self, n: int) -> list[bytes]:
        """The entries of bundle `n`, as many as the log's size says."""
        return self._part(ENTRIES, n)

    def edge(self, level: int) -> list[bytes]:
        """The hashes of a level's incomplete last tile; empty if there is none."""
        tile = last_tile(str(level), self.size)
        return self.hashes(level, tile.n) if tile else []

    def edges(self) -> list[list[bytes]]:
        """`edge` of every level, from 0 up."""
        return [self.edge(level) for level in range(len(areas(self.size)[1:]))]

    def root(self) -> bytes:
        """The root of the whole log."""
        return edge_root(self.edges())

    def range_root(self, start: int, stop: int) -> bytes:
        """The root over entries `start` to `stop`; `start` is where a subtree at least that large begins."""
        count = stop - start
        if count & (count - 1) == 0:
            return self._subtree(start, count)
        middle = start + split(count)
        return node_hash(self.range_root(start, middle), self.range_root(middle, stop))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that entry `index` is in the tree of `size` entries: leaf's sibling first."""
        self._within(index + 1, size)
        proof: list[bytes] = []
        start, stop = 0, size
        while stop - start > 1:
            middle = start + split(stop - start)
            if index < middle:
                proof.append(self.range_root(middle, stop))
                stop = middle
            else:
                proof.append(self.range_root(start, middle))
                start = middle
        return proof[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `new` entries begins with the tree of `old` entries (0 < old <= new)."""
        self._within(old, new)
        proof: list[bytes] = []
        start, stop = 0, new
        while old != stop:
            middle = start + split(stop - start)
            if old <= middle:
                proof.append(self.range_root(middle, stop))
                stop = middle
            else:
                proof.append(self.range_root(start, middle))
                start = middle
        if start:
            proof.append(self.range_root(start, stop))
        return proof[::-1]

    def _within(self, inner: int, outer: int) -> None:
        if not 0 < inner <= outer <= self.size:
            raise TileError(
                f"The log has {self.size} entries; a proof for {inner} of {outer} cannot be given.",
                next_step="Ask for an entry and a size that the log has.",
            )

    def _subtree(self, start: int, count: int) -> bytes:
        level, height = divmod(count.bit_length() - 1, 8)
        n, at = divmod(start >> (8 * level), WIDTH)
        return root(self.hashes(level, n)[at : at + (1 << height)])

    def _part(self, area: str, n: int) -> list[bytes]:
        width = min(WIDTH, count_at(area, self.size) - n * WIDTH)
        name = TileName(area, n, width)
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: TileName) -> list[bytes]:
        found, data = read_either(self.folder, name)
        parts = self._split(found, data)
        if len(parts) != found.width:
            raise TileError(f"The file holds {len(parts)} parts instead of {found.width}.", where=str(found))
        return parts[: name.width]

    def _split(self, name: TileName, data: bytes) -> list[bytes]:
        try:
            return read_bundle(data) if name.area == ENTRIES else read_tile(data)
        except TileError as error:
            raise TileError(error.what, where=str(name), next_step="Run `commonroll log verify`.") from error


def read_either(folder: Path, name: TileName) -> tuple[TileName, bytes]:
    """A tile's bytes, or those of the full tile in its place; raises TileError if both are missing."""
    for candidate in (name, name.full):
        try:
            return candidate, (folder / str(candidate)).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise TileError(f"The file cannot be read: {error.strerror}.", where=str(candidate)) from error
    raise TileError(
        "A file that the log's size calls for is missing.",
        where=str(name),
        next_step="Fetch it from another copy of the log and run `commonroll log verify`.",
    )


def grown(old: Tiles, entries: Sequence[bytes]) -> tuple[list[tuple[TileName, bytes]], bytes]:
    """The files (as `growth` lists them) and the root of the log after `entries` are appended to `old`."""
    files = list(_bundles(old, entries))
    fresh = [leaf_hash(entry) for entry in entries]
    edges: list[list[bytes]] = []
    for area in areas(old.size + len(entries))[1:]:
        first = count_at(area, old.size) // WIDTH
        rows = _rows(old.edge(int(area)) + fresh)
        if fresh:
            files += [(TileName(area, first + at, len(row)), b"".join(row)) for at, row in enumerate(rows)]
        fresh = [root(row) for row in rows if len(row) == WIDTH]
        edges.append(rows[-1] if rows and len(rows[-1]) < WIDTH else [])
    return files, edge_root(edges)


def _bundles(old: Tiles, entries: Sequence[bytes]) -> Iterator[tuple[TileName, bytes]]:
    edge = last_tile(ENTRIES, old.size)
    before = old.entries(edge.n) if edge else []
    if [leaf_hash(entry) for entry in before] != old.edge(0):
        raise TileError(
            "The last entries of the log are not those that its hashes record.",
            where=str(edge),
            next_step="Nothing is appended to a damaged log. Run `commonroll log verify`, restore this file.",
        )
    first = old.size // WIDTH
    for at, row in enumerate(_rows([*before, *entries])):
        yield TileName(ENTRIES, first + at, len(row)), write_bundle(row)


def _rows(parts: list[bytes]) -> list[list[bytes]]:
    return [parts[at : at + WIDTH] for at in range(0, len(parts), WIDTH)]
