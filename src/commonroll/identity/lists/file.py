"""A list as it came, whatever it is, made one table of texts; what could not be read is counted and told.

Text in any encoding and delimiter, a workbook, a JSON batch, alone or as the one file of a zip or gzip. The
rows stand in a Parquet file: `line` (where a row began, the first line is 1) and the list's own columns.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ...errors import Refusal
from ...roll.engine import engine
from ...roll.reading.archives import Budget
from ...roll.reading.workbook import Sheet, sheets_of
from . import json_rows
from .encodings import encoding_of
from .table_shape import CELL_AT_MOST, LINES_SEEN, TableShape, runs_away, shape_of
from .unpacked import CAPS, unpacked

ROWS_AT_MOST = 5_000_000
COLUMNS_AT_MOST = 400
TEXT_ENDS_AT = 1 << 20
"""Characters of a line; a text without line ends is no list."""

REFUSED_AT_MOST = 0.2
"""Share of rows with another number of cells: above it the list is read wrongly, or is damaged."""

_BATCH = 20_000
MISCOUNTED = "another number of cells than the header"
TOO_LONG = f"a cell of more than {CELL_AT_MOST:,} characters"
REPEATED = "the header again"


@dataclass(frozen=True)
class ListFile:
    """A list that was read: its rows at `path` (Parquet: line, then `columns`), `rows` of them.

    `file_hash`: SHA-256 of the bytes that came; `rows_hash`: of what the rows say, whatever their order and
    whatever file they stood in. `refused`: rows that are not in it, by reason. `notes`: what was told from
    the bytes, in words, no value among them.
    """

    name: str
    file_hash: str
    rows_hash: str
    path: Path
    columns: tuple[str, ...]
    rows: int
    named: bool
    refused: dict[str, int]
    notes: tuple[str, ...]


def read(
    path: Path, work: Path, *, known_words: frozenset[str], sheet: str | None = None, name: str | None = None
) -> ListFile:
    """Read a list; its table is written below `work`, a folder of the caller's.

    `known_words`: what columns may be called, in letters (see `headers`). `sheet`: the one to read of a
    workbook of several. Raises Refusal for a file that is no list, damaged, too large, or whose rows do not
    agree on their number of cells.
    """
    name = name or path.name
    found = unpacked(path, work, name)
    rows = _Rows(work / "rows.parquet", name)
    if found.kind == "json":
        columns, cells = json_rows.rows_of(found.path, name)
        shape = TableShape("", None, columns, ("a JSON batch",))
        named = True
        rows.write(columns, enumerate(cells, 1), skip=None)
        notes: tuple[str, ...] = shape.notes
    elif found.kind == "workbook":
        one = _sheet(found.path, work, name, sheet)
        shape, named = rows.of_text(lambda: _text_lines(one.path), known_words, sheet=True)
        notes = (f"sheet {one.name!r} of a workbook", *shape.notes)
    else:
        told = encoding_of(found.path, name)
        shape, named = rows.of_text(lambda: told.lines(found.path), known_words, sheet=False)
        notes = (f"read as {told.name}: {told.evidence}", *shape.notes)
    if not rows.count:
        raise Refusal("The list has no rows.", where=name, next_step="Choose the file that holds the rows.")
    columns = shape.columns
    return ListFile(
        name=name[-200:],
        file_hash=_sha256(path),
        rows_hash=rows_hash(rows.path, columns),
        path=rows.path,
        columns=columns,
        rows=rows.count,
        named=named,
        refused=dict(rows.refused),
        notes=(*found.notes, *notes),
    )


def _sheet(path: Path, work: Path, name: str, wanted: str | None) -> Sheet:
    sheets = [one for one in sheets_of(path, name, work, Budget(CAPS)) if one.rows]
    if wanted is not None:
        sheets = [one for one in sheets if one.name.casefold() == wanted.casefold()]
    if len(sheets) == 1:
        return sheets[0]
    if not sheets:
        raise Refusal(
            "The workbook has no such sheet with rows in it.",
            where=name,
            next_step="Look at the names of its sheets.",
        )
    named = ", ".join(one.name[:40] for one in sheets[:10])
    raise Refusal(
        f"The workbook has {len(sheets)} sheets with rows: {named}.",
        where=name,
        next_step="Name the one to match with --sheet, or save it as a file of its own.",
    )


def _text_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from file


class _Rows:
    """The rows on their way into a Parquet file; what cannot be a row is counted by reason."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.count = 0
        self.refused: Counter[str] = Counter()

    def of_text(
        self, lines: Callable[[], Iterator[str]], known_words: frozenset[str], *, sheet: bool
    ) -> tuple[TableShape, bool]:
        head = list(islice(_bounded(lines(), self.name), LINES_SEEN))
        if not any(line.strip() for line in head):
            raise Refusal(
                "The list is empty.", where=self.name, next_step="Choose the file that holds the rows."
            )
        shape = shape_of(head, known_words=known_words, sheet=sheet)
        if not sheet and (at := runs_away(_bounded(lines(), self.name), shape.delimiter)):
            shape = TableShape(
                shape.delimiter, shape.header, shape.columns,
                (*shape.notes, f"a quote on line {at} is never closed: every line is a row, quotes are data"),
                shape.inside, by_line=True,
            )  # fmt: skip
        if sheet:
            # a workbook's cells are apart by tabs and hold quotes as data
            source = ((n, line.rstrip("\n").split("\t")) for n, line in enumerate(lines(), 1))
            filled = ((n, cells) for n, cells in source if any(cell.strip() for cell in cells))
            given: Iterable[tuple[int, list[str]]] = ((n, shape.once_more(cells)) for n, cells in filled)
        else:
            given = shape.rows(_bounded(lines(), self.name))
        self.write(shape.columns, given, skip=shape.header)
        return shape, shape.header is not None

    def write(
        self, columns: Sequence[str], rows: Iterable[tuple[int, list[str]]], *, skip: int | None
    ) -> None:
        """`skip`: the row (from 0) that names the columns; those before it go, and it wherever it repeats."""
        if len(columns) > COLUMNS_AT_MOST:
            raise Refusal(
                f"The list has {len(columns):,} columns; at most {COLUMNS_AT_MOST} are read.",
                where=self.name,
                next_step="Leave out the columns that say nothing of people.",
            )
        schema = pa.schema([("line", pa.int64()), *((name, pa.string()) for name in columns)])
        remaining = iter(rows)
        header = None
        if skip is not None:
            header = [row for _, row in islice(remaining, skip + 1)][-1]
        with pq.ParquetWriter(self.path, schema, compression="zstd") as writer:
            while batch := list(islice(remaining, _BATCH)):
                self._write(writer, schema, [self._fitted(row, len(columns), header) for row in batch])
        refused = self.refused[MISCOUNTED]
        if refused > REFUSED_AT_MOST * (self.count + refused):
            raise Refusal(
                f"{refused:,} of {self.count + refused:,} rows have {MISCOUNTED}.",
                where=self.name,
                next_step="Look for unquoted delimiters inside cells, save the list anew, and try again.",
            )

    def _fitted(
        self, row: tuple[int, list[str]], wanted: int, header: list[str] | None
    ) -> tuple[int, list[str]] | None:
        line, cells = row
        while len(cells) > wanted and not cells[-1].strip():
            cells = cells[:-1]
        reason = _no_row(cells, wanted, header)
        if reason:
            self.refused[reason] += 1
            return None
        return line, cells

    def _write(
        self, writer: pq.ParquetWriter, schema: pa.Schema, rows: list[tuple[int, list[str]] | None]
    ) -> None:
        kept = [row for row in rows if row is not None]
        if not kept:
            return
        self.count += len(kept)
        if self.count > ROWS_AT_MOST:
            raise Refusal(
                f"The list has more than {ROWS_AT_MOST:,} rows.",
                where=self.name,
                next_step="Split it, and match the parts.",
            )
        cells = zip(*(cells for _, cells in kept), strict=True)
        columns = [pa.array([line for line, _ in kept], pa.int64()), *(_column(one) for one in cells)]
        writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _no_row(cells: Sequence[str], wanted: int, header: Sequence[str] | None) -> str:
    """Why these cells are no row of the list; '' where they are one."""
    if cells == header:
        return REPEATED
    if len(cells) != wanted:
        return MISCOUNTED
    return TOO_LONG if max(map(len, cells)) > CELL_AT_MOST else ""


def _column(cells: Sequence[str]) -> pa.Array:
    """Cells without blanks around and NUL; a blank one is null."""
    return pa.array([cell.replace("\0", "").strip() or None for cell in cells], pa.string())


def _bounded(lines: Iterable[str], name: str) -> Iterator[str]:
    for line in lines:
        if len(line) > TEXT_ENDS_AT:
            raise Refusal(
                "A line of the list is longer than a million characters.",
                where=name,
                next_step="This is no list, or it lost its line ends: save it anew as CSV.",
            )
        yield line


def rows_hash(path: Path, columns: Sequence[str]) -> str:
    """SHA-256 of what the rows say: two files of the same rows, in any order, have the same."""
    with closing(engine()) as cursor:
        counted = cursor.execute(_HASH, {"path": str(path)}).fetchall()
    said = "|".join([*columns, *map(str, counted[0])])
    return hashlib.sha256(said.encode()).hexdigest()


_HASH = """
SELECT count(*), sum(md5_number_upper(said)::HUGEINT), sum(md5_number_lower(said)::HUGEINT)
FROM (
    SELECT to_json(row)::VARCHAR AS said
    FROM (SELECT * EXCLUDE (line) FROM read_parquet($path)) AS row
)
"""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
