"""How the bytes of an unknown file become cells: encoding, delimiter, quotes, header, or fixed columns.

Told from its first lines alone. What is told is a guess for a person to look at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import Refusal
from ..layout.format import Quoting
from .head import HEADER_LINES, Head, split

DELIMITERS = "\t|,;^~"
MOST = 1000
"""Lines that are looked at."""

STEADY = 0.9
"""Least share of lines that must have the usual number of fields, or the usual length."""

MOSTLY = 0.5
"""Least share of a header's cells that are names; the others may be days of elections."""

_NO_NAME = re.compile(r"[\d\s/.,:$@-]*|.*@.*")
"""What no column is called: a number, a date, an address."""


@dataclass(frozen=True)
class Seen:
    """A file as it looks: `format` as [format] of a layout would say it, `positions` of fixed columns.

    `columns`: the names of its columns, `rows` their cells without blanks around. `notes`: what told.
    """

    format: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    notes: tuple[str, ...]
    positions: Mapping[str, list[int]] = field(default_factory=dict)

    @property
    def has_header(self) -> bool:
        """Whether the columns are called as the file says."""
        return bool(self.format.get("header"))

    def cells(self, column: str) -> list[str]:
        """The cells of one column that say anything."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows if at < len(row) and row[at]]


def see(head: bytes, *, is_sheet: bool = False) -> Seen:
    """What a file is that begins with `head`; a last partial line is ignored. Refusal where no lines are."""
    whole = head[: head.rfind(b"\n") + 1] or head
    lines = [line.rstrip(b"\r") for line in whole.split(b"\n") if line.strip()][:MOST]
    if len(lines) < 2:
        raise Refusal("the file has no two lines", next_step="name a file with some voters in it")
    encoding, told = _encoding(b"\n".join(lines))
    texts = [line.decode("utf-8" if encoding == "utf-8" else encoding, "replace") for line in lines]
    if is_sheet:
        return _delimited(texts, "\t", "none", {"kind": "xlsx"}, (told,))
    delimiter = _delimiter(texts)
    if delimiter is None:
        return _fixed(lines, encoding, told)
    quoting = _quoting(texts, delimiter)
    form = {"kind": "delimited", "delimiter": delimiter, "encoding": encoding}
    return _delimited(texts, delimiter, quoting, form, (told,))


def is_table(first: Head) -> bool:
    """Whether a file's first lines look like a table of several columns."""
    try:
        return len(see(b"\n".join([*first.lines, b""]), is_sheet=first.sheet).columns) > 1
    except Refusal:
        return False


def _encoding(text: bytes) -> tuple[str, str]:
    if text.isascii():
        return "latin-1", "every byte is ASCII; latin-1 is what states write otherwise"
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        windows = any(0x80 <= byte < 0xA0 for byte in text)
        found = "windows-1252" if windows else "latin-1"
        return found, f"it is not UTF-8; bytes that only {found} has" if windows else "it is not UTF-8"
    return "utf-8", "it is UTF-8"


def _delimiter(texts: Sequence[str]) -> str | None:
    """The one that most lines have equally often, the more often the better; None where there is none."""
    best = (0.0, 0, "")
    for mark in DELIMITERS:
        (fields, lines), *_ = Counter(len(_cells(text, mark, "some")) for text in texts).most_common(1)
        if fields > 1 and lines >= (STEADY if len(texts) > HEADER_LINES else 0.5) * len(texts):
            best = max(best, (round(lines / len(texts), 1), fields, mark))
    return best[2] or None


def _cells(text: str, delimiter: str, quoting: Quoting) -> list[str]:
    return split(text.encode(), text, delimiter, quoting)


def _quoting(texts: Sequence[str], delimiter: str) -> Quoting:
    wrapped = sum(text[0] == text[-1] == '"' and f'"{delimiter}"' in text for text in texts)
    if wrapped >= STEADY * len(texts):
        return "every" if _quotes_are_data(texts, delimiter) else "some"
    return "some" if delimiter in ",;" or any(f'{delimiter}"' in text for text in texts) else "none"


