"""A delivered file as parts: its lines as UTF-8, split at line ends, each part with its first line's number.

The parts are what the owner keeps as raw strings, and what the engine reads: a line is a record in every
state file, so that no field can swallow a line end. Where records are not plain (fixed columns, quotes here
and there) the engine gets a copy that is (`Plain` in `shape.py`). Lines that cannot be records (wrong number
of fields, NUL bytes) are set aside with their number; in the engine's copy a mark stands in their place, so
that lines after them keep their numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .part import Part
from .refusals import RefusedLines
from .shape import LINE_BYTES, LINE_END, MARK, QUOTE, Offsets, Shape, counted, fitted, no_text

__all__ = [
    "MARK", "Places", "Shape", "Spread", "checked_again", "fault_of", "is_clean", "line_ends", "parts_of",
]  # fmt: skip

BLOCK_BYTES = 1 << 18
"""A block stays in memory that the process already has: with 1 MB, parting takes almost twice as long."""


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
    writer = _Writer(file, shape, places, refused, spread)
    rest = b""
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
        read(len(block))
        spread.size += len(block)
        cut = block.rfind(b"\n") + 1
        if not cut:
            rest += block
            if len(rest) > 64 * LINE_BYTES:
                rest = rest[:LINE_BYTES] + b"\x1a"
            continue
        yield from writer.add(b"".join((rest, memoryview(block)[:cut])))
        rest = block[cut:]
    if rest.strip(b"\r\n\x1a \t"):
        yield from writer.add(rest + b"\n")
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

    def __init__(
        self, file: str, shape: Shape, places: Places, refused: RefusedLines, spread: Spread
    ) -> None:
        self.file = file
        self.shape = shape
        self.places = places
        self.refused = refused
        self.spread = spread
        self.lines = 0
        self._open: _OpenPart | None = None

    def add(self, block: bytes) -> Iterator[Part]:
        block = block.replace(b"\r\n", b"\n") if b"\r" in block else block
        part = self._open or self._start()
        skip = max(0, self.shape.skip - self.lines)
        raw = self._utf8(block)
        ends = line_ends(raw)
        count = len(ends)
        if self.shape.plain is not None:
            part.write(raw, count, *self._made_plain(block if self.shape.plain.undecoded else raw, skip))
        elif is_clean(raw, ends, self.shape, skip):
            part.write(raw, count)
        else:
            part.write(raw, count, *self._set_aside(raw, skip))
        self.lines += count
        if part.size >= self.places.part_bytes:
            yield from self.end()

    def end(self) -> Iterator[Part]:
        if self._open is not None:
            yield self._open.close()
        self._open = None

    def _start(self) -> _OpenPart:
        skip = max(0, self.shape.skip - self.lines)
        self._open = _OpenPart(self.file, self.places, self.lines + 1, skip)
        return self._open

    def _utf8(self, block: bytes) -> bytes:
        return _as_utf8(block, self.shape.encoding, self.spread)

    def _made_plain(self, block: bytes, skip: int) -> tuple[bytes, int]:
        """The engine's copy of a block, and how many lines of it are marks."""
        assert self.shape.plain is not None
        copy, odd = self.shape.plain.block(block, line_ends(block))
        odd = odd[odd >= skip]
        if not len(odd):
            return self._utf8(copy), 0
        lines, copies, refused = block.split(b"\n"), copy.split(b"\n"), 0
        for at in odd.tolist():
            copies[at], reason = self.shape.plain.line(lines[at])
            if reason:
                self.refused.add(self.file, self.lines + at + 1, reason, self._utf8(lines[at]))
                copies[at] = self.shape.marked
                refused += 1
        return self._utf8(b"\n".join(copies)), refused

    def _set_aside(self, block: bytes, skip: int) -> tuple[bytes, int]:
        kept = []
        refused = 0
        for number, line in enumerate(block[:-1].split(b"\n"), self.lines + 1):
            made, reason = (line, "") if number <= self.lines + skip else _mended(line, self.shape)
            if reason:
                self.refused.add(self.file, number, reason, line)
                refused += 1
            kept.append(made.replace(b"\r", b" "))
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
    start = int(ends[min(skip, len(ends)) - 1]) + 1 if skip else 0
    ends = ends[skip:]
    starts = np.concatenate([[start], ends[:-1] + 1])[: len(ends)]
    if np.count_nonzero(cells[start:] == ord(shape.delimiter)) != len(ends) * (shape.fields - 1):
        return False
    if (ends - starts).max(initial=1) > LINE_BYTES or (ends - starts).min(initial=1) < 1:
        return False
    for back in range(1, (shape.empties or 0) + 1):
        if not np.all(cells[ends - back] == ord(shape.delimiter)):
            return False
    return not shape.wrapped or bool(np.all(cells[starts] == QUOTE) and np.all(cells[ends - 1] == QUOTE))


def _mended(line: bytes, shape: Shape) -> tuple[bytes, str]:
    """The line with the empty fields that a record ends in; a mark and the reason where it is none."""
    reason = fault_of(line, shape)
    if reason and shape.empties is not None and not no_text(line):
        cells, reason = fitted(line.split(shape.between), shape.fields, shape.empties)
        line = shape.between.join(cells)
    return (shape.marked, reason) if reason else (line, "")


def fault_of(line: bytes, shape: Shape) -> str:
    """Why a line is no record; empty where it is one."""
    if reason := no_text(line):
        return reason
    if shape.wrapped and (len(line) < 2 or line[:1] != b'"' or line[-1:] != b'"'):
        return "quotes missing"
    cells = (line[1:-1] if shape.wrapped else line).split(shape.between)
    if shape.empties and any(cell.strip() for cell in cells[shape.fields - shape.empties :]):
        return "text after the last column"
    return counted(len(cells), shape.fields)


def checked_again(part: Part, shape: Shape, work: Path, refused: RefusedLines) -> Part:
    """The part looked at line by line, where the engine refused its copy."""
    found = 0
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = work / f"again-{part.raw.parent.name}-{part.raw.name}"
    with part.raw.open("rb") as raw, part.path.open("rb") as read, copy.open("wb") as clean:
        for number, (line, seen) in enumerate(zip(raw, read, strict=True), part.first):
            line, seen = line.removesuffix(b"\n"), seen.removesuffix(b"\n")
            made, reason = seen, ""
            if number >= part.first + part.skip:
                made, reason = _judged_again(line, seen, shape)
            found += bool(reason)
            if reason and seen != shape.marked:
                refused.add(part.file, number, reason, line)
            clean.write(made.replace(b"\r", b" ") + b"\n")
    return Part(part.file, part.raw, copy, part.first, part.lines, part.skip, found)


def _judged_again(line: bytes, seen: bytes, shape: Shape) -> tuple[bytes, str]:
    """A line that the engine saw as `seen`: what it should see, and why the line is no record."""
    if shape.plain is None:
        return _mended(line, shape)
    reason = "no record" if seen == shape.marked else counted(seen.count(shape.between) + 1, shape.fields)
    return (shape.marked if reason else seen), reason
