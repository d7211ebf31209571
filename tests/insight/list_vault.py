"""Ohio's vault with some hundred invented voters, for lists about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.standing import with_days
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault

LOADED = datetime(2026, 6, 1, tzinfo=UTC)


def filled(vault: Vault, voters: Iterable[Mapping[str, Any]]) -> Vault:
    """The vault with these voters as its first snapshot."""
    rows = [
        dict.fromkeys(VOTERS.names)
        | {name: one[name] for name in VOTERS.names if name in one}
        | {"source_file": "oh.csv", "source_line": line}
        for line, one in enumerate(voters, 2)
    ]
    loose = pa.schema([field.with_nullable(True) for field in arrow_schema(VOTERS)])
    table = ibis_engine().to_pyarrow(with_days(ibis.memtable(pa.Table.from_pylist(rows, schema=loose))))
    path = vault.stage("voters")
    pq.write_table(table.cast(arrow_schema(VOTERS)), path)
    vault.publish(
        {"voters": [path]},
        parent=None,
        load="one",
        state="OH",
        layouts=("oh/2020-01.registration",),
        now=LOADED,
    )
    return vault


def oh_vault(root: Path, voters: Iterable[Mapping[str, Any]]) -> Vault:
    return filled(Vault(root, "oh"), voters)
