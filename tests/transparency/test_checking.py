"""A member's check: each damage is one sentence that names the file or the entry; a good log says what is
proved and what is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sample_logs import BEGIN, LOG_KEY, ORIGIN, WITNESS_KEY, count_leaf, log_of, new_id, signer

from commonroll.errors import Refusal
from commonroll.notes import add_line
from commonroll.transparency.checking import Check, Seen, check, keep_seen, read_seen
from commonroll.transparency.log import LogFolder, init_log
from commonroll.transparency.policy import Policy
from commonroll.transparency.tiles import read_bundle, write_bundle

LEAVES = [count_leaf(n) for n in range(300)]
NOW = BEGIN + timedelta(hours=1)
POLICY = Policy((LOG_KEY.vkey,), {"ga": WITNESS_KEY.vkey}, {}, "ga")
BUNDLE, TILE = "tile/entries/000", "tile/0/000"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> LogFolder:
    log = log_of(tmp_path_factory.mktemp("whole") / "log", LEAVES)
    witness(log.path, NOW)
    return log


@pytest.fixture
def copy(whole: LogFolder, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole.path, tmp_path / "copy"))


def witness(log: Path, at: datetime) -> None:
    path = log / "checkpoint"
    note = path.read_text()
    path.write_text(add_line(note, WITNESS_KEY.line(note.rpartition("\n\n")[0] + "\n", int(at.timestamp()))))


def seen(whole: LogFolder) -> Seen:
    return Seen((whole.path / "checkpoint").read_text(), "2026-12-02T14:30:00Z")


def edit(name: str, act: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda log: ((log / name).write_bytes(act((log / name).read_bytes())) and None) or None


def entries(act: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    return edit(BUNDLE, lambda data: write_bundle(act(read_bundle(data))))


def another(leaves: list[bytes], origin: str = ORIGIN) -> Callable[[Path], None]:
    """The log's folder is exchanged for one of these leaves, signed by the key of `origin`."""

    def exchange(log: Path) -> None:
        shutil.rmtree(log)
        key = LOG_KEY if origin == ORIGIN else signer(origin, "another")
        init_log(log, origin, key).append(leaves, key)
        witness(log, NOW)

    return exchange


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "edited": (edit(BUNDLE, lambda data: data.replace(new_id(17).encode(), new_id(9999).encode())),
               f"{BUNDLE}: entry 17 is not the one that was signed"),
    "dropped": (entries(lambda rows: rows[:9] + rows[10:]), f"{BUNDLE}: It holds 255 entries instead of 256"),
    "reordered": (entries(lambda rows: [*rows[:5], rows[6], rows[5], *rows[7:]]),
                  "Entries 5 and 6 have changed places"),
    "truncated tile": (edit(TILE, lambda data: data[:-1]), f"{TILE}: "),
    "missing tile": (lambda log: (log / TILE).unlink(), f"{TILE}: A file that the log's size calls for"),
    "rewritten and signed again": (another([count_leaf(9999, seconds=0), *LEAVES[1:], count_leaf(300)]),
                                   "checkpoint: the first 300 entries are not those of the earlier"),
    "split view": (another([*LEAVES[:299], count_leaf(9999, seconds=299)]),
                   "checkpoint: two different logs of 300 entries carry the log's signature"),
    "old copy": (another(LEAVES[:260]), "checkpoint: the earlier checkpoint has 300 entries, this log 260"),
    "another log": (another(LEAVES, "elsewhere.example/log"), "checkpoint: "),
    "clock set back": (another([*LEAVES, count_leaf(300, seconds=5)]),
                       "Entry 300 is dated before the entry ahead of it"),
    "no witness": (edit("checkpoint", lambda data: data[: data.rindex("— ga".encode())]),
                   "checkpoint: too few witnesses signed it: none"),
    "a witness's line changed": (edit("checkpoint", lambda data: data[:-9] + b"AAAAAA==\n"), "checkpoint: "),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_damage_is_one_sentence(copy: Path, whole: LogFolder, kind: str) -> None:
    act, sentence = DAMAGE[kind]
    act(copy)
    found = check(copy, LOG_KEY.vkey, policy=POLICY, seen=seen(whole), now=NOW)
    assert not found.ok and not found.proved
    assert any(sentence in line for line in found.problems), found.problems
    assert len(found.problems) == 1


def ok(copy: Path, **how: object) -> Check:
    found = check(copy, LOG_KEY.vkey, **how)  # type: ignore[arg-type]
    assert found.ok, found.problems
    return found


def test_a_good_log_says_what_is_proved_and_what_not(copy: Path) -> None:
    found = ok(copy, now=NOW)
    assert (found.size, found.first_at, found.last_at, found.before) == (
        300, "2026-12-02T14:00:00Z", "2026-12-02T14:04:59Z", None)  # fmt: skip
    assert "taken on trust" in found.proved[-1]
    assert "no witness's signature was checked" in found.not_proved[-1]
    witnessed = ok(copy, now=NOW, policy=POLICY)
    assert witnessed.proved[-1] == f"The witness {WITNESS_KEY.name} signed it at 2026-12-02T15:00:00Z."
    assert len(witnessed.not_proved) == len(found.not_proved) - 1


def test_a_stale_witness(copy: Path) -> None:
    later = NOW + timedelta(hours=25)
    (line,) = check(copy, LOG_KEY.vkey, policy=POLICY, now=later).problems
    assert "stale" in line and "2026-12-02T15:00:00Z" in line
    ok(copy, policy=POLICY, now=later, fresh=None)


def test_a_witness_that_signed_before_the_last_entry(copy: Path) -> None:
    note = (copy / "checkpoint").read_text().split("\n— ga")[0] + "\n"
    (copy / "checkpoint").write_text(note)
    witness(copy, BEGIN - timedelta(hours=1))
    (line,) = check(copy, LOG_KEY.vkey, policy=POLICY, now=NOW).problems
    assert line.startswith("Entry 299 is dated") and "clock" in line


def test_the_clock_of_this_machine_set_back(copy: Path, whole: LogFolder) -> None:
    (line,) = check(copy, LOG_KEY.vkey, seen=seen(whole), now=BEGIN).problems
    assert line.startswith("This machine's clock is set back")


def test_a_check_goes_on_from_the_last_one(whole: LogFolder, tmp_path: Path) -> None:
    log, state = log_of(tmp_path / "log", LEAVES[:20]), tmp_path / "seen.json"
    assert read_seen(state, LOG_KEY.vkey) is None
    keep_seen(state, log.path, NOW)
    log.append(LEAVES[20:30], LOG_KEY)
    found = ok(log.path, seen=read_seen(state, LOG_KEY.vkey), now=NOW)
    assert (found.before, found.size) == (20, 30)
    assert any("continues the earlier checkpoint of 20 entries" in line for line in found.proved)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind":"commonroll log seen 1"}'])
def test_a_changed_memory_is_not_taken_for_a_first_check(tmp_path: Path, text: str) -> None:
    (tmp_path / "seen").write_text(text)
    with pytest.raises(Refusal, match="does not hold what was seen"):
        read_seen(tmp_path / "seen", LOG_KEY.vkey)


def test_a_memory_of_another_log(whole: LogFolder, tmp_path: Path) -> None:
    keep_seen(tmp_path / "seen", whole.path, datetime.now(UTC))
    with pytest.raises(Refusal):
        read_seen(tmp_path / "seen", signer("elsewhere.example/log", "another").vkey)
