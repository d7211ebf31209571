"""What Nadia does for National with what Ohio and Washington let her, and what Charlie cannot do."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from chapters_ohio import sign
from desk import Desk
from invented_site import MEMBERS
from playwright.sync_api import Download, expect

from commonroll.transparency.receipts import verify_receipt

WHERE = "age >= 30 AND status = 'active'"
ANSWERS = 7
CHARLIES_PAGES = (
    "/", "/roll/", "/agreements/", "/agreements/draft?owner=oh", "/universe/", "/universe/?down=party",
    "/universe/rows?columns=last_name", "/extracts/", "/give-and-get/", "/log/", "/log/?log=federation",
)  # fmt: skip


def countersign(desk: Desk, agreement: int) -> None:
    desk.page.get_by_role("link", name="Agreements").first.click()
    desk.sees("waits for your signature")
    desk.follow(f"Agreement {agreement}")
    sign(desk, "Sign, and put it in force")
    desk.sees("in force")


def type_where(desk: Desk, words: str) -> None:
    desk.page.get_by_label("The same, as text").fill(words)


def total(desk: Desk) -> int:
    return int(desk.page.locator("#total").inner_text().replace(",", ""))


def count_while_typing(desk: Desk) -> None:
    desk.page.get_by_role("link", name="Universe").first.click()
    everybody = desk.page.locator("#total").inner_text()
    type_where(desk, WHERE)
    expect(desk.page.locator("#total")).not_to_have_text(everybody)
    assert 0 < total(desk) < int(everybody.replace(",", ""))
    expect(desk.page.locator("#chips")).to_contain_text("30")
    owners = desk.page.locator(".bars.owners")
    for name in ("Ohio", "Washington"):
        expect(owners).to_contain_text(name)


def a_typo_is_pointed_at(desk: Desk) -> None:
    type_where(desk, "age >= 30 AND statsu = 'active'")
    problem = desk.page.locator("#answer").get_by_role("alert")
    expect(problem).to_contain_text("statsu")
    shown, pointer = problem.locator("pre").inner_text().split("\n")[:2]
    assert pointer.index("^") == shown.index("statsu")
    expect(problem).to_contain_text("status")
    type_where(desk, WHERE)
    expect(desk.page.locator("#total")).to_be_visible()


def the_gap_is_explained(desk: Desk) -> None:
    """Washington publishes no parties: it is missing from a split by party, and the page says why."""
    desk.page.get_by_label("Split by").select_option("party")
    gaps = desk.page.locator("#answer ul.gaps")
    expect(gaps).to_contain_text("Washington")
    expect(gaps).to_contain_text("Not published by the state")
    expect(desk.page.locator("#answer")).to_contain_text("By party")
    desk.page.get_by_label("Split by").select_option("")
    expect(gaps).to_have_count(0)


def extract_ohio(desk: Desk) -> list[dict[str, str]]:
    """Ohio's rows as a file, each with its receipt in Ohio's log."""
    type_where(desk, f"{WHERE} AND member = 'oh'")
    expect(desk.page.locator(".bars.owners")).to_contain_text(re.compile(r"Washington\s*0\b"))
    asked = total(desk)
    desk.follow("Make an extract")
    expect(desk.page.get_by_label("Who", exact=True)).to_have_value(re.compile("member = 'oh'"))
    desk.press("Make the extract")
    download = desk.page.get_by_role("link", name=re.compile("^Download"))
    expect(download).to_be_visible(timeout=30_000)
    with desk.page.expect_download() as info:
        download.click()
    rows = read_rows(saved(desk, info.value))
    assert len(rows) == asked
    assert {row["member"] for row in rows} == {"oh"}
    with desk.page.expect_download() as info:
        desk.follow("Receipts")
    receipts_verify(saved(desk, info.value), desk.site.vkeys["oh"])
    return rows


def saved(desk: Desk, download: Download) -> Path:
    path = desk.downloads / download.suggested_filename
    download.save_as(path)
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def receipts_verify(path: Path, vkey: str) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            texts = [archive.read(name).decode() for name in archive.namelist()]
    else:
        texts = [path.read_text()]
    assert texts
    for text in texts:
        verdict = verify_receipt(text, vkey)
        assert verdict.ok, verdict.sentences
        assert b"'active'" not in verdict.leaf


def bring_answers(desk: Desk, rows: list[dict[str, str]]) -> None:
    sheet = desk.downloads / "answers.csv"
    today = datetime.now(UTC).date().isoformat()
    lines = [f"oh,{row['state_voter_id']},support,{n % 5 + 1},{today},door" for n, row in enumerate(rows)]
    lines = [*lines[:ANSWERS], f"oh,OH000000000000,support,1,{today},door"]
    sheet.write_text("\n".join(["owner,state_voter_id,question,answer,date,channel", *lines]) + "\n")
    desk.page.get_by_role("link", name="Give and get").first.click()
    desk.page.get_by_label("CSV of answers").set_input_files(sheet)
    desk.press("Load the answers")
    desk.sees(f"{ANSWERS} answers loaded; 0 went back to their owners")
    desk.sees("1 refused")


def ohio_is_gone_and_says_why(desk: Desk, agreement: int) -> None:
    desk.open("/universe/")
    gaps = desk.page.locator("#answer ul.gaps")
    expect(gaps).to_contain_text("Ohio")
    owners = desk.page.locator(".bars.owners")
    expect(owners.get_by_role("img", name=re.compile("Missing: .*Ohio"))).to_be_visible()
    expect(owners).to_contain_text("Washington")
    desk.open(f"/agreements/{agreement}")
    desk.sees(re.compile("safety", re.IGNORECASE))


def charlie_sees_nothing(desk: Desk, others: list[str], ohio_voters: int) -> None:
    """No page shows a number of Ohio's; what the others have is not there, not even for who knows where."""
    for path in CHARLIES_PAGES:
        desk.open(path)
        text = desk.page.locator("body").inner_text()
        assert not re.search(rf"\b{ohio_voters:,}\b", text), f"{path} shows the size of Ohio's roll"
    expect(desk.page.locator("#uses")).to_have_count(0)
    for path in others:
        answer = desk.context.request.get(path)
        assert answer.status == 404, path
        assert MEMBERS["oh"][0] not in answer.text()
