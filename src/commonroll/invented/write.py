"""Rows to official bytes: columns of text become lines, lines become latin-1 in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    """Every day from 1900 as text, for patterns made of `%Y`, `%m` and `%d`."""
    days = np.arange(DAYS_FROM, DAYS_TO, dtype="datetime64[D]").astype(str)
    parts = (day.split("-") for day in days.tolist())
    return pool(pattern.replace("%Y", y).replace("%m", m).replace("%d", d) for y, m, d in parts)


def dates(days: Ints, pattern: str, where: Bools | None = None) -> pa.Array:
    """Days since 1970 as text."""
    return look_up(calendar(pattern), days - int(np.datetime64(DAYS_FROM, "D").astype(np.int64)), where)


def words_together(*parts: Any) -> pa.Array:
    """The parts that are not null, one space between."""
    return pc.binary_join_element_wise(*parts, " ", null_handling="skip")


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
    """A latin-1 text file, written from text arrays without a loop over rows."""

    def __init__(self, path: Path, first_line: str = "", *, append: bool = False) -> None:
        self.path = path
        self.out = path.open("ab" if append else "wb")
        self.out.write(first_line.encode("latin-1"))

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
        offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]
        data = memoryview(text.buffers()[2])[int(offsets[0]) : int(offsets[-1])]
        self.out.write(latin1(data))


def latin1(data: memoryview) -> bytes | memoryview:
    """UTF-8 as latin-1; plain ASCII passes through without a copy."""
    if not (np.frombuffer(data, dtype=np.uint8) & 0x80).any():
        return data
    return bytes(data).decode("utf-8").encode("latin-1")
