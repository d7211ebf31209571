"""What was taken back, changed, swapped or shown differently is found, and a sentence says what and where."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_logs import LOG_KEY, ORIGIN, count_leaf, files_of, log_of, new_id, signer

from commonroll.notes import canonical, parse_strict
from commonroll.transparency.contents import Contents
from commonroll.transparency.log import LogFolder
from commonroll.transparency.merkle import leaf_hash, root
from commonroll.transparency.tiles import read_bundle, read_tile, write_bundle
from commonroll.transparency.verify import Verdict, verify_folder
from thorough import dear

LEAVES = [count_leaf(n) for n in range(300)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> LogFolder:
    """300 entries, signed at 0, 7, 260 and 300."""
    log = log_of(tmp_path_factory.mktemp("whole") / "log", LEAVES[:7])
    log.append(LEAVES[7:260], LOG_KEY)
    log.append(LEAVES[260:], LOG_KEY)
    return log


@pytest.fixture
def copy(whole: LogFolder, tmp_path: Path) -> Path:
    shutil.copytree(whole.path, tmp_path / "copy")
    return tmp_path / "copy"


def said(path: Path, since: str | None = None) -> str:
    verdict = verify_folder(path, LOG_KEY.vkey, since=since)
    assert not verdict.ok
    return "\n".join(verdict.sentences)


def change(path: Path, act: Callable[[bytes], bytes]) -> None:
    path.write_bytes(act(path.read_bytes()))


def test_a_good_log(whole: LogFolder) -> None:
    verdict = verify_folder(whole.path, LOG_KEY.vkey)
    assert verdict == Verdict(
        True, ORIGIN, 300, whole.checkpoint().root, "2026-12-02T14:04:59Z", verdict.sentences
    )
    assert verdict.sentences == (
        "The log commonroll.example/log holds 300 entries; the last is dated 2026-12-02T14:04:59Z.",
        "All of them, in this order, give the root that was signed.",
    )
    assert verdict.as_dict()["size"] == 300


def test_an_empty_log(tmp_path: Path) -> None:
    assert verify_folder(log_of(tmp_path / "log", []).path, LOG_KEY.vkey).ok


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257])
def test_small_logs(tmp_path: Path, size: int) -> None:
    assert verify_folder(log_of(tmp_path / "log", LEAVES[:size]).path, LOG_KEY.vkey).ok


def test_verifying_reads_and_writes_nothing(copy: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    verify_folder(copy, LOG_KEY.vkey)
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


@settings(max_examples=dear(150), deadline=None)
@given(st.data())
def test_any_changed_byte_in_any_file_is_found(whole: LogFolder, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(files_of(whole.path))))
    path = whole.path / name
    good = path.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    bad = good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
    try:
        path.write_bytes(bad)
        said(whole.path)
    finally:
        path.write_bytes(good)


@pytest.mark.parametrize("name", ["checkpoint", "tile/entries/000", "tile/entries/001.p/44", "tile/0/000",
                                  "tile/0/001.p/44", "tile/1/000.p/1"])  # fmt: skip
def test_a_missing_or_cut_file_is_named(copy: Path, name: str) -> None:
    change(copy / name, lambda data: data[:-1])
    assert name in said(copy)
    (copy / name).unlink()
    assert name in said(copy)


def test_a_changed_entry_is_named(copy: Path) -> None:
    change(copy / "tile/entries/000", lambda data: data.replace(new_id(17).encode(), new_id(9999).encode()))
    assert "tile/entries/000: entry 17 is not the one that was signed" in said(copy)


def test_a_changed_tile_is_named_and_the_entries_cleared(copy: Path) -> None:
    change(copy / "tile/0/000", lambda data: data[:32] + bytes(32) + data[64:])
    assert said(copy).startswith("tile/0/000: the hashes are not those of the entries, which are as signed.")


def test_a_superseded_partial_tile_is_checked_as_well(copy: Path) -> None:
    assert (copy / "tile/0/001.p/4").exists()
    change(copy / "tile/0/001.p/4", lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    assert "tile/0/001.p/4: the file is not the beginning" in said(copy)


def test_a_dropped_entry(copy: Path) -> None:
    change(copy / "tile/entries/001.p/44", lambda data: write_bundle(read_bundle(data)[:-1]))
    assert "43 entries instead of 44: entries were dropped" in said(copy)


def test_a_reordered_pair(copy: Path) -> None:
    def swap(data: bytes) -> bytes:
        entries = read_bundle(data)
        return write_bundle([*entries[:5], entries[6], entries[5], *entries[7:]])

    change(copy / "tile/entries/000", swap)
    assert "Entries 5 and 6 have changed places." in said(copy)


def rewrite(copy: Path, n: int) -> None:
    """Replace entry `n` and every hash that depends on it, as someone without the key would."""
    bundle, tile = copy / "tile/entries/000", copy / "tile/0/000"
    entries = read_bundle(bundle.read_bytes())
    entries[n] = count_leaf(9999, seconds=n)
    bundle.write_bytes(write_bundle(entries))
    tile.write_bytes(b"".join(map(leaf_hash, entries)))


def test_an_entry_rewritten_with_its_tile(copy: Path) -> None:
    rewrite(copy, 3)
    assert "tile/1/000.p/1" in said(copy) or "another root than the one signed" in said(copy)


def test_an_entry_rewritten_with_all_tiles(copy: Path) -> None:
    rewrite(copy, 3)
    change(copy / "tile/1/000.p/1", lambda _: root(read_tile((copy / "tile/0/000").read_bytes())))
    assert "another root than the one signed: the history was rewritten without the log's key" in said(copy)


def test_a_history_rewritten_and_signed_again_is_found_with_an_earlier_checkpoint(
    tmp_path: Path, whole: LogFolder
) -> None:
    other = log_of(tmp_path / "log", [count_leaf(9999, seconds=0), *LEAVES[1:], count_leaf(300)])
    assert verify_folder(other.path, LOG_KEY.vkey).ok
    assert "the history was rewritten and signed again" in said(other.path, whole.checkpoint().note)


def test_two_members_shown_different_logs(tmp_path: Path, whole: LogFolder) -> None:
    other = log_of(tmp_path / "log", [*LEAVES[:299], count_leaf(9999, seconds=299)])
    assert "shown differently to different people" in said(other.path, whole.checkpoint().note)


def test_an_old_copy(tmp_path: Path, whole: LogFolder) -> None:
    old = log_of(tmp_path / "log", LEAVES[:260])
    assert "the earlier checkpoint has 300 entries, this log 260" in said(old.path, whole.checkpoint().note)


@pytest.mark.parametrize("size", [0, 1, 7, 128, 255, 256, 257, 299, 300])
def test_a_log_that_grew(tmp_path: Path, whole: LogFolder, size: int) -> None:
    earlier = log_of(tmp_path / "log", LEAVES[:size]).checkpoint().note
    verdict = verify_folder(whole.path, LOG_KEY.vkey, since=earlier)
    assert verdict.ok
    assert f"continues the earlier checkpoint of {size} entries" in verdict.sentences[-1]


@pytest.mark.parametrize("size", [1, 7, 128, 255, 256, 257, 299, 300])
def test_a_log_that_did_not_grow_from_there(tmp_path: Path, whole: LogFolder, size: int) -> None:
    entries = [*LEAVES[: size - 1], count_leaf(9999, seconds=size - 1)]
    said(whole.path, log_of(tmp_path / "log", entries).checkpoint().note)


def test_an_earlier_checkpoint_of_another_key_is_not_taken(whole: LogFolder, tmp_path: Path) -> None:
    note = whole.checkpoint().note.replace("\n300\n", "\n299\n")
    assert "does not match the text" in said(whole.path, note)


def test_another_key(whole: LogFolder) -> None:
    verdict = verify_folder(whole.path, signer(ORIGIN, "other").vkey)
    assert not verdict.ok
    assert "no signature of a key known here" in verdict.sentences[0]


@pytest.mark.parametrize("vkey", ["", "nonsense", "a+b+c"])
def test_no_key(whole: LogFolder, vkey: str) -> None:
    assert not verify_folder(whole.path, vkey).ok


def test_no_log(tmp_path: Path) -> None:
    assert "holds no log" in said(tmp_path)
    assert "holds no log" in said(tmp_path / "none")


def test_leftovers_and_strangers_are_told_of(copy: Path) -> None:
    (copy / "tile/0/002").write_bytes(bytes(8192))
    for name in ("notes.txt", "tile/0/notes.txt"):
        (copy / name).write_text("x")
    verdict = verify_folder(copy, LOG_KEY.vkey)
    assert verdict.ok
    assert "1 file lies beyond the checkpoint" in verdict.sentences[-2]
    assert verdict.sentences[-1] == "2 files lie in the folder and are not part of a log."


def test_entries_of_an_unknown_form_are_told_of(tmp_path: Path) -> None:
    verdict = verify_folder(
        log_of(tmp_path / "log", [b'{"n":0}', LEAVES[0], b"\xff", b""]).path, LOG_KEY.vkey
    )
    assert verdict.ok
    assert verdict.sentences[-1].startswith("3 entries have a form that this version does not know")


def view_leaf(n: int) -> bytes:
    return canonical(parse_strict(count_leaf(n)) | {"type": "view", "mode": "view", "rows": "7"})


LOOK_ALIKES = [
    (b'"rows":"7"', b'"rows":"07"'),
    (b'"rows":"7"', b'"rows":"\x00"'),
    (b'"rows":"7"', b'"rows\x00'),
    (b'"rows":"7"', b'"rows":["7"]'),
    (b'"rows":"7"', b'"rows":"7","rows":"7"'),
    (b'"rows":"7"', b'"count":"7"'),
    (b'"at":"2026-12-', b'"at":"2026-13-'),
    (b'"id":"urn:uuid:', b'"id":"urn:uuid:0'),
    (b'"detail":"sha256:', b'"detail":"sha512:'),
    (b'"mode":"view"', b'"mode":"view","at":"2026-12-02T14:00:00Z"'),
    (b'"mode":"view"', b'"mode":"\\"at\\":\\"2026-12-02T14:00:00Z\\""'),
    (b'"v":"1"', b'"v":"1" '),
]


@pytest.mark.parametrize(("known", "alike"), LOOK_ALIKES)
def test_an_entry_that_only_looks_like_known_ones_is_read_whole(known: bytes, alike: bytes) -> None:
    good = [view_leaf(n) for n in range(3)]
    contents = Contents()
    for at, entry in enumerate([*good[:2], good[2].replace(known, alike, 1), good[2]]):
        contents.take(at, entry)
    assert known in good[2] and not contents.problems
    assert contents.unknown == 1


def test_a_repeated_id_and_a_time_that_runs_back(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(5), count_leaf(4), count_leaf(6, seconds=4), count_leaf(6)])
    sentences = said(log.path)
    assert "Entry 1 is dated before the entry ahead of it." in sentences
    assert "Entry 3 repeats the id of an earlier entry." in sentences
    assert "Entry 2" not in sentences
