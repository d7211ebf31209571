"""Columns of text as the bytes of a layout's format: delimited, fixed width or a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.workbook import Workbook
from commonroll.invented.write import OfficialFile, glued, lines
from commonroll.roll.layout.layout import Format

WRAPPED = 3
"""Where a format quotes some fields, every third column is quoted whether it needs it or not."""

TRAILING = 2
"""Nameless fields at the end of a line, where a format allows them."""

Fields = Mapping[str, pa.Array]


class Out(Protocol):
    """A file that takes rows, column by column."""

    def __enter__(self) -> Out: ...
    def __exit__(self, *what: Any) -> None: ...
    def write(self, fields: Fields) -> None:
        """Append rows; every column of the file is there."""


def open_file(path: Path, form: Format, columns: Sequence[str], *, header: bool = True) -> Out:
    """The file at `path`, whose rows have `columns` in this order. `header`: false for later parts."""
    if form.kind == "xlsx" and path.suffix == ".xlsx":
        return Workbook(path, columns, form.preamble)
    return TextFile(path, form, columns, header=header and form.header)


class TextFile:
    """A delimited or fixed-width file."""

    def __init__(self, path: Path, form: Format, columns: Sequence[str], *, header: bool) -> None:
        self.form, self.columns = form, columns
        self.out = OfficialFile(path, top(form, columns) if header else "", encoding=form.encoding)

    def __enter__(self) -> TextFile:
        return self

    def __exit__(self, *what: Any) -> None:
        self.out.out.close()

    def write(self, fields: Fields) -> None:
        self.out.write(packed(self.form, [fields[column] for column in self.columns], self.columns))


def top(form: Format, columns: Sequence[str]) -> str:
    """What stands before the first row: the preamble and the header."""
    before = [*form.preamble, *[""] * (form.header_line - 1 - len(form.preamble))]
    quote = '"' if form.quoting == "every" else ""
    names = [bare(name) for name in columns]
    if form.quoting == "some":
        names = [f'"{name}"' if form.delimiter in name else name for name in names]
    head = quote + f"{quote}{form.delimiter}{quote}".join(names) + quote + tail(form)
    return "".join(f"{line}\n" for line in (*before, head))


def bare(column: str) -> str:
    """A column's name as the header has it: a repeated name stands there without its number."""
    name, _, number = column.rpartition(" (")
    return name if name and number.endswith(")") and number[:-1].isdigit() else column


def tail(form: Format) -> str:
    return form.delimiter * TRAILING if form.trailing_empty else ""


def packed(form: Format, texts: Sequence[pa.Array], columns: Sequence[str]) -> pa.Array:
    """One line per row."""
    if form.kind == "fixed":
        positions = [form.positions[column].width for column in columns]
        cells = [fitted(text, width) for text, width in zip(texts, positions, strict=True)]
        return lines(cells, form.between)
    if form.quoting == "every":
        return ended(lines(list(texts), form.delimiter, '"'), form)
    if form.quoting == "some":
        cells = [wrapped(text, form.delimiter, at % WRAPPED == 0) for at, text in enumerate(texts)]
        return ended(lines(cells, form.delimiter), form)
    return ended(lines([without(text, form.delimiter) for text in texts], form.delimiter), form)


def ended(written: pa.Array, form: Format) -> pa.Array:
    if not form.trailing_empty:
        return written
    return glued(pc.utf8_rtrim(written, "\n"), tail(form) + "\n")


def fitted(text: pa.Array, width: int) -> pa.Array:
    """Cut or padded to the width of its field."""
    return pc.utf8_rpad(pc.utf8_slice_codeunits(pc.fill_null(text, ""), 0, width), width, " ")


def without(text: pa.Array, delimiter: str) -> pa.Array:
    """Where nothing can hold a delimiter, a space stands for it."""
    if not pc.any(pc.match_substring(text, delimiter)).as_py():
        return text
    return pc.replace_substring(text, delimiter, " ")


def wrapped(text: pa.Array, delimiter: str, always: bool) -> pa.Array:
    """In quotes where it needs them, or wherever it says anything; a quote inside is written twice."""
    doubled = pc.replace_substring(text, '"', '""')
    needs = pc.or_(pc.match_substring(text, delimiter), pc.match_substring(text, '"'))
    if always:
        needs = pc.greater(pc.utf8_length(text), 0)
    elif not pc.any(needs).as_py():
        return text
    return pc.if_else(pc.fill_null(needs, False), glued('"', doubled, '"'), text)
