"""A field lead at the desk: blocks chosen by a line around them, a returned list typed by keys alone."""

from __future__ import annotations

import re

import pytest
from desk import Desk
from invented_site import Site
from playwright.sync_api import expect
from test_phone_site import walk

pytestmark = pytest.mark.browser


def free_turf(desk: Desk, site: Site) -> None:
    """Washington's lead, at a turf of several blocks that nobody has."""
    walk(site)
    desk.enter("wanda")
    desk.open("/turf/")
    desk.page.get_by_role("link", name=re.compile("Walked by phone")).first.click()
    cut = desk.path.rstrip("/")
    held = desk.page.locator("#turfs tbody tr").count()
    for number in range(1, held + 1):
        desk.open(f"{cut}/{number}")
        ready = desk.page.get_by_role("button", name="Give the blocks")
        if ready.count() and desk.page.locator(".block.mine").count() > 2:
            return
    raise AssertionError("no turf of several blocks is free")


def drawn_around(desk: Desk, block: str) -> None:
    """The mouse goes around a block's doors with its button held."""
    box = desk.page.locator(f"svg .block[data-block='{block}']").bounding_box()
    assert box is not None
    left, top = box["x"] - 5, box["y"] - 5
    right, bottom = left + box["width"] + 10, top + box["height"] + 10
    mouse = desk.page.mouse
    mouse.move(left, top)
    mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        mouse.move(x, y, steps=8)
    mouse.up()


def test_blocks_are_chosen_by_a_line_around_them_and_taken_back(desk: Desk, site: Site) -> None:
    free_turf(desk, site)
    page = desk.page
    page.locator("svg.blocks").scroll_into_view_if_needed()
    block = page.locator("svg .block.mine").first.get_attribute("data-block")
    assert block
    tick = page.locator(f"input[name=block][value='{block}']")
    expect(tick).not_to_be_checked()
    drawn_around(desk, block)
    expect(tick).to_be_checked()
    expect(page.locator("[data-said]")).to_contain_text(re.compile(r"\d+ blocks?, \d+ doors?"))
    expect(page.locator("svg .lasso")).to_be_hidden()
    for other in page.locator("input[name=block]:checked").evaluate_all("all => all.map((one) => one.value)"):
        if other != block:
            page.locator(f"input[name=block][value='{other}']").uncheck()
    before = page.locator("h1 + p").text_content()
    page.get_by_label("Give to").select_option("new")
    page.get_by_label("Even out both after").uncheck()
    page.get_by_role("button", name="Give the blocks").click()
    expect(page.locator(".undo-line")).to_be_visible()
    desk.press("Take it back")
    expect(page.locator("h1 + p")).to_have_text(str(before))


def test_a_list_that_came_back_is_typed_by_keys_alone(desk: Desk, site: Site) -> None:
    free_turf(desk, site)
    page = desk.page
    page.get_by_label("Who walks").fill("Pat")
    page.keyboard.press("Enter")
    with desk.context.expect_page() as opened:
        page.get_by_role("button", name="Print it").press("Enter")
    codes = opened.value.locator(".paper-code").all_text_contents()
    opened.value.close()
    page.reload()
    line = page.get_by_label("Line")
    expect(line).to_be_focused()
    typed = page.locator("#typed tbody tr")
    for number, code in enumerate(codes[:3], 1):
        page.keyboard.type(f"{code} n")
        page.keyboard.press("Enter")
        expect(typed).to_have_count(number)
        expect(line).to_be_focused()
        expect(line).to_have_value("")
    wrong = re.sub("[A-Z]", lambda letter: "B" if letter[0] != "B" else "C", codes[3])
    page.keyboard.type(f"{wrong} n")
    with page.expect_console_message(lambda said: "status of 400" in said.text):
        page.keyboard.press("Enter")
    expect(page.locator("[data-not-taken]")).to_contain_text(wrong)
    expect(typed).to_have_count(3)
    page.get_by_role("button", name="Take back the last line").press("Enter")
    expect(page.locator("#typed .taken-back")).to_have_count(1)
    desk.troubles[:] = [trouble for trouble in desk.troubles if "status of 400" not in trouble]  # that line
