"""A folder is put back: what a test changed, added, took away or turned into something else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from folders import restore


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    folder = tmp_path / "whole"
    (folder / "deep").mkdir(parents=True)
    (folder / "a").write_text("one")
    (folder / "deep" / "b").write_text("two")
    return folder


def held(folder: Path) -> dict[str, str | None]:
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in folder.rglob("*")
    }


def changed(folder: Path) -> None:
    (folder / "a").write_text("ONE")


def added(folder: Path) -> None:
    (folder / "deep" / "c").write_text("three")


def emptied(folder: Path) -> None:
    shutil.rmtree(folder / "deep")


def turned(folder: Path) -> None:
    (folder / "a").unlink()
    (folder / "a").mkdir()
    shutil.rmtree(folder / "deep")
    (folder / "deep").write_text("a file")


@pytest.mark.parametrize("spoil", [changed, added, emptied, turned])
def test_a_folder_is_put_back(whole: Path, tmp_path: Path, spoil: object) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "folder"))
    spoil(folder)  # type: ignore[operator]
    assert held(folder) != held(whole)
    restore(folder, whole)
    assert held(folder) == held(whole)


def test_a_folder_is_made_where_there_is_none(whole: Path, tmp_path: Path) -> None:
    restore(tmp_path / "new", whole)
    assert held(tmp_path / "new") == held(whole)