def _quotes_are_data(texts: Sequence[str], delimiter: str) -> bool:
    """Whether a quote inside a wrapped field stands alone, as those write who never double it."""
    inner = (cell for text in texts for cell in text[1:-1].split(f'"{delimiter}"'))
    return any('"' in cell.replace('""', "") for cell in inner)


def _delimited(
    texts: Sequence[str],
    delimiter: str,
    quoting: Quoting,
    form: Mapping[str, Any],
    told: tuple[str, ...],
) -> Seen:
    cells = [[cell.strip() for cell in _cells(text, delimiter, quoting)] for text in texts]
    usual = Counter(map(len, cells)).most_common(1)[0][0]
    at = next((at for at, row in enumerate(cells[:HEADER_LINES]) if len(row) >= usual - 1), 0)
    empties = _empties(cells[at:])
    header = _is_header(cells[at], cells[at + 1 :])
    names = _names(cells[at], usual - empties) if header else _numbered(usual - empties)
    made: dict[str, Any] = {**form, "header": header}
    if form["kind"] == "delimited":
        made["quoting"] = quoting
    if header and at:
        made |= {"header_line": at + 1, "preamble": texts[:at]}
    if empties:
        made["trailing_empty"] = True
    rows = [row for row in cells[at + header :] if len(row) >= len(names) and row != cells[at]]
    share = f"{len(rows)} of {len(cells) - at - header} lines have {usual} fields"
    said = "the first line names the columns" if header else "no line names the columns"
    return Seen(made, names, rows, (*told, share, f"line {at + 1} names the columns" if at else said))


def _empties(cells: Sequence[Sequence[str]]) -> int:
    """Nameless columns at the end without a text in them."""
    count = 0
    while len(cells[0]) > count + 1 and not any(row[-1 - count] for row in cells if len(row) > count):
        count += 1
    return count


def _is_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the cells are names: mostly different, not numbers, and not found again below themselves."""
    named = [cell for cell in first if cell and not _NO_NAME.fullmatch(cell)]
    others = [row for row in rows if list(row) != list(first)]
    again = sum(
        any(at < len(row) and row[at] == cell for row in others) for at, cell in enumerate(first) if cell
    )
    return len(named) >= MOSTLY * len(first) and again == 0 and len(set(named)) > len(named) // 2


def _names(cells: Sequence[str], count: int) -> tuple[str, ...]:
    """The names as a layout calls them: the second "CITY" is "CITY (2)"."""
    seen: Counter[str] = Counter()
    made = []
    for at in range(count):
        name = (cells[at].strip('"').strip() if at < len(cells) else "") or f"COLUMN {at + 1}"
        seen[name] += 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(made)


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"COLUMN {number}" for number in range(1, count + 1))


def _fixed(lines: Sequence[bytes], encoding: str, told: str) -> Seen:
    """Columns of a file whose records have one length: each begins after blanks that all records have."""
    length, lines_so_long = Counter(map(len, lines)).most_common(1)[0]
    if lines_so_long < STEADY * len(lines):
        raise Refusal(
            "no delimiter is the same in most lines, and the lines have different lengths",
            next_step="open the file in an editor: it may be no table, or its first lines a preamble",
        )
    same = [line for line in lines if len(line) == length]
    blank = [all(line[at] == 0x20 for line in same) for at in range(length)]
    starts = [0, *(at for at in range(1, length) if blank[at - 1] and not blank[at])]
    ends = [*starts[1:], length]
    names = _numbered(len(starts))
    places = {name: [start + 1, end - start] for name, start, end in zip(names, starts, ends, strict=True)}
    decoded = [line.decode("latin-1") for line in same]
    rows = [[text[start:end].strip() for start, end in zip(starts, ends, strict=True)] for text in decoded]
    form = {"kind": "fixed", "encoding": encoding, "record_length": length}
    said = (
        f"{lines_so_long} of {len(lines)} lines have {length} bytes",
        "columns end where every line has a blank: columns that touch show as one, take them apart",
    )
    return Seen(form, names, rows, (told, *said), places)
