"""The first lines of a file, split into cells in whatever way a layout would; each way once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ..layout.format import SHEET_DELIMITER, Format, Quoting
from ..reading.quoted import by_the_book

LINES_SEEN = 50
HEADER_LINES = 5
"""Lines among which a header is looked for: some states write one or two lines before it."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Head:
    """What is known of a file before it is read: `lines`, whole ones without their ends, the first is 0.

    `head`: its first bytes; a last partial line is ignored. `sheet`: it is a sheet of a workbook.
    """

    def __init__(self, head: bytes | str, *, sheet: bool = False) -> None:
        raw = head.encode("utf-8", "replace") if isinstance(head, str) else head
        lines = raw.removeprefix(BYTE_ORDER_MARK).split(b"\n")
        whole = lines[:-1] if len(lines) > 1 else lines
        self.lines = [line.rstrip(b"\r") for line in whole[: HEADER_LINES + LINES_SEEN]]
        self.sheet = sheet
        self.is_utf8 = _is_utf8(b"\n".join(self.lines))
        # a way of splitting is asked for by many layouts
        self.cells = cache(self._cells)

    def text(self, line: bytes, encoding: str) -> str:
        """A line as text: UTF-8 where all lines are, otherwise in the layout's encoding."""
        return line.decode("utf-8" if self.is_utf8 else encoding, "replace")

    def ways(self, form: Format) -> Iterator[tuple[str, Quoting]]:
        """Delimiter and quoting, for each way in which a text of the format may be split."""
        if self.sheet:
            yield SHEET_DELIMITER, "none"
            return
        for delimiter in form.delimiters:
            yield delimiter, form.quoting
        if form.kind == "xlsx" and form.quoting != "none":
            yield SHEET_DELIMITER, "none"

    def _cells(self, delimiter: str, quoting: Quoting, encoding: str) -> list[list[str]]:
        """The cells of each line; none where it is blank."""
        return [
            split(line, self.text(line, encoding), delimiter, quoting) if line.strip() else []
            for line in self.lines
        ]


def _is_utf8(lines: bytes) -> bool:
    try:
        lines.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def split(line: bytes, text: str, delimiter: str, quoting: Quoting) -> list[str]:
    """The cells of a line, whose text is `text`, without the quotes around them."""
    if quoting == "every" and len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].split(f'"{delimiter}"')
    if quoting == "some" and '"' in text:
        cells = by_the_book(text.encode(), delimiter)
        return [cell.decode("utf-8", "replace") for cell in cells]
    return text.split(delimiter)
