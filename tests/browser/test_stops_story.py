"""A voter says stop on a phone without scripts; a lead looks it up, brings a list, and takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import NARROW, Desk
from looks import lacks
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
NUMBER = "206-555-0142"


def said_by_the_voter(desk: Desk, browser: Browser, pictures: Path) -> None:
    """On a phone, with scripts switched off."""
    phone = browser.new_context(base_url=desk.site.url, viewport=NARROW, java_script_enabled=False)
    page = phone.new_page()
    page.goto("/stop")
    page.screenshot(path=pictures / "form-phone.png", full_page=True)
    page.get_by_label("Phone number").fill("206 555")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("alert")).to_contain_text("no phone number")
    page.screenshot(path=pictures / "form-refused.png", full_page=True)
    page.get_by_label("Phone number").fill("(206) 555-0142")
    page.get_by_label("Calls").uncheck()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("heading", name="It stops")).to_be_visible()
    page.screenshot(path=pictures / "heard-phone.png", full_page=True)
    phone.close()


def test_stop_from_the_voter_to_the_lead(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    said_by_the_voter(desk, browser, tmp_path)
    desk.open("/stop")
    assert not lacks(desk.page)
    desk.enter("wanda")
    desk.open("/give-and-get/")
    desk.follow("Stop")
    look = desk.page.locator("#look")
    look.get_by_label("Number, e-mail").fill(NUMBER)
    look.get_by_role("button", name="Look up").click()
    expect(desk.page.locator("#words")).to_contain_text("public form")
    expect(desk.page.locator("#words")).to_contain_text("by text message")
    assert not lacks(desk.page)

    path = tmp_path / "earlier.csv"
    path.write_text("phone,email,how\n206 555 0143,,text\n,a@stops.example,\n12,,\n")
    bring = desk.page.locator("#bring")
    bring.get_by_label("CSV file").set_input_files(path)
    bring.get_by_role("button", name="See what it would do").click()
    desk.sees("Nothing has happened yet")
    desk.sees("This is no phone number")
    desk.page.screenshot(path=tmp_path / "list.png", full_page=True)
    assert not lacks(desk.page)
    desk.press("Leave them alone")
    desk.sees("2 requests bind every member")
    desk.page.locator("#acts summary").first.click()
    desk.page.locator("#acts").get_by_label("Why").first.fill("it was last year's list")
    desk.page.screenshot(path=tmp_path / "stops.png", full_page=True)
    assert not lacks(desk.page)
    desk.press("Take back 2 requests")
    desk.sees("it was last year's list")
    desk.page.set_viewport_size(NARROW)
    desk.page.screenshot(path=tmp_path / "stops-phone.png", full_page=True)
    assert not lacks(desk.page)
