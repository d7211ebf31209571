"""An owner reads her diary: filters stay in the address, an empty answer, the log verified in one click."""

from __future__ import annotations

import pytest
from desk import Desk
from looks import lacks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_owner_filters_her_diary_and_verifies_it(desk: Desk) -> None:
    desk.enter("wanda")
    desk.open("/log/")
    form = desk.page.get_by_role("form", name="Filter the diary")
    form.get_by_label("From").fill("2001-01-01")
    form.get_by_label("to", exact=True).fill("2001-01-31")
    expect(desk.page.locator("#entries")).to_contain_text("No entry")
    assert "since=2001-01-01" in desk.page.url and "until=2001-01-31" in desk.page.url
    expect(desk.page.locator("#diary")).to_contain_text("No use")
    desk.page.reload()
    expect(form.get_by_label("From")).to_have_value("2001-01-01")
    desk.open("/log/")
    form.locator("[name=county]").select_option(label="King")
    expect(desk.page.locator("#diary")).to_contain_text("rows of King County")
    expect(desk.page.locator("#diary .echart canvas")).to_be_visible()
    desk.page.get_by_role("button", name="Verify the log now").click()
    expect(desk.page.locator("#verdict")).to_contain_text("What is not proved")
    assert not lacks(desk.page)
