"""The files of all owners as one table, each row with the number of the owner whose file it lies in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files as resources
from typing import cast

import ibis
import ibis.expr.types as ir
import sqlglot
from ibis.backends.duckdb import Backend
from sqlglot import exp

from commonroll.roll.schema import TABLES

Files = Sequence[tuple[int, str]]
"""Owner's number and absolute path of a Parquet file, in order."""

_MADE = "commonroll_scans"
"""Where a connection keeps the names of its scans: file lists, which never change. No grant is in them.

On the object itself: two backends of one process compare as equal, but temporary views are of one connection.
"""


def scan(con: Backend, table: str, files: Files, columns: Sequence[str]) -> ir.Table:
    """`columns` of `table` and `owner_no` (int16) over these files.

    Members' `member` column and whatever else a file says about its owner decides nothing.
    """
    if not files:
        return ibis.memtable([], schema=_schema(table, tuple(columns)))
    name = f"{table}_{hashlib.sha256(json.dumps(files).encode()).hexdigest()[:20]}"
    known: set[str] = vars(con).setdefault(_MADE, set())
    if name not in known:
        con.raw_sql(_view(name, files).sql("duckdb"))
        known.add(name)
    return ibis.table(_schema(table, tuple(columns)), name=name)


@cache
def _schema(table: str, columns: tuple[str, ...]) -> ibis.Schema:
    kinds = {name: TABLES[table][name].type for name in columns}
    types = {name: {"bool": "boolean"}.get(kind, kind) for name, kind in kinds.items()}
    return ibis.schema(types | {"owner_no": "int16"})


def _view(name: str, files: Files) -> exp.Create:
    query = exp.replace_placeholders(
        _query(),
        owners=exp.Array(expressions=[exp.Literal.number(owner) for owner, _ in files]),
        files=exp.Array(expressions=[exp.Literal.string(path) for _, path in files]),
    )
    return exp.Create(
        this=exp.Table(this=exp.to_identifier(name, quoted=True)),
        kind="VIEW",
        expression=query,
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )


@cache
def _query() -> exp.Expression:
    text = (resources(__package__) / "scan.sql").read_text(encoding="utf-8")
    return cast(exp.Expression, sqlglot.parse_one(text, dialect="duckdb"))
