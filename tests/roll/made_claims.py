"""A claim about a voter of North Carolina, as an event of its vault."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pyarrow as pa

from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema

_number = count(1)
_LOADED = datetime(2026, 11, 1, tzinfo=UTC)
_USUAL: dict[str, dict[str, Any]] = {
    "facts": {"attribute": "street", "value": "yes", "kind": "bought", "observed_on": date(2026, 1, 1)},
    "responses": {"question": "street", "answer": "yes", "kind": "told", "answered_on": date(2026, 1, 1)},
    "contacts": {"kind": "donor", "removed": False, "recorded_on": date(2026, 1, 1)},
    "reachables": {
        "channel": "phone", "value": "+19195550101", "line_type": "unknown", "status": "unknown",
        "kind": "bought", "observed_on": date(2026, 1, 1),
    },
}  # fmt: skip


def claimed(table: str = "facts", **given: Any) -> pa.Table:
    """One event of `table`, about whom `given` says, as the vault takes it."""
    usual = {"event_id": f"e{next(_number)}", "owner": "nc", "gathered_by": "nc", "loaded_at": _LOADED,
             "source": "a list", "licence": "contract", "basis": "contract"}  # fmt: skip
    row = usual | _USUAL[table] | given
    full = {name: row.get(name) for name in TABLES[table].names}
    return pa.Table.from_pylist([full], schema=arrow_schema(TABLES[table]))
