"""From the journal into the log: once, in order, under one lock, whatever fails in between."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sample_logs import BEGIN, LOG_KEY, ORIGIN, TableJournal, count_leaf, log_of

from commonroll.notes import Signer, parse_canonical
from commonroll.transparency import sequencer as sequencer_module
from commonroll.transparency.log import LogBusy, LogError, LogFolder, init_log
from commonroll.transparency.sequencer import SequenceError, Sequencer, is_stale
from commonroll.transparency.verify import verify_folder

LOG = "ga"


class Desk:
    """A journal, a log and the sequencer between them."""

    def __init__(self, path: Path, journal: TableJournal | None = None) -> None:
        self.path = path
        self.journal = journal or TableJournal(path / "journal.sqlite3")
        self.folder = LogFolder(path / LOG, ORIGIN)
        self.sequencer = Sequencer(self.journal, self._folder, self._signer)

    def _folder(self, log: str) -> LogFolder:
        assert log == LOG
        return self.folder

    def _signer(self, log: str) -> Signer:
        return LOG_KEY

    def entries(self) -> list[bytes]:
        verdict = verify_folder(self.folder.path, LOG_KEY.vkey)
        assert verdict.ok, verdict.sentences
        return list(self.folder.entries(0, self.folder.size))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    init_log(tmp_path / LOG, ORIGIN, LOG_KEY)
    return Desk(tmp_path)


def test_nothing_waits(desk: Desk) -> None:
    assert desk.sequencer.fold(LOG) is None
    assert desk.sequencer.fold_all() == {}


def test_rows_enter_in_order_and_are_marked(desk: Desk) -> None:
    for n in range(300):
        desk.journal.add(LOG, count_leaf(n))
    checkpoint = desk.sequencer.fold(LOG)
    assert checkpoint is not None and checkpoint.size == 300
    assert desk.entries() == [count_leaf(n) for n in range(300)]
    assert desk.journal.places(LOG) == {n + 1: n for n in range(300)}
    assert desk.sequencer.fold(LOG) is None


def test_fold_all_takes_every_log(desk: Desk) -> None:
    desk.journal.add(LOG, count_leaf(0))
    assert {log: checkpoint.size for log, checkpoint in desk.sequencer.fold_all().items()} == {LOG: 1}


def test_a_log_that_cannot_be_folded_does_not_hold_up_the_others(tmp_path: Path) -> None:
    journal = TableJournal(tmp_path / "journal.sqlite3")
    init_log(tmp_path / "oh", ORIGIN, LOG_KEY)
    for log in ("ga", "oh", "wa"):
        journal.add(log, count_leaf(0))
    with pytest.raises(LogError):
        Sequencer(journal, lambda log: LogFolder(tmp_path / log, ORIGIN), lambda _: LOG_KEY).fold_all()
    assert LogFolder(tmp_path / "oh", ORIGIN).size == 1
    assert sorted(journal.logs()) == ["ga", "wa"]


def test_more_rows_than_one_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer_module, "BATCH", 7)
    for n in range(40):
        desk.journal.add(LOG, count_leaf(n))
    desk.sequencer.fold(LOG)
    assert desk.entries() == [count_leaf(n) for n in range(40)]


@pytest.mark.parametrize("first_lost", [1, 3, 10])
@pytest.mark.parametrize("batch", [2, 10_240])
def test_a_crash_before_the_marks_repeats_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, first_lost: int, batch: int
) -> None:
    for n in range(10):
        desk.journal.add(LOG, count_leaf(n))
    desk.sequencer.fold(LOG)
    desk.journal.unmark(range(first_lost, 11))
    desk.journal.add(LOG, count_leaf(10))
    monkeypatch.setattr(sequencer_module, "BATCH", batch)
    Desk(desk.path, desk.journal).sequencer.fold(LOG)
    assert desk.entries() == [count_leaf(n) for n in range(11)]
    assert desk.journal.places(LOG) == {n + 1: n for n in range(11)}


class ForgetfulJournal(TableJournal):
    """Its process dies before the marks are written."""

    def mark_folded(self, log: str, rows: Sequence[tuple[int, int]]) -> None:
        raise KeyboardInterrupt


def test_a_process_that_dies_between_checkpoint_and_mark(desk: Desk) -> None:
    for n in range(5):
        desk.journal.add(LOG, count_leaf(n))
    dying = Desk(desk.path, ForgetfulJournal(desk.path / "journal.sqlite3"))
    with pytest.raises(KeyboardInterrupt):
        dying.sequencer.fold(LOG)
    assert desk.folder.size == 5
    desk.journal.add(LOG, count_leaf(5))
    desk.sequencer.fold(LOG)
    assert desk.entries() == [count_leaf(n) for n in range(6)]
    assert desk.journal.places(LOG) == {n + 1: n for n in range(6)}


def test_a_row_with_a_lower_number_that_commits_late(desk: Desk) -> None:
    first = desk.journal.add(LOG, count_leaf(0))
    desk.journal.add(LOG, count_leaf(1))
    desk.journal.unmark([first])
    desk.journal._db.execute("UPDATE journal SET log = 'later' WHERE seq = ?", (first,))
    desk.sequencer.fold(LOG)
    desk.journal._db.execute("UPDATE journal SET log = ? WHERE seq = ?", (LOG, first))
    desk.sequencer.fold(LOG)
    assert [parse_canonical(entry)["id"] for entry in desk.entries()] == [
        parse_canonical(count_leaf(n))["id"] for n in (1, 0)
    ]


def test_a_time_a_little_behind_takes_that_of_the_entry_ahead(desk: Desk) -> None:
    for leaf in (count_leaf(0, seconds=60), count_leaf(1, seconds=0), count_leaf(2, seconds=61)):
        desk.journal.add(LOG, leaf)
    desk.sequencer.fold(LOG)
    assert desk.entries() == [
        count_leaf(0, seconds=60), count_leaf(1, seconds=60), count_leaf(2, seconds=61)
    ]  # fmt: skip


def test_a_clock_set_back_is_refused_and_the_row_waits(desk: Desk) -> None:
    desk.journal.add(LOG, count_leaf(0, seconds=500))
    desk.sequencer.fold(LOG)
    desk.journal.add(LOG, count_leaf(1, seconds=0))
    with pytest.raises(SequenceError, match="500 s before"):
        desk.sequencer.fold(LOG)
    assert desk.folder.size == 1
    assert len(desk.journal.unfolded(LOG, 10)) == 1


def test_a_folder_older_than_the_journal_is_not_signed_on(desk: Desk) -> None:
    desk.journal.add(LOG, count_leaf(0))
    desk.sequencer.fold(LOG)
    shutil.copytree(desk.folder.path, desk.path / "backup")
    desk.journal.add(LOG, count_leaf(1))
    desk.sequencer.fold(LOG)
    shutil.rmtree(desk.folder.path)
    (desk.path / "backup").rename(desk.folder.path)
    desk.journal.add(LOG, count_leaf(2))
    with pytest.raises(SequenceError, match="old copy"):
        desk.sequencer.fold(LOG)
    assert desk.folder.size == 1


@pytest.mark.parametrize(
    "leaf", [b"", b"[]", b'{"at":"2026-12-02T14:00:00Z"}', b'{"id":"x","at":"now"}', b"\xff"]
)
def test_a_row_that_is_no_leaf_is_refused(desk: Desk, leaf: bytes) -> None:
    desk.journal.add(LOG, leaf)
    with pytest.raises(SequenceError):
        desk.sequencer.fold(LOG)
    assert desk.folder.size == 0


def test_a_damaged_log_is_not_extended(desk: Desk) -> None:
    desk.journal.add(LOG, count_leaf(0))
    desk.sequencer.fold(LOG)
    (desk.folder.path / "tile/0/000.p/1").write_bytes(bytes(32))
    desk.journal.add(LOG, count_leaf(1))
    with pytest.raises(LogError, match="do not give the root"):
        desk.sequencer.fold(LOG)
    assert len(desk.journal.unfolded(LOG, 10)) == 1


def test_a_checkpoint_of_another_key_is_not_extended(tmp_path: Path) -> None:
    log = log_of(tmp_path / LOG, [count_leaf(0)])
    text = (log.path / "checkpoint").read_text()
    (log.path / "checkpoint").write_text(text.replace("\n1\n", "\n0\n"))
    desk = Desk(tmp_path)
    desk.journal.add(LOG, count_leaf(1))
    with pytest.raises(Exception, match="does not match the text"):
        desk.sequencer.fold(LOG)


def test_waiting_folds_the_row_and_returns_a_checkpoint_that_covers_it(desk: Desk) -> None:
    seq = desk.journal.add(LOG, count_leaf(0))
    assert desk.sequencer.wait(LOG, seq, 5).size == 1
    assert desk.sequencer.wait(LOG, seq, 0).size == 1


def test_waiting_gives_up_when_another_holds_the_lock(desk: Desk) -> None:
    seq = desk.journal.add(LOG, count_leaf(0))
    begin = time.monotonic()
    with desk.folder.writing(), pytest.raises(SequenceError, match="nothing was released"):
        desk.sequencer.wait(LOG, seq, 0.1)
    assert 0.1 <= time.monotonic() - begin < 5
    assert desk.sequencer.wait(LOG, seq, 5).size == 1


def test_waiting_ends_when_another_process_folds_the_row_and_keeps_the_lock(desk: Desk) -> None:
    seq = desk.journal.add(LOG, count_leaf(0))
    sizes: list[int] = []
    waiting = threading.Thread(target=lambda: sizes.append(Desk(desk.path).sequencer.wait(LOG, seq, 20).size))
    with desk.folder.writing() as writer:
        waiting.start()
        writer.append([count_leaf(0)], LOG_KEY)
        desk.journal.mark_folded(LOG, [(seq, 0)])
        waiting.join(10)
        assert sizes == [1]


def test_folding_says_when_another_process_keeps_the_lock(desk: Desk) -> None:
    desk.journal.add(LOG, count_leaf(0))
    with desk.folder.writing(), pytest.raises(LogBusy, match="Another process"):
        desk.sequencer.fold(LOG, 0.05)


def test_threads_that_wait_share_checkpoints(desk: Desk) -> None:
    sizes: list[int] = []

    def ask(n: int) -> None:
        mine = Desk(desk.path)
        seq = mine.journal.add(LOG, count_leaf(n, seconds=0))
        checkpoint = mine.sequencer.wait(LOG, seq, 20)
        place = mine.journal.places(LOG)[seq]
        assert place is not None and place < checkpoint.size
        sizes.append(checkpoint.size)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sizes) == 12
    assert len(desk.entries()) == 12


@pytest.mark.parametrize(
    ("waited", "coalesced", "stale"),
    [
        (4, False, False),
        (5, False, False),
        (6, False, True),
        (6, True, False),
        (65, True, False),
        (66, True, True),
    ],
)
def test_answers_stop_when_a_row_has_waited_too_long(
    desk: Desk, waited: int, coalesced: bool, stale: bool
) -> None:
    desk.journal.add(LOG, count_leaf(0), at=BEGIN)
    assert is_stale(desk.journal, BEGIN + timedelta(seconds=waited), coalesced) is stale


def test_nothing_is_stale_when_nothing_waits(desk: Desk) -> None:
    assert not is_stale(desk.journal, BEGIN, False)
