"""An afternoon with the site itself: from the code to the last answer sent, mostly without a signal."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bad_line import line_to
from invented_site import Site, environment
from phones import Phone
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

AT_ONCE = 12
"""Doors noted within a minute: screening asks about nine."""

MADE_WALK = Path(__file__).parent / "made_walk.py"


def walk(site: Site, *words: str) -> Any:
    """Runs made_walk.py beside the site."""
    told = subprocess.run(
        [sys.executable, str(MADE_WALK), str(site.home), *words],
        env=environment(site.home), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(told.stdout or "null")


def recorded(site: Site, urn: str) -> list[tuple[str, str, str]]:
    """(kind, value, status) of what the site has of a hand-out, in its order."""
    with closing(sqlite3.connect(f"file:{site.home}/commonroll.sqlite3?mode=ro", uri=True)) as database:
        rows = database.execute(
            """SELECT e.kind, json_extract(e.document, '$.value'), e.status FROM server_fieldevent e
               JOIN server_handout h ON h.id = e.hand_out_id WHERE h.urn = ? ORDER BY e.id""",
            [urn.replace("-", "")],
        ).fetchall()
    return [(kind, value, status) for kind, value, status in rows]


def flag_words(site: Site) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(f"file:{site.home}/commonroll.sqlite3?mode=ro", uri=True)) as database:
        asked = "SELECT f.rule, w.text FROM server_flagword w JOIN server_fieldflag f ON f.id = w.flag_id"
        return database.execute(asked).fetchall()


def test_what_is_asked_about_a_walk_is_answered_on_the_phone(site: Site, browser: Browser) -> None:
    given = walk(site)
    with line_to(site.url) as line:
        phone = Phone(browser, line)
        phone.claim(given["codes"][1])
        page = phone.page
        for done in range(1, AT_ONCE + 1):  # whichever doors are houses
            page.locator(".door:not(.done) .nothome").first.click()
            expect(page.locator(".door.done")).to_have_count(done)
        phone.waiting(0)
        page.get_by_role("button", name="Recap").click()
        expect(page.get_by_role("heading", name="Your lead asks")).to_be_visible()
        page.get_by_label("Your answer").first.fill("One building, noted <b>together</b>.")
        page.get_by_role("button", name="Send the answer").first.click()
        expect(page.get_by_text("you: One building, noted <b>together</b>.")).to_be_visible()
        phone.offline()
        page.get_by_role("button", name="Settings").click()
        page.get_by_role("button", name="Recap").click()
        expect(page.get_by_role("heading", name="Recap")).to_be_visible()
        phone.close()
    assert [text for _, text in flag_words(site)] == ["One building, noted <b>together</b>."]


def test_an_afternoon_without_a_signal(site: Site, browser: Browser) -> None:
    given = walk(site)
    urn, doors = given["urns"][0], given["doors"][0]
    with line_to(site.url) as line:
        phone = Phone(browser, line)
        phone.claim(given["codes"][0])
        page = phone.page
        assert page.url.endswith("/f/"), "the code stays in the address"
        phone.kept_by_its_worker()
        expect(page.locator(".far")).to_have_text(f"0 of {doors} doors")
        names = {name for text in page.locator(".who").all_text_contents() for name in text.split(", ")}
        streets = {text.split(" ", 1)[1] for text in page.locator(".opens b").all_text_contents()}

        phone.offline()
        phone.not_home(2)
        page.locator(".next .opens").click()
        page.get_by_role("button", name="Talk:").first.click()
        page.get_by_role("button", name="Strongly ours").click()
        page.get_by_role("button", name="Done").click()
        phone.waiting(4)
        expect(page.locator(".badge")).to_contain_text("4 answers wait for a signal")
        secret = {*names, *streets, "support_gov", "not_home", "Strongly", given["codes"][0]}
        readable = [text for text in phone.kept() if any(word in text for word in secret)]
        assert not readable, readable
        assert not recorded(site, urn)

        asked, failed = len(line.asked), list[str]()
        page.on("requestfailed", lambda one: failed.append(one.url) if "/api/" not in one.url else None)
        page.reload()
        phone.unlock("111222")
        expect(page.get_by_role("alert")).to_contain_text("9 tries are left")
        phone.unlock()
        expect(page.locator(".door.done")).to_have_count(3)
        assert len(line.asked) == asked and not failed, "a reload without a signal asked for something"

        page.close()
        page = phone.new_page()
        page.goto(f"{line.url}/f/")
        phone.unlock()
        expect(page.locator(".door.done")).to_have_count(3)
        phone.waiting(4)

        line.lose = 1
        phone.offline(False)
        phone.send()
        phone.waiting(0)
        assert line.acks == ["ok"] * 4 + ["dup"] * 4
        at_home = [
            ("attempt", {"result": "not_home"}), ("attempt", {"result": "not_home"}),
            ("attempt", {"result": "talked"}), ("answer", {"question": "support_gov", "answer": "1"}),
        ]  # fmt: skip
        assert [(kind, json.loads(value)) for kind, value, _ in recorded(site, urn)] == at_home
        expect(page.locator(".badge")).to_contain_text("4 sent")

        phone.offline()
        phone.not_home()
        phone.waiting(1)
        walk(site, "revoke", urn)
        phone.offline(False)
        phone.send()
        expect(page.get_by_role("heading", name="This phone is empty")).to_be_visible()
        assert phone.left() == {"databases": 0, "caches": 0, "workers": 0}
        assert recorded(site, urn)[-1][0::2] == ("attempt", "held")
        phone.close()
