"""What Alice does for Ohio: her file, her agreement, her log."""

from __future__ import annotations

import re

from desk import Desk
from invented_site import PASSPHRASE, VOTERS
from playwright.sync_api import expect


def sign_in_at_the_second_try(desk: Desk) -> None:
    desk.sign_in("alice", password="not her password")
    desk.sees("not correct")
    desk.sign_in("alice")
    expect(desk.page.get_by_role("button", name="You act for Ohio")).to_be_visible()


def snapshot_in_place(desk: Desk) -> str:
    """The line under the heading of the roll: how many voters, which snapshot."""
    desk.open("/roll/")
    return desk.page.locator("main .head p").first.inner_text()


def upload(desk: Desk, delivery: str) -> bool:
    """Send a delivery's files and wait until there is a report; whether progress was to be seen before."""
    desk.open("/roll/")
    desk.page.get_by_label("Choose files").set_input_files(desk.site.delivery(delivery))
    expect(desk.page.locator("#chosen")).to_contain_text("SWVF_1_22.txt")
    desk.press("Send to the gate")
    expect(desk.page).to_have_url(re.compile("/roll/loads/"))
    watched = desk.page.get_by_role("progressbar").count() > 0
    expect(desk.page.get_by_role("heading", name="Gate report")).to_be_visible(timeout=60_000)
    return watched


def broken_files_change_nothing(desk: Desk) -> None:
    before = snapshot_in_place(desk)
    assert f"{VOTERS} voters of Ohio, snapshot 1" in before
    watched = upload(desk, "renamed")
    desk.sees("RESIDENTIAL_CITY")
    desk.sees("Your roll is as it was: snapshot 1")
    watched |= upload(desk, "halved")
    assert watched, "two loads ran and neither showed its progress"
    desk.sees("Refused")
    desk.sees(re.compile(r"fewer|lost|less", re.IGNORECASE))
    desk.sees("Your roll stays snapshot 1")
    assert snapshot_in_place(desk).startswith(before.split(", loaded")[0])


def the_good_files_become_a_snapshot(desk: Desk) -> str:
    """Where the gate's report stands."""
    upload(desk, "2")
    report = desk.path
    desk.sees(re.compile("Accepted.*: snapshot 2"))
    desk.sees("Every line was read")
    assert "snapshot 2" in snapshot_in_place(desk)
    desk.follow("What changed")
    desk.sees("What changed from snapshot 1 to 2")
    desk.sees(re.compile(r"\d+ voters came, .*\d+ went, \d+ moved"))
    return report


def leading_number(text: str) -> str:
    return text.split()[0]


def start_a_draft(desk: Desk) -> None:
    desk.open("/agreements/")
    desk.follow("Draft an agreement")
    desk.page.get_by_label("Recipient").select_option(label="National")
    expect(desk.page.locator("legend", has_text="Ohio lets National use")).to_be_visible()
    desk.page.get_by_label("Starting point").select_option("national-committee")
    expect(desk.page).to_have_url(re.compile("template=national-committee"))


def draft_with_sentences(desk: Desk) -> None:
    """After each choice the page says what the draft would mean and how many voters it would reach."""
    start_a_draft(desk)
    preview, reach = desk.page.locator("#preview"), desk.page.locator("#preview dd").nth(1)
    expect(preview).to_contain_text("Voters it would reach")
    research = desk.page.locator("label.pill", has_text="research")
    research.click()
    expect(preview.get_by_role("alert")).to_contain_text("Research gets no contact data")
    research.click()
    expect(preview).to_contain_text("What both sides sign")
    whole_file = re.compile(f"^{leading_number(reach.inner_text())}\\D")
    desk.page.locator("summary", has_text="Parties and statuses").click()
    democrats = desk.page.locator("label.pill", has_text="Democratic")
    democrats.click()
    expect(reach).not_to_have_text(whole_file)
    democrats.click()
    expect(reach).to_have_text(whole_file)
    desk.press("Keep this draft")
    desk.sees("is drafted. Read it once more, then sign.")


def sign(desk: Desk, button: str) -> None:
    """A wrong passphrase signs nothing and says so where it was typed; the right one does, at once."""
    desk.press(button)
    sheet = desk.page.get_by_role("dialog")
    secret = sheet.get_by_label("Passphrase of the signing key")
    for wrong in ("wrong", "wrong again"):
        secret.fill(wrong)
        sheet.get_by_role("button", name=button).click()
        expect(sheet.get_by_role("alert")).to_contain_text("passphrase")
        expect(secret).to_be_focused()
    secret.fill(PASSPHRASE)
    sheet.get_by_role("button", name=button).click()
    desk.sees("is signed")


def ohio_signs(desk: Desk) -> int:
    """The number of the agreement that waits for National now."""
    sign(desk, "Sign and send to National")
    desk.sees("waits for National")
    return int(desk.page.url.rsplit("/", 1)[1])


def the_log_shows_the_use(desk: Desk, agreement: int, question: str) -> None:
    """Who, what for, how much, under which agreement; never which question. Whole, in one click."""
    desk.page.get_by_role("link", name="Log").first.click()
    uses = desk.page.locator("#uses tbody tr", has_text="National")
    expect(uses).to_contain_text(str(agreement))
    entries = desk.page.locator("#entries-table tbody tr", has_text="National")
    expect(entries.filter(has_text="Took rows away").first).to_contain_text(str(agreement))
    text = desk.page.locator("body").inner_text()
    assert question not in text and "'active'" not in text
    desk.press("Verify the log now")
    expect(desk.page.locator("#verdict")).to_contain_text("The log is whole")


def the_ledger_shows_answers(desk: Desk, lent: int, returned: int) -> None:
    desk.page.get_by_role("link", name="Give and get").first.click()
    given = desk.page.locator("section.give")
    expect(given.locator("dd").nth(0)).to_have_text(f"{lent:,}")
    expect(given.locator("dd").nth(1)).to_have_text(f"{returned:,}")
    expect(given.locator("tbody tr")).to_contain_text("National")


def revoke_for_safety(desk: Desk, agreement: int) -> None:
    desk.open(f"/agreements/{agreement}")
    desk.press("Revoke")
    sheet = desk.page.get_by_role("dialog")
    sheet.get_by_role("radio", name=re.compile("safety", re.IGNORECASE)).check()
    sheet.get_by_label("Passphrase of the signing key").fill(PASSPHRASE)
    sheet.get_by_role("button", name="Sign the revocation").click()
    desk.sees(f"Agreement {agreement} ends")
    desk.sees("ended")


def voters(desk: Desk) -> int:
    """Voters in Ohio's newest snapshot, as the roll's page says."""
    return int(snapshot_in_place(desk).split(" voters")[0].replace(",", ""))
