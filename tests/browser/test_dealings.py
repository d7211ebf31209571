"""The matrix by keyboard, and the draft's remarks and undo, in a browser; the draft without scripts too."""

from __future__ import annotations

import re

import pytest
from desk import Desk
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


def test_a_cell_opens_over_the_picture_and_gives_the_focus_back(desk: Desk) -> None:
    desk.enter("wanda")
    desk.open("/agreements/matrix")
    cell = desk.page.locator("a.deal.force").first
    cell.focus()
    desk.page.keyboard.press("Enter")
    sheet = desk.page.get_by_role("dialog")
    expect(sheet.get_by_role("heading", level=2)).to_have_text("Washington to National")
    sheet.get_by_label("Column").select_option("voters.last_name")
    expect(sheet.locator(".answer-why")).to_contain_text("National sees last name of Washington's voters")
    desk.page.keyboard.press("Escape")
    expect(cell).to_be_focused()
    desk.page.keyboard.press("ArrowRight")
    expect(desk.page.locator(":focus")).to_have_accessible_name(re.compile("National, List hygiene: none"))


def test_the_law_stands_beside_the_words_and_a_change_is_undone(desk: Desk) -> None:
    desk.enter("wanda")
    desk.open("/agreements/draft?owner=wa&recipient=rivera")
    remark, undo = desk.page.locator("#say-purposes"), desk.page.get_by_role("button", name="Undo")
    expect(undo).to_be_hidden()
    desk.page.locator("label.pill", has_text="fundraising").click()
    expect(remark).to_contain_text("Fundraising: the law forbids it.")
    notice = desk.page.get_by_label("Days of notice")
    notice.fill("soon")
    notice.blur()
    expect(desk.page.locator("#say-end")).to_contain_text("write a whole number above 0")
    expect(notice).to_have_attribute("aria-invalid", "true")
    undo.click()
    expect(desk.page.locator("#say-end")).to_be_empty()
    expect(remark).to_contain_text("Fundraising")
    undo.click()
    expect(remark).to_be_empty()
    expect(undo).to_be_hidden()


def test_a_draft_without_scripts(desk: Desk, browser: Browser) -> None:
    desk.enter("wanda")
    plain = browser.new_context(base_url=desk.site.url, java_script_enabled=False)
    plain.add_cookies(desk.site.sessions["wanda"])
    page = plain.new_page()
    page.goto("/agreements/draft?owner=wa&recipient=rivera")
    page.get_by_label("Days of notice").fill("soon")
    page.get_by_role("button", name="See what it would mean").click()
    expect(page.locator("#say-end")).to_contain_text("write a whole number above 0")
    expect(page.get_by_label("Days of notice")).to_have_value("soon")
    page.get_by_label("Days of notice").fill("9")
    page.get_by_role("button", name="Keep this draft").click()
    expect(page.locator("main")).to_contain_text("Washington may end it with 9 days' notice")
    page.get_by_role("button", name="Take it back").click()
    plain.close()
