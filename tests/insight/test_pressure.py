"""Quotas of contacts held against answers that came back."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.agreements.profile import ContactQuota
from commonroll.insight import pressure as module
from commonroll.insight.pressure import pressure

SAID = """
voter | day        | channel | by
A     | 2026-10-01 | door    | nat
A     | 2026-10-01 | door    | nat
A     | 2026-10-01 | phone   | nat
B     | 2026-10-07 | door    | nat
A     | 2026-10-08 | door    | nat
C     | 2026-10-02 | door    | nat
C     | 2026-10-03 | door    | riv
"""
"""A and B live in one household, C is in none that is known."""


class Kept:
    """Answers of a vault, as far as the check asks."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def event_files(self, table: str) -> tuple[str, ...]:
        return (str(self.file),) if table == "responses" else ()


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    rows = [[cell.strip() for cell in line.split("|")] for line in SAID.strip().splitlines()[1:]]
    voter, day, channel, by = zip(*rows, strict=True)
    table = pa.table(
        {"owner": ["oh"] * len(rows), "state_voter_id": voter, "channel": channel, "gathered_by": by,
         "answered_on": pa.array([date.fromisoformat(one) for one in day])}
    )  # fmt: skip
    pq.write_table(table, tmp_path / "said.parquet")

    def homes(con: Any, vault: Any) -> None:
        con.execute("CREATE OR REPLACE TEMP TABLE lived AS SELECT * FROM (VALUES ('A', 'H1'), ('B', 'H1')) "
                    "AS t (state_voter_id, household_id)")  # fmt: skip

    monkeypatch.setattr(module, "lived", homes)
    return Kept(tmp_path / "said.parquet")


@pytest.mark.parametrize(
    ("quota", "by", "most", "over"),
    [
        (ContactQuota(3, "household", 7), "nat", 3, 0),
        (ContactQuota(2, "household", 7), "nat", 3, 1),
        (ContactQuota(3, "household", 8), "nat", 4, 1),
        (ContactQuota(1, "household", 7, "door"), "nat", 2, 1),
        (ContactQuota(1, "household", 7, "phone"), "nat", 1, 0),
        (ContactQuota(1, "voter", 7), "nat", 2, 1),
        (ContactQuota(1, "household", 30), "riv", 1, 0),
        (ContactQuota(1, "household", 30, "mail"), "nat", 0, 0),
    ],
)
def test_contacts_in_any_window(vault: Any, quota: ContactQuota, by: str, most: int, over: int) -> None:
    found = pressure(vault, quota, owner="oh", gathered_by=by)
    assert (found.most, found.over) == (most, over)
