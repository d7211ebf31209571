"""Every page that can be walked to: for an owner, a recipient, and somebody with nothing yet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from urllib.parse import urlsplit

import pytest
from desk import Desk
from invented_site import OFFICER
from looks import lacks
from playwright.sync_api import expect

from thorough import THOROUGH

pytestmark = pytest.mark.browser

NOT_A_PAGE = re.compile(
    r"/(document|file|receipts)(/|$)|/(diary/receipts|diary/entries|witnesses/policy)(/|[.])|/log/[a-z]+/|/accounts/"
)
ONE_OF_MANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
NO_PAGES = ("/no-such-page", "/agreements/999", "/roll/loads/8d7e5f5e-2c5b-4b2e-9a53-000000000000")
OF_A_KIND = 3 if THOROUGH else 1
"""Pages of one kind that are looked at, such as gate reports: they differ by what they report."""
ON_EVERY_PAGE = ("command", "keys")
"""Dialogs that are looked at once."""
ACCOUNT = ("/accounts/password/change/", "/accounts/2fa/", "/accounts/reauthenticate/")
OWNERS_PAGES = {
    "/scripts/", "/vocabulary/",
    "/extracts/waiting",
    "/extracts/programs",
    "/extracts/profiles",
    "/agreements/groups",
    "/agreements/law",
    "/", "/roll/", "/roll/addresses", "/turf/streets", "/roll/changes", "/roll/loads/*",
    "/roll/loads/*/refused",
    "/roll/lists/", "/roll/persons/", "/roll/persons/accuracy", "/roll/matches/",
    "/agreements/", "/agreements/*", "/agreements/matrix", "/agreements/sharing", "/agreements/draft",
    "/proposals/", "/proposals/make", "/agreements/keys",
    "/federation/leave", "/universe/", "/universe/rows", "/people/", "/lists/", "/lists/own/", "/turf/",
    "/extracts/",
    "/field/", "/field/asked", "/field/calls/", "/field/events/", "/field/waiting", "/extracts/mail",
    "/give-and-get/", "/ballots/",
    "/give-and-get/home", "/give-and-get/hygiene", "/log/", "/traces", "/marks", "/witnesses",
    "/diary/alarms", "/give-and-get/recalls", "/agreements/who-gets-in", "/give-and-get/stops", "/stop",
}  # fmt: skip
RECIPIENTS_PAGES = OWNERS_PAGES - {
    "/extracts/waiting",
    "/agreements/law",
    "/roll/addresses", "/roll/changes", "/roll/loads/*", "/roll/loads/*/refused", "/give-and-get/hygiene",
    "/roll/lists/", "/roll/persons/", "/roll/persons/accuracy", "/roll/matches/",
} | {"/extracts/*"}  # fmt: skip
QUESTIONS = (
    "/universe/?down=county", "/universe/?down=state&across=status", "/universe/?where=statsu+%3D+1",
    "/universe/?down=party&where=age+%3C+30", "/universe/rows?columns=last_name&columns=status",
)  # fmt: skip
EMPTY_PAGES = {
    "/scripts/", "/vocabulary/",
    "/", "/roll/", "/agreements/", "/agreements/matrix", "/agreements/sharing", "/universe/", "/lists/",
    "/lists/own/", "/turf/", "/field/", "/ballots/", "/extracts/", "/extracts/mail", "/give-and-get/",
    "/log/", "/traces", "/marks", "/witnesses", "/diary/alarms",
}  # fmt: skip
OFFICERS_PAGES = ("/federation/newcomers", "/federation/questions", "/doctor")

HREFS = "(all) => all.map((a) => new URL(a.getAttribute('href'), document.baseURI).href)"
"""A link in a drawing has no address as a text of its own."""


def kind_of(path: str) -> str:
    return ONE_OF_MANY.sub("*", path)


def settle(desk: Desk) -> None:
    """Maps are drawn, or say that this browser draws none."""
    for frame in desk.page.locator("[data-map]").all():
        expect(frame).to_have_attribute("data-ready", "1", timeout=20_000)


def ways_on(desk: Desk) -> list[str]:
    """Addresses of pages that this one links to."""
    links = desk.page.locator("a[href]:not([download])").evaluate_all(HREFS)
    paths = [urlsplit(link) for link in links if link.startswith(desk.site.url)]
    return [f"{p.path}?{p.query}" if p.query else p.path for p in paths if not NOT_A_PAGE.search(p.path)]


def look(desk: Desk, path: str, *, but: Collection[str] = ()) -> list[str]:
    answer = desk.page.goto(path)
    assert answer is not None and answer.ok, f"{path} answers {answer and answer.status}"
    settle(desk)
    return [f"{path}: {complaint}" for complaint in lacks(desk.page, but=but)]


def walk(desk: Desk, person: str, *questions: str) -> set[str]:
    """Look at the first page, `questions`, and a few of each kind that they lead to: the kinds."""
    desk.enter(person)
    complaints = look(desk, "/")
    waiting, seen, kinds = ways_on(desk), {"/"}, Counter({"/": 1})
    for path in questions:
        complaints += look(desk, path, but=ON_EVERY_PAGE)
        waiting += ways_on(desk)
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(urlsplit(path).path)
        if urlsplit(path).path in seen or kinds[kind] == OF_A_KIND:
            continue
        seen.add(urlsplit(path).path)
        kinds[kind] += 1
        complaints += look(desk, path, but=ON_EVERY_PAGE)
        waiting += ways_on(desk)
    assert not complaints, "\n".join(complaints)
    return set(kinds)


def test_an_owners_pages(desk: Desk) -> None:
    assert walk(desk, "wanda", *ACCOUNT) >= OWNERS_PAGES


def test_a_recipients_pages(desk: Desk) -> None:
    assert walk(desk, "nadia", *QUESTIONS) >= RECIPIENTS_PAGES


def test_the_pages_of_somebody_with_nothing_yet(desk: Desk) -> None:
    assert walk(desk, "charlie") >= EMPTY_PAGES


def test_an_officers_pages(desk: Desk) -> None:
    desk.enter(OFFICER)
    desk.follow("newcomers")
    assert {"/doctor", "/federation/questions"} <= set(ways_on(desk))
    complaints = [said for path in OFFICERS_PAGES for said in look(desk, path)]
    assert not complaints, "\n".join(complaints)
    desk.press("Examine now")
    desk.sees(re.compile("The worker examines|The site is whole"))
    assert not lacks(desk.page)


def test_pages_before_the_door(desk: Desk) -> None:
    for path in ("/accounts/login/", "/accounts/password/reset/", "/apply/", "/apply/membership", "/f/"):
        desk.open(path)
        desk.page.locator("h1").first.wait_for()  # the phone's page draws itself
        assert not lacks(desk.page), path


def test_a_newcomer_applies_and_comes_back_by_its_link(desk: Desk) -> None:
    desk.open("/apply/membership")
    desk.page.get_by_label("Name of the candidate or group").fill("Quoll for House")
    desk.page.get_by_label("How a person is reached").fill("quoll@example.org")
    desk.page.get_by_label("Do you keep the charter?").fill("Yes.")
    desk.press("Send to")
    code = desk.page.locator("#code").inner_text()
    assert not lacks(desk.page)
    desk.page.locator("#status-link").click()
    desk.sees("A word is owed by")
    assert code not in desk.page.url and not lacks(desk.page)


def test_pages_that_say_no(desk: Desk) -> None:
    desk.enter("charlie")
    for path in (
        "/there-is-no-such-page",
        "/agreements/999",
        "/roll/loads/8d7e5f5e-2c5b-4b2e-9a53-000000000000",
    ):
        desk.open(path)
        assert not lacks(desk.page), path
