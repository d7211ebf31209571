"""Rows to official bytes: columns of text become lines, lines become bytes in a file."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.draw import Bools, Ints

CHUNK = 100_000
DAYS_FROM, DAYS_TO = "1900-01-01", "2031-01-01"


def pool(words: Iterable[str]) -> pa.Array:
    """Text to look up by position."""
    return pa.array(list(words), pa.string())


def look_up(words: pa.Array, at: Ints, where: Bools | None = None) -> pa.Array:
    """`words[at]`, null where `at` is negative or `where` is false."""
    hidden = at < 0 if where is None else (at < 0) | ~where
    return words.take(pa.array(np.where(hidden, 0, at), mask=hidden))


def digits(numbers: Ints, width: int = 0, where: Bools | None = None) -> pa.Array:
    """Numbers as text, with zeros in front up to `width`."""
    text = pc.cast(pa.array(numbers, mask=None if where is None else ~where), pa.string())
    return pc.utf8_lpad(text, width, "0") if width else text


@cache
def calendar(pattern: str) -> pa.Array:
    """Every day from 1900 as text; midnight where the pattern has a time."""
    if set(re.findall("%.", pattern)) - {"%Y", "%m", "%d"}:
        every = np.arange(DAYS_FROM, DAYS_TO, dtype="datetime64[D]").tolist()
        return pool(datetime.datetime(d.year, d.month, d.day).strftime(pattern) for d in every)  # noqa: DTZ001
    days = np.arange(DAYS_FROM, DAYS_TO, dtype="datetime64[D]").astype(str)
    parts = (day.split("-") for day in days.tolist())
    return pool(pattern.replace("%Y", y).replace("%m", m).replace("%d", d) for y, m, d in parts)


def dates(days: Ints, pattern: str, where: Bools | None = None) -> pa.Array:
    """Days since 1970 as text."""
    return look_up(calendar(pattern), days - int(np.datetime64(DAYS_FROM, "D").astype(np.int64)), where)


def words_together(*parts: Any) -> pa.Array:
    """The parts that are not null, one space between."""
    return pc.binary_join_element_wise(*parts, " ", null_handling="skip")


def together_if_any(parts: Sequence[pa.Array], between: str) -> pa.Array:
    """The parts that are not null, null where none is (Arrow's own join forgets such rows)."""
    none = functools.reduce(pc.and_, [pc.is_null(part) for part in parts])
    first = pc.if_else(none, "", parts[0])
    joined = pc.binary_join_element_wise(first, *parts[1:], between, null_handling="skip")
    return pc.if_else(none, None, joined)


def glued(*parts: Any) -> pa.Array:
    """The parts side by side; a null part counts as empty."""
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def override(text: pa.Array, where: Bools, value: str | None) -> pa.Array:
    """`text` with one value in some rows."""
    return pc.if_else(pa.array(where), pa.scalar(value, pa.string()), text) if where.any() else text


def lines(columns: list[Any], separator: str, quote: str = "") -> pa.Array:
    """One line per row; null is an empty field; `quote` stands around every field and is never doubled."""
    between = quote + separator + quote
    body = pc.binary_join_element_wise(*columns, between, null_handling="replace", null_replacement="")
    return glued(quote, body, quote + "\n")


def header(columns: Iterable[str], separator: str, quote: str = "") -> str:
    return quote + (quote + separator + quote).join(columns) + quote + "\n"


def official(columns: str) -> list[str]:
    """Column names in official order, from text with spaces between them."""
    return columns.split()


def chunks(rows: Ints, size: int = CHUNK) -> Iterator[Ints]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


class OfficialFile:
    """A text file in one encoding, written from text arrays without a loop over rows."""

    def __init__(
        self, path: Path, first_line: str = "", *, append: bool = False, encoding: str = "latin-1"
    ) -> None:
        self.path, self.encoding = path, encoding
        self.out = path.open("ab" if append else "wb")
        self.out.write(first_line.encode(encoding))

    def __enter__(self) -> OfficialFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.out.close()

    def write(self, text: pa.Array) -> None:
        """Append every entry of `text`, which carries its own line ends."""
        if len(text) == 0:
            return
        self.out.write(encoded(bytes_of(text), self.encoding))


def bytes_of(text: pa.Array) -> memoryview:
    """All entries one after the other, as UTF-8, without a copy."""
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    return memoryview(text.buffers()[2])[int(offsets[0]) : int(offsets[-1])]


def encoded(data: memoryview, encoding: str) -> bytes | memoryview:
    """UTF-8 in another encoding; plain ASCII passes through without a copy."""
    if encoding == "utf-8" or not (np.frombuffer(data, dtype=np.uint8) & 0x80).any():
        return data
    return bytes(data).decode("utf-8").encode(encoding)
