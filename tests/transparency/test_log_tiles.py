"""Names and bytes of tiles, and which files a log of a given size has."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_logs import LOG_KEY, files_of, log_of

from commonroll.errors import Refusal
from commonroll.transparency.log import LogError
from commonroll.transparency.tiles import (
    TileName,
    growth,
    parse_name,
    read_bundle,
    read_tile,
    tile_path,
    write_bundle,
)


@pytest.mark.parametrize(
    ("n", "path"),
    [
        (0, "000"),
        (999, "999"),
        (1000, "x001/000"),
        (1_234_067, "x001/x234/067"),
        (1_000_000, "x001/x000/000"),
    ],
)
def test_paths(n: int, path: str) -> None:
    assert tile_path(n) == path


@given(st.sampled_from(["entries", "0", "7", "63"]), st.integers(0, 10**12), st.integers(1, 256))
def test_a_name_reads_back(area: str, n: int, width: int) -> None:
    name = TileName(area, n, width)
    assert parse_name(str(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "tile/64/000", "tile/00/000", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p", "tile/0/000/", "/tile/0/000", "tile/0/../000",
        "tile/entries/x1/000", "tile/data/000", "checkpoint", "tile/0/000\n", "tile/0/\u0660\u0660\u0660", "",
    ],
)  # fmt: skip
def test_names_that_are_none(name: str) -> None:
    assert parse_name(name) is None


def test_files_of_70000_entries() -> None:
    names = [str(name) for name in growth(0, 70_000)]
    assert len(names) == 551
    assert {
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/273.p/112",
    } <= set(names)
    assert sum(name.startswith("tile/entries/") for name in names) == 274


def test_files_of_256_entries(tmp_path: Path) -> None:
    log_of(tmp_path / "log", [b"x"] * 256)
    assert set(files_of(tmp_path / "log")) == {
        "checkpoint",
        "tile/entries/000",
        "tile/0/000",
        "tile/1/000.p/1",
    }


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_read_back(entries: list[bytes]) -> None:
    assert read_bundle(write_bundle(entries)) == entries


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\xff\xff"])
def test_bundles_that_do_not_add_up(data: bytes) -> None:
    with pytest.raises(Refusal):
        read_bundle(data)


def test_a_tile_is_a_whole_number_of_hashes() -> None:
    with pytest.raises(Refusal):
        read_tile(b"x" * 33)


def test_entries_come_back_in_any_range(tmp_path: Path) -> None:
    entries = [f"entry {n}".encode() for n in range(600)]
    log = log_of(tmp_path / "log", entries)
    for start, stop in [(0, 0), (0, 600), (255, 257), (256, 512), (511, 600), (599, 600)]:
        assert list(log.entries(start, stop)) == entries[start:stop]
    for start, stop in [(0, 601), (-1, 5), (7, 3)]:
        with pytest.raises(LogError):
            list(log.entries(start, stop))


def test_an_entry_that_does_not_fit_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [b"a"])
    before = files_of(log.path)
    with pytest.raises(LogError):
        log.append([b"b", b"x" * 65_536], LOG_KEY)
    assert files_of(log.path) == before
