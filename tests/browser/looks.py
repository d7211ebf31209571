"""What a page lacks, wide and narrow, light and dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zlib import crc32

from desk import NARROW, WIDE
from playwright.sync_api import Locator, Page, ViewportSize

from thorough import THOROUGH

LOOKS = (Path(__file__).parent / "looks.js").read_text()
Look = tuple[ViewportSize, Literal["light", "dark"]]
LOOKS_AT: tuple[tuple[Look, ...], ...] = (
    ((NARROW, "light"), (WIDE, "dark")),
    ((NARROW, "dark"), (WIDE, "light")),
)
"""Each page is looked at in both sizes and both schemes; in all four pairs in `make bench`."""


def looks_at(page: Page) -> tuple[Look, ...]:
    """One half of the pairs, the same one each time for one address."""
    if THOROUGH:
        return LOOKS_AT[0] + LOOKS_AT[1]
    return LOOKS_AT[crc32(urlsplit(page.url).path.encode()) % 2]


def lacks(page: Page, *, but: Collection[str | None] = ()) -> list[str]:
    """Complaints about the page as it stands and about each of its dialogs, `but` those of these ids."""
    found = _once(page)
    for size, scheme in looks_at(page):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        where = f"{size['width']} px, {scheme}"
        found += [f"{where}: {complaint}" for complaint in _looked_at(page, but)]
    page.emulate_media(color_scheme="light")
    return found


def _once(page: Page) -> list[str]:
    found = []
    if (heads := page.locator("h1:visible").count()) != 1:
        found.append(f"{heads} main headings")
    if not page.title().strip() or not page.locator("html[lang]").count():
        found.append("no title or language")
    names: list[str] = page.locator("[id]").evaluate_all("(all) => all.map((e) => e.id)")
    twice = [name for name, times in Counter(names).items() if times > 1]
    return found + [f"two elements called {name}" for name in twice]


def _looked_at(page: Page, but: Collection[str | None]) -> Iterator[str]:
    yield from page.locator("body").evaluate(LOOKS)
    for dialog in page.locator("dialog").all():
        if dialog.get_attribute("id") in but:
            continue
        dialog.evaluate("(d) => d.showModal()")
        yield from dialog.evaluate(LOOKS)
        yield from _leaves(dialog)
        dialog.evaluate("(d) => d.close()")


def _leaves(dialog: Locator) -> list[str]:
    box, size = dialog.bounding_box(), dialog.page.viewport_size
    if box is None or size is None or box["x"] < 0 or box["x"] + box["width"] > size["width"]:
        return [f"a dialog stands outside the screen: {box}"]
    return []
