"""The fields of a part's lines as Arrow columns for the engine: views of the part's own bytes, none copied.

Whole blocks of lines are looked at together; the loops here are over blocks and columns (docs/adr/0046).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .part import Part
from .shape import LINE_END, MARK, QUOTE, Shape
from .spots import spot
from .text_views import MARGIN, Bytes, Places, Room, Text, Views, as_arrow, views
from .wide_cells import Elections, Filled, filled, joined

Span = tuple[int, int]
"""First and last field of a column; what stands between them is part of it. Most have one field."""

BLOCK_BYTES = 1 << 20
"""A block and what is found in it stay in the processor's cache."""

AT_ONCE = 8
"""Columns."""


class Misfit(Exception):
    """A line whose fields do not count: lines that err in opposite ways hid one another while parting."""


@dataclass(frozen=True)
class Lines:
    """Some lines of one part, in order: where each begins in `text` and where the next one does; its number.

    `columns`: what was asked for, one Arrow array each, views of `text`. `filled`: the elections' cells that
    say anything, where they were asked for.
    """

    text: Text
    starts: Places
    ends: Places
    numbers: Places
    columns: Sequence[pa.Array]
    filled: Filled | None = None

    def content(self, numbers: Places) -> bytes:
        """The lines of these numbers, as they stand in the part."""
        at = np.searchsorted(self.numbers, numbers)
        lines = zip(self.starts[at].tolist(), self.ends[at].tolist(), strict=True)
        return b"".join(self.text[start:end] for start, end in lines)


def lines_of(
    part: Part, shape: Shape, spans: Sequence[Span], room: Room, elections: Elections | None = None
) -> Lines:
    """The records of a part, without the header and the marks of lines set aside. Raises Misfit."""
    with part.path.open("rb") as file:
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = 0
    for _ in range(part.skip):
        begin = text.find(b"\n", begin) + 1
    count = part.lines - part.skip
    return _read(text, begin, part.first + part.skip, count, shape, spans, room, elections)


def filled_in(read: Mapping[int, Lines]) -> tuple[Places, Filled]:
    """The spots of the lines of several parts, in order, and their elections; `line` numbers these spots."""
    spots = [one.numbers + spot(number, 0) for number, one in read.items()]
    cells, before = [], 0
    for one in read.values():
        assert one.filled is not None
        cells.append(replace(one.filled, line=one.filled.line + before))
        before += len(one.numbers)
    return np.concatenate(spots), joined(cells)


def lines_in(text: bytes, shape: Shape) -> Lines:
    """The records of a text of whole lines, all their fields, numbered from 0. Raises Misfit."""
    spans = [(place, place) for place in range(shape.fields)]
    return _read(text, 0, 0, text.count(b"\n"), shape, spans, Room())


def _read(
    text: Text,
    begin: int,
    first: int,
    count: int,
    shape: Shape,
    spans: Sequence[Span],
    room: Room,
    elections: Elections | None = None,
) -> Lines:
    made = room.for_views(len(spans), count)
    starts, ends = np.empty(count, np.int64), np.empty(count, np.int64)
    cells: list[Filled] = []
    done = 0
    for block, base in _blocks(text, begin):
        found = _edges(block, shape)
        rows = slice(done, done + found.shape[1])
        starts[rows], ends[rows] = found[0] + (base + 1), found[-1] + (base + 1)
        for at, some in _some(spans):
            made[at, rows] = _fields(block, found, some, shape, base)
        if elections is not None:
            cells.append(filled(block, found, elections, wrapped=shape.wrapped, first=done))
        done = rows.stop
    numbers = np.arange(first, first + count, dtype=np.int64)
    there = None if elections is None else joined(cells)
    stays = np.frombuffer(text, np.uint8)[starts + shape.wrapped] != ord(MARK)
    if not stays.all():
        made = made.compress(stays, axis=1)
        starts, ends, numbers = starts[stays], ends[stays], numbers[stays]
        there = there and there.of(stays)
    return Lines(text, starts, ends, numbers, [as_arrow(column, text) for column in made], there)


