"""A delivered file as parts: its lines as UTF-8, split at line ends, each part with its first line's number.

The parts are what the owner keeps as raw strings, and what the engine reads: a line is a record in every
state file, quotes are data, so that no field can swallow a line end. Lines that cannot be records (wrong
number of fields, NUL bytes) are set aside with their number; in the engine's copy a mark stands in their
place, so that lines after them keep their numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from .part import Part
from .refusals import RefusedLines

BLOCK_BYTES = 1 << 20
"""Small enough for the processor's cache: with 4 MB, several looks at a block take a third longer."""

Offsets = npt.NDArray[np.intp]

LINE_END, QUOTE = ord("\n"), ord('"')
LINE_BYTES = 1 << 18
"""A longer line is no record: the widest state file has some 4 KB a line."""

MARK = "\x1a"
"""First field of a line that was set aside, in the engine's copy; no delivered line may hold it."""


@dataclass(frozen=True)
class Shape:
    """How a record looks as bytes: delimiter, whether every field is wrapped in quotes, number of fields."""

    delimiter: str
    wrapped: bool
    fields: int
    encoding: str
    header: bytes | None = None

    @property
    def between(self) -> bytes:
        """The bytes between two fields."""
        return f'"{self.delimiter}"'.encode() if self.wrapped else self.delimiter.encode()

    @property
    def marked(self) -> bytes:
        """The line that stands for one that was set aside."""
        line = MARK.encode() + self.between * (self.fields - 1)
        return b'"' + line + b'"' if self.wrapped else line


@dataclass
class Spread:
    """What a whole file came to: its bytes, lines and SHA-256 as delivered, once `parts_of` has ended."""

    size: int = 0
    lines: int = 0
    sha256: str = ""
    transcoded: int = 0


@dataclass(frozen=True)
class Places:
    """One file's folders: `raw` for lines as delivered, `work` for the engine's copies where they differ."""

    raw: Path
    work: Path
    part_bytes: int


def parts_of(
    stream: BinaryIO,
    file: str,
    shape: Shape,
    places: Places,
    refused: RefusedLines,
    spread: Spread,
    read: Callable[[int], None] = lambda count: None,
) -> Iterator[Part]:
    """Writes a file's lines as parts and yields each once it stands. `read` hears of bytes read.

    Line ends become LF. Bytes that are not UTF-8 are taken for the layout's encoding.
    """
    digest = hashlib.sha256()
    writer = _Writer(file, shape, places, refused)
    rest = b""
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
        read(len(block))
        spread.size += len(block)
        head, found, tail = block.rpartition(b"\n")
        if not found:
            rest += tail
            if len(rest) > 64 * LINE_BYTES:
                rest = rest[:LINE_BYTES] + b"\x1a"
            continue
        yield from writer.add(_as_utf8(rest + head + b"\n", shape.encoding, spread))
        rest = tail
    if rest.strip(b"\r\n\x1a \t"):
        yield from writer.add(_as_utf8(rest + b"\n", shape.encoding, spread))
    yield from writer.end()
    spread.lines = writer.lines
    spread.sha256 = digest.hexdigest()


def _as_utf8(block: bytes, encoding: str, spread: Spread) -> bytes:
    if block.isascii():
        return block
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        spread.transcoded += 1
        return _transcoded(block, encoding)
    return block


def _transcoded(block: bytes, encoding: str) -> bytes:
    # A state that promises UTF-8 and sends something else sends a Windows code page.
    single = "cp1252" if encoding == "utf-8" else encoding
    try:
        return block.decode(single).encode()
    except UnicodeDecodeError:
        return block.decode("latin-1").encode()


class _Writer:
    """Appends clean blocks to the part at hand and starts the next one when it is full."""

    def __init__(self, file: str, shape: Shape, places: Places, refused: RefusedLines) -> None:
        self.file = file
        self.shape = shape
        self.places = places
        self.refused = refused
        self.lines = 0
        self._open: _OpenPart | None = None

    def add(self, block: bytes) -> Iterator[Part]:
        block = block.replace(b"\r\n", b"\n") if b"\r" in block else block
        part = self._open or self._start()
        skip = 1 if self.shape.header is not None and self.lines == 0 else 0
        ends = line_ends(block)
        count = len(ends)
        if is_clean(block, ends, self.shape, skip):
            part.write(block, count)
        else:
            clean, refused = self._set_aside(block, skip)
            part.write(block, count, clean, refused)
        self.lines += count
        if part.size >= self.places.part_bytes:
            yield from self.end()

    def end(self) -> Iterator[Part]:
        if self._open is not None:
            yield self._open.close()
        self._open = None

    def _start(self) -> _OpenPart:
        skip = 1 if self.shape.header is not None and self.lines == 0 else 0
        self._open = _OpenPart(self.file, self.places, self.lines + 1, skip)
        return self._open

    def _set_aside(self, block: bytes, skip: int) -> tuple[bytes, int]:
        kept = []
        refused = 0
        for number, line in enumerate(block[:-1].split(b"\n"), self.lines + 1):
            reason = "" if number <= skip else fault_of(line, self.shape)
            if reason:
                self.refused.add(self.file, number, reason, line)
                refused += 1
                line = self.shape.marked
            kept.append(line.replace(b"\r", b" "))
        return b"\n".join([*kept, b""]), refused


