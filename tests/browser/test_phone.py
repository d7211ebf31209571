"""The canvasser's phone without a signal: nothing lost, nothing doubled, nothing readable (field.md, 5.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from bad_line import line_to
from field_stand_in import SECRETS, StandIn
from invented_site import Site
from phones import Phone
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

MakePhone = Callable[..., Phone]


@pytest.fixture
def make_phone(site: Site, browser: Browser) -> Iterator[MakePhone]:
    with ExitStack() as ends:

        def make(stand: StandIn, **context: Any) -> Phone:
            line = ends.enter_context(line_to(site.url, stand))
            phone = Phone(browser, line, **context)
            ends.callback(phone.close)
            return phone

        yield make


def test_an_afternoon_without_a_signal(make_phone: MakePhone) -> None:
    stand = StandIn()
    phone = make_phone(stand)
    phone.claim()
    page = phone.page
    assert page.url.endswith("/f/"), "the code stays in the address"
    phone.kept_by_its_worker()
    expect(page.locator(".door")).to_have_count(49)  # 48 houses and a building

    phone.offline()
    phone.not_home(3)
    phone.waiting(3)
    expect(page.locator(".badge")).to_contain_text("3 answers wait for a signal")
    assert not stand.recorded
    readable = [text for text in phone.kept() if any(secret in text for secret in SECRETS)]
    assert not readable, readable

    before = len(phone.line.asked)
    failed: list[str] = []
    page.on(
        "requestfailed", lambda request: failed.append(request.url) if "/api/" not in request.url else None
    )
    page.reload()
    phone.unlock("111222")
    expect(page.get_by_role("alert")).to_contain_text("9 tries are left")
    phone.unlock()
    expect(page.locator(".door.done")).to_have_count(3)
    assert not failed
    assert len(phone.line.asked) == before, "a reload without a signal asked the server"

    page.close()
    page = phone.new_page()
    page.goto(f"{phone.line.url}/f/")
    phone.unlock()
    expect(page.locator(".door.done")).to_have_count(3)
    phone.waiting(3)

    phone.line.lose = 1
    phone.offline(False)
    phone.send()
    phone.waiting(0)
    assert stand.acks == ["ok", "ok", "ok", "dup", "dup", "dup"]
    assert [event.value for event in stand.recorded.values()] == [{"result": "not_home"}] * 3
    assert [event.seq for event in stand.recorded.values()] == [0, 1, 2]
    expect(page.locator(".badge")).to_contain_text("3 at home")

    stand.revoked = True
    phone.send()
    expect(page.get_by_role("heading", name="This phone is empty")).to_be_visible()
    assert phone.left() == {"databases": 0, "caches": 0, "workers": 0}
    assert stand.told == ["wiped"]


def test_a_batch_that_is_halved_a_failure_in_the_middle_and_a_bad_event(make_phone: MakePhone) -> None:
    stand = StandIn(doors=30, building=20, reject={"building_note"})
    phone = make_phone(stand)
    phone.claim()
    page = phone.page
    phone.offline()
    phone.not_home(2)
    page.locator(".block .opens").click()
    page.get_by_role("button", name="Note on the building").click()
    page.get_by_label("About the place").fill("<script>alert(1)</script> lift out")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Could not get in").click()
    page.get_by_role("button", name="Record 20").click()
    page.get_by_role("button", name="List").click()
    phone.waiting(23)
    phone.line.halve = 1
    phone.offline(False)
    phone.send()
    phone.waiting(1)
    assert len(stand.recorded) == 22
    phone.line.fail = 1
    phone.not_home()
    phone.waiting(1)
    assert len(stand.recorded) == 23, "a failure of the server cost an event"
    expect(page.locator(".badge")).to_contain_text("1 answer was not taken")
    page.locator(".badge").click()
    expect(page.get_by_text("The script has changed.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a file").click()
    assert "lift" not in saved.value.path().read_text()
    page.get_by_role("button", name="Let them go").click()
    expect(page.locator(".badge")).to_have_text("● 23 at home")


def test_killed_between_the_writing_and_the_answer_and_in_two_tabs(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    phone.line.lose = 99
    phone.not_home(2)
    phone.page.close(run_before_unload=False)
    first = phone.new_page()
    first.goto(f"{phone.line.url}/f/")
    phone.unlock()
    expect(first.locator(".door.done")).to_have_count(2)
    second = phone.new_page()
    second.goto(f"{phone.line.url}/f/")
    second.get_by_role("button", name="Use it here").click()
    expect(first.get_by_role("heading")).to_have_text("The turf is open in another tab")
    phone.unlock()
    phone.not_home()
    phone.line.lose = 0
    phone.send()
    phone.waiting(0)
    assert len(stand.recorded) == 3
    assert len({event.seq for event in stand.recorded.values()}) == 3


def test_what_is_taken_back_stays_taken_back(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    page = phone.page
    phone.not_home()
    page.locator(".undo button").click()
    expect(page.locator(".door.done")).to_have_count(0)
    phone.waiting(0)
    kinds = [event.kind for event in stand.recorded.values()]
    assert kinds == ["attempt", "undo"]
    page.reload()
    phone.unlock()
    expect(page.locator(".door")).to_have_count(12)
    expect(page.locator(".door.done")).to_have_count(0)


def test_a_turf_whose_time_is_over_leaves_without_a_network(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0, lives=timedelta(hours=1))
    phone = make_phone(stand)
    phone.claim()
    phone.kept_by_its_worker()
    page = phone.page
    phone.offline()
    phone.not_home()
    page.clock.install()
    page.clock.set_fixed_time(page.evaluate("Date.now() + 2 * 3600e3"))
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("The turf’s time is over")
    expect(page.get_by_text("1 answer waits for a signal")).to_be_visible()
    assert not [text for text in phone.kept() if text.startswith(("diary", "kv: turf="))]
    phone.offline(False)
    phone.send()
    expect(page.locator("p", has_text="Everything you recorded is sent.")).to_be_visible()
    assert len(stand.recorded) == 1
    assert phone.left()["databases"] == 0


def test_ten_wrong_pins_destroy_the_key_and_no_answer(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    page = phone.page
    phone.line.dead = True
    phone.not_home()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Lock now").click()
    for left in range(9, 0, -1):
        phone.unlock(f"00000{left}")
        expect(page.get_by_role("alert")).to_contain_text(
            f"{left} tries are left" if left > 1 else "One try is left"
        )
    phone.unlock("000099")
    expect(page.get_by_role("heading")).to_have_text("The key is destroyed")
    phone.line.dead = False
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("p", has_text="Everything you recorded is sent.")).to_be_visible()
    assert len(stand.recorded) == 1


def test_a_full_phone_says_so_and_shows_nothing_as_recorded(make_phone: MakePhone) -> None:
    phone = make_phone(StandIn(doors=12, building=0))
    phone.claim()
    page = phone.page
    page.evaluate(
        "() => { IDBObjectStore.prototype.add = () => {"
        "  throw new DOMException('', 'QuotaExceededError'); }; }"
    )
    page.locator(".next .nothome").click()
    expect(page.get_by_role("alert")).to_contain_text("this phone is full")
    expect(page.locator(".door.done")).to_have_count(0)


def test_a_browser_without_workers_says_so_and_still_keeps_answers(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.context.add_init_script("delete Navigator.prototype.serviceWorker")
    phone.page.goto(f"{phone.line.url}/f/")
    expect(phone.page.get_by_text("cannot open the page without a signal")).to_be_visible()
    phone.claim()
    phone.not_home()
    phone.waiting(0)
    assert len(stand.recorded) == 1
