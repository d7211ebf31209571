"""Claims and imports as tables, written down in a line each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema

TODAY = date(2026, 11, 24)


def at(day: int) -> datetime:
    """Noon of a day of November."""
    return datetime(2026, 11, day, 12, tzinfo=UTC)


NOON = at(24)


def fact(event_id: str, **given: Any) -> dict[str, Any]:
    """A claim that counts: a voter of Ohio owns a home, bought."""
    row = dict.fromkeys(TABLES["facts"].names) | {
        "event_id": event_id,
        "owner": "oh",
        "state_voter_id": "OH1",
        "attribute": "owns_home",
        "value": "yes",
        "kind": "bought",
        "source": "Acme Data",
        "licence": "contract 7",
        "basis": "contract",
        "observed_on": date(2026, 1, 1),
        "gathered_by": "oh",
        "loaded_at": NOON,
    }
    return row | given


def added(import_id: str, action: str = "added", when: datetime = NOON, **given: Any) -> dict[str, Any]:
    """An import that stands."""
    row = dict.fromkeys(TABLES["imports"].names) | {
        "event_id": f"{import_id} {action} {when:%d}",
        "import_id": import_id,
        "action": action,
        "kind": "purchased",
        "source": "Acme Data",
        "licence": "contract 7",
        "basis": "contract",
        "dated_on": date(2026, 1, 1),
        "file_name": "acme.csv",
        "file_hash": "0" * 64,
        "rows": 3,
        "by": "alice",
        "at": when,
    }
    return row | given


def arrow(table: str, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows as a vault's table has them."""
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(TABLES[table]))


def table(name: str, rows: Iterable[dict[str, Any]]) -> ir.Table:
    return ibis.memtable(arrow(name, rows))
