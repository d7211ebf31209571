"""A new state is a folder: that of the guide's exercise is read, written and loaded by its files alone.

The folder `exercise/tn` is what came of following docs/guide/new-state.md with an invented file in a form of
its own: bars, names of columns that no other state has, ten elections a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import commonroll
import migrated
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


LINES = """
import glob, json, sys
from commonroll.cli import main

for words in json.load(sys.stdin):
    main([found for word in words for found in glob.glob(word) or [word]], standalone_mode=False)
    print(end="\\0")
"""


def run(place: Path, *lines: Sequence[str | Path]) -> list[Any]:
    """What command lines print, JSON read, where one process of the program at `place` runs all of them."""
    left_out = ("DATABASE_URL", "COMMONROLL_HOME", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(
        [sys.executable, "-c", LINES], input=json.dumps(lines, default=str), cwd=place, capture_output=True,
        text=True, timeout=120, check=False, env={**environment, "PYTHONPATH": str(place)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split("\0")[:-1]
    return [json.loads(text) if "--json" in line else text for line, text in zip(lines, printed, strict=True)]


def test_a_folder_among_the_layouts_is_enough(dropped: Path) -> None:
    (dropped / "passphrase").write_text("only for tests\n", "utf-8")
    home = ("--home", dropped / "home")
    migrated.fill(dropped / "home")
    files = dropped / "files" / "TN" / "*.txt"
    (row,), _, _, _, (checked,), report = run(
        dropped,
        ["layout", "list", "--state", "TN", "--json"],
        ["generate", "TN", "--voters", "200", "--out", dropped / "files"],
        ["init", "--name", "One state", "--origin", "voters.example.org", *home],
        ["member", "add", "tn", "--name", "Tennessee", "--kind", "state", "--state", "TN",
         "--passphrase-file", dropped / "passphrase", *home],
        ["layout", "check", "TN", files, "--json"],
        ["load", "tn", files, "--overrule", "a small file for a test", "--json", *home],
    )  # fmt: skip
    assert (row["key"], row["own"]) == (KEY, "")
    assert checked["verdict"] == "accept" and checked["rows"]["voters"] == 200
    assert checked["rows"]["history"] > 0 and set(checked["elections"]) <= {"general", "primary"}
    assert report["rows"]["voters"]["now"] == 200 and report["lines"]["refused"] == 0
