"""Anybody who holds a log and its public key can re-derive it, offline: nothing but the folder is read.

It proves that the entries, in their order, are those that were signed, and that the log only grew since an
earlier checkpoint. It does not prove that everything was entered, nor, without witnesses, that everybody
saw the same log.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commonroll.errors import Refusal
from commonroll.notes import encode_base64, parse_vkey
from commonroll.transparency.checkpoint import Checkpoint, open_checkpoint
from commonroll.transparency.contents import Contents
from commonroll.transparency.handover import KEYS, Chain, follow, read_handovers
from commonroll.transparency.log import LOCK, WRITING
from commonroll.transparency.merkle import edge_root, leaf_hash, root
from commonroll.transparency.tiles import (
    CHECKPOINT,
    ENTRIES,
    HASH_BYTES,
    WIDTH,
    TileError,
    TileName,
    Tiles,
    count_at,
    parse_name,
    read_bundle,
    read_either,
    read_tile,
    write_bundle,
)

MAX_PROBLEMS = 20


@dataclass(frozen=True)
class Verdict:
    """What verifying a log folder found.

    `size` and `root` are those signed, `last_at` the time in the last entry; `sentences` say what was found
    and, where something is wrong, which file and what.
    """

    ok: bool
    origin: str
    size: int
    root: bytes
    last_at: str | None
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; the root in base64."""
        return {
            "ok": self.ok,
            "origin": self.origin,
            "size": self.size,
            "root": encode_base64(self.root),
            "last_at": self.last_at,
            "sentences": list(self.sentences),
        }


def verify_folder(path: Path, vkey: str, *, since: str | None = None) -> Verdict:
    """Re-derive the log in `path` from all its entries and compare it with its checkpoint, signed by `vkey`.

    A key that was changed since leads to the one that signs now (`handover`).

    `since` is an earlier checkpoint (the signed note) that the log must have grown from. The verdict names
    every problem; nothing is raised for a bad log.
    """
    origin = ""
    try:
        origin = parse_vkey(vkey).name
        chain = follow(read_handovers(path), vkey)
        now = open_checkpoint(_read_note(path), [chain.last], origin)
        earlier = open_checkpoint(since, chain.keys, origin) if since is not None else None
    except Refusal as error:
        return Verdict(False, origin, 0, b"", None, (f"{error.where or CHECKPOINT}: {error.what}",))
    check = _Check(path, now, earlier, chain)
    check.run()
    sentences = check.problems[:MAX_PROBLEMS] if check.problems else check.good()
    return Verdict(
        not check.problems, origin, now.size, now.root, check.contents.last_at, (*sentences, *check.notes)
    )


def _read_note(path: Path) -> str:
    try:
        return (path / CHECKPOINT).read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise TileError("There is no such file: the folder holds no log.", where=CHECKPOINT) from error
    except (OSError, UnicodeDecodeError) as error:
        raise TileError("The file cannot be read as text.", where=CHECKPOINT) from error


