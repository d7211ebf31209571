"""Decisions: an hour of them is one root; each is shown with a proof; no crash and no clock loses one."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import merkle_oracle as oracle
import pytest
from sample_logs import BEGIN, LOG_KEY, count_leaf, log_of, new_id

from commonroll.transparency import decisions, durable
from commonroll.transparency.leaves import leaf
from commonroll.transparency.merkle import inclusion
from commonroll.transparency.receipts import make_receipt

AT = "2026-12-02T14:03:11Z"


def line(n: int = 0, reason: str = "") -> bytes:
    return decisions.record(at=AT, act="export", actor=f"{n:016x}", as_="analyst", member="ga", reason=reason)


def entry_of(root: bytes, count: int, owner: str = "ga") -> bytes:
    keys = {"root": f"sha256:{base64.b64encode(root).decode()}", "count": str(count)}
    return leaf("decisions", at=BEGIN + timedelta(seconds=5), id=new_id(99), owner=owner, keys=keys)


def closed(folder: Path) -> list[tuple[bytes, int]]:
    """What closing enters."""
    entered: list[tuple[bytes, int]] = []
    decisions.close(folder, lambda root, count: entered.append((root, count)))
    return entered


def in_files(folder: Path) -> list[bytes]:
    paths = [*decisions.kept(folder), folder / decisions.CLOSING, folder / decisions.OPEN]
    return [one for path in paths for one in decisions.lines(path)]


def test_proofs_are_those_of_the_oracle() -> None:
    for size in range(1, 20):
        hashes = [oracle.leaf(bytes([n])) for n in range(size)]
        for index in range(size):
            assert inclusion(hashes, index) == oracle.inclusion(hashes, index)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_each_decision_is_shown_and_no_other_passes_for_it(tmp_path: Path, count: int) -> None:
    records = [line(n, "role" if n % 2 else "") for n in range(count)]
    entry = entry_of(decisions.hash_of(records), count)
    log = log_of(tmp_path / "log", [count_leaf(0), entry])
    for index in range(count):
        shown = decisions.parse_shown(str(decisions.show(records, index, make_receipt(log, 1))).encode())
        good, sentences = decisions.check_shown(shown, LOG_KEY.vkey)
        assert good and sentences[-1].startswith(f"Decision {index} of {count} in it, at {AT}: export by")
        forged = records[index].replace(b'"allow"', b'"deny"').replace(b'"role"', b'"sign-in"')
        for other in (
            replace(shown, record=forged.replace(b"0" * 15, b"1" * 15)),
            replace(shown, index=count),
            replace(shown, proof=(*shown.proof, bytes(32))),
            replace(shown, receipt=make_receipt(log, 0)),
        ):
            assert not decisions.check_shown(other, LOG_KEY.vkey)[0]
    elsewhere = log_of(tmp_path / "other", [entry_of(decisions.hash_of(records), count, "tx")])
    shown = decisions.show(records, 0, make_receipt(elsewhere, 0))
    assert decisions.check_shown(shown, LOG_KEY.vkey)[1] == ("The line is no decision of this log's member.",)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"kind":"commonroll decision 1","index":"x"}'])
def test_a_file_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(decisions.DecisionError):
        decisions.parse_shown(data)


def test_a_line_says_no_more_than_it_may() -> None:
    assert decisions.read_record(line()) and not decisions.read_record(line()[:-1])
    assert line() != line()  # 16 random bytes: nobody guesses a line from its hash
    with pytest.raises(decisions.DecisionError):
        decisions.record(at=AT, act="export", actor="0", as_="analyst", member="ga", reason="Jane Roe")


def test_closing_names_the_root_once_and_keeps_the_file_under_it(tmp_path: Path) -> None:
    assert closed(tmp_path) == []
    records = [line(n) for n in range(5)]
    for one in records:
        decisions.append(tmp_path, one)
    assert closed(tmp_path) == [(decisions.hash_of(records), 5)]
    assert decisions.lines(decisions.kept(tmp_path)[0]) == records and closed(tmp_path) == []


def broken(monkeypatch: pytest.MonkeyPatch, at: int) -> Callable[[Path], None]:
    """Close with the process dying before its `at`-th rename; 0: before the entry."""
    calls = iter(range(1, 9))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    real = durable.rename
    monkeypatch.setattr(durable, "rename", lambda a, b: die() if next(calls) == at else real(a, b))

    def close(folder: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            decisions.close(folder, die if at == 0 else lambda root, count: None)
        monkeypatch.setattr(durable, "rename", real)

    return close


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_crash_loses_no_decision_and_puts_none_into_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    records = [line(n) for n in range(3)]
    for one in records[:2]:
        decisions.append(tmp_path, one)
    broken(monkeypatch, at)(tmp_path)
    decisions.append(tmp_path, records[2])
    entered = [*closed(tmp_path), *closed(tmp_path)]
    assert sum(count for _, count in entered) == 3 and sorted(in_files(tmp_path)) == sorted(records)


def test_after_a_cut_line_the_next_is_whole(tmp_path: Path) -> None:
    decisions.append(tmp_path, line(1))
    os.truncate(tmp_path / decisions.OPEN, 60)
    decisions.append(tmp_path, whole := line(2))
    first = decisions.first(tmp_path)
    assert first is not None and first["actor"] == f"{2:016x}"
    assert decisions.lines(tmp_path / decisions.OPEN)[1:] == [whole] and closed(tmp_path)[0][1] == 2


def write_many(folder: Path, who: int) -> None:
    for n in range(300):
        decisions.append(folder, line(who * 1_000 + n))


def test_writers_at_once_while_hours_close(tmp_path: Path) -> None:
    context = get_context("fork")
    writers = [context.Process(target=write_many, args=(tmp_path, who)) for who in (1, 2, 3)]
    for one in writers:
        one.start()
    entered: list[tuple[bytes, int]] = []
    while any(one.is_alive() for one in writers):
        entered += closed(tmp_path)
    entered += closed(tmp_path)
    assert [one.exitcode for one in writers] == [0, 0, 0]
    assert sum(count for _, count in entered) == len(set(in_files(tmp_path))) == 900
    assert len(decisions.kept(tmp_path)) == len(entered)
