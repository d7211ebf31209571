"""Deliveries made up in a test: North Carolina registration lines, and what a load makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from commonroll.roll.layout.layout import layout
from commonroll.roll.load import LoadResult, load
from commonroll.roll.vault.vault import Snapshot, Vault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NC = layout("nc/2022-02.registration")
SOUND = {
    "county_id": "1", "county_desc": "ALAMANCE       ", "voter_reg_num": "000000000001", "last_name": "TERN",
    "first_name": "ADA", "status_cd": "A ", "voter_status_reason_desc": "VERIFIED",
    "res_street_address": "1  OAK ST   ", "res_city_desc": "HARROWBROOK", "state_cd": "NC",
    "zip_code": "27001",
    "confidential_ind": "N", "registr_dt": "01/02/2003", "race_code": "W  ", "ethnic_code": "NL ",
    "party_cd": "DEM", "gender_code": "F", "birth_year": "1980", "precinct_abbrv": "01",
    "precinct_desc": "HARROWBROOK", "cong_dist_abbrv": "04", "nc_senate_abbrv": "23", "nc_house_abbrv": "064",
    "school_dist_abbrv": "SB1", "school_dist_desc": "SCHOOL BOARD DISTRICT 1",
}  # fmt: skip


def line(number: int, **cells: str) -> str:
    """One registration line; `number` makes the id."""
    row = {"ncid": f"AA{number:06}    ", **SOUND, **cells}
    return "\t".join(f'"{row.get(name, "")}"' for name in NC.order)


def header(order: Sequence[str] = NC.order) -> str:
    return "\t".join(f'"{name}"' for name in order)


def lines(count: int) -> list[str]:
    return [line(number) for number in range(1, count + 1)]


def written(path: Path, rows: Sequence[str], *, encoding: str = "latin-1") -> Path:
    path.write_bytes("".join(f"{row}\n" for row in [header(), *rows]).encode(encoding))
    return path


def vault_of(root: Path) -> Vault:
    vault = Vault(root, "nc")
    vault.mark_sample()
    return vault


def taken(vault: Vault, *paths: Path, accept: str = "quarantine", **options: object) -> LoadResult:
    return load(vault, paths, state="NC", accept=accept, now=NOW, **options)  # type: ignore[arg-type]


def column(vault: Vault, snapshot: Snapshot | None, table: str, name: str) -> list[object]:
    """A column of a snapshot's table, sorted by id and line."""
    assert snapshot is not None
    rows = duckdb.connect().read_parquet(list(vault.files(snapshot, table)))
    return [value for (value,) in rows.order("ALL").project(f'"{name}"').fetchall()]


def ids(vault: Vault, snapshot: Snapshot | None) -> list[str]:
    return sorted(map(str, column(vault, snapshot, "voters", "state_voter_id")))


def refused(vault: Vault, load_id: str) -> list[tuple[int, str]]:
    """Line and reason of a load's refused lines."""
    tables = [pq.read_table(path) for path in vault.refused_files(load_id)]
    return sorted((row["line"], row["reason"]) for table in tables for row in table.to_pylist())


def refused_bytes(vault: Vault, load_id: str) -> dict[int, str]:
    tables = [pq.read_table(path) for path in vault.refused_files(load_id)]
    return {row["line"]: row["bytes"] for table in tables for row in table.to_pylist()}
