"""A load that dies, meets a full disk or another load leaves the roll as it was, and can be run again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from deliveries import ids, line, lines, taken, vault_of, written

import commonroll
from commonroll.roll.vault.vault import Vault, VaultBusy

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{Path(commonroll.__file__).parents[1]}:{HERE}"}


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / program), *map(str, arguments)]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("thirty")
    taken(vault_of(folder / "vaults"), written(folder / "before.txt", lines(30)))
    return folder / "vaults"


@pytest.fixture
def good(thirty: Path, tmp_path: Path) -> Vault:
    shutil.copytree(thirty, tmp_path / "vaults")
    return vault_of(tmp_path / "vaults")


def is_as_it_was(vault: Vault) -> None:
    head = vault.current()
    assert head is not None and head.number == 1
    assert len(ids(vault, head)) == 30
    assert vault.check() == []


STAGES = ["opening", "reading", "looking for repeats", "checking", "publishing"]


@pytest.fixture(scope="module")
def killed(thirty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of copies of the vaults, one for each stage in which a load of 35 voters was killed there."""
    work = tmp_path_factory.mktemp("killed")
    file = written(work / "next.txt", lines(35))
    done = run("dying_load.py", thirty, work, file, *STAGES)
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"{stage}: 9" for stage in STAGES]), (
        done.stderr
    )
    return work


@pytest.mark.parametrize("stage", STAGES)
def test_kill_9_in_the_middle(killed: Path, stage: str) -> None:
    good, file = vault_of(killed / stage), killed / "next.txt"
    is_as_it_was(good)
    again = taken(good, file)
    assert again.snapshot is not None and again.snapshot.number == 2
    assert len(ids(good, again.snapshot)) == 35
    assert not (good.path / "staging").exists()
    assert sorted(folder.name for folder in (good.path / "raw").iterdir()) == sorted(
        snapshot.load for snapshot in good.snapshots()
    )


def people(count: int) -> list[str]:
    return [line(n, last_name=f"T{n * 7919}") for n in range(count)]


def test_a_file_that_may_not_grow(thirty: Path, tmp_path: Path) -> None:
    limits = [60_000, 300_000, 1_000_000]
    file = written(tmp_path / "next.txt", people(4_000))
    done = run("full_load.py", thirty, tmp_path, file, *limits)
    for limit, said in zip(limits, done.stdout.splitlines(), strict=True):
        assert "The disk is full" in said and "Free" in said, limit
        is_as_it_was(vault_of(tmp_path / str(limit)))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a disk of a few MB")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(thirty: Path, small_disk: Path, tmp_path: Path) -> None:
    done = run("full_load.py", thirty, small_disk, written(tmp_path / "next.txt", people(20_000)), 0)
    vault = vault_of(small_disk / "0")
    assert "The disk is full" in done.stdout, done.stderr
    is_as_it_was(vault)
    assert taken(vault, written(tmp_path / "small.txt", lines(35))).snapshot is not None


def test_two_loads_of_one_member_at_once(good: Vault, tmp_path: Path) -> None:
    file = written(tmp_path / "next.txt", lines(35))
    reading, go_on = threading.Event(), threading.Event()

    def hold(stage: str, fraction: float) -> None:
        if stage == "checking":
            reading.set()
            go_on.wait(30)

    first = threading.Thread(target=taken, args=(good, file), kwargs={"progress": hold})
    first.start()
    assert reading.wait(30)
    with pytest.raises(VaultBusy, match="in use"):
        taken(good, file)
    go_on.set()
    first.join()
    head = good.current()
    assert head is not None and head.number == 2
    assert len(ids(good, head)) == 35
