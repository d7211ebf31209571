"""Refused lines for their owner: on a screen, or as a file to be mended and loaded again.

A line of a voter who is left out of every read today is not shown: its place and reason stay, its text goes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from commonroll.errors import Refusal
from commonroll.roll.canonical.repeats import OTHER_ROW_STAYS
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.suppression import EVERYTHING

COLUMNS = ("file", "line", "reason", "text")
"""Columns of the file of refused lines."""

_RISKY = r"^(['=@+\-]|\s)"
"""Beginnings of a text that get an apostrophe in the file: a spreadsheet might run it, or take it away."""
_BETWEEN = r"[^0-9A-Za-z\-]+"
_ZEROS = ("^0+(.)", r"\1")
"""Zeros before an id, which a layout may have put there, and what stays of them."""
_DELIMITED = r"[\t|;]|(?:[^,]*,){4}"
"""Names in fixed columns hold a comma or two; whatever is delimited has more columns."""
_CHUNK = 50_000
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class MendedLine:
    """One line of a mended file: the delivered file it belongs to, its number there, its text."""

    file: str
    line: int
    text: str


def lines(files: Sequence[str], suppressed: pa.Table) -> ir.Table:
    """Refused lines: file, line, reason, bytes ('' for a line of a suppressed voter), protected.

    `files`: Parquet of the table `refused`; `suppressed`: see `OwnerTables`.
    """
    rows = ibis_engine().read_parquet(list(files))
    ids = suppressed.filter(pc.equal(suppressed["channel"], EVERYTHING)).select(["state_voter_id"])
    if not ids.num_rows:
        return rows.mutate(protected=ibis.literal(False))
    found = naming(rows.select("file", "line", "bytes"), ids, "bytes").select("file", "line")
    marked = rows.left_join(found.distinct().mutate(hit=True), ["file", "line"])
    hit = marked["hit"].fill_null(False)
    return marked.select("file", "line", "reason", bytes=hit.ifelse("", marked["bytes"]), protected=hit)


def naming(rows: ir.Table, ids: pa.Table, column: str, *, anywhere: bool = True) -> ir.Table:
    """The rows whose text in `column` holds one of `ids` (state_voter_id): as a word of it, whatever zeros
    stand before, or, where the text has next to no delimiters (fixed width), anywhere."""
    named = ibis.memtable(ids)
    bare = named.select(bare=named["state_voter_id"].re_replace(*_ZEROS))
    words = rows.mutate(word=rows[column].re_split(_BETWEEN).unnest())
    as_word = words.semi_join(bare, [words["word"].re_replace(*_ZEROS) == bare["bare"]]).drop("word")
    if not anywhere:
        return as_word
    whole = rows.filter(~rows[column].re_search(_DELIMITED))
    pairs = whole.cross_join(named)
    inside = pairs.filter(pairs[column].contains(pairs["state_voter_id"]))
    return as_word.union(inside.select(rows.columns))


def write(files: Sequence[str], suppressed: pa.Table, path: Path) -> int:
    """Refused lines as a CSV file with COLUMNS, in the order of the delivery; how many.

    Rows that gave way to another row of the same voter want no mending and are left out.

    A text that a spreadsheet might run, or that begins with an apostrophe, gets one before it; `read` takes
    it away again.
    """
    kept = lines(files, suppressed)
    shown = kept.filter(kept["reason"] != OTHER_ROW_STAYS).order_by("file", "line")
    batches = ibis_engine().to_pyarrow_batches(
        shown.select("file", "line", "reason", text=shown["bytes"]), chunk_size=_CHUNK
    )
    count = 0
    with batches, pyarrow.csv.CSVWriter(path, batches.schema) as out:
        for batch in batches:
            out.write_table(_guarded(pa.Table.from_batches([batch])))
            count += batch.num_rows
    return count


def _guarded(table: pa.Table) -> pa.Table:
    for name in ("file", "reason", "text"):
        cells = table[name].cast(pa.string())
        risky = pc.match_substring_regex(cells, _RISKY)
        safe = pc.if_else(risky, pc.binary_join_element_wise("'", cells, ""), cells)
        table = table.set_column(table.column_names.index(name), name, safe)
    return table


def read(path: Path) -> Iterator[MendedLine]:
    """The lines of a mended file, those without text left out. Raises Refusal where it is no such file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        try:
            if tuple(next(rows, ())) != COLUMNS:
                raise _no_list(path)
            for row in rows:
                if len(row) != len(COLUMNS) or not _NUMBER.fullmatch(row[1]):
                    raise _no_list(path)
                if text := row[3].removeprefix("'"):
                    yield MendedLine(row[0].removeprefix("'"), int(row[1]), text)
        except (UnicodeDecodeError, csv.Error):
            raise _no_list(path) from None  # their own messages quote the file


def _no_list(path: Path) -> Refusal:
    return Refusal(
        f"This is not a file of refused lines: its columns are {', '.join(COLUMNS)}.",
        where=path.name,
        next_step="Export the lines with `commonroll refused`, mend the column text, save it as UTF-8 CSV.",
    )
