"""A refused file in the browser: its owner clicks what the columns are and sees the rows they make, live."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk
from looks import lacks
from playwright.sync_api import expect

from commonroll.invented import generate

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Washington's file with a column that nobody knows and another under a new name."""
    folder = tmp_path_factory.mktemp("drifted")
    generate(["WA"], 120, 3, folder)
    files = sorted((folder / "WA").glob("*.txt"))
    (rolls,) = [path for path in files if b"FName" in path.read_bytes()[:400]]
    head, *rows = rolls.read_bytes().replace(b"\r", b"").split(b"\n")
    mark = b"|" if b"|" in head else b"\t"
    made = [head.replace(b"LName", b"Last_Nm") + mark + b"Odd"]
    made += [row + mark + b"x" if row.strip() else row for row in rows]
    rolls.write_bytes(b"\n".join(made))
    return [rolls]


def test_columns_are_chosen_and_the_rows_are_seen_at_once(desk: Desk, drifted: list[Path]) -> None:
    desk.enter("wanda")
    desk.open("/roll/")
    desk.page.get_by_label("Choose files").set_input_files(drifted)
    desk.press("Send to the gate")
    expect(desk.page.get_by_role("heading", name="Refused")).to_be_visible(timeout=60_000)
    desk.follow("Say what the columns are")
    expect(desk.page.get_by_label("What Last_Nm is")).to_have_value("same:LName")
    desk.sees("A column has no choice yet")
    desk.page.get_by_label("What Odd is").select_option("ignore")
    desk.page.get_by_label("Why Odd may go").fill("an x in every row")
    desk.page.get_by_label("Why Odd may go").blur()
    expect(desk.page.locator("#checked .verdict")).to_be_visible(timeout=60_000)
    desk.sees("voters.last_name")
    assert not lacks(desk.page)
    desk.open("/roll/layouts")
    desk.sees("say what its columns are")
    assert not lacks(desk.page)
