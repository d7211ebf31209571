"""Records of fixed columns, made plain: whole blocks of lines of one length are cut as a table of bytes.

Columns are counted in bytes, so they are cut before anything is decoded. The blanks that fill them up go: the
engine then reads and tidies a quarter of the bytes.

Blanks at the end of lines may have been cut off on the way, over several columns. They are filled up again
where it is certain that nothing but blanks is missing; other short lines are no records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..layout.format import Format
from .shape import SEPARATOR, Offsets, no_text, odd_lines

Cells = npt.NDArray[np.uint8]

ANOTHER_LENGTH, OUT_OF_PLACE = "record of another length", "fields out of place"
SPACE = ord(" ")
NO_LESS = 1 << 30
"""As `least`: no line may be short."""


@dataclass(frozen=True)
class Fixed:
    """Records of `length` bytes; `cuts`: first byte (from 0) and the one after the last, for each column.

    `between` stands in the one byte between two columns, where there is one. `least`: bytes that a line must
    have; the columns after them may be blank. `trimmed`: the file's lines end in no blanks, so that each may
    end within a column; otherwise a short line ends at a column's end or in its blanks.
    """

    length: int
    cuts: tuple[tuple[int, int], ...]
    between: str = ""
    least: int = NO_LESS
    trimmed: bool = False
    undecoded: bool = True

    @cached_property
    def _gaps(self) -> Offsets:
        starts = [start for start, _ in self.cuts[1:]] if self.between else []
        return np.array(starts, np.intp) - 1

    @cached_property
    def _edges(self) -> Offsets:
        return np.array([end for _, end in self.cuts], np.intp)

    def _is_filled_up(self, record: bytes | str) -> bool:
        if not self.least <= len(record) < self.length or not record:
            return False
        return self.trimmed or len(record) in self._edges or record[-1:] in (b" ", " ")

    def block(self, block: bytes, ends: Offsets) -> tuple[bytes, Offsets]:
        """See `Plain`. Lines of one length are cut together, whatever few others stand among them."""
        cells = np.frombuffer(block, np.uint8)
        starts = np.concatenate([[0], ends[:-1] + 1])
        lengths = ends - starts
        odd = odd_lines(block, ends)
        if not odd.any() and (lengths == self.length).all():
            records = cells.reshape(len(ends), self.length + 1)
        else:
            odd |= (lengths != self.length) & ~self._filled_up(cells, ends, lengths)
            records = np.full((len(ends), self.length), SPACE, np.uint8)
            sound = np.flatnonzero(~odd)
            places = np.arange(self.length)
            found = cells[np.minimum(starts[sound, None] + places, len(cells) - 1)]
            records[sound] = np.where(places < lengths[sound, None], found, SPACE)
        if len(self._gaps):
            odd |= (records[:, self._gaps] != ord(self.between)).any(axis=1)
        columns = [_trimmed(records, start, end) for start, end in self.cuts]
        return _joined(columns), np.flatnonzero(odd)

    def _filled_up(self, cells: Cells, ends: Offsets, lengths: Offsets) -> npt.NDArray[np.bool_]:
        """For each line, whether it is short since nothing but blanks was cut off."""
        short: npt.NDArray[np.bool_] = (lengths >= self.least) & (lengths < self.length) & (lengths > 0)
        if self.trimmed or not short.any():
            return short
        at_edge: npt.NDArray[np.bool_] = np.isin(lengths, self._edges) | (cells[ends - 1] == SPACE)
        return short & at_edge

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
        elif self._is_filled_up(record):
            record = record.ljust(self.length)
        if len(record) != self.length:
            return [line], ANOTHER_LENGTH
        cells = [record[start:end] for start, end in self.cuts]
        gaps = {record[gap : gap + 1] for gap in self._gaps.tolist()}
        reason = OUT_OF_PLACE if gaps - {self.between, self.between.encode()} else ""
        return [(cell if isinstance(cell, bytes) else cell.encode()).rstrip(b" ") for cell in cells], reason


def fixed_of(form: Format) -> Fixed:
    """How records of the layout's format are cut; none may be short."""
    cuts = tuple((one.start - 1, one.end) for one in form.positions.values())
    return Fixed(form.record_length, cuts, form.between)


def cut_off(records: Fixed, lines: Sequence[bytes]) -> Fixed:
    """The same for a file that begins with `lines`, if the blanks at their end were cut off.

    Where most lines are short and none ends in a blank, each may be. Otherwise a line may lack columns at its
    end that a whole line leaves blank, or that several lines lack alike.
    """
    lengths = Counter(map(len, lines))
    if max(lengths) > records.length:
        return records
    blank_ends = any(line.endswith(b" ") for line in lines)
    within_last = max(lengths) > records.cuts[-1][0]
    if 2 * lengths[records.length] < len(lines) and not blank_ends and (len(lengths) > 1 or within_last):
        return replace(records, least=1, trimmed=True)
    whole = [line for line in lines if len(line) == records.length]
    filled = [end for start, end in records.cuts if all(line[start:end].strip() for line in whole)]
    alike = [length for length, count in lengths.items() if count > 1 or not whole]
    alike = [] if blank_ends else alike
    return replace(records, least=min([max(filled, default=NO_LESS), *alike]))


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
