"""One person looked for by keyboard, from the command bar to the person, on a desk and on a phone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from desk import NARROW, Desk
from looks import lacks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def picture(desk: Desk, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        desk.page.screenshot(path=Path(folder) / f"search-{name}.png", full_page=True)


def test_a_person_is_found_by_keyboard(desk: Desk) -> None:
    desk.enter("alice")
    desk.open("/lists/")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("OH00")
    expect(desk.page.get_by_role("button", name="among voters")).to_be_visible()
    desk.page.keyboard.press("Enter")
    desk.sees("The first 20; there are more")
    assert desk.path == "/people/" and not lacks(desk.page)
    picture(desk, "many")
    # the first row holds the focus: Enter opens it beside the others, and the address stays
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#person h2").first).to_be_visible()
    assert desk.path == "/people/" and not lacks(desk.page)
    picture(desk, "person")
    desk.page.keyboard.press("/")
    expect(desk.page.get_by_label("Who")).to_be_focused()
    desk.page.keyboard.type("zzyzx")
    desk.page.keyboard.press("Enter")
    desk.sees("Nobody is meant by that")
    assert not lacks(desk.page)
    picture(desk, "nobody")
    desk.page.set_viewport_size(NARROW)
    desk.page.get_by_label("Who").fill("OH00")
    desk.press("Search")
    desk.page.get_by_role("rowheader").get_by_role("link").nth(1).click()
    expect(desk.page.locator("#person h2").first).to_be_in_viewport()
    assert not lacks(desk.page)
    desk.page.set_viewport_size(NARROW)
    picture(desk, "phone")
    desk.page.emulate_media(color_scheme="dark")
    picture(desk, "phone-dark")
    assert not re.search("OH00", desk.page.url)
