"""Vacuum and leases: nothing goes that a kept snapshot, a reader or a load under way needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from made_rolls import answer, ids, publish, stage, table, voter

import commonroll
from commonroll.errors import Refusal
from commonroll.roll.vault.locks import LEASE_LASTS
from commonroll.roll.vault.vault import STAGING_GRACE, Snapshot, Vault

READS = """
import sys, pathlib
from commonroll.roll.vault.vault import Vault
vault = Vault(pathlib.Path(sys.argv[1]), "nc")
with vault.lease(vault.snapshot(1)):
    print("reading", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


def three(vault: Vault) -> list[Snapshot]:
    return [publish(vault, [voter(number)]) for number in (1, 2, 3)]


def test_vacuum_deletes_what_no_kept_snapshot_names(vault: Vault) -> None:
    first, second, third = three(vault)
    gone = vault.vacuum(keep=2)
    assert [str(path) for path in gone] == list(vault.files(first, "voters"))
    assert [s.number for s in vault.snapshots()] == [3, 2]
    assert ids(vault, second) == ["AA000002"] and ids(vault, third) == ["AA000003"]
    with pytest.raises(Refusal, match="Snapshot 1 is no longer kept"):
        vault.snapshot(1)
    assert vault.vacuum(keep=2) == []


def test_files_that_newer_snapshots_share_stay(vault: Vault) -> None:
    first, _, third = three(vault)
    vault.vacuum(keep=1)
    assert vault.files(third, "history") == vault.files(first, "history")
    assert vault.check() == []


def test_a_live_reader_keeps_its_files_and_only_while_it_reads(vault: Vault) -> None:
    first, *_ = three(vault)
    with vault.lease(first):
        vault.vacuum(keep=1)
        assert ids(vault, first) == ["AA000001"]
    assert [str(path) for path in vault.vacuum(keep=1)] == list(vault.files(first, "voters"))


def test_a_reader_in_another_process_counts_until_it_dies(vault: Vault) -> None:
    first, *_ = three(vault)
    reader = subprocess.Popen(
        [sys.executable, "-c", READS, str(vault.path.parent)],
        env={**os.environ, "PYTHONPATH": str(Path(commonroll.__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None and reader.stdout.readline() == "reading\n"
    vault.vacuum(keep=1)
    assert ids(vault, first) == ["AA000001"]
    os.kill(reader.pid, signal.SIGKILL)
    reader.communicate()
    assert [str(path) for path in vault.vacuum(keep=1)] == list(vault.files(first, "voters"))
    assert list((vault.path / "leases").iterdir()) == []


def test_a_forgotten_lease_ends(vault: Vault) -> None:
    first, *_ = three(vault)
    with vault.lease(first):
        later = datetime.now(UTC) + LEASE_LASTS + timedelta(minutes=1)
        assert vault.files(first, "voters")[0] in map(str, vault.vacuum(keep=1, now=later))


def test_a_retired_snapshot_gives_no_lease(vault: Vault) -> None:
    first, *_ = three(vault)
    vault.vacuum(keep=1)
    with pytest.raises(Refusal, match="no longer kept"), vault.lease(first):
        pass
    assert list((vault.path / "leases").iterdir()) == []


def test_staged_files_of_a_load_under_way_stay_and_a_dead_loads_go_later(vault: Vault) -> None:
    publish(vault, [voter(1)])
    staged = stage(vault, "voters", [voter(2)])
    assert vault.vacuum() == []
    old = staged.stat().st_mtime - STAGING_GRACE - 1
    os.utime(staged, (old, old))
    assert vault.vacuum() == [staged]


def test_events_and_refused_lines_are_never_swept(vault: Vault) -> None:
    three(vault)
    vault.append_events("responses", table("responses", [answer("e1")]))
    vault.keep_refused(
        "x", [stage(vault, "refused", [{"file": "f", "line": 1, "reason": "r", "bytes": "b"}])]
    )
    kept = [*vault.event_files("responses"), *vault.refused_files("x")]
    for path in kept:
        os.utime(path, (0, 0))
    vault.vacuum(keep=1)
    assert all(Path(path).exists() for path in kept)


def test_the_current_snapshot_cannot_be_vacuumed(vault: Vault) -> None:
    publish(vault, [voter(1)])
    with pytest.raises(ValueError, match="at least the current"):
        vault.vacuum(keep=0)
