"""Extracts, the log, give and get, people: each page does what its button says."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import World, address

from commonroll.server import jobs, startup
from commonroll.server.models import Extract, Role

pytestmark = pytest.mark.django_db


def extracted(client: Client, where: str = "member = 'oh'", **form: object) -> Extract:
    asked = {"where": where, "columns": ["state_voter_id", "last_name"], "format": "csv"} | form
    made = client.post(reverse("extract_make"), asked)
    assert made.status_code == 302, made.content.decode()[:500]
    pk = made["Location"].rpartition("/")[2]
    assert "progressbar" in client.get(made["Location"]).content.decode()
    jobs.run_extract.call(pk)
    return Extract.objects.get(pk=pk)


def body(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_an_extract_is_downloaded_with_its_receipts(world: World, bob: Client) -> None:
    extract = extracted(bob)
    page = html.unescape(bob.get(reverse("extract", args=[extract.pk])).content.decode())
    assert f"Download {extract.rows} rows as CSV" in page
    rows = list(
        csv.DictReader(io.StringIO(body(bob.get(reverse("extract_download", args=[extract.pk]))).decode()))
    )
    assert len(rows) == extract.rows
    receipts = bob.get(reverse("extract_receipts", args=[extract.pk])).content
    assert receipts.startswith(b"c2sp.org/tlog-proof")


def test_an_extract_that_is_refused_leaves_no_file(bob: Client) -> None:
    bob.post(reverse("purpose"), {"purpose": "fundraising"})
    asked = {"where": "", "columns": ["state_voter_id"], "format": "csv"}
    made = bob.post(reverse("extract_make"), asked)
    pk = made["Location"].rpartition("/")[2]
    jobs.run_extract.call(pk)
    page = html.unescape(bob.get(made["Location"]).content.decode())
    assert "Nothing left" in page
    assert bob.get(made["Location"] + "/file").status_code == 404


def test_the_owner_sees_the_use_and_the_recipient_does_not_see_others(
    world: World, alice: Client, bob: Client
) -> None:
    extract = extracted(bob)
    startup.fold(world.home)
    page = html.unescape(alice.get(reverse("diary")).content.decode())
    assert "Took rows away" in page
    assert f"{extract.rows}" in page
    only = html.unescape(alice.get(reverse("diary"), {"purpose": "research"}).content.decode())
    assert "No entry" in only


def test_the_log_is_verified_in_one_click(alice: Client, world: World) -> None:
    page = html.unescape(alice.post(reverse("diary_verify")).content.decode())
    assert "The log is whole" in page
    entries = world.home.logs / "oh" / "tile" / "entries"
    first = next(file for file in sorted(entries.rglob("*")) if file.is_file())
    data = bytearray(first.read_bytes())
    data[40] ^= 1
    first.write_bytes(bytes(data))
    assert "does not verify" in html.unescape(alice.post(reverse("diary_verify")).content.decode())


def test_answers_go_back_and_stand_on_both_sides(world: World, alice: Client, bob: Client) -> None:
    extract = extracted(bob, columns=["state_voter_id"])
    text = body(bob.get(reverse("extract_download", args=[extract.pk]))).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    sheet = "owner,state_voter_id,question,answer,date,channel\n" + "".join(
        f"oh,{row['state_voter_id']},support,1,2026-11-20,door\n" for row in rows[:5]
    )
    bob.post(reverse("bring_answers"), {"answers": SimpleUploadedFile("answers.csv", sheet.encode())})
    gave = alice.get(reverse("ledger")).content.decode()
    got = bob.get(reverse("ledger")).content.decode()
    for page, side in ((gave, "You gave"), (got, "You got")):
        part = page.partition(f"<h2>{side}</h2>")[2]
        assert re.search(r'data-label="Answers back">5<', part), side


def test_an_invitation_brings_a_colleague_in(world: World, alice: Client, nobody: Client) -> None:
    alice.post(reverse("invite"), {"email": "carol@example.org", "role": "analyst"})
    page = alice.get(reverse("federation")).content.decode()
    link = re.search(r"http://testserver(/invitation/[^<\s]+)", page)
    assert link
    assert link[1] not in alice.get(reverse("federation")).content.decode()
    assert "Ohio invites you" in nobody.get(link[1], follow=True).content.decode()
    form = reverse("invitation")
    assert nobody.post(form, {"password": "short"}).status_code == 400
    assert nobody.post(form, {"password": "a sentence that is easy to keep"}).status_code == 302
    assert nobody.get(reverse("roll")).status_code == 200
    assert Role.objects.get(user__email="carol@example.org").name == "analyst"
    assert world.client().get(link[1]).status_code == 404


def test_the_last_owner_stays(world: World, alice: Client) -> None:
    answer = alice.post(reverse("set_role", args=[world.user("alice").pk]), {"role": ""})
    assert answer.status_code == 400
    assert "last owner" in answer.content.decode()


def test_a_role_is_changed(world: World, alice: Client) -> None:
    alice.post(reverse("set_role", args=[world.user("violet").pk]), {"role": "analyst"})
    assert Role.objects.get(user__email=address("violet")).name == "analyst"


@pytest.mark.parametrize("form", [{}, {"role": "emperor"}])
def test_a_role_that_nobody_chose_changes_nothing(world: World, alice: Client, form: dict[str, str]) -> None:
    answer = alice.post(reverse("set_role", args=[world.user("violet").pk]), form)
    assert answer.status_code == 400
    assert Role.objects.get(user__email=address("violet")).name == "viewer"


def test_the_command_bar_finds_pages_agreements_and_actions(alice: Client, violet: Client) -> None:
    assert "Agreement 1: Ohio to National" in alice.post(reverse("find"), {"q": "nat ohio"}).content.decode()
    assert "Load a file" in alice.post(reverse("find"), {"q": "load"}).content.decode()
    assert "Load a file" not in violet.post(reverse("find"), {"q": "load"}).content.decode()
