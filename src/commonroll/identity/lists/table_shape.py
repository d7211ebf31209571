"""How the lines of a list become rows: delimiter, header, and lists whose rows stand in one column."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

DELIMITERS = ",\t;|^~"
LINES_SEEN = 500
HEADER_WITHIN = 10
"""Rows among which the header is looked for: reports have a title and a date before it."""

CELL_AT_MOST = 20_000
"""Characters; a cell of more is an open quote that swallowed the rows after it."""

LINES_IN_ROW = 30
STEADY = 0.8
"""Least share of rows that have the usual number of cells."""

NAME_AT_MOST = 80
_MARKED = re.compile(r"[0-9@]")

_NO_NAME = re.compile(r"[\d\s/.,:$@+()-]*|.*@.*|.*\d{4,}.*")
"""What no column is called: a number, a date, an address."""


@dataclass(frozen=True)
class TableShape:
    """`delimiter`; `header`: the row (from 0) that names the columns, None where none does; `columns`.

    `inside`: the rows stand whole in one column and are split once more. `by_line`: every line is a row,
    since a quote is opened and never closed. `notes`: what told, in words.
    """

    delimiter: str
    header: int | None
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    inside: str = ""
    by_line: bool = False

    def rows(self, lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        """Line on which it begins (the first is 1) and cells of each row that is not blank."""
        for line, cells in records(lines, self.delimiter, by_line=self.by_line):
            if any(cell and not cell.isspace() for cell in cells):
                yield line, self.once_more(cells)

    def once_more(self, cells: list[str]) -> list[str]:
        """The cells of a row that stands whole in one; others as they are."""
        if not self.inside or len(cells) != 1:
            return cells
        return next(csv.reader([cells[0]], delimiter=self.inside), [])


def records(lines: Iterable[str], delimiter: str, *, by_line: bool) -> Iterator[tuple[int, list[str]]]:
    """The rows of delimited text, quotes by RFC 4180; a row may stand on several lines."""
    if by_line:
        for number, line in enumerate(lines, 1):
            paired = line.count('"') % 2 == 0 and len(line) < csv.field_size_limit()
            cells = next(csv.reader([line], delimiter=delimiter), []) if paired else None
            yield number, cells or line.rstrip("\r\n").replace('"', "").split(delimiter)
        return
    reader = csv.reader(lines, delimiter=delimiter)
    first = 1
    for cells in reader:
        yield first, cells
        first = reader.line_num + 1


def runs_away(lines: Iterable[str], delimiter: str) -> int:
    """The line on which a quote is opened and not closed for pages; 0 where there is none."""
    reader = csv.reader(lines, delimiter=delimiter)
    first = 1
    try:
        for _ in reader:
            if reader.line_num - first >= LINES_IN_ROW:
                return first
            first = reader.line_num + 1
    except csv.Error:
        return first
    return 0


def shape_of(lines: Sequence[str], *, known_words: frozenset[str], sheet: bool) -> TableShape:
    """The shape of the text that begins with these lines. `known_words`: what columns may be called."""
    delimiter = "\t" if sheet else _stated(lines[0]) or _delimiter(lines)
    skip = bool(not sheet and _stated(lines[0]))
    if sheet:
        found = (line.rstrip("\n").split("\t") for line in lines)
    else:
        by_line = bool(runs_away(lines, delimiter))
        found = (row for _, row in records(lines, delimiter, by_line=by_line))
    rows = _cut([row for row in found if any(cell.strip() for cell in row)])
    rows = [[""], *rows[1:]] if skip else rows
    inside, notes = "", []
    if not sheet:
        notes.append(f"cells are apart by {_WORDS[delimiter]}" if max(map(len, rows)) > 1 else "one column")
    if max(map(len, rows), default=0) == 1 and (inside := _inside(rows)):
        rows = [next(csv.reader([row[0]], delimiter=inside), []) for row in rows]
        notes.append(f"every row stands in one cell; it is split once more at {_WORDS[inside]}")
    usual = Counter(len(row) for row in rows[int(skip) :]).most_common(1)[0][0]
    header = _header(rows, usual, known_words)
    named = rows[header] if header is not None else []
    if header:
        notes.append(f"{header} rows stand before the one that names the columns")
    notes.append("no row names the columns" if header is None else f"row {header + 1} names the columns")
    return TableShape(delimiter, header, names(named, max(usual, len(named))), tuple(notes), inside)


def _cut(rows: Sequence[list[str]]) -> list[list[str]]:
    """The rows without the cells behind the last one that says anything in any row."""
    filled = max((at for row in rows for at, cell in enumerate(row, 1) if cell.strip()), default=0)
    return [row[:filled] for row in rows]


_WORDS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", "^": "carets", "~": "tildes"}


def _stated(line: str) -> str:
    """The delimiter that Excel's first line states: `sep=;`."""
    found = re.fullmatch(r'"?sep=(.)"?', line.strip("\r\n"), re.IGNORECASE)
    return found[1] if found and found[1] in DELIMITERS else ""


