"""One person's browser page, and everything that went wrong in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from invented_site import PASSWORD, Site, address
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, ViewportSize, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--no-first-run",
)  # fmt: skip
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
OF_THE_MACHINE = re.compile(r"GPU stall|WebGL|GroupMarkerNotSet|swiftshader|GL Driver Message", re.IGNORECASE)
REPLACED = re.compile(r"htmx:(afterRequest|sendAbort)")
"""htmx says so when a newer question takes the place of one under way; failures are said in other words."""
WAIT_MS = 15_000


def find_browser() -> str:
    """The installed Chromium; fails, and never skips, where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail(
            "no Chromium is installed for the browser tests; install the package chromium "
            "(apt install chromium, or playwright install chromium and put it on the PATH)"
        )
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    executable = find_browser()
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(OPTIONS))
        yield browser
        browser.close()


class Desk:
    """A page in a session of its own."""

    def __init__(self, site: Site, browser: Browser, downloads: Path) -> None:
        self.site = site
        self.downloads = downloads
        self.context = browser.new_context(base_url=site.url, viewport=WIDE, accept_downloads=True)
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self._refused: set[str] = set()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._on_response)

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            self._refused.add(response.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if OF_THE_MACHINE.search(message.text) or REPLACED.match(message.text):
            return
        # a page that answers "refused" is said in the console as well; what it shows is asserted by the test
        if "Failed to load resource" in message.text and message.location["url"] in self._refused:
            return
        self.troubles.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> None:
        self.page.goto(path)

    def sign_in(self, person: str, password: str = PASSWORD) -> None:
        self.open("/accounts/login/")
        self.page.get_by_label("Email").fill(address(person))
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def enter(self, person: str) -> None:
        """Be signed in, by the session of an earlier time where there is one."""
        if person in self.site.sessions:
            self.context.add_cookies(self.site.sessions[person])
            self.open("/")
        else:
            self.sign_in(person)
        expect(self.page.get_by_role("button", name="Your account")).to_be_visible()
        self.page.wait_for_load_state()  # a key pressed before the scripts are there goes nowhere
        self.site.sessions.setdefault(person, self.context.cookies())

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Your account").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page).to_have_url(re.compile("/accounts/login/"))

    @property
    def path(self) -> str:
        """Where the page stands, without the site's address."""
        return self.page.url.removeprefix(self.site.url)

    def sees(self, words: str | re.Pattern[str]) -> None:
        """The words stand somewhere in the page's main part."""
        expect(self.page.locator("main")).to_contain_text(words)

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def close(self) -> None:
        self.context.close()


MakeDesk = Callable[[], Desk]
