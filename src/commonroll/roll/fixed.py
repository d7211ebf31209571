"""Records of fixed columns, made plain: whole blocks of lines of one length are cut as a table of bytes.

Columns are counted in bytes, so they are cut before anything is decoded. The blanks that fill them up go: the
engine then reads and tidies a quarter of the bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .layout_format import Format
from .shape import SEPARATOR, Offsets, no_text, odd_lines

Cells = npt.NDArray[np.uint8]

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
        columns = [_trimmed(records, start, end) for start, end in self.cuts]
        return _joined(columns), np.flatnonzero(odd)

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
        return [(cell if isinstance(cell, bytes) else cell.encode()).rstrip(b" ") for cell in cells], reason


def fixed_of(form: Format, *, short: bool = False) -> Fixed:
    """How records of the layout's format are cut; `short` as in `Fixed`."""
    cuts = tuple((one.start - 1, one.end) for one in form.positions.values())
    return Fixed(form.record_length, cuts, form.between, short)


def _trimmed(records: Cells, start: int, end: int) -> pa.Array:
    """A column of the records, without the blanks that fill it up."""
    rows, width = len(records), end - start
    places = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    cells = np.ascontiguousarray(records[:, start:end])
    whole = pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(places), pa.py_buffer(cells)])
    return pc.ascii_rtrim(whole, " ")


def _joined(columns: Sequence[pa.Array]) -> bytes:
    """The columns as lines of fields."""
    lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*columns, SEPARATOR), "", "\n")
    _, places, text = lines.buffers()
    return memoryview(text)[: np.frombuffer(places, np.int32)[len(lines)]].tobytes()


def _characters(line: bytes, length: int) -> bytes | str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return line
    return text if len(text) == length and len(line) != length else line
