"""Whatever dies during a publish leaves the previous snapshot whole, and the same load can be run again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from made_rolls import ids, publish, voter

import commonroll
from commonroll.roll.vault.vault import Vault

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{Path(commonroll.__file__).parents[1]}:{HERE}"}


def test_kill_9_before_any_step_of_a_publish(tmp_path: Path) -> None:
    base, work = tmp_path / "base", tmp_path / "work"
    publish(Vault(base, "nc"), [voter(1), voter(2)])
    program = [sys.executable, str(HERE / "dying_publish.py"), str(base), str(work)]
    steps = int(subprocess.run(program, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout)
    assert steps > 30
    outcomes = [after_the_kill(Vault(work / str(nth), "nc")) for nth in range(steps)]
    assert outcomes[0] == 1 and outcomes[-1] == 2
    assert outcomes == sorted(outcomes), "a later step never undoes what an earlier one had made durable"
    whole = Vault(work / str(steps), "nc").current()
    assert whole is not None and whole.number == 2


def after_the_kill(vault: Vault) -> int:
    """The current snapshot after a kill; checks that it is whole and that the load can be run again."""
    left = vault.current()
    assert left is not None
    expected = {1: ["AA000001", "AA000002"], 2: ["AA000007", "AA000008", "AA000009"]}
    assert ids(vault, left) == expected[left.number]
    assert vault.check() == []
    again = publish(vault, [voter(7), voter(8), voter(9)])
    assert again.number == left.number + 1
    assert ids(vault, again) == expected[2]
    assert ids(vault, vault.snapshot(1)) == expected[1]
    assert vault.check() == []
    return left.number
