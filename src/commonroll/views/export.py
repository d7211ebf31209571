"""Rows of a governed question: a page for a screen, or a file that leaves.

`write` makes a file under a name that the caller chose and nobody else reads; the caller writes the receipt
with its hash and only then releases it. In CSV, a cell that a spreadsheet would run as a formula gets an
apostrophe before it; a sign followed by digits alone (a phone number) stays. Parquet keeps every value.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from commonroll.views.hints import Hint, written
from commonroll.views.lent import Record
from commonroll.views.question import OverQuota
from commonroll.views.view import Plan, UsedOwner

Format = Literal["csv", "parquet"]

FORMULA = r"^([=@\t\r]|[+-][0-9]*[^0-9]|[+-]$)"
"""Beginnings of a cell that a spreadsheet takes for a formula."""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: small tables' own; rows go through the engine."""
    return f"'{cell}" if re.match(FORMULA, cell) else cell


_CHUNK = 50_000


@dataclass(frozen=True)
class ExportFile:
    """A written file: its hash (sha256, hexadecimal), rows in all and by owner, columns in order.

    `files`: the hashes of several files that stand for one, whose own is that of all, one after another.
    """

    path: Path
    sha256: str
    rows: int
    rows_by_owner: Mapping[str, int]
    columns: tuple[str, ...]
    files: tuple[str, ...] | None = None


def rows(plan: Plan, limit: int | None = None, offset: int = 0) -> pa.Table:
    """A page of the rows: member, agreement, the ids that are carried, the columns asked for.

    In an order that is the same each time. `limit` None takes the question's own.
    """
    _check_rows(plan)
    most = plan.question.limit if limit is None else limit
    return named(plan, plan.kept.read(most, offset))


def write(
    plan: Plan,
    path: Path,
    fmt: Format,
    still: Callable[[], None] = lambda: None,
    record: Record | None = None,
    hints: Mapping[str, Hint] = MappingProxyType({}),
) -> ExportFile:
    """Execute a plan of mode export into a file at `path`, in a fixed order: by id, or by an owner's `hints`.

    `record` notes for each owner which rows are in it, as they are written; the caller keeps
    it. Raises Refusal where an owner's agreement allows fewer rows in one export; then no file is left.
    """
    if plan.question.mode != "export":
        raise ValueError("the plan is no export")
    counted: Counter[int] = Counter()
    with discarded_on_error(path):
        columns = _write(plan, path, fmt, counted, still, record, hints)
        digest = sha256_of(path)
    by_owner = {owner: counted[number] for number, owner in enumerate(plan.owners, 1)}
    return ExportFile(path, digest, sum(by_owner.values()), by_owner, columns)


def _write(
    plan: Plan,
    path: Path,
    fmt: Format,
    counted: Counter[int],
    still: Callable[[], None],
    record: Record | None,
    hints: Mapping[str, Hint],
) -> tuple[str, ...]:
    most = plan.question.limit
    if hints:
        ordered = plan.kept.by_hints(plan.owners, hints, most)
    else:
        ordered = plan.ordered if most is None else plan.ordered.limit(most)
    batches = plan.con.to_pyarrow_batches(ordered, chunk_size=_CHUNK)
    schema = named(plan, batches.schema.empty_table()).schema
    with batches, writer(path, fmt, schema) as put:
        for batch in batches:
            still()
            table = pa.Table.from_batches([batch])
            if record is not None:
                record.add(plan.owners, table, counted.total() + 1)
            _count(plan, table, counted)
            for part in _written(plan, table, hints) if hints and fmt == "csv" else [named(plan, table)]:
                put(part)
    return tuple(schema.names)


def _written(plan: Plan, table: pa.Table, hints: Mapping[str, Hint]) -> Iterator[pa.Table]:
    """A batch's rows owner by owner, as each one's hint has its numbers written."""
    for number in pc.unique(table["owner_no"]).to_pylist():
        hint = hints.get(plan.owners[number - 1])
        of_owner = named(plan, table.filter(pc.equal(table["owner_no"], number)))
        yield written(of_owner, hint.digits) if hint else of_owner


def _count(plan: Plan, table: pa.Table, counted: Counter[int]) -> None:
    for found in pc.value_counts(table.column("owner_no")).to_pylist():
        number = found["values"]
        counted[number] += found["counts"]
        check_most(plan.used[plan.owners[number - 1]], counted[number])


def check_most(used: UsedOwner, rows: int) -> None:
    """Raise OverQuota where so many rows of an owner are more than its agreement allows."""
    for most, per in ((used.rows_per_export, "in one export"), (used.rows_per_day, "a day")):
        if most is not None and rows > most:
            raise OverQuota(
                f"The agreement allows {most:,} rows {per}; the question has more.",
                used.owner,
                where=used.owner,
                next_step="Narrow the universe or set a limit.",
            )


def named(plan: Plan, table: pa.Table) -> pa.Table:
    """With the owner's key and the agreement's id in place of the owner's number."""
    at = pc.subtract(table.column("owner_no"), 1).combine_chunks()
    agreements = [plan.used[owner].agreement or "" for owner in plan.owners]
    told = table.drop_columns("owner_no").add_column(
        0, "agreement", pa.array(agreements, pa.string()).take(at)
    )
    return told.add_column(0, "member", pa.array(plan.owners, pa.string()).take(at))


def _check_rows(plan: Plan) -> None:
    if plan.question.mode == "count":
        raise ValueError("a count has no rows")


# Files


@contextmanager
def discarded_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def writer(path: Path, fmt: Format, schema: pa.Schema) -> Iterator[Callable[[pa.Table], Any]]:
    if fmt == "csv":
        with path.open("wb") as file:
            pyarrow.csv.write_csv(schema.empty_table(), file)
            # each by itself: an owner's numbers may be written in another form than the next one's
            bare = pyarrow.csv.WriteOptions(include_header=False)
            yield lambda table: pyarrow.csv.write_csv(guarded(table), file, bare)
    else:
        with pq.ParquetWriter(path, schema, compression="zstd") as parquet:
            yield parquet.write_table


def guarded(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before every text that a spreadsheet would run."""
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            cells = table.column(at)
            risky = pc.match_substring_regex(cells, FORMULA)
            safe = pc.binary_join_element_wise("'", cells, "")
            table = table.set_column(at, field, pc.if_else(risky, safe, cells))
    return table


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
