"""What a layout says of the bytes: `[format]`, `[positions]` and `[recognise]` of its TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

from commonroll.roll.layout.toml_table import TomlTable

Kind = Literal["delimited", "fixed", "xlsx"]
Quoting = Literal["every", "some", "none"]

KINDS: tuple[Kind, ...] = ("delimited", "fixed", "xlsx")
QUOTINGS: tuple[Quoting, ...] = ("every", "some", "none")
ENCODINGS = ("utf-8", "latin-1", "windows-1252", "cp437")
SHEET_DELIMITER = "\t"
"""Between the cells of a workbook's sheet, once it is text."""


@dataclass(frozen=True)
class Position:
    """Where a fixed column stands in a record: bytes from `start` (the first is 1), `width` of them."""

    start: int
    width: int

    @property
    def end(self) -> int:
        """The number of its last byte."""
        return self.start + self.width - 1


@dataclass(frozen=True)
class Format:
    """How the bytes become fields.

    `quoting`: "every" field is wrapped in double quotes and inner quotes are data; "some" may be, and then
    hold the delimiter, or a quote written twice; "none": quotes are data. `also`: other delimiters seen.
    `header_line`: the usual line of the header, `preamble` what stands before it. `header_once`: only one
    file of a delivery has the header. `trailing_empty`: nameless empty fields may end a line.
    `record_length` and `positions`: of kind "fixed", in bytes; `between` stands between its fields.
    """

    kind: Kind
    encoding: str
    header: bool
    delimiter: str = SHEET_DELIMITER
    quoting: Quoting = "none"
    also: tuple[str, ...] = ()
    header_line: int = 1
    preamble: tuple[str, ...] = ()
    header_once: bool = False
    trailing_empty: bool = False
    record_length: int = 0
    between: str = ""
    positions: Mapping[str, Position] = field(default_factory=dict)

    @property
    def delimiters(self) -> tuple[str, ...]:
        """Every delimiter a text file of the layout may have, the usual one first."""
        return (self.delimiter, *self.also)


@dataclass(frozen=True)
class Marks:
    """What tells apart layouts of one shape: columns that most rows fill, columns that most leave blank."""

    filled: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()


def format_of(table: TomlTable, positions: TomlTable) -> Format:
    """Reads `[format]` and `[positions]`; Refusal names the key that is wrong."""
    kind = cast(Kind, table.choice("kind", KINDS))
    if kind == "fixed":
        read = _fixed(table, positions)
    elif kind == "xlsx":
        read = _workbook(table)
    else:
        read = _delimited(table)
    if kind != "fixed" and positions.names():
        positions.refuse('is for kind = "fixed" alone')
    table.done()
    return read


def _delimited(table: TomlTable, kind: Kind = "delimited") -> Format:
    header = table.flag("header")
    preamble = table.texts("preamble") if table.has("preamble") else ()
    read = Format(
        kind=kind,
        encoding=table.choice("encoding", ENCODINGS),
        header=header,
        delimiter=_character(table, table.text("delimiter")),
        quoting=cast(Quoting, table.choice("quoting", QUOTINGS)),
        also=table.texts("also") if table.has("also") else (),
        header_line=_line(table, preamble) if header else 1,
        preamble=preamble,
        header_once=header and table.has("header_once") and table.flag("header_once"),
        trailing_empty=table.has("trailing_empty") and table.flag("trailing_empty"),
    )
    for mark in read.also:
        _character(table, mark)
    if read.delimiter in read.also:
        table.refuse("names the delimiter itself", "also")
    if read.trailing_empty and read.quoting == "every":
        table.refuse("is for fields that are not wrapped", "trailing_empty", 'say quoting = "some"')
    return read


def _workbook(table: TomlTable) -> Format:
    if not table.has("header") or table.value_of("header") is not True:
        table.refuse("a workbook is read by its header", "header", "say header = true")
    if any(table.has(key) for key in ("delimiter", "encoding", "quoting")):
        return _delimited(table, "xlsx")
    table.flag("header")
    preamble = table.texts("preamble") if table.has("preamble") else ()
    return Format(
        kind="xlsx",
        encoding="utf-8",
        header=True,
        header_line=_line(table, preamble),
        preamble=preamble,
        trailing_empty=table.has("trailing_empty") and table.flag("trailing_empty"),
    )


def _character(table: TomlTable, mark: str) -> str:
    if len(mark) != 1 or not mark.isascii() or mark in '"\r\n':
        table.refuse("a delimiter is one character, and no quote or line end")
    return mark


def _line(table: TomlTable, preamble: tuple[str, ...]) -> int:
    line = table.number("header_line") if table.has("header_line") else 1
    if line not in (1, 2, 3, 4, 5):
        table.refuse("is a line from 1 to 5", "header_line")
    if preamble and len(preamble) != line - 1:
        table.refuse("has not as many lines as stand before the header", "preamble")
    return int(line)


def _fixed(table: TomlTable, positions: TomlTable) -> Format:
    between = _character(table, table.text("between")) if table.has("between") else ""
    length = table.number("record_length")
    read = Format(
        kind="fixed",
        encoding=table.choice("encoding", ENCODINGS),
        header=False,
        record_length=int(length),
        between=between,
        positions=_positions(positions, gap=len(between)),
    )
    end = max((one.end for one in read.positions.values()), default=0)
    if end != length:
        positions.refuse(f"ends at byte {end}, record_length is {length:g}")
    return read


def _positions(table: TomlTable, gap: int) -> Mapping[str, Position]:
    """The columns in order, each beginning `gap` bytes after the end of the one before."""
    read: dict[str, Position] = {}
    end = -gap
    for name in table.names():
        start, width = table.numbers(name, 2)
        read[name] = Position(start, width)
        if start != end + gap + 1 or width < 1:
            table.refuse(f"does not begin at byte {end + gap + 1}", name, "give every byte to a column")
        end = read[name].end
    return MappingProxyType(read)


def marks_of(table: TomlTable, columns: tuple[str, ...]) -> Marks:
    """Reads `[recognise]`; Refusal where it names a column that the file does not have."""
    read = Marks(*(table.texts(key) if table.has(key) else () for key in ("filled", "blank")))
    table.done()
    for column in (*read.filled, *read.blank):
        if column not in columns:
            table.refuse(f"names {column!r}, which the file does not have")
    return read
