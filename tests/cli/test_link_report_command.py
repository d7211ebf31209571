"""`commonroll link report`: rates and drift for people and programs; figures where the truth is given."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import Shell

from commonroll.roll.vault.vault import Vault

pytestmark = pytest.mark.django_db


def told(folder: Path, shell: Shell) -> Path:
    """A `truth` folder in which every registrant is somebody else."""
    vault = Vault(shell.home / "vaults", "oh")
    voters = pq.read_table(list(vault.files(vault.snapshots()[0], "voters")), columns=["state_voter_id"])
    ids = voters["state_voter_id"].to_pylist()
    rows = [{"person": n, "state": "OH", "state_voter_id": one} for n, one in enumerate(ids)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "registrations.parquet")
    return folder


def test_a_linking_is_reported_and_compared_with_the_one_before(shell: Shell, tmp_path: Path) -> None:
    shell("link --members oh")
    [first] = shell.json("link report --members oh")["members"]
    assert (first["member"], first["counts"]["registrants"], first["compared_with"]) == ("oh", 300, None)
    shell("link --members oh --anew")
    found = shell.json("link report", "--truth", told(tmp_path, shell))
    [second] = found["members"]
    assert second["compared_with"] == first["run"]
    assert second["drift"]["sentences"] == [] and found["across"] == []
    assert (second["truth"]["registrants"], second["truth"]["links"]["true"]) == (300, 0)
    said = shell("link report --members oh --truth", tmp_path).stdout
    assert "300 registrants" in said and "against the truth" in said and "origin" in said


def test_a_roll_that_was_never_linked_is_refused(shell: Shell) -> None:
    assert "never linked" in shell.refused("link report --members wa")
    assert "No roll was ever linked" in shell.refused("link report")