class _OpenPart:
    def __init__(self, file: str, places: Places, first: int, skip: int) -> None:
        self.file = file
        self.first = first
        self.skip = skip
        self.size = 0
        self.lines = 0
        self.refused = 0
        self.raw = places.raw / f"{first:010}.txt"
        self.raw.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._copy = places.work / f"{first:010}.txt"
        self._raw_file = self.raw.open("wb", buffering=0)
        self._copy_file: BinaryIO | None = None

    def write(self, raw: bytes, lines: int, clean: bytes | None = None, refused: int = 0) -> None:
        if clean is not None and self._copy_file is None:
            self._begin_copy()
        if self._copy_file is not None:
            _write_all(self._copy_file, raw if clean is None else clean)
        _write_all(self._raw_file, raw)
        self.size += len(raw)
        self.lines += lines
        self.refused += refused

    def _begin_copy(self) -> None:
        self._copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._copy_file = self._copy.open("wb", buffering=0)
        with self.raw.open("rb") as written:
            while block := written.read(BLOCK_BYTES):
                _write_all(self._copy_file, block)

    def close(self) -> Part:
        self._raw_file.close()
        path = self.raw
        if self._copy_file is not None:
            self._copy_file.close()
            path = self._copy
        return Part(self.file, self.raw, path, self.first, self.lines, self.skip, self.refused)


def _write_all(file: BinaryIO, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[file.write(view) :]


def line_ends(block: bytes) -> Offsets:
    """Where the lines of a block end."""
    return np.flatnonzero(np.frombuffer(block, np.uint8) == LINE_END)


def is_clean(block: bytes, ends: Offsets, shape: Shape, skip: int) -> bool:
    """Whether every line of a block plainly is a record: a few passes over the whole block, none per line.

    `ends`: where its lines end.

    Lines that err in opposite ways could hide one another here; the engine then refuses the part, and it is
    looked at line by line.
    """
    if b"\0" in block or b"\r" in block or b"\x1a" in block:
        return False
    cells = np.frombuffer(block, np.uint8)
    start = int(ends[0]) + 1 if skip else 0
    ends = ends[skip:]
    starts = np.concatenate([[start], ends[:-1] + 1])[: len(ends)]
    if np.count_nonzero(cells[start:] == ord(shape.delimiter)) != len(ends) * (shape.fields - 1):
        return False
    if (ends - starts).max(initial=1) > LINE_BYTES or (ends - starts).min(initial=1) < 1:
        return False
    return not shape.wrapped or bool(np.all(cells[starts] == QUOTE) and np.all(cells[ends - 1] == QUOTE))


def fault_of(line: bytes, shape: Shape) -> str:
    """Why a line is no record; empty where it is one."""
    if not line.strip():
        return "empty line"
    if b"\0" in line:
        return "NUL byte"
    if b"\x1a" in line:
        return "control character"
    if len(line) > LINE_BYTES:
        return "line too long"
    if shape.wrapped and (len(line) < 2 or line[:1] != b'"' or line[-1:] != b'"'):
        return "quotes missing"
    fields = line.count(shape.between) + 1
    if fields != shape.fields:
        return "too few fields" if fields < shape.fields else "too many fields"
    return ""


def checked_again(part: Part, shape: Shape, work: Path, refused: RefusedLines) -> Part:
    """The part looked at line by line, where the engine refused its copy."""
    found = 0
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = work / f"again-{part.raw.parent.name}-{part.raw.name}"
    with part.raw.open("rb") as raw, part.path.open("rb") as read, copy.open("wb") as clean:
        for number, (line, seen) in enumerate(zip(raw, read, strict=True), part.first):
            line = line.removesuffix(b"\n")
            reason = "" if number < part.first + part.skip else fault_of(line, shape)
            found += bool(reason)
            if reason and seen.removesuffix(b"\n") != shape.marked:
                refused.add(part.file, number, reason, line)
            clean.write((shape.marked if reason else line.replace(b"\r", b" ")) + b"\n")
    return Part(part.file, part.raw, copy, part.first, part.lines, part.skip, found)
