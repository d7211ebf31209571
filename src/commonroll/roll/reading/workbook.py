"""Workbooks (.xlsx): each sheet as a text file, its cells apart by tabs, so that it is read as any other.

A cell is what it says, not what it computes: formulas' cached values, no macros, no links. Numbers lose a
".0", dates become ISO text, text stays as it is, so that ids keep their zeros.

The reader (calamine) holds one sheet in memory as a full rectangle. So a workbook is looked at before, as
bytes: what it unfolds to, and the rectangle its cells span, which a few cells far apart could make endless.
"""

from __future__ import annotations

import datetime
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from ...errors import Refusal
from .archives import Budget, Member, members_of

CELLS_AT_MOST = 100_000_000
"""Of one sheet; the reader takes some 32 bytes for each."""

BLOCK_BYTES = 1 << 20
_CELL = re.compile(rb"<(?:\w+:)?c[ />]")
_ROW = re.compile(rb'<(?:\w+:)?row(?: [^<>]*?r="(\d{1,7})")?')
_PLACED = re.compile(rb'<(?:\w+:)?c (?:[^<>]* )?r="([A-Z]{1,3})(\d{1,7})"')
_LONGEST = 128
"""Bytes of a cell's tag at most; two blocks may share one."""

_BREAKS = str.maketrans("\t\r\n", "   ")


@dataclass(frozen=True)
class Sheet:
    """A sheet as a text file at `path`, with its number of `rows`."""

    name: str
    path: Path
    rows: int


def sheets_of(path: Path, name: str, work: Path, budget: Budget) -> list[Sheet]:
    """Every sheet of the workbook, written as text into a folder below `work`.

    Raises Refusal for a workbook that is damaged, protected by a password or larger than is read.
    """
    for member in members_of(path, name, budget.caps):
        _look_at(member, name, budget)
    folder = Path(tempfile.mkdtemp(dir=work))
    try:
        with CalamineWorkbook.from_path(path) as book:
            tables = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
            return [
                _written(book, title, folder / f"{number:03}.txt") for number, title in enumerate(tables, 1)
            ]
    except PasswordError as error:
        raise _refused(name, "The workbook is protected by a password.", "Save it without one.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise _refused(
            name, "The workbook cannot be read.", "Open it and save it anew, or as text."
        ) from error


def _refused(name: str, what: str, step: str) -> Refusal:
    return Refusal(what, where=name, next_step=step)


def _written(book: CalamineWorkbook, title: str, path: Path) -> Sheet:
    rows = blank = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in book.get_sheet_by_name(title).iter_rows():
            if line := _line(row):
                file.write("\n" * blank + line + "\n")
                rows, blank = rows + 1, 0
            else:
                blank += 1
    return Sheet(title.translate(_BREAKS), path, rows)


def _line(row: Sequence[object]) -> str:
    line = "\t".join([cell if type(cell) is str else _text(cell) for cell in row])
    if "\n" in line or "\r" in line or line.count("\t") != len(row) - 1:
        line = "\t".join([_text(cell).translate(_BREAKS) for cell in row])
    return line if line.strip("\t ") else ""


def _text(cell: object) -> str:
    """A cell as text."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        whole = cell.time() == datetime.time()
        return cell.date().isoformat() if whole else cell.isoformat(" ", "seconds")
    return str(cell)


def _look_at(member: Member, name: str, budget: Budget) -> None:
    """Unfold a member of the archive once, under the caps; refuse a sheet of too many cells."""
    is_sheet = "/worksheets/" in f"/{member.name.lower()}"
    span = _Span()
    with budget.opener(member)() as stream:
        while block := stream.read(BLOCK_BYTES):
            if is_sheet:
                span.add(block)
    span.end()
    if is_sheet and not span.is_readable:
        raise _refused(
            name,
            f"A sheet of the workbook spans more than {CELLS_AT_MOST:,} cells.",
            "Save the sheet as text and load that.",
        )


class _Span:
    """The rectangle that a sheet's cells span, told from its bytes."""

    def __init__(self) -> None:
        self.rows = self.columns = self.widest = self.cells = self.placed = self._met = self._in_row = 0
        self._rest = b""

    def add(self, block: bytes) -> None:
        text = self._rest + block
        end = 0
        if len(text) > _LONGEST:
            last = text.rfind(b"<", len(text) - _LONGEST)
            end = last if last > 0 else len(text)
        self._count(text[:end])
        self._rest = text[end:]

    def end(self) -> None:
        self._count(self._rest)

    def _count(self, text: bytes) -> None:
        rows, cells = list(_ROW.finditer(text)), [found.start() for found in _CELL.finditer(text)]
        before = np.searchsorted(cells, [found.start() for found in rows] + [len(text)])
        each = np.diff(before, prepend=0)
        each[0] += self._in_row
        self.widest, self._in_row = max(self.widest, int(each.max())), int(each[-1])
        self._met += len(rows)
        self.cells += len(cells)
        places = _PLACED.findall(text)
        self.placed += len(places)
        self.columns = max([self.columns, *map(_column, {letters for letters, _ in places})])
        numbers = {row for _, row in places} | {found[1] for found in rows if found[1]}
        self.rows = max([self.rows, self._met, *map(int, numbers)])

    @property
    def is_readable(self) -> bool:
        """Whether the rectangle is not too large; a cell that does not say where it is follows another."""
        columns = self.columns + (self.widest if self.placed < self.cells else 0)
        return self.rows * columns <= CELLS_AT_MOST


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
