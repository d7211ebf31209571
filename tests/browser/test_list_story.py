"""A list of donors in the browser: its columns corrected, tried, kept, its rows fetched, and taken back."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from desk import Desk
from looks import lacks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def donors(desk: Desk, tmp_path: Path) -> Path:
    """Sixty of Washington's voters, one column under a name that says nothing."""
    (roll,) = (desk.site.files / "1" / "WA").glob("*VRDB*")
    with roll.open(encoding="utf-8", newline="") as file:
        first = file.readline()
        file.seek(0)
        voters = list(csv.DictReader(file, delimiter="|" if "|" in first else "\t"))[:60]
    path = tmp_path / "gala.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Given", "Surname", "Born", "Home Address", "Zip", "Gift"])
        for one in voters:
            street = " ".join(
                one.get(name, "") for name in ("RegStNum", "RegStPreDirection", "RegStName", "RegStType")
            )
            out.writerow(
                [
                    one["FName"],
                    one["LName"],
                    one["Birthyear"],
                    " ".join(street.split()),
                    one["RegZipCode"],
                    25,
                ]
            )
    return path


def test_a_list_comes_in_and_goes_out_again(desk: Desk, donors: Path) -> None:
    desk.enter("wanda")
    desk.open("/roll/")
    desk.follow("Lists of people")
    desk.sees("No list came in yet")
    assert not lacks(desk.page)

    desk.page.get_by_label("Choose a file").set_input_files(donors)
    desk.page.get_by_label("What list it is").select_option("donors")
    desk.page.get_by_label("Who it is from").fill("the spring gala")
    desk.page.get_by_label("What its source permits").fill("own records, internal use")
    desk.page.get_by_label("Why its people may be held").fill("consent on the pledge card")
    desk.page.get_by_label("The day it is of").fill("2026-01-05")
    desk.press("Look at its columns")
    expect(desk.page.get_by_label("What Given holds")).to_have_value("first_name", timeout=60_000)
    expect(desk.page.get_by_label("What Gift holds")).to_have_value("fact")
    assert not lacks(desk.page)

    desk.page.get_by_label("What Born holds").select_option("birth_year")
    desk.press("Try it, and keep nothing")
    desk.sees(re.compile(r"\d+ of 60 rows are surely one of your voters"))
    desk.sees("A trial: nothing is kept.")
    expect(desk.page.get_by_label("What Born holds")).to_have_value("birth_year")
    assert not lacks(desk.page)

    desk.press("Match and keep")
    expect(desk.page.get_by_role("heading", name="What it brought")).to_be_visible(timeout=60_000)
    with desk.page.expect_download() as fetched:
        desk.press("Rows with voter ids")
    rows = list(csv.DictReader(Path(fetched.value.path()).read_text("utf-8").splitlines()))
    assert len(rows) == 60
    assert sum(bool(row["commonroll_voter_id"]) for row in rows) > 40
    assert not lacks(desk.page)

    desk.page.get_by_label("Why", exact=True).fill("the wrong gala")
    desk.press("Undo this import")
    desk.sees("Undone: nothing that this list brought counts any more.")
    desk.press("Bring it back")
    desk.sees("What this list brought counts again.")
    desk.open("/roll/lists/")
    desk.sees("the spring gala")
    assert not lacks(desk.page)
