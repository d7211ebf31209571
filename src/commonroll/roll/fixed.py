"""Records of fixed columns, made plain: whole blocks of lines of one length are cut as a table of bytes.

Columns are counted in bytes, so they are cut before anything is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .layout_format import Format
from .shape import LINE_END, SEPARATOR, Offsets, no_text, odd_lines

ANOTHER_LENGTH, OUT_OF_PLACE = "record of another length", "fields out of place"
SPACE = ord(" ")


@dataclass(frozen=True)
class Fixed:
    """Records of `length` bytes; `cuts`: first byte (from 0) and the one after the last, for each column.

    `between` stands in the one byte between two columns, where there is one. `short`: blanks at the end of
    lines were cut off on the way, so that a last column may be short; otherwise a short line is no record.
    """

    length: int
    cuts: tuple[tuple[int, int], ...]
    between: str = ""
    short: bool = False
    undecoded: bool = True

    @cached_property
    def _places(self) -> Offsets:
        """For each byte of a plain line the byte of the record that goes there; its first where none does."""
        pieces = [np.append(np.arange(start, end), 0) for start, end in self.cuts]
        return np.concatenate(pieces).astype(np.intp)

    @cached_property
    def _ends(self) -> Offsets:
        """Where the columns of a plain line end."""
        return np.cumsum([end - start + 1 for start, end in self.cuts]) - 1

    @cached_property
    def _gaps(self) -> Offsets:
        starts = [start for start, _ in self.cuts[1:]] if self.between else []
        return np.array(starts, np.intp) - 1

    def block(self, block: bytes, ends: Offsets) -> tuple[bytes, Offsets]:
        """See `Plain`. Lines of one length are cut together, whatever few others stand among them."""
        cells = np.frombuffer(block, np.uint8)
        starts = np.concatenate([[0], ends[:-1] + 1])
        odd = odd_lines(block, ends) | (ends - starts != self.length)
        if not odd.any():
            records = cells.reshape(len(ends), self.length + 1)
        else:
            records = np.full((len(ends), self.length), SPACE, np.uint8)
            sound = np.flatnonzero(~odd)
            records[sound] = cells[starts[sound, None] + np.arange(self.length)]
        if len(self._gaps):
            odd |= (records[:, self._gaps] != ord(self.between)).any(axis=1)
        made = records.take(self._places, axis=1)
        made[:, self._ends] = ord(SEPARATOR)
        made[:, -1] = LINE_END
        return made.tobytes(), np.flatnonzero(odd)

    def line(self, line: bytes) -> tuple[bytes, str]:
        """See `Plain`. Blanks after the last column are cut off."""
        if reason := no_text(line):
            return line, reason
        cells, reason = self.cells(line)
        return SEPARATOR.encode().join(cells).replace(b"\r", b" "), reason

    def cells(self, line: bytes) -> tuple[list[bytes], str]:
        """The columns of one line, and why it is no record, where it is none.

        A line that is UTF-8 and has the right number of characters, not of bytes, is cut by characters.
        """
        record: bytes | str = line
        if len(line) != self.length:
            record = _characters(line, self.length)
        if len(record) > self.length:
            end = record[self.length :]
            rest = end if isinstance(end, bytes) else end.encode()
            record = record if rest.strip(b" " + self.between.encode()) else record[: self.length]
        if self.short and self.cuts[-1][0] <= len(record) < self.length:
            record = record.ljust(self.length)
        if len(record) != self.length:
            return [line], ANOTHER_LENGTH
        cells = [record[start:end] for start, end in self.cuts]
        gaps = {record[gap : gap + 1] for gap in self._gaps.tolist()}
        reason = OUT_OF_PLACE if gaps - {self.between, self.between.encode()} else ""
        return [cell if isinstance(cell, bytes) else cell.encode() for cell in cells], reason


def fixed_of(form: Format, *, short: bool = False) -> Fixed:
    """How records of the layout's format are cut; `short` as in `Fixed`."""
    cuts = tuple((one.start - 1, one.end) for one in form.positions.values())
    return Fixed(form.record_length, cuts, form.between, short)


def _characters(line: bytes, length: int) -> bytes | str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return line
    return text if len(text) == length and len(line) != length else line
