"""Mail files: whose rows they are, under which agreement, law, opt-out and receipt; codes that come back."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from django.test import Client
from world import MACHINE, World, agree, shared_columns

from commonroll.agreements.profile import ContactQuota
from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.server import carried, cuts, jobs
from commonroll.server.actions import loads, mailings, questions
from commonroll.server.actions.mailings import Preview
from commonroll.server.actor import Unknown
from commonroll.server.models import Agreement, Extract, Journal, Lent
from commonroll.views.question import NothingGranted

pytestmark = pytest.mark.django_db
COLUMNS = [*shared_columns(), "contact"]
OHIO = "member = 'oh'"


def give(owner: str = "oh", recipient: str = "rivera", **changes: Any) -> Agreement:
    return agree(owner, recipient, **{"columns": COLUMNS, "purposes": ["gotv", "mail"]} | changes)


def asked(world: World, member: str = "rivera", where: str = OHIO, **changes: Any) -> dict[str, Any]:
    return {
        "home": world.home, "viewer": world.member(member), "kind": "mail", "cause": "gotv", "where": where,
        "by": MACHINE,
    } | changes  # fmt: skip


def rows(world: World, extract: Extract) -> list[dict[str, str]]:
    return list(csv.DictReader((world.home.extracts / extract.file).open()))


def persons(world: World, extract: Extract) -> list[str]:
    """Ids in the file that stays here."""
    with engine() as cursor:
        path = str(carried.keys_of(world.home, extract))
        return [v for (v,) in cursor.execute("SELECT state_voter_id FROM read_parquet(?)", [path]).fetchall()]


def look(found: Preview) -> tuple[int, int, dict[str, int]]:
    return found.pieces, found.persons, dict(found.left_out)


def test_a_mail_file_is_what_its_preview_said_and_stands_in_the_owners_log_first(world: World) -> None:
    text = give()
    found = mailings.preview(**asked(world))
    assert Journal.objects.filter(type="export.intent").count() == 0
    extract = mailings.make(**asked(world))
    pieces = rows(world, extract)
    assert look(found) == (
        len(pieces),
        extract.rows,
        {k: n for k, n in extract.made["left_out"].items() if n},
    )
    assert 0 < len(pieces) < extract.rows == len(persons(world, extract))
    assert [p["zip5"] for p in pieces] == sorted(p["zip5"] for p in pieces)
    assert len({p["return_code"] for p in pieces}) == len(pieces)
    text_of_file = (world.home.extracts / extract.file).read_text()
    assert not any(voter in text_of_file for voter in persons(world, extract))
    receipt = Journal.objects.get(log="oh", type="export.intent")
    assert (receipt.agreement, receipt.rows) == (text.urn, extract.rows)
    lent = Lent.objects.get(extract=extract.pk)
    assert (lent.purpose, lent.channels, lent.rows) == ("mail", ["mail"], extract.rows)
    cuts.check(extract)


@pytest.mark.parametrize("purposes", [["gotv"], ["mail"], ["mail", "persuasion"]])
def test_an_owner_that_does_not_grant_mail_and_its_cause_gives_nobody(
    world: World, purposes: list[str]
) -> None:
    give(purposes=purposes)
    with pytest.raises(NothingGranted, match="mail"):
        mailings.make(**asked(world))
    assert not Journal.objects.filter(type="export.intent").exists()
    assert not list(world.home.mailings.iterdir())


def test_charlie_without_an_agreement_gets_nothing_and_nobody_reads_anothers_file(world: World) -> None:
    with pytest.raises(NothingGranted):
        mailings.preview(**asked(world))
    extract = mailings.make(**asked(world, "oh"))
    with pytest.raises(Unknown):
        questions.extract_of(viewer=world.member("rivera"), pk=str(extract.pk), by=MACHINE)


def test_who_stopped_mail_is_left_out_and_counted_and_takes_a_waiting_file_back(world: World) -> None:
    whole = mailings.make(**asked(world, "oh"))
    one, other = persons(world, whole)[:2]
    vault = loads.vault(world.home, world.member("oh"))
    vault.suppress([one], reason="stop", channel="mail")
    vault.suppress([other], reason="stop", channel="phone")
    found = mailings.preview(**asked(world, "oh"))
    assert found.left_out["asked to stop"] == 1 and found.persons == whole.rows - 1
    after = persons(world, mailings.make(**asked(world, "oh")))
    assert one not in after and other in after
    with pytest.raises(Refusal, match="asked to stop"):
        cuts.check(whole)


def test_a_budget_for_mail_that_is_used_up_leaves_households_out_and_says_how_many(world: World) -> None:
    give(contact=(ContactQuota(40, "voter", 30), ContactQuota(1, "voter", 30, "mail")))
    narrow = mailings.make(**asked(world, where=f"{OHIO} AND last_name LIKE 'S%'"))
    found = mailings.preview(**asked(world))
    assert narrow.rows and found.left_out["contact budget"] == narrow.rows
    second = mailings.make(**asked(world))
    assert not set(persons(world, second)) & set(persons(world, narrow))
    assert second.gaps[-1]["reason"] == "contact budget"


def test_the_law_of_the_state_stands_above_agreement_and_own_rows(world: World) -> None:
    give("wa")
    there = {"where": "member = 'wa'"}
    assert mailings.make(**asked(world, **there)).rows
    for member in ("rivera", "wa"):
        with pytest.raises(NothingGranted, match=r"law forbids fundraising: RCW 29A\.08\.720"):
            mailings.make(**asked(world, member, cause="fundraising", **there))


@pytest.mark.parametrize(("changes", "says"), [
    ({"cause": "hygiene"}, "no file is made for list hygiene"),
    ({"cause": "mail"}, "no file is made for mail"),
    ({"kind": "rows"}, "no such file"), ({"format": "xls"}, "no such format"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_at_once(world: World, changes: dict[str, str], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        mailings.ask(**asked(world, "oh", **changes))


def test_rows_for_mail_leave_in_no_other_way(world: World) -> None:
    give()
    with pytest.raises(Refusal, match="as mail files alone"):
        questions.export(
            home=world.home, viewer=world.member("rivera"), purpose="mail", where=OHIO,
            columns=["last_name", "residence_line1"], format="csv", by=MACHINE,
        )  # fmt: skip


# Audiences


def test_an_audience_is_its_own_purpose_and_the_opted_out_are_not_in_it(world: World) -> None:
    text = give(purposes=["ads", "gotv"])
    whole = mailings.make(**asked(world, kind="audience"))
    assert rows(world, whole) and {*rows(world, whole)[0]} == {
        "Email", "Phone", "First Name", "Last Name", "Country", "Zip",
    }  # fmt: skip
    gone = persons(world, whole)[0]
    loads.vault(world.home, world.member("oh")).suppress([gone], reason="stop", channel="door")
    found = mailings.preview(**asked(world, kind="audience"))
    after = mailings.make(**asked(world, kind="audience"))
    assert gone not in persons(world, after) and found.left_out["asked to stop"] == 1
    assert look(found)[:2] == (len(rows(world, after)), after.rows)
    assert set(Journal.objects.filter(type="export.intent").values_list("agreement", "purpose")) == {
        (text.urn, "ads")
    }
    with pytest.raises(Refusal):
        cuts.check(whole)
    with pytest.raises(NothingGranted, match="for mail"):
        mailings.make(**asked(world))


def test_a_state_that_forbids_advertising_gives_no_audience_of_its_own_rows_either(world: World) -> None:
    with pytest.raises(NothingGranted, match="law forbids ads"):
        mailings.make(**asked(world, "wa", kind="audience", where="member = 'wa'"))


def test_a_budget_counts_no_ads(world: World) -> None:
    give(contact=(ContactQuota(1, "voter", 30),), purposes=["ads", "gotv", "mail"])
    mailings.make(**asked(world, kind="audience"))
    mail = mailings.preview(**asked(world))
    assert mail.persons and "contact budget" not in mail.left_out


# The page


def test_the_page_counts_makes_and_shows_a_file_and_charlie_sees_none_of_it(
    world: World, alice: Client, charlie: Client
) -> None:
    shown = alice.get("/extracts/mail", {"where": OHIO, "kind": "mail", "count": "1"}).content.decode()
    assert "households would get a piece" in shown and "Hashes hide nobody" not in shown
    made = alice.post("/extracts/mail/make", {"where": OHIO, "kind": "mail", "format": "csv"})
    extract = Extract.objects.get(kind="mail")
    assert made["Location"] == f"/extracts/{extract.pk}"
    assert (extract.cause, extract.purpose) == ("gotv", "mail")
    jobs.run_extract.call(str(extract.pk))
    page = alice.get(made["Location"]).content.decode()
    assert "Mail file of" in page and "Print the return code on each piece" in page
    file = alice.get(f"{made['Location']}/file")
    assert f'filename="mail-{extract.created_at:%Y-%m-%d}' in file["Content-Disposition"]
    assert file.getvalue().startswith(b'"return_code","salutation"')  # type: ignore[attr-defined]
    assert charlie.get(made["Location"]).status_code == 404
    refused = charlie.get("/extracts/mail", {"where": OHIO, "kind": "mail", "count": "1"})
    assert "has no agreement with Rivera for mail" in refused.content.decode()
