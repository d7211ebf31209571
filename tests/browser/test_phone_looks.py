"""The phone's screens in each size and contrast: nothing too small, sideways or without a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bad_line import line_to
from field_stand_in import StandIn
from invented_site import Site
from looks import LOOKS
from phones import Phone
from playwright.sync_api import Browser, Page, expect

from thorough import THOROUGH

pytestmark = pytest.mark.browser

LEAST, MAIN = 44, 48
NARROW, WIDTH, HEIGHT = 320, 390, 844
MEASURED = """([least, main]) => {
  const found = [];
  for (const node of document.querySelectorAll("button, input, select, textarea, a[href], canvas")) {
    const { width, height } = node.getBoundingClientRect();
    if (!node.checkVisibility() || !width) continue;
    const floor = node.matches(".main, .nothome, .places > button") ? main : least;
    const label = node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent;
    const name = (label ?? node.textContent).trim();
    if (width < least - .5 || height < floor - .5) found.push(`${name}: ${width} x ${height}`);
    if (!name) found.push(`${node.outerHTML.slice(0, 60)} has no name`);
  }
  const part = document.createRange();
  for (const node of document.querySelectorAll("button:not(.nextdoor), h1, h2, label")) {
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (node.checkVisibility() && walk.nextNode())
      for (const { 0: word, index } of walk.currentNode.data.matchAll(/\\p{L}+/gu)) {
        part.setStart(walk.currentNode, index);
        part.setEnd(walk.currentNode, index + word.length);
        if (part.getClientRects().length > 1) found.push(`${word} is broken`);
      }
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) found.push(`${wide} px wide`);
  if (document.querySelectorAll("h1").length !== 1) found.push("not one main heading");
  return found;
}"""


def screens(page: Page) -> dict[str, Callable[[], None]]:
    """The way to each screen, from the one before."""

    def pressed(name: str, nth: int = 0, exact: bool = False) -> Callable[[], None]:
        return lambda: page.get_by_role("button", name=name, exact=exact).nth(nth).click()

    return {
        "list": lambda: None,
        "household": lambda: page.locator(".next .opens").click(),
        "question": pressed("Talk:"),
        "many": pressed("Strongly ours"),
        "back at the list": pressed("Done", exact=True),
        "building": lambda: page.locator(".block .opens").click(),
        "bulk": pressed("Nobody home"),
        "bulk left": pressed("Cancel"),
        "list again": pressed("List", exact=True),
        "map": pressed("Map", exact=True),
        "recap": pressed("Recap", exact=True),
        "settings": pressed("Settings", exact=True),
    }


LOOKS_AT = [(WIDTH, "100", "light", "en"), (NARROW, "200", "sun", "es")]
if THOROUGH:
    LOOKS_AT += [(NARROW, "100", "dark", "en"), (WIDTH, "150", "dark", "es"), (1280, "100", "auto", "en")]


def test_every_screen_in_every_look(site: Site, browser: Browser) -> None:
    with line_to(site.url, StandIn(doors=24)) as line:
        phone = Phone(browser, line)
        phone.claim()
        page, complaints = phone.page, []
        for name, go in screens(page).items():
            go()
            expect(page.locator("h1")).to_be_visible()
            for width, size, look, language in LOOKS_AT:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                page.evaluate(
                    "([size, theme, lang]) => { const root = document.documentElement;"
                    " Object.assign(root.dataset, { size, theme }); root.lang = lang; }",
                    [size, look, language],
                )
                found = page.evaluate(MEASURED, [LEAST, MAIN])
                found += page.locator("body").evaluate(LOOKS)
                complaints += [f"{name}, {width} px, {size} %, {look}: {one}" for one in found]
            page.evaluate("() => { document.documentElement.lang = 'en'; }")
        phone.close()
    assert not complaints, "\n".join(complaints)


def test_the_keyboard_alone_and_what_is_said(site: Site, browser: Browser) -> None:
    stand = StandIn(doors=9, building=0)
    with line_to(site.url, stand) as line:
        phone = Phone(browser, line)
        phone.claim()
        page = phone.page
        page.locator(".next .nothome").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_contain_text("10 Larkspur St: Not home. Undo is below.")
        expect(page.locator(".next .nothome")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".door.done")).to_have_count(2)
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page.get_by_role("heading", level=1)).to_have_text("14 Larkspur St")
        page.get_by_role("button", name="Dangerous").press("Enter")
        expect(page.get_by_role("dialog", name="Mark this door as dangerous?")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("button", name="Map").count()
        phone.waiting(0)
        phone.close()
    assert len(stand.recorded) == 2
