"""Whatever dies during a redaction leaves whole snapshots; run again, it ends and names every old hash."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from deliveries import NOW, ids, line, taken, vault_of, written
from made_claims import claimed
from test_redaction import FLAGGED, SECRET, holding

import commonroll
from commonroll.roll.redaction.redaction import kept, redact
from commonroll.roll.vault.vault import Vault
from thorough import STRIDE

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{Path(commonroll.__file__).parents[1]}:{HERE}"}
EVERYBODY = [f"AA{n:06}" for n in range(1, 6)]


def made(base: Path, folder: Path) -> Vault:
    """Two snapshots of five voters: the third one's address in the first, withheld in the second."""
    vault = vault_of(base)
    rows = [line(n, **({"res_street_address": SECRET} if n == 3 else {})) for n in range(1, 6)]
    broken = line(3, res_street_address=SECRET).rpartition("\t")[0]
    taken(vault, written(folder / "ncvoter_Statewide.txt", [*rows, broken]))
    rows = [line(n, **(FLAGGED if n == 3 else {})) for n in range(1, 6)]
    taken(vault, written(folder / "ncvoter_Statewide.txt", rows))
    vault.append_events("facts", claimed(value=SECRET, state_voter_id="AA000003"))
    return vault


def test_kill_9_before_the_steps_of_a_redaction(tmp_path: Path) -> None:
    base, work = tmp_path / "base", tmp_path / "work"
    secret = {hash_of(path) for path in holding(made(base, tmp_path), SECRET.encode())}
    assert len(secret) == 4
    program = [sys.executable, str(HERE / "dying_redaction.py"), str(base), str(work), str(STRIDE)]
    said = subprocess.run(program, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.split()
    assert int(said[-1]) > 20
    for nth in said:
        again = Vault(work / nth, "nc")
        readable(again)
        redact(again, now=NOW, wait=0)
        readable(again)
        assert list(holding(again, SECRET.encode())) == [], nth
        named = {one["old"] for entry in kept(again) for one in entry["files"]}
        assert secret <= named, nth


def readable(vault: Vault) -> None:
    """Both snapshots are whole, with everybody, or without the protected voter."""
    first, second = vault.snapshots()[::-1]
    assert [vault.check(one) for one in (first, second)] == [[], []]
    assert ids(vault, second) == EVERYBODY
    assert ids(vault, first) in (EVERYBODY, [one for one in EVERYBODY if one != "AA000003"])


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
