"""Who can see what, who has it, what came back, for an owner; what one may see and owes, for a recipient."""

from __future__ import annotations

import csv
import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.agreements.profile import ContactQuota, Price
from commonroll.insight.came_back import came_back
from commonroll.server import duties
from commonroll.server.actions import agreement_events, answers, questions, recalls, sharing
from commonroll.server.models import Agreement, Recall
from commonroll.server.pages import dealings

pytestmark = pytest.mark.django_db


def said(client: Client) -> str:
    answer = client.get(reverse("sharing"))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def grants(world: World) -> list[tuple[str, object]]:
    stood = dealings.of_member(world.member("oh"), timezone.now())
    return [(s.agreement.recipient.key, dealings.meant(s)) for s in stood]


def bring(world: World, folder: Path, lines: list[str]) -> None:
    file = folder / f"{len(lines)}.csv"
    file.write_text("\n".join(["owner,state_voter_id,question,answer,date,channel", *lines]) + "\n")
    answers.load(home=world.home, gathered_by=world.member("national"), file=file, by=MACHINE)


def test_an_owner_reads_who_has_what_and_what_came_back(
    world: World, alice: Client, nadia: Client, tmp_path: Path
) -> None:
    ohio, national = world.member("oh"), world.member("national")
    assert "Nobody. No rows of yours have left as a file." in said(alice)
    extract = questions.export(
        home=world.home, viewer=national, purpose="gotv", where="member = 'oh'", columns=("last_name",),
        format="csv", by=MACHINE,
    )  # fmt: skip
    questions.deliver(home=world.home, extract=extract, target=tmp_path / "list.csv")
    voters = [row["state_voter_id"] for row in csv.DictReader((tmp_path / "list.csv").open())]
    [held] = sharing.out(of=ohio, by=MACHINE)
    assert (held.recipient, held.extracts, held.rows, held.still_rows) == (
        "national", 1, len(voters), len(voters)
    )  # fmt: skip

    bring(world, tmp_path, [f"oh,{v},support,1,2026-11-20,door" for v in voters[:2]])
    bring(world, tmp_path, [f"oh,{voters[2]},optout,phone,2026-11-20,door"])
    page = said(alice)
    assert "Answers that came back 2 and 1 opt-out" in page
    assert "attempts, answers and opt-outs within 7 days" in page

    text = Agreement.objects.get(owner=ohio, recipient=national)
    agreement_events.revoke(
        home=world.home, agreement=text, member=ohio, cause="breach", passphrase=PASSPHRASE, by=MACHINE
    )
    bring(world, tmp_path, [f"oh,{v},support,2,2026-11-21,door" for v in voters[3:6]])
    duties.sweep(world.home)
    assert "1 extract, due " in said(alice)
    owes = said(nadia)
    assert "Delete every copy of what it recalls" in owes
    assert "3 answers about its voters, the first by then." in owes

    later = timezone.now() + timedelta(days=8)
    [line] = sharing.back(home=world.home, of=ohio, grants=grants(world), now=later, by=MACHINE)  # type: ignore[arg-type]
    assert (line.waits["responses"].missing, line.waits["responses"].overdue) == (3, 3)
    for recall in Recall.objects.filter(agreement=text):
        recalls.acknowledge(
            home=world.home, recall=recall, member=national, passphrase=PASSPHRASE, by=MACHINE
        )
    [after] = sharing.out(of=ohio, by=MACHINE)
    assert (after.still, after.still_rows, after.rows, after.due) == (0, 0, len(voters), None)


def test_columns_rows_and_days_stand_with_their_clause(world: World, alice: Client, charlie: Client) -> None:
    text = agree(
        "oh", "rivera", rows={"county_fips": ["39049"]}, masks={"voters.first_name": "initial"},
        price=Price(150_000, 30),
        contact=[ContactQuota(4, "household", 30), ContactQuota(2, "household", 14, "phone")],
    )  # fmt: skip
    page = said(alice)
    assert "first name as its first letter" in page and "County 39049" in page
    assert f"Agreement {text.number}, clause 2" in page
    assert "Pay $1,500.00" in said(charlie)
    assert "At most 2 contacts by phone per household in 14 days." in said(charlie)
    assert "Pay $1,500.00" not in page, "what a recipient owes stands on its own page"

    counted = alice.get(reverse("agreement_reach", args=[text.number]))
    assert re.search(r"<b class=\"num\">\d+</b>.*of \d+ voters", counted.content.decode())
    assert charlie.get(reverse("agreement_reach", args=[text.number])).status_code == 404


def test_a_member_without_agreements_reads_that_there_is_nothing(charlie: Client) -> None:
    page = said(charlie)
    assert "Nothing: no agreement gives you anything now." in page and "Nothing with a day to it." in page
    assert "Ohio" not in page and "National" not in page


def test_nothing_came_back_where_there_is_no_file() -> None:
    assert came_back({"responses": ()}, owner="oh") == {}
