"""Whatever dies while snapshots are removed leaves a whole vault, and nothing gone that was not said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from made_rolls import NOW, ids, publish, voter

import commonroll
from commonroll.roll.vault.retention import Rule, sweep
from commonroll.roll.vault.vault import Vault
from thorough import STRIDE

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{Path(commonroll.__file__).parents[1]}:{HERE}"}


def test_kill_9_before_any_step_of_a_removal(tmp_path: Path) -> None:
    base, work = tmp_path / "base", tmp_path / "work"
    first = Vault(base, "nc")
    for number in range(1, 5):
        publish(first, [voter(number)])
    (first.path / "raw" / "load-1").mkdir(parents=True)
    program = [sys.executable, str(HERE / "dying_sweep.py"), str(base), str(work), str(STRIDE)]
    said = subprocess.run(program, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.split()
    assert int(said[-1]) > 15
    left = [after_the_kill(work / nth) for nth in said]
    assert left[0] == 4 and left[-1] == 2
    assert left == sorted(left, reverse=True) and set(left) == {4, 2}, "all go at once or none"


def after_the_kill(root: Path) -> int:
    """How many snapshots can be read after a kill; checks that each is whole, and does the rest."""
    vault = Vault(root, "nc")
    kept = vault.snapshots()
    assert [ids(vault, one) for one in kept] == [[f"AA00000{one.number}"] for one in kept]
    assert all(vault.check(one) == [] for one in kept)
    said = (root / "said").read_text() if (root / "said").exists() else ""
    if said != "2,1":
        assert len(kept) == 4, "nothing goes before it was said"
        assert all(
            (vault.path / "voters" / n).exists() for i in (1, 2) for n in vault.catalogue.files(i)["voters"]
        )
    sweep(vault, Rule(newest=2), pinned=dict, say=lambda _: None, now=NOW)
    again = publish(vault, [voter(9)])
    assert ids(vault, again) == ["AA000009"] and vault.check() == []
    voters = {Path(path).name for one in vault.snapshots() for path in vault.files(one, "voters")}
    assert {path.name for path in (vault.path / "voters").glob("*.parquet")} == voters
    assert not (vault.path / "raw" / "load-1").exists()
    return len(kept)
