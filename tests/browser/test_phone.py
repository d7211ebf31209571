"""The canvasser's phone when all goes wrong: nothing lost, nothing doubled (field.md, 5.9).

A stand-in answers; the site itself does in test_phone_site.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bad_line import line_to
from field_stand_in import CODE, StandIn
from invented_site import Site
from phones import PIN, Phone
from playwright.sync_api import Browser, expect

from thorough import THOROUGH

pytestmark = pytest.mark.browser

MakePhone = Callable[..., Phone]


rare = pytest.mark.skipif(not THOROUGH, reason="with make bench: a phone's start costs a second")


@pytest.fixture
def make_phone(site: Site, browser: Browser) -> Iterator[MakePhone]:
    with ExitStack() as ends:

        def make(stand: StandIn, **context: Any) -> Phone:
            line = ends.enter_context(line_to(site.url, stand))
            phone = Phone(browser, line, **context)
            ends.callback(phone.close)
            return phone

        yield make


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
    expect(page.locator(".badge")).to_have_text("● 23 sent")


@rare
def test_a_claim_whose_reply_is_lost_is_asked_for_again(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.line.unheard = {"claim"}
    page = phone.page
    page.goto(f"{phone.line.url}/f/#{CODE}")
    page.get_by_role("button", name="Go on").click()
    for label in ("New PIN", "The same again"):
        page.get_by_label(label).fill(PIN)
    page.get_by_role("button", name="Get the turf").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no network")
    assert not stand.codes, "the site never heard of it"
    page.goto("about:blank")
    phone.claim(code="")
    assert len(stand.claimed) == 1
    assert not [one for one in phone.kept() if CODE in one]


@rare
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


@rare
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
    page.clock.set_fixed_time(time.time() + 2 * 3600)
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("The turf’s time is over")
    expect(page.get_by_text("1 answer waits for a signal")).to_be_visible()
    assert not [text for text in phone.kept() if text.startswith(("diary", "kv: turf="))]
    phone.offline(False)
    phone.send()
    expect(page.locator("p", has_text="Everything you recorded is sent.")).to_be_visible()
    assert len(stand.recorded) == 1
    assert phone.left()["databases"] == 0


@rare
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


@rare
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


@rare
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


@rare
def test_two_phones_on_one_turf_and_a_door_that_is_dropped(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    page = phone.page
    stand.others = [
        {"id": "1", "household": "h0", "person": None, "kind": "attempt", "value": {"result": "refused"},
         "by": "Ana", "at": "2026-11-03T10:00:00Z", "replaces": None}
    ]  # fmt: skip
    stand.drop = ["h3"]
    phone.send()
    expect(page.locator("[data-household=h0]")).to_contain_text("Refused")
    expect(page.locator("[data-household=h0]")).to_contain_text("by Ana")
    expect(page.locator("[data-household=h3]")).to_have_count(0)
    expect(page.locator(".far")).to_have_text("1 of 11 doors")


def test_who_is_to_be_left_alone_is_hidden_and_not_the_door(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    phone.kept_by_its_worker()
    page = phone.page
    door = page.locator("[data-household=h1]")
    expect(door.locator(".who")).to_have_text("Okapi Horseborn, Lynx Horseborn")
    stand.leave, stand.hide = {"h1": ["p1a"], "h2": ["p2a", "p2b"]}, ["n1"]
    phone.send()
    expect(door.locator(".who")).to_have_text("Lynx Horseborn")
    phone.offline()
    page.reload()
    phone.unlock()
    expect(page.locator(".far")).to_have_text("0 of 11 doors")
    door.locator(".opens").click()
    expect(page.get_by_text("Somebody here is not to be asked for")).to_be_visible()
    expect(page.get_by_text("Buzzer broken")).to_have_count(0)
    page.get_by_role("button", name="More …: Lynx").click()
    page.get_by_role("button", name="Something is otherwise").click()
    page.get_by_label("Wants to be called").fill("Lyn")
    page.get_by_label("Language").select_option("es")
    page.get_by_label("Phone").fill("+1 202 555 0100")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", name="Lynx Horseborn (Lyn)")).to_be_visible()
    for said in ("lyn at example.org", "lyn@example.org"):
        page.get_by_role("button", name="More …: Lynx").click()
        page.get_by_role("button", name="Something is otherwise").click()
        page.get_by_label("E-mail").fill(said)
        page.get_by_label("Says that we may").check()
        page.get_by_role("button", name="Keep").click()
        if said.startswith("lyn at"):
            expect(page.get_by_text("it needs an @ and no spaces")).to_be_visible()
    stand.leave, stand.hide = {}, []
    phone.offline(False)
    phone.send()
    phone.waiting(0)
    told = [event.value["field"] for event in stand.recorded.values()]
    assert told == ["preferred_name", "language", "email"], "a phone was kept without consent"
    expect(page.get_by_text("Buzzer broken")).to_be_visible()


def test_a_file_of_one_phone_is_sent_by_another(make_phone: MakePhone, tmp_path: Path) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    phone.line.dead = True
    phone.not_home(2)
    phone.page.locator(".badge").click()
    with phone.page.expect_download() as saved:
        phone.page.get_by_role("button", name="Save as a file").click()
    file, cut = tmp_path / "answers.json", tmp_path / "cut.json"
    saved.value.save_as(file)
    cut.write_bytes(file.read_bytes()[:-9])
    other = make_phone(stand)
    page = other.page
    page.goto(f"{other.line.url}/f/")
    page.get_by_role("button", name="Send a saved file").click()
    page.get_by_label("answers.json").set_input_files(cut)
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("alert")).to_contain_text("damaged")
    page.get_by_label("answers.json").set_input_files(file)
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("2 answers are at home.").last).to_be_visible()
    assert len(stand.recorded) == 2 and stand.acks == ["ok", "ok"]
    assert not [text for text in other.kept() if text.startswith(("outbox", "kv"))]


@rare
def test_a_site_restored_from_an_older_copy_is_told_all_again(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    phone.not_home(3)
    phone.waiting(0)
    before, lost = dict(stand.recorded), list(stand.recorded)[1:]
    for event in lost:
        del stand.recorded[event]
    phone.page.reload()
    phone.unlock()
    phone.until("() => document.querySelector('.badge')?.textContent.includes('3 sent')")
    phone.send()
    phone.waiting(0)
    assert stand.recorded.keys() == before.keys()
    assert stand.acks == ["ok"] * 3 + ["dup", "ok", "ok"]


@rare
def test_a_passkey_opens_the_turf_without_a_signal(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.authenticator()
    phone.claim_by_passkey()
    phone.kept_by_its_worker()
    phone.offline()
    phone.not_home()
    phone.page.reload()
    phone.page.get_by_role("button", name="Open").click()
    expect(phone.page.locator(".door.done")).to_have_count(1)


@rare
def test_a_new_shell_leaves_a_full_outbox_as_it_is(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    phone.kept_by_its_worker()
    page = phone.page
    phone.line.fail = 999
    phone.not_home(3)
    phone.line.instead["/f/sw.js"] = (b'const VERSION = "', b'const VERSION = "newer-')
    page.evaluate("() => navigator.serviceWorker.getRegistration().then((one) => one.update())")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Use it now").click()
    phone.unlock()
    expect(page.locator(".door.done")).to_have_count(3)
    assert page.evaluate("() => caches.keys()")[0].startswith("shell-newer-")
    phone.waiting(3)
    phone.line.fail = 0
    phone.send()
    phone.waiting(0)
    assert len(stand.recorded) == 3


@rare
def test_handed_back_only_when_all_is_at_home(make_phone: MakePhone) -> None:
    stand = StandIn(doors=12, building=0)
    phone = make_phone(stand)
    phone.claim()
    page = phone.page
    phone.line.dead = True
    phone.not_home()
    page.get_by_role("button", name="Recap").click()
    page.get_by_role("button", name="Hand it back").click()
    expect(page.get_by_role("dialog", name="Not yet")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    phone.line.dead = False
    page.get_by_role("button", name="Hand it back").click()
    page.get_by_role("dialog").get_by_role("button", name="Hand it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The turf is handed back")
    assert stand.told == ["return"]
    assert len(stand.recorded) == 1
    assert phone.left()["databases"] == 0


@rare
def test_a_clock_set_back_gives_a_turf_no_more_time(make_phone: MakePhone) -> None:
    phone = make_phone(StandIn(doors=12, building=0, lives=timedelta(hours=1)))
    phone.claim()
    phone.kept_by_its_worker()
    page = phone.page
    phone.offline()
    now = time.time()
    page.clock.install()
    page.clock.set_fixed_time(now + 50 * 60)
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("The turf is locked")
    page.clock.set_fixed_time(now - 24 * 3600)
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("The turf is locked")
    page.clock.set_fixed_time(now + 61 * 60)
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("The turf’s time is over")