class _Check:
    """One pass over the entries, building every level of hashes anew and comparing each tile on the way."""

    def __init__(self, path: Path, now: Checkpoint, earlier: Checkpoint | None, chain: Chain) -> None:
        self.path = path
        self.now = now
        self.earlier = earlier
        self.chain = chain
        self._roots = {one.size: b"" for one in (earlier, *(at for _, at in chain.handovers)) if one}
        self._named: dict[int, bytes] = {change.entry: b"" for change, _ in chain.handovers}
        self.contents = Contents()
        self.mismatches: list[tuple[TileName, int, str]] = []
        self.problems: list[str] = []
        self.notes: list[str] = []
        self._edges: list[list[bytes]] = [[]]
        self._counts = [0]
        self._tiles: set[str] = {CHECKPOINT}

    def run(self) -> None:
        """Fill `problems` and `notes`."""
        try:
            for n in range(-(-self.now.size // WIDTH)):
                self._bundle(n)
            self._right_edge()
        except TileError as error:
            self.problems.append(f"{error.where}: {error.what}")
            return
        found = edge_root(self._edges)
        self._judge(found)
        self._judge_earlier(found)
        self._judge_handovers(found)
        self.problems += self.contents.problems
        if not self.problems:
            self._other_files()
        if self.contents.unknown:
            self.notes.append(
                f"{self.contents.unknown} entries have a form that this version does not know; "
                "their places are verified, their contents are not."
            )

    def good(self) -> list[str]:
        """The sentences about a log that verifies."""
        dated = f"; the last is dated {self.contents.last_at}" if self.contents.last_at else ""
        sentences = [
            f"The log {self.now.origin} holds {self.now.size} entries{dated}.",
            "All of them, in this order, give the root that was signed.",
        ]
        if self.chain.handovers:
            sentences.append(
                f"Its key was changed {_times(len(self.chain.handovers))}; each former key signed the entry "
                "that names the next."
            )
        if self.earlier is not None:
            sentences.append(
                f"It continues the earlier checkpoint of {self.earlier.size} entries: nothing in it was "
                "changed, dropped or reordered."
            )
        return sentences

    def _bundle(self, n: int) -> None:
        width = min(WIDTH, self.now.size - n * WIDTH)
        name = TileName(ENTRIES, n, width)
        entries = self._entries(name)
        hashes = [leaf_hash(entry) for entry in entries]
        self._note_earlier(n, hashes)
        for index, entry in enumerate(entries, n * WIDTH):
            self.contents.take(index, entry)
            if index in self._named:
                self._named[index] = entry
        for item in hashes:
            self._add(0, item)

    def _entries(self, name: TileName) -> list[bytes]:
        found, data = read_either(self.path, name)
        self._tiles.add(str(found))
        try:
            entries = read_bundle(data)
        except TileError as error:
            raise TileError(error.what, where=str(found)) from error
        if len(entries) != found.width:
            raise TileError(
                f"It holds {len(entries)} entries instead of {found.width}: entries were dropped or added.",
                where=str(found),
            )
        return entries[: name.width]

    def _note_earlier(self, n: int, hashes: list[bytes]) -> None:
        for size in self._roots:
            if 0 <= size - n * WIDTH < len(hashes):
                self._roots[size] = edge_root([hashes[: size - n * WIDTH], *self._edges[1:]])

    def _add(self, level: int, item: bytes) -> None:
        if level == len(self._edges):
            self._edges.append([])
            self._counts.append(0)
        edge = self._edges[level]
        edge.append(item)
        self._counts[level] += 1
        if len(edge) == WIDTH:
            self._compare(TileName(str(level), self._counts[level] // WIDTH - 1, WIDTH), edge)
            self._edges[level] = []
            self._add(level + 1, root(edge))

    def _right_edge(self) -> None:
        for level, edge in enumerate(self._edges):
            if edge:
                self._compare(TileName(str(level), self._counts[level] // WIDTH, len(edge)), edge)

    def _compare(self, name: TileName, hashes: list[bytes]) -> None:
        found, data = read_either(self.path, name)
        self._tiles.add(str(found))
        want = b"".join(hashes)
        if data == want or (found != name and data[: len(want)] == want and len(data) == WIDTH * HASH_BYTES):
            return
        self.mismatches.append((found, *_difference(name, data, hashes)))

    def _judge(self, found: bytes) -> None:
        if found == self.now.root:
            for name, _, how in self.mismatches:
                self.problems.append(
                    f"{name}: the hashes are not those of the entries, which are as signed. {how}"
                )
            return
        self.contents.problems.clear()  # of other entries than those that were signed
        self.problems += self._changed_entries() or [
            f"{CHECKPOINT}: the {self.now.size} entries and their hashes give another root than the one "
            "signed: the history was rewritten without the log's key, or files of two copies are mixed."
        ]

    def _changed_entries(self) -> list[str]:
        if not self._tiles_give_signed_root():
            return []
        return [
            f"{name._replace(area=ENTRIES)}: entry {first} is not the one that was signed. {how}"
            for name, first, how in self.mismatches
            if name.area == "0"
        ]

    def _tiles_give_signed_root(self) -> bool:
        try:
            return bool(self.mismatches) and Tiles(self.path, self.now.size).root() == self.now.root
        except TileError:
            return False

    def _judge_earlier(self, found: bytes) -> None:
        if self.earlier is None:
            return
        size, before = self.now.size, self.earlier.size
        if found != self.now.root and (before < size or self.earlier.root == self.now.root):
            return  # a damaged copy says nothing about what was signed, and accuses nobody
        if before > size:
            self.problems.append(
                f"{CHECKPOINT}: the earlier checkpoint has {before} entries, this log {size}: entries were "
                "dropped, or the folder is an old copy."
            )
            return
        if self._root_at(before, found) == self.earlier.root:
            return
        if before == size:
            self.problems.append(
                f"{CHECKPOINT}: two different logs of {size} entries carry the log's signature: it was shown "
                "differently to different people. Keep both checkpoints, they prove it."
            )
        else:
            self.problems.append(
                f"{CHECKPOINT}: the first {before} entries are not those of the earlier checkpoint: the "
                "history was rewritten and signed again. Keep both checkpoints, they prove it."
            )

    def _root_at(self, size: int, found: bytes) -> bytes | None:
        return found if size == self.now.size else self._roots[size]

    def _judge_handovers(self, found: bytes) -> None:
        for at, (change, before) in enumerate(self.chain.handovers):
            if before.size > self.now.size or self._root_at(before.size, found) != before.root:
                self.problems.append(
                    f"{KEYS}/{at:03}: the key was changed in another history than this: the log was "
                    "rewritten or is an old copy. Keep the file, it proves that."
                )
            elif not change.names_next(self._named[change.entry]):
                self.problems.append(
                    f"{KEYS}/{at:03}: entry {change.entry} does not name the key that signs from there on."
                )

    def _other_files(self) -> None:
        beyond = unknown = 0
        for name in _files(self.path):
            tile = parse_name(name)
            if tile is None:
                unknown += 1
            elif tile.end > count_at(tile.area, self.now.size):
                beyond += 1
            elif name not in self._tiles:
                self._compare_partial(tile)
        if beyond:
            self.notes.append(
                f"{_files_lie(beyond)} beyond the checkpoint: an append is under way or was interrupted; "
                "the next one clears them."
            )
        if unknown:
            self.notes.append(f"{_files_lie(unknown)} in the folder and are not part of a log.")

    def _compare_partial(self, tile: TileName) -> None:
        width = min(WIDTH, count_at(tile.area, self.now.size) - tile.n * WIDTH)
        _, whole = read_either(self.path, tile._replace(width=width))
        try:
            data = (self.path / str(tile)).read_bytes()
        except FileNotFoundError:
            return
        if tile.area == ENTRIES:
            want = write_bundle(read_bundle(whole)[: tile.width])
        else:
            want = whole[: tile.width * HASH_BYTES]
        if data != want:
            self.problems.append(f"{tile}: the file is not the beginning of the one that took its place.")


def _difference(name: TileName, data: bytes, hashes: list[bytes]) -> tuple[int, str]:
    """The first entry or subtree that differs between a tile and the hashes computed, and how they differ."""
    first = name.n * WIDTH
    try:
        stored = read_tile(data)
    except TileError as error:
        return first, error.what
    places = [at for at, (one, other) in enumerate(zip(stored, hashes, strict=False)) if one != other]
    if len(stored) < len(hashes):
        return first + (places or [len(stored)])[
            0
        ], f"The tile holds {len(stored)} hashes, not {len(hashes)}."
    if len(places) == 2 and sorted(stored) == sorted(hashes):
        return first + places[0], f"Entries {first + places[0]} and {first + places[1]} have changed places."
    return first + (places or [0])[0], f"{len(places)} of {len(hashes)} differ."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _files_lie(count: int) -> str:
    return "1 file lies" if count == 1 else f"{count} files lie"


def _files(path: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(path):
        relative = Path(folder).relative_to(path)
        folders[:] = [name for name in folders if (relative / name).as_posix() not in (WRITING, KEYS)]
        for name in names:
            file = (relative / name).as_posix()
            if file not in (CHECKPOINT, LOCK):
                yield file
