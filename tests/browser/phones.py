"""A canvasser's phone: a browser of a phone's size with a profile of its own, at the end of a bad line."""

from __future__ import annotations

import json
import time
from typing import Any

from bad_line import Line
from field_stand_in import CODE
from playwright.sync_api import Browser, Page, ViewportSize

PIN = "482913"
WIDTH, HEIGHT = 390, 844
WAIT_MS = 15_000

KEPT = """async () => {
  const said = [], done = (r) => new Promise((ok) => { r.onsuccess = () => ok(r.result); });
  const text = (value) => value instanceof ArrayBuffer ? text(new Uint8Array(value))
    : ArrayBuffer.isView(value) ? new TextDecoder("latin1").decode(value)
    : value && typeof value === "object" ? Object.entries(value).map(([k, v]) => `${k}=${text(v)}`).join(";")
    : String(value);
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      const all = await done(db.transaction(store).objectStore(store).getAll());
      said.push(...all.map((value) => `${store}: ${text(value)}`));
    }
    db.close();
  }
  for (const cache of await caches.keys())
    for (const { url } of await (await caches.open(cache)).keys()) said.push(`cache: ${url}`);
  return said.concat(Object.entries(localStorage).map(([k, v]) => `${k}=${v}`));
}"""

COUNT = """(n) => new Promise((ok) => { const r = indexedDB.open("field"); r.onsuccess = () => {
  const c = r.result.transaction("outbox").objectStore("outbox").count();
  c.onsuccess = () => { r.result.close(); ok(c.result === n); }; }; })"""

LEFT = """async () => JSON.stringify({
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length})"""


class Phone:
    def __init__(self, browser: Browser, line: Line, **context: Any) -> None:
        self.line = line
        size = ViewportSize(width=WIDTH, height=HEIGHT)
        self.context = browser.new_context(
            viewport=size, has_touch=True, is_mobile=True, locale="en-US", **context
        )
        self.context.set_default_timeout(WAIT_MS)
        self.troubles: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page = page
        return page

    def claim(self, code: str = CODE, pin: str = PIN) -> None:
        """From the link of the QR code to the list."""
        self.page.goto(f"{self.line.url}/f/#{code}")
        self.page.get_by_role("button", name="Go on").click()
        self.page.get_by_label("New PIN").fill(pin)
        self.page.get_by_label("The same again").fill(pin)
        self.page.get_by_role("button", name="Get the turf").click()
        self.page.wait_for_selector(".doors")

    def claim_by_passkey(self, code: str = CODE) -> None:
        self.page.goto(f"{self.line.url}/f/#{code}")
        self.page.get_by_role("button", name="Go on").click()
        self.page.get_by_role("button", name="Use fingerprint or face").click()
        self.page.wait_for_selector(".doors")

    def authenticator(self) -> None:
        """The phone has one whose passkeys give secrets, and a finger on it."""
        session = self.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "hasPrf": True, "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }})  # fmt: skip

    def kept_by_its_worker(self) -> None:
        self.until("() => navigator.serviceWorker.controller !== null")

    def unlock(self, pin: str = PIN) -> None:
        self.page.get_by_label("PIN").fill(pin)
        self.page.get_by_role("button", name="Open").click()

    def offline(self, off: bool = True) -> None:
        self.context.set_offline(off)

    def not_home(self, times: int = 1) -> None:
        for _ in range(times):
            done = self.page.locator(".door.done").count()
            self.page.locator(".next .nothome").click()
            self.until("(n) => document.querySelectorAll('.door.done').length > n", done)

    def until(self, true: str, value: Any = None) -> None:
        """Asked from outside: Playwright's own waiting evaluates text, which the page forbids."""
        ends = time.monotonic() + WAIT_MS / 1000
        while not self.page.evaluate(true, value):
            assert time.monotonic() < ends, f"not within {WAIT_MS} ms: {true} of {value}"
            time.sleep(0.05)

    def waiting(self, count: int) -> None:
        """Until so many events wait on the phone."""
        self.until(COUNT, count)

    def send(self) -> None:
        """As coming back to the page does."""
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def kept(self) -> list[str]:
        """All that the page keeps, as text."""
        found: list[str] = self.page.evaluate(KEPT)
        return found

    def left(self) -> dict[str, int]:
        return dict(json.loads(self.page.evaluate(LEFT)))

    def close(self) -> None:
        self.context.close()
        assert not self.troubles, "\n".join(self.troubles)
