"""The whole workbench by keyboard: the command bar, walking lists, closing what is open."""

from __future__ import annotations

import re

import pytest
from desk import Desk
from playwright.sync_api import Locator, Route, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def nadia(desk: Desk) -> Desk:
    desk.enter("nadia")
    return desk


def focused(desk: Desk) -> Locator:
    return desk.page.locator(":focus")


def press(desk: Desk, *keys: str) -> None:
    for key in keys:
        desk.page.keyboard.press(key)


def test_the_command_bar_opens_finds_and_closes(nadia: Desk) -> None:
    bar = nadia.page.locator("#command")
    press(nadia, "/")
    expect(bar).to_be_visible()
    press(nadia, "Escape")
    expect(bar).to_be_hidden()
    press(nadia, "Control+k")
    nadia.page.keyboard.type("agreement 1")
    expect(bar.get_by_role("link").first).to_contain_text("Agreement 1: Washington to National")
    press(nadia, "Enter")
    expect(nadia.page).to_have_url(re.compile("/agreements/1$"))


def test_the_arrows_walk_what_was_found(nadia: Desk) -> None:
    press(nadia, "/")
    hits = nadia.page.locator("#hits a")
    expect(hits.nth(1)).to_be_visible()
    press(nadia, "ArrowDown", "ArrowDown", "ArrowUp", "j")
    expect(focused(nadia)).to_have_text(hits.nth(1).inner_text().strip(), use_inner_text=True)
    target = hits.nth(1).get_attribute("href")
    press(nadia, "Enter")
    expect(nadia.page).to_have_url(re.compile(f"{target}$"))


def test_a_list_is_walked_and_opened(nadia: Desk) -> None:
    nadia.open("/agreements/")
    rows = nadia.page.locator("#agreements tbody a")
    press(nadia, "j")
    expect(rows.first).to_be_focused()
    press(nadia, "j", "j", "j", "k", "k", "k")
    expect(rows.first).to_be_focused()
    press(nadia, "Enter")
    expect(nadia.page).to_have_url(re.compile(r"/agreements/\d+$"))


def test_letters_in_a_field_stay_letters(nadia: Desk) -> None:
    nadia.open("/universe/")
    field = nadia.page.get_by_label("The same, as text")
    field.press_sequentially("age > 17 / 1 jk?")
    expect(field).to_have_value("age > 17 / 1 jk?")
    expect(nadia.page.locator("dialog[open]")).to_have_count(0)
    press(nadia, "Escape", "Tab")
    field.fill("")


def test_every_sheet_closes_with_escape(nadia: Desk) -> None:
    for path, name in (("/", "Invite a person"), ("/universe/", "Save"), ("/agreements/1", "Give it up")):
        nadia.open(path)
        opener = nadia.page.locator("main").get_by_role("button", name=name, exact=True).first
        opener.focus()
        press(nadia, "Enter")
        expect(nadia.page.locator("dialog[open]")).to_have_count(1)
        press(nadia, "Escape")
        expect(nadia.page.locator("dialog[open]")).to_have_count(0)
        expect(opener).to_be_focused()


def test_the_keys_are_listed(nadia: Desk) -> None:
    press(nadia, "?")
    expect(nadia.page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_focus_is_seen_and_begins_with_the_way_to_the_page(nadia: Desk) -> None:
    """The first stop skips the rail; each of the next stops has an outline or a shadow."""
    press(nadia, "Tab")
    expect(focused(nadia)).to_have_text("Skip to the page")
    expect(focused(nadia)).to_be_in_viewport()
    press(nadia, "Enter")
    expect(nadia.page.locator("#main")).to_be_focused()
    for _ in range(6):
        press(nadia, "Tab")
        ring = focused(nadia).evaluate(
            "(e) => { const s = getComputedStyle(e);"
            " return parseFloat(s.outlineWidth) && s.outlineStyle !== 'none' || s.boxShadow !== 'none'; }"
        )
        assert ring, focused(nadia).evaluate("(e) => e.outerHTML.slice(0, 200)")


def test_what_is_typed_before_the_scripts_are_there_is_asked(nadia: Desk) -> None:
    held: list[Route] = []
    nadia.page.route("**/htmx.min.js", lambda route: held.append(route))
    nadia.page.goto("/universe/", wait_until="commit")
    everybody = nadia.page.locator("#total").inner_text()
    nadia.page.get_by_label("The same, as text").fill("age >= 60")
    held[0].continue_()
    expect(nadia.page.locator("#total")).not_to_have_text(everybody)
    expect(nadia.page.locator("#chips")).to_contain_text("60")
