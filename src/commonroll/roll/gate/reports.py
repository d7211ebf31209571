"""What a vault keeps of each load beside the roll: the gate's report, the figures, files, reused ids."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..engine import ibis_engine
from ..vault import renumbered
from ..vault.vault import Snapshot, Vault
from .figures import Figures, Past, figures
from .gate import GateReport
from .reuse import NO_IDS, Churn, Ids, churn

LOOK_BACK = 6
"""Earlier snapshots that tell the gate which changes are usual."""


def folder(vault: Vault) -> Path:
    """The vault's folder of reports; made where it is missing."""
    path = vault.path / "reports"
    path.mkdir(parents=True, mode=0o700, exist_ok=True)
    return path


def path_of(vault: Vault, load: str) -> Path:
    """Where the report of a load stands."""
    return vault.path / "reports" / f"{load}.json"


def write(
    vault: Vault, load: str, report: GateReport, kept: Figures, files: Sequence[Mapping[str, Any]]
) -> None:
    """Keep a load's report; `kept` are the figures of the snapshot it made, `files` as they were read."""
    document: Mapping[str, Any] = {
        "load": load,
        "report": report.as_dict(),
        "figures": kept.as_dict(),
        "files": list(files),
    }
    (folder(vault) / path_of(vault, load).name).write_text(json.dumps(document), "utf-8")


def read(vault: Vault, load: str) -> dict[str, Any] | None:
    """A load's report as it was written: `load`, `report`, `figures`, `files`; None where there is none."""
    path = path_of(vault, load)
    found: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
    return found


def past(vault: Vault) -> list[Past]:
    """Figures of the newest snapshots, newest first."""
    return [
        Past(snapshot.number, snapshot.made_at, figures_of(vault, snapshot))
        for snapshot in vault.snapshots()[:LOOK_BACK]
    ]


def figures_of(vault: Vault, snapshot: Snapshot) -> Figures:
    """Figures of a snapshot, from its load's report or else from its tables."""
    kept = read(vault, snapshot.load)
    if kept is not None:
        return Figures.from_dict(kept["figures"])
    with vault.lease(snapshot):
        return figures(ibis_engine(), {table: vault.files(snapshot, table) for table in snapshot.versions})


def compared_ids(vault: Vault, voters: Sequence[Path]) -> tuple[Churn | None, Ids]:
    """What became of the current snapshot's ids in the delivered `voters`, and which were reused or replaced.

    None where the vault or the delivery has no voters.
    """
    head = vault.current()
    if head is None or not head.rows.get("voters") or not voters:
        return None, NO_IDS
    with vault.lease(head):
        watched = vault.suppressed().select(["state_voter_id"])
        return churn(ibis_engine(), vault.files(head, "voters"), voters, watched)


def keep_reused(vault: Vault, load: str, ids: pa.Table) -> None:
    """Keep the ids that a load's file gives to other people."""
    if ids.num_rows:
        pq.write_table(ids, folder(vault) / _reused(load))


def reused_ids(vault: Vault, load: str) -> pa.Table:
    """Ids that mean another person since a load: state_voter_id, county_fips. For the owner alone."""
    path = vault.path / "reports" / _reused(load)
    return pq.read_table(path) if path.exists() else NO_IDS.reused


def keep_renumbered(vault: Vault, load: str, pairs: pa.Table, made_at: datetime) -> None:
    """Keep the pairs of ids of voters whom a load's file has under another id than the snapshot before."""
    renumbered.keep(folder(vault) / _renumbered(load), pairs, made_at)


def renumbered_ids(vault: Vault, load: str) -> pa.Table:
    """Voters who stand under another id since a load: earlier_id, state_voter_id. For the owner alone."""
    path = vault.path / "reports" / _renumbered(load)
    return pq.read_table(path) if path.exists() else renumbered.PAIRS.empty_table()


def _reused(load: str) -> str:
    return f"{load}.reused.parquet"


def _renumbered(load: str) -> str:
    return f"{load}.renumbered.parquet"
