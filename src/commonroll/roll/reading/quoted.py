"""Lines in which a field may be wrapped in quotes, made plain: `quoting = "some"` of a layout.

A wrapped field may hold the delimiter, and two quotes in it are one. Quotes elsewhere are data. Whole blocks
are made plain at once; lines with a quote that does not fit are looked at by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .shape import LINE_END, QUOTE, SEPARATOR, Offsets, fitted, no_text, odd_lines

Cells = npt.NDArray[np.uint8]
CELLS_AT_MOST = 4096
"""A line of more is no record; looking for the ends of so many would take long."""

_GONE = b"\x1a"
"""Stands for a quote that goes; lines that hold it themselves are looked at one by one."""


@dataclass(frozen=True)
class Quoted:
    """Lines of `fields` fields apart by `delimiter`; `empties` as in `Shape`."""

    delimiter: str
    fields: int
    empties: int | None = None
    undecoded: bool = False

    def block(self, block: bytes, ends: Offsets) -> tuple[bytes, Offsets]:
        """See `Plain`."""
        cells = np.frombuffer(block, np.uint8)
        delimiters = np.flatnonzero(cells == ord(self.delimiter))
        odd = odd_lines(block, ends)
        if b'"' not in block:
            plain = block.replace(self.delimiter.encode(), SEPARATOR.encode())
        else:
            plain, delimiters = self._unwrapped(cells, ends, delimiters, odd)
        odd |= self._miscounted(delimiters, ends)
        return plain, np.flatnonzero(odd)

    def _miscounted(self, delimiters: Offsets, ends: Offsets) -> npt.NDArray[np.bool_]:
        before = np.searchsorted(delimiters, ends)
        wrong: npt.NDArray[np.bool_] = np.diff(before, prepend=0) != self.fields - 1
        for back in range(1, (self.empties or 0) + 1):
            last = delimiters[np.maximum(before - back, 0)] if len(delimiters) else np.full(len(ends), -1)
            wrong |= last != ends - back
        return wrong

    def _unwrapped(
        self, cells: Cells, ends: Offsets, delimiters: Offsets, odd: npt.NDArray[np.bool_]
    ) -> tuple[bytes, Offsets]:
        """The block without the quotes that wrap, and its delimiters outside of them; `odd` gains lines."""
        quotes = np.flatnonzero(cells == QUOTE)
        unpaired = np.diff(np.searchsorted(quotes, ends), prepend=0) & 1 == 1
        odd |= unpaired
        # A line end closes what its line left open, so that the next line begins outside of quotes.
        turns = np.sort(np.concatenate([quotes, ends[unpaired]])) if unpaired.any() else quotes
        opening, closing = turns[0::2], turns[1::2]
        before, after = cells[opening - 1], cells[np.minimum(closing + 1, len(cells) - 1)]
        doubled = after == QUOTE
        stray_opening = opening[~(self._edge(before) | (before == QUOTE))]
        stray_closing = closing[~(self._edge(after) | doubled)]
        odd[np.searchsorted(ends, np.concatenate([stray_opening, stray_closing]))] = True
        real = delimiters[np.searchsorted(turns, delimiters) & 1 == 0]
        made = cells.copy()
        made[real] = ord(SEPARATOR)
        made[opening] = made[closing[~doubled]] = _GONE[0]
        made[ends] = LINE_END
        return made.tobytes().translate(None, _GONE), real

    def _edge(self, cells: Cells) -> npt.NDArray[np.bool_]:
        edge: npt.NDArray[np.bool_] = (cells == ord(self.delimiter)) | (cells == LINE_END)
        return edge

    def line(self, line: bytes) -> tuple[bytes, str]:
        """See `Plain`."""
        if reason := no_text(line):
            return line, reason
        cells, reason = self.cells(line)
        return SEPARATOR.encode().join(cells).replace(b"\r", b" "), reason

    def cells(self, line: bytes) -> tuple[list[bytes], str]:
        """The fields of one line, and why it is no record, where it is none.

        Read as a line whose writer doubled inner quotes, and did not where that makes no sense; where the
        fields do not count, as one who never did; at last as one who did not close what he opened.
        """
        reason = ""
        for close in (_either, _at_an_edge, _doubled):
            cells, reason = fitted(_split(line, self.delimiter, close), self.fields, self.empties)
            if not reason:
                break
        return cells, reason


def by_the_book(line: bytes, delimiter: str) -> list[bytes]:
    """The fields of a line whose writer doubled inner quotes, where that makes sense."""
    return _split(line, delimiter, _either)


def _split(line: bytes, delimiter: str, close: Callable[[bytes, int, bytes], int]) -> list[bytes]:
    mark = delimiter.encode()
    cells, at = [], 0
    while True:
        end = close(line, at + 1, mark) if line[at : at + 1] == b'"' else -1
        if end >= 0:
            cells.append(line[at + 1 : end].replace(b'""', b'"'))
            at = end + 1
        else:
            end = line.find(mark, at)
            end = len(line) if end < 0 else end
            cells.append(line[at:end])
            at = end
        if at >= len(line) or len(cells) > CELLS_AT_MOST:
            return cells
        at += 1


def _either(line: bytes, at: int, mark: bytes) -> int:
    end = _doubled(line, at, mark)
    return end if end >= 0 else _at_an_edge(line, at, mark)


def _doubled(line: bytes, at: int, mark: bytes) -> int:
    """Where a wrapped field ends whose inner quotes are doubled; -1 where it does not."""
    while (end := line.find(b'"', at)) >= 0:
        if line[end + 1 : end + 2] != b'"':
            return end if line[end + 1 : end + 2] in (b"", mark) else -1
        at = end + 2
    return -1


def _at_an_edge(line: bytes, at: int, mark: bytes) -> int:
    """Where a wrapped field ends whose inner quotes may be anything: at the next quote before a delimiter."""
    end = line.find(b'"' + mark, at)
    if end < 0 and line.endswith(b'"') and at < len(line):
        return len(line) - 1
    return end
