"""Small rolls of invented people, written as the loader writes them: Parquet in a vault's table folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.layout.standing import EARLIEST
from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Snapshot, Vault

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAYOUT = "nc/2022-02.registration"


def voter(number: int, **changes: Any) -> dict[str, Any]:
    """One invented voter as a row of `voters`; `changes` replace its values."""
    row = dict.fromkeys(TABLES["voters"].names)
    row |= {
        "member": "nc",
        "state": "NC",
        "state_voter_id": f"AA{number:06}",
        "status": "active",
        "first_name": f"FIRST{number}",
        "last_name": f"LAST{number}",
        "birth_year": 1980,
        "party": "DEM",
        "residence_line1": f"{number} MAIN ST",
        "county_fips": "37183",
        "county_name": "WAKE",
        "confidential": False,
        "shown_from": EARLIEST,
        "listed_from": EARLIEST,
        "source_file": "ncvoter.txt",
        "source_line": number + 2,
    }
    return row | changes


def answer(event: str, **changes: Any) -> dict[str, Any]:
    """One answer or opt-out; columns a table does not have are left out by `table`."""
    row = {
        "event_id": event,
        "owner": "nc",
        "state_voter_id": "AA000001",
        "question": "q1",
        "answer": "yes",
        "kind": "told",
        "answered_on": NOW.date(),
        "asked_on": NOW.date(),
        "channel": "door",
        "gathered_by": "national",
        "loaded_at": NOW,
        "source_file": "answers.csv",
        "source_line": 2,
    }
    return row | changes


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table with the columns of a vault's table."""
    schema = arrow_schema(TABLES[name])
    return pa.table({f.name: pa.array([r[f.name] for r in rows], f.type) for f in schema}, schema=schema)


def stage(vault: Vault, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """The rows as a staged file."""
    path = vault.stage(name)
    pq.write_table(table(name, rows), path)
    return path


def publish(vault: Vault, voters: Sequence[Mapping[str, Any]], **changes: Any) -> Snapshot:
    """A snapshot of these voters on top of the current one."""
    head = vault.current()
    named: dict[str, Any] = {
        "parent": head.number if head else None,
        "load": f"load-{(head.number if head else 0) + 1}",
        "state": "NC",
        "layouts": [LAYOUT],
        "now": NOW,
    } | changes
    return vault.publish({"voters": [stage(vault, "voters", voters)]}, **named)


def ids(vault: Vault, snapshot: Snapshot) -> list[str]:
    """Ids of the voters in a snapshot, in order."""
    return sorted(pq.read_table(list(vault.files(snapshot, "voters")))["state_voter_id"].to_pylist())
