"""An exported log is judged by Python alone: witnesses by policy, keys that followed, any entry's proof."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sample_logs import LOG_KEY, ORIGIN, WITNESS_KEY, count_leaf, log_of, signer
from test_checking import NOW, witness
from test_handover import change

from commonroll.errors import Refusal
from commonroll.flow import log_export
from commonroll.notes import Signer
from commonroll.transparency.log import LogFolder
from commonroll.transparency.receipts import verify_receipt

OTHER_WITNESS = signer("tx.commonroll.example/witness", "another", 0x04)


def policy(quorum: str, key: Signer = LOG_KEY) -> str:
    return (
        f"log {key.vkey}\n# who watches\nwitness ga {WITNESS_KEY.vkey}\nwitness tx {OTHER_WITNESS.vkey}\n"
        f"group one any ga tx\ngroup two all one\nquorum {quorum}\n"
    )


def alone(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-I", "-S", str(folder / "verify.py"), *map(str, words)]
    return subprocess.run(program, capture_output=True, text=True, check=False)


@pytest.fixture
def log(tmp_path: Path) -> LogFolder:
    made = log_of(tmp_path / "log", [count_leaf(n) for n in range(300)])
    witness(made.path, NOW)
    return made


def test_as_many_witnesses_signed_as_the_policy_asks(log: LogFolder, tmp_path: Path) -> None:
    log_export.write(log, tmp_path / "out", vkey=LOG_KEY.vkey, policy=policy("two"))
    done = alone(tmp_path / "out")
    assert done.returncode == 0 and "as the policy asks: ga at 2026-12-02T15:00:00Z." in done.stdout
    mine = tmp_path / "mine"
    for quorum, code in (("tx", 1), ("ga", 0), ("none", 0)):
        mine.write_text(policy(quorum))
        done = alone(tmp_path / "out", "--policy", mine)
        assert done.returncode == code and ("too few witnesses" in done.stdout) == bool(code), done.stdout
    mine.write_text(policy("one").replace(LOG_KEY.vkey, signer(ORIGIN, "another").vkey))
    assert "NOT ACCEPTED: no key of the policy" in alone(tmp_path / "out", "--policy", mine).stdout


def test_a_witness_that_signed_at_another_time_signed_nothing(log: LogFolder, tmp_path: Path) -> None:
    note = (log.path / "checkpoint").read_text()
    text = note.rpartition("\n\n")[0] + "\n"
    late = WITNESS_KEY.line(text, 1).split(" ")[2]
    line = WITNESS_KEY.line(text, int(NOW.timestamp()))
    log_export.write(log, tmp_path / "out", vkey=LOG_KEY.vkey, policy=policy("ga"))
    # the signature of another time under the time that was signed
    forged = line[: -len(late)] + line[-len(late) :][:16] + late[16:]
    (tmp_path / "out/log/checkpoint").write_text(note.replace(line, forged))
    sums = tmp_path / "out/SHA256SUMS"
    sums.write_text("".join(one for one in sums.open() if "log/checkpoint" not in one))
    assert "a signature does not match its text" in alone(tmp_path / "out").stdout


def test_keys_are_followed_from_the_first_and_any_entry_has_a_proof(log: LogFolder, tmp_path: Path) -> None:
    second, third = (signer(ORIGIN, f"commonroll test log key {n}") for n in (2, 3))
    change(log, LOG_KEY, second)
    change(log, second, third)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_export, "MOST_PROOFS", 3)
        log_export.write(log, tmp_path / "out", vkey=LOG_KEY.vkey, policy=policy("none"), proofs={17})
    names = sorted(path.name for path in (tmp_path / "out/proofs").iterdir())
    assert names == [f"{n}.tlog-proof" for n in (17, 305, 306, 307)]
    for entry in (0, 255, 256, 299, 303, 307):
        done = alone(tmp_path / "out", "--proof", entry)
        assert "2 more keys followed" in done.stderr
        verdict = verify_receipt(done.stdout, third.vkey)
        assert verdict.ok and verdict.leaf == log.entry(entry)
    assert alone(tmp_path / "out", "--proof", 308).returncode == 1
    with pytest.raises(Refusal, match="none is numbered 308"):
        log_export.write(log, tmp_path / "no", vkey=LOG_KEY.vkey, policy=policy("none"), proofs={308})
    assert not (tmp_path / "no").exists()
    kept = tmp_path / "out/log/keys/001"
    kept.write_text(kept.read_text().replace(third.vkey, signer(ORIGIN, "another").vkey))
    (tmp_path / "out/SHA256SUMS").write_text("")
    assert "NOT ACCEPTED: a change of the log's key" in alone(tmp_path / "out").stdout
