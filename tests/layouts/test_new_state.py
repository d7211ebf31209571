"""A new state is a folder: that of the guide's exercise is read, written and loaded by its files alone.

The folder `exercise/tn` is what came of following docs/guide/new-state.md with an invented file in a form of
its own: bars, names of columns that no other state has, ten elections a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import commonroll
from commonroll.agreements.law import parse_pack
from commonroll.roll.layout.layout import all_layouts, layouts_in
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.recognition.recognition import recognition

EXERCISE = Path(__file__).parent / "exercise"
KEY = "tn/2026-11.registration"
FILES = sorted(path for path in (EXERCISE / "tn").rglob("*") if path.is_file())
MOST_FILES, MOST_LINES = 4, 150


def test_a_new_state_is_at_most_four_files_and_fewer_than_150_lines() -> None:
    assert len(FILES) <= MOST_FILES
    assert sum(path.read_bytes().count(b"\n") for path in FILES) < MOST_LINES


def test_nothing_else_knows_the_state() -> None:
    assert not [one.key for one in all_layouts() if one.state == "TN"]


def test_its_sample_is_recognised_among_all_layouts(tmp_path: Path) -> None:
    sample = next(path for path in FILES if path.suffix == ".txt")
    (seen,) = recognition(open_delivery([sample], tmp_path), layouts=layouts_in([EXERCISE])).files
    assert seen.layout.key == KEY and seen.evidence.endswith("a layout of your own")


def test_its_law_is_read() -> None:
    assert parse_pack((EXERCISE / "tn" / "law.toml").read_text("utf-8"), "tn/law.toml").state == "TN"


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as it is, with one more folder among its layouts."""
    place = tmp_path_factory.mktemp("program")
    source, copy = Path(commonroll.__file__).parent, place / "commonroll"
    (copy / "layouts").mkdir(parents=True)
    for entry in source.iterdir():
        if entry.name != "layouts":
            (copy / entry.name).symlink_to(entry)
    for entry in (source / "layouts").iterdir():
        (copy / "layouts" / entry.name).symlink_to(entry)
    (copy / "layouts" / "tn").symlink_to(EXERCISE / "tn")
    return place


def run(place: Path, *words: str | Path) -> str:
    left_out = ("DATABASE_URL", "COMMONROLL_HOME", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(
        [sys.executable, "-m", "commonroll.cli", *map(str, words)], cwd=place, capture_output=True,
        text=True, timeout=120, check=False, env={**environment, "PYTHONPATH": str(place)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_folder_among_the_layouts_is_enough(dropped: Path) -> None:
    (row,) = json.loads(run(dropped, "layout", "list", "--state", "TN", "--json"))
    assert (row["key"], row["own"]) == (KEY, "")
    run(dropped, "generate", "TN", "--voters", "200", "--out", dropped / "files")
    files = sorted((dropped / "files" / "TN").glob("*.txt"))
    (checked,) = json.loads(run(dropped, "layout", "check", "TN", *files, "--json"))
    assert checked["verdict"] == "accept" and checked["rows"]["voters"] == 200
    assert checked["rows"]["history"] > 0 and set(checked["elections"]) <= {"general", "primary"}
    (dropped / "passphrase").write_text("only for tests\n", "utf-8")
    home = ("--home", dropped / "home")
    run(dropped, "init", "--name", "One state", "--origin", "voters.example.org", *home)
    run(dropped, "member", "add", "tn", "--name", "Tennessee", "--kind", "state", "--state", "TN",
        "--passphrase-file", dropped / "passphrase", *home)  # fmt: skip
    report = json.loads(
        run(dropped, "load", "tn", *files, "--overrule", "a small file for a test", "--json", *home)
    )
    assert report["rows"]["voters"]["now"] == 200 and report["lines"]["refused"] == 0
