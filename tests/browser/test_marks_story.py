"""A recipient takes a file and signs for it; a part of it turns up; its owner reads whose copy it was."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from desk import NARROW, WIDE, Desk, MakeDesk
from invented_site import HERE, PASSPHRASE, Site, environment
from looks import lacks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def lent(site: Site) -> None:
    """Washington lends National a score, for a purpose of which no other story asks."""
    subprocess.run(
        [sys.executable, str(HERE / "made_marks.py"), str(site.home)], env=environment(site.home), check=True
    )


def picture(desk: Desk, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        for size, view in (("wide", WIDE), ("phone", NARROW)):
            desk.page.set_viewport_size(view)
            desk.page.screenshot(path=Path(folder) / f"marks-{name}-{size}.png", full_page=True)
        desk.page.set_viewport_size(WIDE)


def taken(desk: Desk) -> Path:
    """National's lead takes a file with scores, and signs for it."""
    desk.enter("nadia")
    desk.open("/extracts/?columns=state_voter_id&columns=last_name&columns=score('turnout')")
    desk.page.get_by_label("Purpose in force").locator("[data-purpose=persuasion]").click()
    desk.sees("The file is marked as yours")
    picture(desk, "extracts")
    desk.press("Make the extract")
    desk.sees("It is your copy, and says so")
    assert not lacks(desk.page)
    with desk.page.expect_download() as coming:
        desk.page.get_by_role("link", name="Download").first.click()
    desk.page.get_by_label("Passphrase").fill(PASSPHRASE)
    desk.press("Sign for Washington")
    desk.sees("Signed for")
    picture(desk, "extract")
    path = desk.downloads / "copy.csv"
    coming.value.save_as(path)
    return path


def leaked(copy: Path) -> Path:
    """Nine rows in ten, in another order, under other names of columns."""
    rows = list(csv.DictReader(copy.open(newline="")))
    draw = random.Random(3)
    path = copy.with_name("found in a forum.csv")
    with path.open("w", newline="") as out:
        written = csv.writer(out)
        written.writerow(["how likely", "who"])
        for row in draw.sample(rows, len(rows) * 9 // 10):
            written.writerow([row["score('turnout')"], row["state_voter_id"]])
    return path


@pytest.mark.usefixtures("lent")
def test_from_an_export_to_the_name_of_the_leak(make_desk: MakeDesk) -> None:
    copy = taken(make_desk())
    desk = make_desk()
    desk.enter("wanda")
    desk.open("/log/")
    desk.follow("Marks and decoys")
    desk.sees("In the log since")
    picture(desk, "marks")
    assert not lacks(desk.page)
    desk.follow("Trace a leak")
    desk.page.get_by_label("Choose a file").set_input_files(leaked(copy))
    desk.press("Trace it")
    expect(desk.page.locator("#traces")).to_contain_text("Named: National", timeout=30_000)
    desk.sees("signed for it, so it cannot say")
    desk.sees("1 in a million")
    picture(desk, "traced")
    assert not lacks(desk.page)
