"""States' deliveries of invented people, a few hundred voters each, packed and split as states do."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from commonroll.invented.generate import generate
from commonroll.roll.load import LoadResult, load
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
VOTERS, SEED = 200, 5


def delivery(state: str, folder: Path, *, voters: int = VOTERS) -> Path:
    """The folder of a state's files."""
    generate([state], voters, SEED, folder)
    return folder / state


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def vault_of(state: str, root: Path) -> Vault:
    vault = Vault(root, state.lower())
    vault.mark_sample()
    return vault


def taken(vault: Vault, *paths: Path, **options: Any) -> LoadResult:
    named: dict[str, Any] = {"accept": "quarantine", "now": NOW} | options
    return load(vault, paths, state=vault.member.upper(), **named)


def roll(vault: Vault, table: str = "voters", *, but: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """The rows of the newest snapshot, sorted, without where they came from and the columns in `but`."""
    head = vault.current()
    assert head is not None
    rows = duckdb.connect().read_parquet(list(vault.files(head, table)))
    left = [name for name in rows.columns if name not in ("source_file", "source_line", *but)]
    return rows.project(", ".join(f'"{name}"' for name in left)).order("ALL").fetchall()


def layouts_read(result: LoadResult) -> dict[str, str]:
    """Each file of a delivery and the layout that it was read by."""
    return {file.name: file.layout for file in result.report.delivered.files}


def evidence(result: LoadResult) -> dict[str, str]:
    """Each file of a delivery and why it was read so, or not read."""
    return {file.name: file.evidence for file in result.report.delivered.files}
