"""Invented people's next delivery: who moves, marries, changes party or is struck off stays one person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commonroll.identity import linking
from commonroll.invented.generate import generate
from commonroll.roll.load import load
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECRET = b"the secret of a node of invented people"


def linked(vault: Vault, delivery: Path, days: int) -> dict[str, str]:
    """Person ids by registrant, once the delivery was loaded and linked."""
    at = NOW + timedelta(days=days)
    assert load(vault, [delivery], now=at, accept="quarantine").snapshot is not None
    linking.run(vault, secret=SECRET, now=at)
    path = kept.persons_file(vault.path, vault.catalogue)
    assert path is not None
    return {row["state_voter_id"]: row["person_id"] for row in pq.read_table(path).to_pylist()}


def truth(folder: Path) -> dict[str, int]:
    rows = pq.read_table(folder / "registrations.parquet").to_pylist()
    return {row["state_voter_id"]: row["person"] for row in rows}


@pytest.mark.thorough
def test_ids_survive_the_next_delivery(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vaults", "wa")
    vault.mark_sample()
    for snapshot in (1, 2):
        generate(["WA"], 400, 7, tmp_path / str(snapshot), snapshot=snapshot)
    before, after = (linked(vault, tmp_path / str(one) / "WA", 28 * one) for one in (1, 2))
    first, second = (truth(tmp_path / str(one) / "truth") for one in (1, 2))
    stayed = [voter for voter in before if first.get(voter) == second.get(voter) is not None]
    assert len(stayed) > 360
    assert {voter: after[voter] for voter in stayed} == {voter: before[voter] for voter in stayed}
    assert set(before) <= set(after), "who was struck off keeps the line"
    assert len(set(second) - set(first)) > 0 and set(second) & set(after) - set(before), "newcomers have one"
    people: dict[str, set[int]] = {}
    for voter in set(after) & set(second):
        people.setdefault(after[voter], set()).add(second[voter])
    assert all(len(who) == 1 for who in people.values()), "no id is two people's"
