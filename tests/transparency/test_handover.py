"""A log's key is changed under both signatures; whoever holds the former one follows, and nobody else's."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sample_logs import BEGIN, LOG_KEY, ORIGIN, count_leaf, log_of, new_id, signer

from commonroll.notes import NoteError, Signer
from commonroll.transparency.handover import Changing, Handover, HandoverError, put_handover
from commonroll.transparency.leaves import leaf
from commonroll.transparency.log import LogFolder
from commonroll.transparency.receipts import make_receipt, verify_receipt
from commonroll.transparency.verify import Verdict, verify_folder

SECOND, THIRD = (signer(ORIGIN, f"commonroll test log key {n}") for n in (2, 3))


def key_leaf(vkey: str, state: str, seconds: int) -> bytes:
    keys = {"member": "ga", "vkey": vkey, "state": state}
    at = BEGIN + timedelta(seconds=seconds)
    return leaf("log.key", at=at, id=new_id(90_000 + seconds), owner="ga", keys=keys)


def change(log: LogFolder, old: Signer, new: Signer) -> None:
    """As a node does it: the next key is named, both sign, the former is withdrawn, both signatures stay."""
    both, at = Changing(old.name, old.key, then=new), log.size
    log.append([key_leaf(new.vkey, "added", at), count_leaf(at + 1)], both)
    signed = log.append([key_leaf(old.vkey, "withdrawn", at + 2)], both)
    put_handover(log, Handover(old.vkey, new.vkey, at, signed.note))
    log.append([count_leaf(at + 3)], new)


def said(path: Path, key: Signer, since: str | None = None) -> Verdict:
    return verify_folder(path, key.vkey, since=since)


@pytest.fixture
def twice(tmp_path: Path) -> LogFolder:
    """260 entries under the first key, then two changes."""
    log = log_of(tmp_path / "log", [count_leaf(n) for n in range(260)])
    change(log, LOG_KEY, SECOND)
    change(log, SECOND, THIRD)
    return log


def test_each_key_leads_to_the_one_that_signs_now(tmp_path: Path, twice: LogFolder) -> None:
    for key in (LOG_KEY, SECOND, THIRD):
        verdict = said(twice.path, key)
        assert verdict.ok and verdict.size == 268, verdict.sentences
        assert "changed 2 times" in verdict.sentences[2]
    assert not said(twice.path, signer(ORIGIN, "another")).ok
    assert verify_receipt(make_receipt(twice, 3), THIRD.vkey).ok


def test_while_both_sign_both_verify_alone(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(0)])
    both = Changing(LOG_KEY.name, LOG_KEY.key, then=SECOND)
    log.append([key_leaf(SECOND.vkey, "added", 1)], both)
    assert said(log.path, LOG_KEY).ok and said(log.path, SECOND).ok
    log.append([count_leaf(2)], LOG_KEY)
    assert not said(log.path, SECOND).ok


def test_a_checkpoint_of_the_former_key_is_continued(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(n) for n in range(300)])
    before = log.checkpoint().note
    change(log, LOG_KEY, SECOND)
    assert said(log.path, LOG_KEY, before).ok
    other = log_of(tmp_path / "other", [count_leaf(n + 1) for n in range(300)])
    change(other, LOG_KEY, SECOND)
    assert any("rewritten and signed again" in one for one in said(other.path, LOG_KEY, before).sentences)


def test_a_change_of_another_history_is_no_change_of_this(tmp_path: Path, twice: LogFolder) -> None:
    other = log_of(tmp_path / "other", [count_leaf(n + 1) for n in range(260)])
    change(other, LOG_KEY, SECOND)
    change(other, SECOND, THIRD)
    shutil.copy(other.path / "keys" / "000", twice.path / "keys" / "000")
    assert any("another history" in one for one in said(twice.path, LOG_KEY).sentences)


def test_the_entry_must_name_the_next_key(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(n) for n in range(3)])
    both = Changing(LOG_KEY.name, LOG_KEY.key, then=SECOND)
    signed = log.append([key_leaf(THIRD.vkey, "added", 3)], both)
    put_handover(log, Handover(LOG_KEY.vkey, SECOND.vkey, 3, signed.note))
    assert any("does not name the key" in one for one in said(log.path, LOG_KEY).sentences)


def test_a_thief_with_a_key_of_its_own_changes_nothing(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(n) for n in range(3)])
    signed = log.append([key_leaf(SECOND.vkey, "added", 3)], LOG_KEY)
    with pytest.raises(NoteError):
        put_handover(log, Handover(LOG_KEY.vkey, SECOND.vkey, 3, signed.note))
    with pytest.raises(HandoverError, match="does not cover"):
        both = Changing(LOG_KEY.name, LOG_KEY.key, then=SECOND)
        put_handover(log, Handover(LOG_KEY.vkey, SECOND.vkey, 9, log.append([count_leaf(4)], both).note))


@pytest.mark.parametrize("at", range(0, 900, 41))
def test_any_changed_byte_of_a_change_is_found(twice: LogFolder, at: int) -> None:
    file = twice.path / "keys" / "001"
    data = bytearray(file.read_bytes())
    data[at % len(data)] ^= 1
    file.write_bytes(bytes(data))
    for key in (LOG_KEY, THIRD):
        assert not said(twice.path, key).ok


def test_a_missing_change_leads_nowhere(twice: LogFolder) -> None:
    (twice.path / "keys" / "001").unlink()
    assert not said(twice.path, LOG_KEY).ok
    (twice.path / "keys" / "000").rename(twice.path / "keys" / "001")
    assert not said(twice.path, LOG_KEY).ok
