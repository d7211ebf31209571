"""One writer at a time: two processes or threads, who is told to wait, and what a lock survives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from deltalake.exceptions import DeltaError
from made_rolls import ids, publish, stage, voter

import commonroll
from commonroll.roll.vault import bulk
from commonroll.roll.vault.vault import Snapshot, Stale, Vault, VaultBusy

ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": f"{Path(commonroll.__file__).parents[1]}:{Path(__file__).parent}",
}

HOLDS = """
import sys, pathlib
from commonroll.roll.vault.vault import Vault
with Vault(pathlib.Path(sys.argv[1]), "nc").lock(doing="load of another process"):
    print("held", flush=True)
    sys.stdin.read()
"""

PUBLISHES = """
import sys, pathlib
from made_rolls import publish, voter
from commonroll.roll.vault.vault import Stale, Vault, VaultBusy
vault = Vault(pathlib.Path(sys.argv[1]), "nc")
print("ready", flush=True)
sys.stdin.readline()
try:
    print(publish(vault, [voter(int(sys.argv[2]))], parent=1).number)
except (Stale, VaultBusy) as refusal:
    print(type(refusal).__name__)
"""


MEETS_A_FULL_DISK = """
import pathlib, resource, sys
from made_rolls import publish, stage, voter
from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
vault = Vault(pathlib.Path(sys.argv[1]), "nc")
print("ready", flush=True)
sys.stdin.readline()
for room in (0, 300, 1200):
    staged = stage(vault, "voters", [voter(2)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        vault.publish({"voters": [staged]}, parent=1, load="l", state="NC", layouts=[], keep={})
    except Refusal as refusal:
        print(refusal.what)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() in ("held", "ready")
    return process


def test_who_comes_second_is_told_who_holds_the_vault_since_when(vault: Vault) -> None:
    publish(vault, [voter(1)])
    holder = started(HOLDS, str(vault.path.parent))
    try:
        with pytest.raises(VaultBusy) as refused:
            publish(vault, [voter(2)])
    finally:
        holder.communicate("")
    said = str(refused.value)
    assert f"process {holder.pid} (load of another process) since 20" in said
    current = vault.current()
    assert current is not None and ids(vault, current) == ["AA000001"]
    assert publish(vault, [voter(2)]).number == 2


def test_a_killed_holder_leaves_no_lock(vault: Vault) -> None:
    holder = started(HOLDS, str(vault.path.parent))
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    assert publish(vault, [voter(1)]).number == 1


def test_of_two_processes_that_publish_at_once_one_wins(vault: Vault) -> None:
    publish(vault, [voter(1)])
    rivals = [started(PUBLISHES, str(vault.path.parent), number) for number in ("2", "3")]
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    said = sorted(rival.communicate()[0].strip() for rival in rivals)
    assert said in (["2", "Stale"], ["2", "VaultBusy"])
    current = vault.current()
    assert current is not None and current.number == 2
    assert ids(vault, current) in (["AA000002"], ["AA000003"])
    assert vault.check() == []


def test_threads_exclude_each_other_and_one_thread_may_enter_again(vault: Vault) -> None:
    outcomes: list[str] = []

    def other() -> None:
        try:
            with Vault(vault.path.parent, "nc").lock():
                outcomes.append("entered")
        except VaultBusy:
            outcomes.append("busy")

    with vault.lock(), vault.lock():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    other()
    assert outcomes == ["busy", "entered"]


def test_waiting_for_the_lock(vault: Vault) -> None:
    holder = started(HOLDS, str(vault.path.parent))
    threading.Timer(0.3, lambda: holder.communicate("")).start()
    with vault.lock(wait=20):
        pass


def test_many_threads_publish_one_after_the_other_and_none_is_lost(vault: Vault) -> None:
    made: list[Snapshot] = []

    def load(number: int) -> None:
        mine = Vault(vault.path.parent, "nc")
        with mine.lock(wait=60):
            made.append(publish(mine, [voter(number)]))

    threads = [threading.Thread(target=load, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(s.number for s in made) == [1, 2, 3, 4, 5, 6]
    assert sorted(ids(vault, s)[0] for s in made) == [f"AA{n:06}" for n in range(6)]


def test_a_parent_is_checked_again_in_the_transaction_that_writes_the_manifest_row(vault: Vault) -> None:
    publish(vault, [voter(1)])
    publish(vault, [voter(2)])
    with pytest.raises(Stale):
        vault.catalogue.add({}, parent=1, load="l", state="NC", layouts=[], made_at=vault.snapshot(1).made_at)
    assert [s.number for s in vault.snapshots()] == [2, 1]


def test_a_foreign_commit_between_ours_is_noticed(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(vault, [voter(1)])
    mine = stage(vault, "voters", [voter(2)])
    opened = bulk._opened

    def opened_and_overtaken(folder: Path, table: str) -> object:
        delta = opened(folder, table)
        if table == "voters":
            monkeypatch.undo()
            other = bulk.take_in(folder, table, [stage(vault, table, [voter(9)])])
            bulk.commit(folder, table, other, append=True, load="foreign")
        return delta

    monkeypatch.setattr(bulk, "_opened", opened_and_overtaken)
    with pytest.raises(DeltaError):
        vault.publish({"voters": [mine]}, parent=1, load="l", state="NC", layouts=[])
    current = vault.current()
    assert current is not None and ids(vault, current) == ["AA000001"]


def test_a_full_disk_is_said_and_leaves_the_previous_snapshot(vault: Vault) -> None:
    publish(vault, [voter(1)])
    said, _ = started(MEETS_A_FULL_DISK, str(vault.path.parent)).communicate("go\n")
    assert said.splitlines() == ["The disk is full. What was there before is whole."] * 3
    current = vault.current()
    assert current is not None and ids(vault, current) == ["AA000001"] and vault.check() == []
    assert publish(vault, [voter(2)]).number == 2
