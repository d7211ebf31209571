"""Vaults: the files that each readable snapshot names are there, with the rows that it counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
from deltalake.exceptions import DeltaError

from commonroll.errors import Refusal
from commonroll.roll.vault import bulk, locks
from commonroll.roll.vault.vault import Vault
from commonroll.server.doctor.findings import Finding, Patient, Weight
from commonroll.server.models import Member

CHECK = "vault"
RESTORE = "put the vault back from a backup; nothing is answered from what is gone"


def examine(patient: Patient) -> Iterator[Finding]:
    """Findings of each vault that has a catalogue."""
    for member in Member.objects.filter(left_at=None).order_by("key"):
        if patient.wants(member.key):
            yield from _vault(Vault(patient.home.vaults, member.key))


def _vault(vault: Vault) -> Iterator[Finding]:
    where = f"vaults/{vault.member}"
    if not vault.path.is_dir():
        yield Finding(CHECK, where, "the vault's folder is missing", RESTORE)
        return
    if not (vault.path / "catalogue.sqlite3").exists():
        if (vault.path / "voters").exists():
            yield Finding(CHECK, where, "tables are there, but not the catalogue that names them", RESTORE)
        return
    try:
        yield from _catalogue(vault)
        for said in dict.fromkeys(_snapshots(vault)):
            yield Finding(CHECK, where, said, RESTORE)
        yield from _unnamed(vault)
    except (OSError, ValueError, Refusal, sqlite3.DatabaseError, pa.ArrowException, DeltaError) as error:
        yield Finding(CHECK, where, f"a file cannot be read ({type(error).__name__})", RESTORE)
    yield from _leases(vault)


def _catalogue(vault: Vault) -> Iterator[Finding]:
    path = vault.path / "catalogue.sqlite3"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        yield Finding(CHECK, f"vaults/{vault.member}/{path.name}", "SQLite finds it damaged", RESTORE)


def _snapshots(vault: Vault) -> Iterator[str]:
    """What is wrong with the files of readable snapshots, of event tables and of refused lines."""
    for snapshot in vault.snapshots():
        yield from vault.check(snapshot)
    for table, part in vault.catalogue.appended().items():
        yield from bulk.differences(vault.path / table, table, part)


def _unnamed(vault: Vault) -> Iterator[Finding]:
    """Files of tables that nothing names: whatever died while it wrote left them."""
    left = vault.unnamed()
    if left:
        yield Finding(
            "orphan", f"vaults/{vault.member}", f"{len(left)} table files that nothing names",
            "none is needed; the next retention removes them", Weight.NOTE,
        )  # fmt: skip


def _leases(vault: Vault) -> Iterator[Finding]:
    folder = vault.path / "leases"
    ended = [path for path in folder.glob("[0-9]*-*") if locks.over(path, datetime.now(UTC))]
    if ended:
        yield Finding(
            "lock", f"vaults/{vault.member}/leases", f"{len(ended)} leases of processes that have ended",
            "none is needed; the next retention removes them", Weight.NOTE, "remove these leases",
            partial(_remove, ended),
        )  # fmt: skip


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
