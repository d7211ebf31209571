"""Review of matches in the browser: one key, one decision, on a desk and on a phone."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from desk import NARROW, Desk
from invented_site import HERE, Site, environment
from looks import lacks
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def linked(site: Site) -> None:
    """Washington's roll is linked, and six of its pairs wait."""
    subprocess.run(
        [sys.executable, str(HERE / "made_pairs.py"), str(site.home)], env=environment(site.home), check=True
    )


@pytest.fixture
def wanda(linked: None, desk: Desk) -> Desk:
    desk.enter("wanda")
    desk.open("/roll/matches/")
    desk.press("Begin" if desk.page.get_by_role("button", name="Begin").count() else "Go on")
    expect(decision(desk, "y")).to_be_visible()
    return desk


def decision(desk: Desk, key: str) -> Locator:
    return desk.page.locator(f'#review [data-key="{key}"]')


def names(desk: Desk) -> str:
    return desk.page.locator("#review .pair-head").inner_text()


def press(desk: Desk, key: str) -> None:
    """A key, and the wait until the page that it brings stands."""
    with desk.page.expect_response(re.compile("/roll/matches/")):
        desk.page.keyboard.press(key)
    expect(desk.page.locator("#review")).to_be_focused()


def test_pairs_are_decided_and_taken_back_by_keys(wanda: Desk) -> None:
    first = names(wanda)
    press(wanda, "n")
    wanda.sees("You said two people.")
    second = names(wanda)
    assert second != first
    press(wanda, "y")
    wanda.sees("You said one person.")
    press(wanda, "z")
    wanda.sees("Taken back. Here is the pair again.")
    assert names(wanda) == second
    press(wanda, "z")
    assert names(wanda) == first
    expect(decision(wanda, "z")).to_have_count(0)


def test_pairs_are_walked_without_a_decision(wanda: Desk) -> None:
    first = names(wanda)
    press(wanda, "j")
    wanda.sees("2 of 6")
    assert names(wanda) != first
    press(wanda, "k")
    wanda.sees("1 of 6")
    assert names(wanda) == first and wanda.page.locator(".review-note").count() == 0


def test_letters_in_the_reason_stay_letters(wanda: Desk) -> None:
    first = names(wanda)
    wanda.page.get_by_text("Say why").click()
    field = wanda.page.get_by_label("Why", exact=True)
    field.press_sequentially("yes, any jk? zzz u")
    expect(field).to_have_value("yes, any jk? zzz u")
    assert names(wanda) == first
    expect(wanda.page.locator("dialog[open]")).to_have_count(0)


def test_the_keys_are_listed_and_wait_while_they_are(wanda: Desk) -> None:
    first = names(wanda)
    wanda.page.keyboard.press("?")
    keys = wanda.page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("the pair is two people")
    wanda.page.keyboard.press("n")
    wanda.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    assert names(wanda) == first


def test_the_pages_are_sound_on_a_desk_and_on_a_phone(wanda: Desk) -> None:
    assert not lacks(wanda.page)
    for path in ("/roll/matches/", "/roll/persons/", "/roll/persons/accuracy"):
        wanda.open(path)
        assert not lacks(wanda.page), path


def test_on_a_phone_the_decision_stays_in_reach(wanda: Desk) -> None:
    wanda.page.set_viewport_size(NARROW)
    for key in "ynu":
        expect(decision(wanda, key)).to_be_in_viewport(ratio=1)
    wide = wanda.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    decision(wanda, "u").click()
    wanda.sees("You said unsure.")
    decision(wanda, "z").click()
    wanda.sees("Taken back.")