def _delimiter(lines: Sequence[str]) -> str:
    best = (0.0, 1, ",")
    for mark in DELIMITERS:
        counts = Counter(len(row) for _, row in _few(lines, mark) if row)
        (cells, often), *_ = counts.most_common(1)
        if cells > 1 and often >= 0.5 * counts.total():
            best = max(best, (round(often / counts.total(), 1), cells, mark))
    return best[2]


def _few(lines: Sequence[str], mark: str) -> Iterator[tuple[int, list[str]]]:
    """Rows until one that cannot be read: a quote of another delimiter's file may swallow the rest."""
    try:
        yield from records(lines, mark, by_line=False)
    except csv.Error:
        return


def _inside(rows: Sequence[Sequence[str]]) -> str:
    """The delimiter by which the only cell of each row is a row itself; '' where it is not."""
    for mark in DELIMITERS:
        counts = Counter(len(next(csv.reader([row[0]], delimiter=mark), [])) for row in rows)
        (cells, often), *_ = counts.most_common(1)
        if cells > 1 and often >= 0.95 * len(rows) and len(rows) > 1:
            return mark
    return ""


def _header(rows: Sequence[Sequence[str]], usual: int, known_words: frozenset[str]) -> int | None:
    for at, row in enumerate(islice(rows, HEADER_WITHIN)):
        if len(row) >= usual - 1 and _is_header(row, rows[at + 1 :], known_words):
            return at
    return None


def _is_header(row: Sequence[str], below: Sequence[Sequence[str]], known_words: frozenset[str]) -> bool:
    """Whether the cells are names of columns: known ones, or all different and never found below."""
    cells = [cell.strip() for cell in row if cell.strip()]
    if not cells or any(_NO_NAME.fullmatch(cell) for cell in cells[:1]) or len(set(cells)) < len(cells) / 2:
        return False
    known = sum(letters(cell) in known_words for cell in cells)
    if known >= max(1, len(cells) / 3):
        return True
    names = sum(not _NO_NAME.fullmatch(cell) for cell in cells)
    again = any(
        at < len(other) and other[at] == cell for other in below for at, cell in enumerate(row) if cell
    )
    whole = names >= 0.8 * len(cells) and len(cells) > len(row) / 2 and not again
    return whole and (known > 0 or any(_is_unlike(cell, at, below) for at, cell in enumerate(row)))


def _is_unlike(cell: str, at: int, below: Sequence[Sequence[str]]) -> bool:
    """Whether a column has numbers or addresses below a cell that is none: then the cell is its name."""
    filled = [other[at] for other in below if at < len(other) and other[at].strip()]
    marked = sum(bool(_MARKED.search(one)) for one in filled)
    return not _MARKED.search(cell) and marked >= STEADY * len(filled) > 0


def letters(name: str) -> str:
    """A column's name without what does not count: case, blanks, signs."""
    return re.sub(r"[^a-z0-9]+", "", name.casefold())


def names(cells: Sequence[str], count: int) -> tuple[str, ...]:
    """Each column's name, printable and none like another in any case; `line` is ours."""
    taken = Counter({"line": 1})
    made = []
    for at in range(count):
        given = "".join(c if c.isprintable() else " " for c in (cells[at] if at < len(cells) else ""))
        plain = " ".join(given.split())[:NAME_AT_MOST] or f"Column {at + 1}"
        name = plain
        while taken[name.casefold()]:
            taken[plain.casefold()] += 1
            name = f"{plain} ({taken[plain.casefold()]})"
        taken[name.casefold()] += 1
        made.append(name)
    return tuple(made)
