"""The demo's folder: finished ones are kept, unfinished ones rebuilt, foreign ones left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commonroll import demo
from commonroll.errors import Refusal


def mark(home: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((home / demo.MARK).read_text())
    return found


def test_a_new_folder_is_marked_as_unfinished(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert demo.prepare(home, 100) is False
    assert mark(home) == {"voters": 100, "finished": False}


def test_a_finished_demo_of_the_size_is_kept(tmp_path: Path) -> None:
    demo.prepare(tmp_path, 100)
    demo._mark(tmp_path, 100, finished=True)
    (tmp_path / "commonroll.sqlite3").write_text("kept")
    assert demo.prepare(tmp_path, 100) is True
    assert (tmp_path / "commonroll.sqlite3").read_text() == "kept"


@pytest.mark.parametrize(("voters", "finished"), [(100, False), (200, True)])
def test_an_unfinished_demo_or_one_of_another_size_is_built_again(
    tmp_path: Path, voters: int, finished: bool
) -> None:
    demo.prepare(tmp_path, voters)
    demo._mark(tmp_path, voters, finished=finished)
    (tmp_path / "vaults" / "oh").mkdir(parents=True)
    (tmp_path / "vaults" / "oh" / "catalogue.sqlite3").write_text("half")
    (tmp_path / "commonroll.sqlite3").write_text("half")
    assert demo.prepare(tmp_path, 100) is False
    assert [entry.name for entry in tmp_path.iterdir()] == [demo.MARK]
    assert mark(tmp_path) == {"voters": 100, "finished": False}


def test_a_folder_that_no_demo_made_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Refusal, match="no demo made"):
        demo.prepare(tmp_path, 100)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def _heed_ctrl_c() -> None:
    """A shell that runs this suite in the background has its children ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_in_the_middle_leaves_what_the_next_demo_builds_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")}
    words = ["demo", "--voters", "5000", "--no-serve", "--home", str(home)]
    running = subprocess.Popen(
        [sys.executable, "-m", "commonroll.cli", *words], env=environment, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=_heed_ctrl_c,
    )  # fmt: skip
    give_up = time.monotonic() + 60
    while not (home / "official-files").exists() and time.monotonic() < give_up and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130 and "Traceback" not in said
    assert mark(home)["finished"] is False
    assert demo.prepare(home, 5000) is False and [entry.name for entry in home.iterdir()] == [demo.MARK]
