"""Lists that came in: on which terms, what they brought, and the undoing of one.

An import stands while its latest event is `added`; what it brought counts while it stands. Nothing is deleted
when it is withdrawn: its claims are still there to be seen, and count nowhere.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from commonroll.errors import Refusal
from commonroll.insight.event_tables import events
from commonroll.roll.engine import engine
from commonroll.roll.schema import CONTACTS, FACTS, IMPORTS, LISTINGS, REACHABLES
from commonroll.roll.vault.vault import Vault

BROUGHT = (FACTS.name, CONTACTS.name, REACHABLES.name, LISTINGS.name)
"""Tables that an import writes into."""

LONGEST_REASON = 500
_TERMS = ("import_id", "kind", "source", "licence", "basis", "dated_on", "file_name", "file_hash", "rows")


@dataclass(frozen=True)
class Import:
    """An import as it stands: its terms, its file, who brought it in, and, withdrawn, who, when and why.

    `brought`: table -> rows that came with it.
    """

    import_id: str
    kind: str
    source: str
    licence: str
    basis: str
    dated_on: date
    file_name: str
    file_hash: str
    rows: int
    added_by: str
    added_at: datetime
    brought: dict[str, int]
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None
    reason: str = ""

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    def as_dict(self) -> dict[str, Any]:
        """The import, JSON-ready."""
        said = asdict(self) | {"dated_on": self.dated_on.isoformat(), "added_at": _instant(self.added_at)}
        return said | {"withdrawn_at": _instant(self.withdrawn_at), "stands": self.stands}


def _instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def imports_of(vault: Vault) -> list[Import]:
    """Every import that a vault knows of, the newest first."""
    with closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        rows = backend.to_pyarrow(events(backend, vault, IMPORTS.name).order_by("at", "event_id")).to_pylist()
        brought = {table: _counted(backend, events(backend, vault, table)) for table in BROUGHT}
    found: dict[str, Import] = {}
    for row in rows:
        key = row["import_id"]
        if row["action"] == "added":
            found[key] = _added(row, {table: counts.get(key, 0) for table, counts in brought.items()})
        elif key in found:
            found[key] = replace(
                found[key], withdrawn_by=row["by"], withdrawn_at=_utc(row["at"]), reason=row["reason"] or ""
            )
    return sorted(found.values(), key=lambda one: (one.added_at, one.import_id), reverse=True)


def _counted(backend: Backend, rows: ir.Table) -> dict[str, int]:
    counted = backend.to_pyarrow(rows.group_by("import_id").agg(n=rows.count())).to_pylist()
    return {row["import_id"]: row["n"] for row in counted}


def _added(row: dict[str, Any], brought: dict[str, int]) -> Import:
    return Import(
        **{name: row[name] for name in _TERMS}, added_by=row["by"], added_at=_utc(row["at"]), brought=brought
    )


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def withdraw(vault: Vault, import_id: str, *, by: str, reason: str, now: datetime) -> Import:
    """Undo an import: from now on nothing that it brought counts anywhere. Returns it as it stands then.

    Raises Refusal where there is no such import, where it is withdrawn already, and without a reason.
    """
    where = f"vault of {vault.member}, imports"
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Refusal(
            "An import is withdrawn for a reason.",
            where=where,
            next_step=f"Write why, in at most {LONGEST_REASON} characters.",
        )
    with vault.lock(wait=20, doing=f"withdrawing import {import_id[:40]}"):
        known = {one.import_id: one for one in imports_of(vault)}
        found = known.get(import_id)
        if found is None:
            raise Refusal(
                "There is no such import.", where=where, next_step=f"See `commonroll imports {vault.member}`."
            )
        if not found.stands:
            raise Refusal(
                "This import was withdrawn already.", where=where, next_step="Nothing is left to do."
            )
        vault.append_events(IMPORTS.name, _event(found, by=by, reason=reason.strip(), now=now))
    return replace(found, withdrawn_by=by, withdrawn_at=now, reason=reason.strip())


def _event(found: Import, *, by: str, reason: str, now: datetime) -> pa.Table:
    told = "|".join((found.import_id, "withdrawn", found.added_at.isoformat()))
    # a clock that went back does not let what was withdrawn stand
    at = max(now, found.added_at + timedelta(microseconds=1))
    row = {name: getattr(found, name) for name in _TERMS} | {
        "event_id": hashlib.sha256(told.encode()).hexdigest(),
        "action": "withdrawn",
        "by": by,
        "reason": reason,
        "at": at,
    }
    return pa.Table.from_pylist([{name: row[name] for name in IMPORTS.names}])
