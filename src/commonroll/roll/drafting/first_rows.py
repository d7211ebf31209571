"""The first rows of a delivered file, read as a load reads all of them: for whoever writes a layout."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ..reading.fields import lines_of
from ..reading.part import Part
from ..reading.parts import Places, Spread, parts_of
from ..reading.refusals import RefusedLines
from ..reading.shape import LINE_BYTES
from ..reading.text_views import Room
from ..recognition.recognition import Incoming

ROWS = 1000
PART_BYTES = 64 << 20


def cut(one: Incoming, rows: int = ROWS) -> Incoming:
    """The file with its first rows alone, and whatever stands before them."""
    file = one.file
    with file.open() as stream:
        lines = iter(lambda: stream.readline(LINE_BYTES), b"")
        text = b"".join(islice(lines, rows + one.columns.shape.skip))
    return replace(one, file=replace(file, size=len(text), opener=lambda: io.BytesIO(text)))


def cells(one: Incoming, work: Path) -> pa.Table:
    """The cells of a (short) file as they stand in it, a string column each, without blanks around."""
    work.mkdir(parents=True, exist_ok=True)
    shape = one.columns.shape
    spans = [(place, place) for place in range(len(one.columns.names))]
    tables = []
    for part in _parts(one, work):
        lines = lines_of(part, shape, spans, Room())
        read = [pc.utf8_trim_whitespace(column.cast(pa.string())) for column in lines.columns]
        tables.append(pa.table(read, names=list(one.columns.names)))
    empty = pa.schema([(name, pa.string()) for name in one.columns.names]).empty_table()
    return pa.concat_tables([empty, *tables])


def _parts(one: Incoming, work: Path) -> Iterator[Part]:
    refused = RefusedLines(work / "refused.parquet")
    places = Places(work / "raw", work / "copies", PART_BYTES)
    with one.file.open() as stream:
        yield from parts_of(stream, one.file.name, one.columns.shape, places, refused, Spread())
