"""Voters whom a delivery flags as protected: they leave every snapshot's reads at once, old ones too.

Where an older file still has an address that the newest withholds, the older one must not give it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault import suppression
from commonroll.roll.vault.renumbered import NOBODY
from commonroll.roll.vault.vault import Vault

FLAGGED = "flagged"
_KEY = "state_voter_id"


def heed(vault: Vault, voters: Sequence[Path], at: datetime) -> int:
    """Suppress everybody whom the Parquet files `voters` flag; how many are new to the table."""
    if not voters:
        return 0
    rows = _read(voters)
    named = ibis_engine().to_pyarrow(rows.filter(rows["confidential"]).select(_KEY))[_KEY].to_pylist()
    done = suppression.add(vault.catalogue, named, reason=FLAGGED, channel=suppression.EVERYTHING, at=at)
    return done.added


def release(vault: Vault, voters: Sequence[Path | str], spared: pa.Table = NOBODY) -> int:
    """Lift the flag of voters whom `voters` has without one; how many. Who is in no row stays protected.

    `spared`: state_voter_id of voters whose flag stays, whatever `voters` says.
    """
    held = vault.suppressed()
    mine = [
        row[_KEY]
        for row in held.to_pylist()
        if row["reason"] == FLAGGED and row["channel"] == suppression.EVERYTHING
    ]
    if not mine or not voters:
        return 0
    rows = _read(voters)
    free = rows.filter(~rows["confidential"]).semi_join(ibis.memtable({_KEY: mine}), _KEY)
    free = free.anti_join(ibis.memtable(spared), _KEY)
    return vault.lift(ibis_engine().to_pyarrow(free.select(_KEY))[_KEY].to_pylist(), FLAGGED)


def _read(voters: Sequence[Path | str]) -> ir.Table:
    return ibis_engine().read_parquet([str(path) for path in voters])
