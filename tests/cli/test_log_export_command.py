"""A log for an auditor: the folder checks itself without us, and agrees with the log it came from."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Shell
from world import World

from commonroll.server.models import Journal


def checked_alone(folder: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    return subprocess.run(program, capture_output=True, text=True, check=False)


@pytest.fixture
def exported(shell: Shell, world: World, tmp_path: Path) -> Path:
    shell("log export oh --to", tmp_path / "oh")
    return tmp_path / "oh"


def test_an_export_checks_itself_and_agrees_with_the_log(exported: Path, shell: Shell) -> None:
    done = checked_alone(exported)
    assert done.returncode == 0 and done.stdout.endswith("Accepted.\n"), done.stdout
    with (exported / "entries.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    kept = Journal.objects.filter(log="oh", index__isnull=False).order_by("index")
    assert [(r["index"], r["type"], r["recipient"], r["id"]) for r in rows] == [
        (str(j.index), j.type, j.recipient, j.leaf_id) for j in kept
    ]
    assert len(list((exported / "proofs").iterdir())) == len(rows)
    policy = (exported / "policy").read_text()
    assert shell.json("log verify", exported, "--policy", exported / "policy", "--any-age")["size"] == len(
        rows
    )
    page = (exported / "index.html").read_text()
    assert "What is not proved" in page and policy.split()[1] in page and "<script" not in page


@pytest.mark.parametrize("name", ["entries.csv", "proofs/0.tlog-proof", "log/checkpoint", "policy"])
def test_a_changed_export_is_not_accepted(exported: Path, name: str) -> None:
    path = exported / name
    path.write_bytes(path.read_bytes()[:-2] + b"?\n")
    assert "NOT ACCEPTED" in checked_alone(exported).stdout


def test_a_folder_that_is_there_and_a_damaged_log(
    exported: Path, shell: Shell, world: World, tmp_path: Path
) -> None:
    shell.refused("log export oh --to", exported)
    tile = next(file for file in (world.home.logs / "oh" / "tile/entries").rglob("*") if file.is_file())
    good = tile.read_bytes()
    tile.write_bytes(good.replace(b"member.key", b"member.kez"))
    try:
        shell.refused("log export oh --to", tmp_path / "other")
    finally:
        tile.write_bytes(good)
    shutil.rmtree(tmp_path / "other")
