"""A list from the universe page to its persons, by keyboard, on a desk and on a phone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from desk import Desk
from looks import lacks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def picture(desk: Desk, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        desk.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_universe_becomes_a_list_and_comes_back_from_the_bin(desk: Desk) -> None:
    desk.enter("nadia")
    desk.open("/lists/")
    picture(desk, "empty")
    desk.open("/universe/?where=status+%3D+'active'")
    desk.press("Save")
    desk.page.get_by_label("Name", exact=True).fill("Active voters")
    desk.page.get_by_label("A list: these persons, as of now").check()
    desk.press("Save for")
    expect(desk.page).to_have_url(re.compile(r"/lists/\d+$"))
    desk.sees("may be seen today")
    desk.sees("Places 1 to 200")
    assert not lacks(desk.page)
    picture(desk, "list")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("active voters")
    expect(desk.page.get_by_role("link", name="Active voters list")).to_be_visible()
    desk.page.keyboard.press("Escape")  # empties the field
    desk.page.keyboard.press("Escape")
    desk.press("Put away")
    desk.sees("is put away")
    desk.press("Undo")
    desk.sees("is back")
    assert not lacks(desk.page)
    picture(desk, "lists")
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("Enter")
    expect(desk.page).to_have_url(re.compile(r"/lists/\d+$"))
    assert not lacks(desk.page)
    desk.page.set_viewport_size({"width": 390, "height": 844})
    picture(desk, "phone")
