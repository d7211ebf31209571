"""How the records of a file look as bytes, and how they are made plain where the engine cannot read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.intp]

MARK = "\x1a"
"""First field of a line that was set aside, in the engine's copy; no delivered line may hold it."""

SEPARATOR = "\x1f"
"""Between the fields of a copy that was made plain; no delivered line may hold it."""

LINE_END, QUOTE = ord("\n"), ord('"')
LINE_BYTES = 1 << 18
"""A longer line is no record: the widest state file has some 4 KB a line."""

NO_TEXT = (b"\0", b"\x1a", b"\x1f")


class Plain(Protocol):
    """How delivered lines become plain ones: fields apart by SEPARATOR, none wrapped."""

    @property
    def undecoded(self) -> bool:
        """Whether it wants the bytes as delivered; otherwise it wants UTF-8."""

    def block(self, block: bytes, ends: Offsets) -> tuple[bytes, Offsets]:
        """The block's lines made plain, and the numbers (from 0) of those that want a look by themselves.

        `ends`: where the lines end. What stands in place of such a line is of no account.
        """

    def line(self, line: bytes) -> tuple[bytes, str]:
        """One line made plain; or the reason why it is no record."""


@dataclass(frozen=True)
class Shape:
    """How a record looks to the engine: delimiter, number of fields, whether each is wrapped in quotes.

    `skip`: lines before the first record. `plain`: how lines become so, where they are not delivered so.
    `empties`: how many of the fields are nameless ones that must be empty; None where all have names. Lines
    with another number of empty fields at their end are cut or filled up.
    """

    delimiter: str
    wrapped: bool
    fields: int
    encoding: str
    skip: int = 0
    empties: int | None = None
    plain: Plain | None = None

    @property
    def between(self) -> bytes:
        """The bytes between two fields."""
        return f'"{self.delimiter}"'.encode() if self.wrapped else self.delimiter.encode()

    @property
    def marked(self) -> bytes:
        """The line that stands for one that was set aside."""
        line = MARK.encode() + self.between * (self.fields - 1)
        return b'"' + line + b'"' if self.wrapped else line


def no_text(line: bytes) -> str:
    """Why bytes are no line of text; empty where they are."""
    if not line.strip():
        return "empty line"
    if len(line) > LINE_BYTES:
        return "line too long"
    if b"\0" in line:
        return "NUL byte"
    return "control character" if b"\x1a" in line or b"\x1f" in line else ""


def counted(found: int, wanted: int) -> str:
    """Why a line with `found` fields is no record of `wanted`; empty where it is."""
    return "" if found == wanted else "too few fields" if found < wanted else "too many fields"


def fitted(cells: list[bytes], fields: int, empties: int | None) -> tuple[list[bytes], str]:
    """The cells with as many empty ones at their end as a record has; or the reason why they are none."""
    if empties is not None:
        named = fields - empties
        if any(cell.strip() for cell in cells[named:]):
            return cells, "text after the last column"
        if len(cells) >= named:
            cells = cells[:named] + [b""] * empties
    return cells, counted(len(cells), fields)


def odd_lines(block: bytes, ends: Offsets) -> npt.NDArray[np.bool_]:
    """For each line, whether it is empty, too long or holds a byte that no text has."""
    lengths = np.diff(ends, prepend=-1) - 1
    odd: npt.NDArray[np.bool_] = (lengths < 1) | (lengths > LINE_BYTES)
    cells = np.frombuffer(block, np.uint8)
    for byte in (*NO_TEXT, b"\r"):
        if byte in block:
            odd[np.searchsorted(ends, np.flatnonzero(cells == byte[0]))] = True
    return odd
