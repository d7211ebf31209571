"""A log that is interrupted anywhere verifies afterwards, and what was released is in it."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sample_logs import (
    BEGIN,
    LOG_KEY,
    ORIGIN,
    TableJournal,
    count_leaf,
    files_of,
    log_of,
    new_id,
    signer,
    unsynced,
)

from commonroll.notes import parse_canonical
from commonroll.transparency import durable
from commonroll.transparency.handover import Changing, Handover, put_handover
from commonroll.transparency.leaves import leaf
from commonroll.transparency.log import LogError, LogFolder, init_log
from commonroll.transparency.sequencer import Sequencer
from commonroll.transparency.verify import verify_folder

LOG = "ga"


def verified(path: Path, since: str | None = None) -> int:
    """The size of a log that must verify."""
    verdict = verify_folder(path, LOG_KEY.vkey, since=since)
    assert verdict.ok, verdict.sentences
    return verdict.size


def forked(act: Callable[[], None]) -> int:
    """Run `act` in a copy of this process; returns its id. It exits with 0 unless something is raised."""
    child = os.fork()
    if child:
        return child
    try:
        act()
        os._exit(0)
    except BaseException:
        # Whatever it was, a copy of the test run must not go on as a second one.
        os._exit(1)


def exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def release_for_ever(path: Path, begin: int) -> None:
    """Journal, fold and release, row by row and in groups; what is released is written down."""
    journal = TableJournal(path / "journal.sqlite3")
    sequencer = Sequencer(journal, lambda _: LogFolder(path / LOG, ORIGIN), lambda _: LOG_KEY)
    released = os.open(path / "released", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    n = begin
    while True:
        group = random.randint(1, 40)
        seqs = [journal.add(LOG, count_leaf(n + at)) for at in range(group)]
        sequencer.wait(LOG, seqs[-1], 20)
        for at in range(group):
            os.write(released, f"{n + at}\n".encode())
        n += group


def await_growth(path: Path, size: int) -> None:
    give_up = time.monotonic() + 30
    while path.stat().st_size <= size and time.monotonic() < give_up:
        time.sleep(0.001)


def test_killed_at_random_moments(tmp_path: Path) -> None:
    log_of(tmp_path / LOG, [])
    (tmp_path / "released").touch()
    note, chance = LogFolder(tmp_path / LOG, ORIGIN).checkpoint().note, random.Random(7)
    for turn in range(24):
        size = (tmp_path / "released").stat().st_size
        child = forked(partial(release_for_ever, tmp_path, 100_000 * turn))
        await_growth(tmp_path / "released", size)
        verified(tmp_path / LOG, note)
        time.sleep(chance.uniform(0, 0.02))
        os.kill(child, signal.SIGKILL)
        assert exit_code(child) == -signal.SIGKILL
        verified(tmp_path / LOG, note)
        note = LogFolder(tmp_path / LOG, ORIGIN).checkpoint().note
    released = set((tmp_path / "released").read_text().split())
    journal, log = TableJournal(tmp_path / "journal.sqlite3"), LogFolder(tmp_path / LOG, ORIGIN)
    held = [parse_canonical(entry)["id"] for entry in log.entries(0, log.size)]
    assert len(released) >= 24
    assert {new_id(int(n)) for n in released} <= set(held)
    Sequencer(journal, lambda _: log, lambda _: LOG_KEY).fold(LOG)
    held = [parse_canonical(entry)["id"] for entry in log.entries(0, log.size)]
    assert len(held) == len(set(held)) == len(journal.places(LOG))
    assert sorted(journal.places(LOG).values(), key=str) == sorted(range(len(held)), key=str)


def test_two_processes_that_sequence_one_journal(tmp_path: Path) -> None:
    init_log(tmp_path / LOG, ORIGIN, LOG_KEY)
    TableJournal(tmp_path / "journal.sqlite3")

    def work(begin: int) -> None:
        journal = TableJournal(tmp_path / "journal.sqlite3")
        sequencer = Sequencer(journal, lambda _: LogFolder(tmp_path / LOG, ORIGIN), lambda _: LOG_KEY)
        for n in range(begin, begin + 20):
            seq = journal.add(LOG, count_leaf(n, seconds=0))
            sequencer.wait(LOG, seq, 20)

    children = [forked(partial(work, begin)) for begin in (0, 1000)]
    assert [exit_code(child) for child in children] == [0, 0]
    assert verified(tmp_path / LOG) == 40
    places = TableJournal(tmp_path / "journal.sqlite3").places(LOG)
    assert sorted(place for place in places.values() if place is not None) == list(range(40))


def test_two_processes_that_append_sign_one_history(tmp_path: Path) -> None:
    init_log(tmp_path / LOG, ORIGIN, LOG_KEY)

    def work(begin: int) -> None:
        log = LogFolder(tmp_path / LOG, ORIGIN)
        for n in range(begin, begin + 20):
            signed = log.append([count_leaf(n, seconds=0)], LOG_KEY)
            (tmp_path / f"signed-{n}").write_text(signed.note)

    children = [forked(partial(work, begin)) for begin in (0, 1000)]
    assert [exit_code(child) for child in children] == [0, 0]
    notes = [path.read_text() for path in tmp_path.glob("signed-*")]
    assert len(set(notes)) == 40
    for note in notes:
        assert verified(tmp_path / LOG, note) == 40


# What a crash leaves, step by step: the writes of one append are recorded and played back up to each point.

Step = tuple[str, tuple[str, ...], bytes]


@contextlib.contextmanager
def recorded(root: Path) -> Iterator[list[Step]]:
    """What `durable` does below `root` meanwhile, in order."""
    steps: list[Step] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("write", "mark", "rename", "remove", "make_folder", "remove_folder", "sync_folder"):
            patch.setattr(durable, name, _noting(name, getattr(durable, name), root, steps))
        yield steps


def _noting(name: str, real: Callable[..., object], root: Path, steps: list[Step]) -> Callable[..., object]:
    def noted(*parts: Path | bytes) -> object:
        result = real(*parts)
        if name == "make_folder" and not result:
            return result
        paths = tuple(part.relative_to(root).as_posix() for part in parts if isinstance(part, Path))
        data = [part for part in parts if isinstance(part, bytes)]
        if name == "rename":
            data = [(root / paths[-1]).read_bytes()]
        steps.append((name, paths, b"".join(data)))
        return result

    return noted


def replay(root: Path, step: Step) -> None:
    """Do one step again in another folder, as far as what it builds on is there."""
    name, paths, data = step
    target = root / paths[-1]
    if name in ("write", "mark") and target.parent.is_dir():
        target.write_bytes(data)
    elif name == "rename" and target.parent.is_dir():
        # The bytes were synced under the other name, so they are there even if that name was lost.
        target.write_bytes(data)
        (root / paths[0]).unlink(missing_ok=True)
    elif name == "remove":
        target.unlink(missing_ok=True)
    elif name == "make_folder" and target.parent.is_dir():
        target.mkdir(exist_ok=True)
    elif name == "remove_folder" and target.is_dir() and not any(target.iterdir()):
        target.rmdir()


def survivors(steps: list[Step], chance: random.Random) -> Iterator[Step]:
    """What is left after power is lost: names in a folder that was not synced since may be lost or not."""
    synced: dict[str, int] = {}
    for at, (name, paths, _) in enumerate(steps):
        if name == "sync_folder":
            synced[paths[0]] = at
    for at, step in enumerate(steps):
        folder = Path(step[1][-1]).parent.as_posix()
        if synced.get(folder, -1) > at or chance.random() < 0.5:
            yield step


def signed_at(steps: list[Step]) -> int:
    """The number of steps after which the new checkpoint is on disk."""
    swap = next(
        at for at, (name, paths, _) in enumerate(steps) if name == "rename" and paths[-1] == "checkpoint"
    )
    return swap + 2


APPENDS = [(0, 1), (3, 5), (250, 515), (255, 256)]


@pytest.mark.parametrize(("before", "after"), APPENDS)
@pytest.mark.parametrize("power_lost", [False, True])
def test_every_point_of_an_append(tmp_path: Path, before: int, after: int, power_lost: bool) -> None:
    log = log_of(tmp_path / "log", [count_leaf(n) for n in range(before)])
    shutil.copytree(log.path, tmp_path / "start")
    note = log.checkpoint().note
    with recorded(log.path) as steps:
        log.append([count_leaf(n) for n in range(before, after)], LOG_KEY)
    for stop in range(len(steps) + 1):
        left = survivors(steps[:stop], random.Random(stop)) if power_lost else iter(steps[:stop])
        copy = shutil.copytree(tmp_path / "start", tmp_path / str(stop))
        for step in left:
            replay(copy, step)
        size = verified(copy, note)
        assert size in ((after,) if stop >= signed_at(steps) else (before, after))
        with unsynced():
            assert LogFolder(copy, ORIGIN).append([count_leaf(5000, seconds=5000)], LOG_KEY).size == size + 1
        assert not list((copy / ".writing").iterdir())
        verdict = verify_folder(copy, LOG_KEY.vkey, since=note)
        assert verdict.ok and "continues the earlier checkpoint" in verdict.sentences[-1]


@pytest.mark.parametrize(("before", "after"), [(0, 1), (3, 5), (255, 256)])
def test_power_lost_after_an_append_that_followed_a_crash(tmp_path: Path, before: int, after: int) -> None:
    log = log_of(tmp_path / "log", [count_leaf(n) for n in range(before)])
    start = shutil.copytree(log.path, tmp_path / "start")
    with recorded(log.path) as steps:
        log.append([count_leaf(n) for n in range(before, after)], LOG_KEY)
    for stop in range(len(steps) + 1):
        crashed = shutil.copytree(start, tmp_path / f"crashed-{stop}")
        for step in steps[:stop]:
            replay(crashed, step)
        with recorded(crashed) as later, unsynced():
            signed = LogFolder(crashed, ORIGIN).append([count_leaf(5000, seconds=5000)], LOG_KEY)
        for seed in range(4):
            left = shutil.copytree(start, tmp_path / f"left-{stop}-{seed}")
            for step in survivors([*steps[:stop], *later], random.Random(seed)):
                replay(left, step)
            assert verified(left, signed.note) == signed.size


@pytest.mark.parametrize("power_lost", [False, True])
def test_every_point_of_a_change_of_the_key(tmp_path: Path, power_lost: bool) -> None:
    log, then = log_of(tmp_path / "log", [count_leaf(n) for n in range(3)]), signer(ORIGIN, "the next key")
    keys = {"member": "ga", "vkey": then.vkey, "state": "added"}
    named = leaf("log.key", at=BEGIN + timedelta(seconds=3), id=new_id(3), owner="ga", keys=keys)
    signed = log.append([named], Changing(ORIGIN, LOG_KEY.key, then=then))
    start = shutil.copytree(log.path, tmp_path / "start")
    with recorded(log.path) as steps:
        put_handover(log, Handover(LOG_KEY.vkey, then.vkey, 3, signed.note))
    for stop in range(len(steps) + 1):
        copy = shutil.copytree(start, tmp_path / str(stop))
        for step in survivors(steps[:stop], random.Random(stop)) if power_lost else steps[:stop]:
            replay(copy, step)
        for key in (LOG_KEY, then):
            assert verify_folder(copy, key.vkey).ok
        with unsynced():
            LogFolder(copy, ORIGIN).append([count_leaf(5000, seconds=5000)], then)
        assert verify_folder(copy, then.vkey).ok
    assert verify_folder(copy, LOG_KEY.vkey).ok, "the change was kept"


def test_a_half_written_file_is_never_in_place(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(0)])
    with recorded(log.path) as steps:
        log.append([count_leaf(1)], LOG_KEY)
    assert {paths[0].split("/")[0] for name, paths, _ in steps if name == "write"} == {".writing"}


def test_a_full_disk(tmp_path: Path) -> None:
    log = log_of(tmp_path / LOG, [count_leaf(0)])
    before = files_of(log.path)

    def write_when_full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))
        with pytest.raises(LogError, match="cannot be written"):
            log.append([count_leaf(1)], LOG_KEY)

    assert exit_code(forked(write_when_full)) == 0
    assert files_of(log.path) == before
    log.append([count_leaf(1)], LOG_KEY)
    assert verified(log.path) == 2


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that another user can reach."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


def test_a_read_only_folder_fails_the_request_and_marks_nothing(reachable: Path) -> None:
    log = log_of(reachable / LOG, [count_leaf(0)])
    for path in [log.path, *log.path.rglob("*")]:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o555)

    def ask() -> None:
        if os.getuid() == 0:
            os.setuid(65534)
        journal = TableJournal(reachable / "journal.sqlite3")
        seq = journal.add(LOG, count_leaf(1))
        with pytest.raises(LogError, match="cannot be written"):
            Sequencer(journal, lambda _: log, lambda _: LOG_KEY).wait(LOG, seq, 5)
        assert journal.places(LOG) == {seq: None}

    assert exit_code(forked(ask)) == 0
    assert verified(log.path) == 1