def _blocks(text: Text, begin: int) -> Iterator[tuple[Bytes, int]]:
    """Blocks of whole lines, with MARGIN bytes before and behind, and where in `text` these begin."""
    whole = np.frombuffer(text, np.uint8)
    room = np.zeros(BLOCK_BYTES + 2 * MARGIN, np.uint8)
    while begin < len(whole):
        end = min(begin + BLOCK_BYTES, len(whole))
        if end < len(whole):
            end = text.rfind(b"\n", begin, end) + 1 or text.find(b"\n", begin) + 1
        size = end - begin
        if size + 2 * MARGIN > len(room):
            room = np.zeros(size + 2 * MARGIN, np.uint8)
        room[MARGIN : MARGIN + size] = whole[begin:end]
        yield room[: size + 2 * MARGIN], begin - MARGIN
        begin = end


def _some(spans: Sequence[Span]) -> Iterator[tuple[slice, Sequence[Span]]]:
    for first in range(0, len(spans), AT_ONCE):
        yield slice(first, first + AT_ONCE), spans[first : first + AT_ONCE]


def _fields(block: Bytes, edges: Places, spans: Sequence[Span], shape: Shape, base: int) -> Views:
    begin = edges[[first for first, _ in spans]] + (1 + shape.wrapped)
    end = edges[[last + 1 for _, last in spans]]
    return views(block, begin, end - 1 if shape.wrapped else end, base)


def _edges(block: Bytes, shape: Shape) -> Places:
    """Where fields end, one row per field and one column per line; before them the end of the line before."""
    found = np.flatnonzero(_ends(block, shape))
    fields = shape.fields
    if len(found) % fields or not _fits(block, found.reshape(-1, fields), shape):
        found = _line_by_line(block, shape)
    edges = np.empty((fields + 1, len(found) // fields), np.int64)
    edges[1:] = found.reshape(-1, fields).T
    edges[0, 0], edges[0, 1:] = MARGIN - 1, edges[-1, :-1]
    return edges


def _ends(block: Bytes, shape: Shape) -> npt.NDArray[np.bool_]:
    """Where a field ends: at delimiters, between two quotes where fields are wrapped, and at line ends."""
    found = (block == ord(shape.delimiter)).view(np.uint8)
    if shape.wrapped:
        quotes = (block == QUOTE).view(np.uint8)
        found[1:] &= quotes[:-1]
        found[:-1] &= quotes[1:]
    found |= (block == LINE_END).view(np.uint8)
    found[:MARGIN] = found[-MARGIN:] = 0
    return cast("npt.NDArray[np.bool_]", found.view(np.bool_))


def _fits(block: Bytes, ends: Places, shape: Shape) -> bool:
    """Whether each line has its number of fields, and its quotes where they are wrapped."""
    last = ends[:, -1]
    lines = np.count_nonzero(block[MARGIN:-MARGIN] == LINE_END)
    if len(ends) != lines or not (block[last] == LINE_END).all():
        return False
    if not shape.wrapped:
        return True
    first = np.concatenate([[MARGIN], last[:-1] + 1])
    return bool(
        (last - first >= 2).all() and (block[first] == QUOTE).all() and (block[last - 1] == QUOTE).all()
    )


def _line_by_line(block: Bytes, shape: Shape) -> Places:
    """As `_ends`, where quotes and delimiters inside fields mislead it: read from left to right."""
    separator, around = shape.between, int(shape.wrapped)
    places: list[int] = []
    at = MARGIN
    for line in block[MARGIN:-MARGIN].tobytes()[:-1].split(b"\n"):
        fields = line[around : len(line) - around].split(separator)
        if len(fields) != shape.fields or (around and not _is_wrapped(line)):
            raise Misfit
        at += around
        for field in fields:
            places.append(at + len(field) + around)
            at += len(field) + len(separator)
        at = places[-1] + 1
    return np.array(places, np.int64)


def _is_wrapped(line: bytes) -> bool:
    return len(line) >= 2 and line[:1] == line[-1:] == b'"'
