"""The files of all owners as one table, each row with the number of the owner whose file it lies in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files as resources
from itertools import groupby
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
import sqlglot
from ibis.backends.duckdb import Backend
from sqlglot import exp

from commonroll.errors import Refusal
from commonroll.roll.schema import TABLES

Files = Sequence[tuple[int, str]]
"""Owner's number and absolute path of a Parquet file, in order."""

Limits = Mapping[str, Collection[int]]
"""A column by which rows are limited, and the numbers of the owners whose rows it limits."""

_MADE = "commonroll_scans"
"""Where a connection keeps the names of its scans: what a name stands for never changes.

On the object itself: two backends of one process compare as equal, but temporary views are of one connection.
"""


FILE, LINE = "file_no", "line_no"
"""Where a row stands: the place of its file among the scan's, and its place in the file, both from 0."""


def scan(
    con: Backend,
    table: str,
    files: Files,
    columns: Sequence[str],
    limits: Limits | None = None,
    *,
    lines: bool = False,
) -> ir.Table:
    """`columns` of `table` and `owner_no` (int16) over these files, and `limit_<column>` for `limits`.

    `limit_<column>` (text) is the column for owners that it limits and null for the others, whose files are
    then not read for it. `lines` adds FILE and LINE. Members' `member` column and whatever else a file says
    about its owner decides nothing.
    """
    limits = limits or {}
    schema = _schema(table, tuple(columns), tuple(limits), lines)
    if not files:
        return ibis.memtable([], schema=schema)
    parts = _parts(files, limits)
    name = f"{table}_{hashlib.sha256(json.dumps([parts, lines]).encode()).hexdigest()[:20]}"
    known: set[str] = vars(con).setdefault(_MADE, set())
    if name not in known:
        _check(table, files)
        con.raw_sql(_view(name, table, parts, tuple(limits), files if lines else ()).sql("duckdb"))
        known.add(name)
    return ibis.table(schema, name=name)


def _check(table: str, files: Files) -> None:
    """Raise Refusal where an owner's files were written before the table had all of its columns."""
    for path in dict(files).values():
        if missing := set(TABLES[table].names).difference(pq.read_schema(path).names):
            raise Refusal(
                f"A roll was loaded before its table {table} had all columns that questions read.",
                where=", ".join(sorted(missing)),
                next_step="Its owner loads the state's file again.",
            )


def limit(column: str) -> str:
    """The name under which a scan gives a column to hold against row scopes."""
    return f"limit_{column}"


@cache
def _schema(table: str, columns: tuple[str, ...], limits: tuple[str, ...], lines: bool) -> ibis.Schema:
    kinds = {name: TABLES[table][name].type for name in columns}
    types = {name: {"bool": "boolean"}.get(kind, kind) for name, kind in kinds.items()}
    stand = {FILE: "int32", LINE: "int64"} if lines else {}
    return ibis.schema(types | {"owner_no": "int16"} | {limit(column): "string" for column in limits} | stand)


_Part = tuple[tuple[str, ...], tuple[tuple[int, str], ...]]
"""Columns that limit the rows of some owners, and those owners' files."""


def _parts(files: Files, limits: Limits) -> list[_Part]:
    def limited(file: tuple[int, str]) -> tuple[str, ...]:
        return tuple(column for column, owners in limits.items() if file[0] in owners)

    return [(by, tuple(part)) for by, part in groupby(sorted(files, key=limited), key=limited)]


def _view(name: str, table: str, parts: Sequence[_Part], limits: Sequence[str], placed: Files) -> exp.Create:
    """`placed`: all files in order where rows say where they stand."""
    read = [_read(table, files, by, limits, placed) for by, files in parts]
    query = read[0] if len(read) == 1 else exp.union(*read, distinct=False)
    return exp.Create(
        this=exp.Table(this=exp.to_identifier(name, quoted=True)),
        kind="VIEW",
        expression=query,
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )


def _read(table: str, files: Files, by: Sequence[str], limits: Sequence[str], placed: Files) -> exp.Select:
    """The table's own columns by name, so that no file can bring an `owner_no`, and parts are in step."""
    query = cast(
        exp.Select,
        exp.replace_placeholders(
            _query(),
            owner_no=_of_file([owner for owner, _ in files], first=1),
            files=exp.Array(expressions=[exp.Literal.string(path) for _, path in files]),
        ),
    )
    given = {c: exp.column(c) if c in by else exp.cast(exp.null(), "text") for c in limits}
    named = [exp.column(name, quoted=True) for name in TABLES[table].names]
    stand = _places([placed.index(file) for file in files]) if placed else []
    return query.select(
        *named, *(exp.alias_(value, limit(column)) for column, value in given.items()), *stand
    )


def _places(numbers: Sequence[int]) -> list[Any]:
    """FILE and LINE."""
    place = exp.cast(_of_file(numbers, first=0), "int")
    return [exp.alias_(place, FILE), exp.alias_(exp.column("file_row_number"), LINE)]


def _of_file(numbers: Sequence[int], *, first: int) -> exp.Expression:
    """Each file's number; looked up in a list only where it is not the file's own place, from `first`."""
    at = exp.Add(this=exp.cast(exp.column("file_index"), "bigint"), expression=exp.Literal.number(1))
    if list(numbers) == list(range(first, first + len(numbers))):
        return at if first else exp.column("file_index")
    listed = exp.Array(expressions=[exp.Literal.number(number) for number in numbers])
    return exp.Anonymous(this="list_extract", expressions=[listed, at])


@cache
def _query() -> exp.Expression:
    text = (resources(__package__) / "scan.sql").read_text(encoding="utf-8")
    return cast(exp.Expression, sqlglot.parse_one(text, dialect="duckdb"))
