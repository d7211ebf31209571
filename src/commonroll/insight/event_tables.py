"""Event tables of a vault as Ibis tables, in the columns and types of the schema."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault


def events(backend: Backend, vault: Vault, table: str) -> ir.Table:
    """The rows of an event table as they stand; none where the vault has no such table yet."""
    files = vault.event_files(table)
    if not files:
        return ibis.memtable(arrow_schema(TABLES[table]).empty_table())
    return backend.read_parquet(list(files)).select(*TABLES[table].names)
