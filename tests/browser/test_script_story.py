"""A script is written with the keyboard, and the preview goes the way that the open form says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from desk import Desk
from looks import lacks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def shot(desk: Desk, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        for width in (1280, 390):
            for theme in ("light", "dark"):
                desk.page.set_viewport_size({"width": width, "height": 900})
                desk.page.evaluate(f"document.documentElement.dataset.bsTheme = '{theme}'")
                desk.page.wait_for_timeout(150)
                desk.page.screenshot(path=Path(folder) / f"{name}-{width}-{theme}.png", full_page=True)
        desk.page.set_viewport_size({"width": 1280, "height": 900})
        desk.page.evaluate("document.documentElement.dataset.bsTheme = 'light'")


def test_the_preview_goes_as_the_form_says(desk: Desk) -> None:
    page = desk.page
    desk.enter("wanda")
    desk.open("/scripts/")
    page.get_by_label("Name", exact=True).fill("October doors")
    desk.press("Make it")
    for id_ in ("q1", "q2"):
        page.get_by_role("button", name="Add", exact=True).click()
        page.locator(f"#{id_} #text-en").wait_for()
    page.get_by_label("Question", exact=True).fill("May we put up a sign?")
    page.locator("[name=a0-en]").fill("Yes")
    page.locator("[name=a1-en]").fill("No")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Change question 1").click()
    page.get_by_label("Question", exact=True).fill("Whom for governor?")
    page.locator("[name=a0-en]").fill("Ours")
    page.locator("[name=a1-en]").fill("Theirs")
    phone = page.locator("[data-script-phone]")
    expect(phone).to_contain_text("Theirs")
    phone.get_by_role("button", name="Theirs").press("Enter")
    expect(phone).to_contain_text("May we put up a sign?")
    phone.get_by_role("button", name="Back").click()
    page.get_by_label("Change question 2").click()
    expect(page.locator("#q2 #text-en")).to_be_visible()
    page.get_by_label("Change question 1").click()
    expect(page.locator("[name=a1-en]")).to_have_value("Theirs")
    page.locator("[name=a1-next]").select_option("end")
    phone.get_by_role("button", name="Theirs").click()
    expect(phone).to_contain_text("Done")
    shot(desk, "editor")
    assert not lacks(page)
    page.get_by_role("button", name="Save", exact=True).click()
    desk.press("Make version 1")
    desk.sees("Version 1 is ready for turfs")
    shot(desk, "saved")
    page.get_by_role("link", name="Version 1").click()
    desk.sees("Nobody answered yet")
    shot(desk, "version")
    assert not lacks(page)
    if os.environ.get("SHOTS"):
        desk.open("/scripts/")
        shot(desk, "list")
