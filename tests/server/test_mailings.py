"""Mail files: whose rows they are, under which agreement, law, opt-out and receipt; codes that come back."""

from __future__ import annotations

import csv
import html
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from world import MACHINE, World, agree, shared_columns

from commonroll.agreements.profile import ContactQuota
from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault
from commonroll.server import carried, cuts, decoying, jobs
from commonroll.server.actions import (
    decoy_reach,
    decoys,
    loads,
    mailings,
    questions,
    redactions,
    returned_mail,
    sharing,
)
from commonroll.server.actions.mailings import Preview
from commonroll.server.actor import Unknown
from commonroll.server.models import Agreement, AnswerBatch, Extract, Journal, Lent
from commonroll.tracing import code, reach
from commonroll.tracing import decoys as invented
from commonroll.tracing.keys import MarkKeys
from commonroll.views import return_codes
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


def test_no_mailing_goes_to_a_mailbox_of_a_decoy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rivera's extract has the boxes; what Rivera mails has no decoy at all."""
    give(modes=["count", "view", "contact", "export"])
    monkeypatch.setattr(invented, "MOST_SHARE", 0.1)
    oh = {"home": world.home, "owner": world.member("oh"), "by": MACHINE}
    register = reach.opened(decoys.make(number=20, **oh).path)
    near = register["residence_zip5"].to_pylist()[:2]
    decoy_reach.give(lines="\n".join(f"PO Box 77{n}, Xenia, OH {zip}" for n, zip in enumerate(near)), **oh)
    copy = questions.export(
        home=world.home, viewer=world.member("rivera"), purpose="gotv", where=OHIO, format="csv",
        columns=("state_voter_id", "mail_line1"), by=MACHINE,
    )  # fmt: skip
    key = MarkKeys(world.home.vaults / "oh").every()[0].secret
    boxes = reach.table(decoying.register_path(world.home.vaults / "oh")).to_pylist()
    theirs = {box["value"] for box in boxes if code.bit(key, "rivera", "decoy", box["state_voter_id"])}
    text = (world.home.extracts / copy.file).read_text()
    assert {box["value"] for box in boxes if box["value"] in text} == theirs
    extract = mailings.make(**asked(world))
    assert not set(persons(world, extract)) & set(register["state_voter_id"].to_pylist())
    assert "PO BOX 77" not in (world.home.extracts / extract.file).read_text()


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


def test_a_used_up_budget_for_mail_leaves_households_out_and_says_how_many_and_ads_use_none_up(
    world: World,
) -> None:
    quotas = (ContactQuota(40, "voter", 30), ContactQuota(1, "voter", 30, "mail"))
    give(contact=quotas, purposes=["ads", "gotv", "mail"])
    few = f"{OHIO} AND last_name LIKE 'S%'"
    mailings.make(**asked(world, kind="audience", where=few))
    narrow = mailings.make(**asked(world, where=few))
    assert narrow.rows, "an ad is no contact"
    found = mailings.preview(**asked(world))
    assert found.left_out["contact budget"] == narrow.rows
    second = mailings.make(**asked(world))
    assert not set(persons(world, second)) & set(persons(world, narrow))
    assert (second.rows, second.gaps[-1]["reason"]) == (found.persons, "contact budget")


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


# The page


def test_the_page_counts_makes_and_shows_a_file_and_charlie_sees_none_of_it(
    world: World, alice: Client, charlie: Client
) -> None:
    shown = alice.get("/extracts/mail", {"where": OHIO, "kind": "mail", "count": "1"}).content.decode()
    assert "households would get a piece" in shown and "Hashes hide nobody" not in shown
    laws = mailings.preview(**asked(world, "oh")).laws
    assert laws and all(
        law.says.split(".")[0] in html.unescape(shown) and law.owners == ("oh",) for law in laws
    )
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


# Mail that came back


def back(
    world: World, tmp_path: Path, *lines: str, member: str = "rivera", name: str = "back.csv"
) -> AnswerBatch:
    file = tmp_path / name
    file.write_text("\n".join(["return code,reason,date,new_address", *lines]) + "\n")
    return returned_mail.load(home=world.home, gathered_by=world.member(member), file=file, by=MACHINE)


def found_out(world: World, member: str) -> list[tuple[str, str, str]]:
    """What stands in a vault: owner, what, value."""
    files = list(Vault(world.home.vaults, member).event_files("found_out"))
    if not files:
        return []
    with engine() as cursor:
        query = "SELECT owner, what, value FROM read_parquet(?) ORDER BY loaded_at, event_id"
        return cursor.execute(query, [files]).fetchall()


def of_one_and_of_many(world: World, extract: Extract) -> tuple[str, str, int]:
    """The code of a piece to one person, of one to several, and to how many."""
    with engine() as cursor:
        path = str(carried.keys_of(world.home, extract))
        found = cursor.execute(
            "SELECT code, count(*) FROM read_parquet(?) GROUP BY 1 ORDER BY 2, 1", [path]
        ).fetchall()
    return found[0][0], found[-1][0], found[-1][1]


def test_a_code_that_comes_back_is_a_fact_about_each_person_of_the_piece_and_goes_to_the_owner(
    world: World, tmp_path: Path
) -> None:
    give(addresses_within_days=30, bounces_within_days=30)
    one, many, persons_of = of_one_and_of_many(world, mailings.make(**asked(world)))
    today = timezone.now().date()
    batch = back(
        world, tmp_path, f"{return_codes.printed(one).lower()},forwarded,{today},9 New Street",
        f"{many},No such address,{today},",
    )  # fmt: skip
    expected = [("oh", "addresses", "9 New Street"), *[("oh", "bounces", "no_such_address")] * persons_of]
    assert sorted(found_out(world, "rivera")) == sorted(found_out(world, "oh")) == sorted(expected)
    assert (batch.loaded, batch.returned, batch.refused) == (1 + persons_of, {"oh": 1 + persons_of}, [])
    receipt = Journal.objects.get(log="oh", type="responses.returned")
    assert (receipt.recipient, receipt.rows) == ("rivera", 1 + persons_of)
    (told,) = sharing.back(home=world.home, of=world.member("oh"), grants=[], now=timezone.now(), by=MACHINE)
    assert told.brought and (told.brought.bounces, told.brought.addresses) == (persons_of, 1)


def test_lines_that_do_not_count_are_counted_by_reason_and_say_no_value(world: World, tmp_path: Path) -> None:
    one, many, _ = of_one_and_of_many(world, mailings.make(**asked(world, "oh")))
    other = give() and mailings.make(**asked(world))
    today, wrong = timezone.now().date(), one[:-1] + ("2" if one[-1] != "2" else "3")
    body = "ZZZ" + one[3:-1]
    lines = {
        f"{one},moved,{today},": None,
        f"{one},refused,{today},": "the code stands twice in the sheet",
        f"{wrong},moved,{today},": "a wrong character in the code",
        f"x,moved,{today},": "a wrong character in the code",
        f"{body}{return_codes.check_of(body)},moved,{today},": "no piece of yours has this code",
        f"{of_one_and_of_many(world, other)[0]},moved,{today},": "no piece of yours has this code",
        f",moved,{today},": "no code",
        f"{many},deceased,{today},": "the piece was to several persons: whose it is is not known",
    }
    batch = back(world, tmp_path, *lines, member="oh")
    counted = Counter(why for why in lines.values() if why)
    assert batch.loaded == 1 and {row["reason"]: row["count"] for row in batch.refused} == counted
    later = [
        f"{one},moved,{today},",
        f"{many},lost,{today},",
        f"{many},moved,2020-01-01,",
        f"{many},moved,x,",
    ]
    second = back(world, tmp_path, *later, member="oh", name="later.csv")
    reasons = {row["reason"] for row in second.refused}
    assert second.loaded == 0 and "the piece came back before" in reasons
    assert one not in str(batch.refused) + str(second.refused)


def test_a_sheet_of_returned_mail_is_undone_as_a_whole_and_may_come_again(
    world: World, tmp_path: Path
) -> None:
    give(addresses_within_days=30, bounces_within_days=30)
    one, many, persons_of = of_one_and_of_many(world, mailings.make(**asked(world)))
    lines = [f"{code},moved,{timezone.now().date()}," for code in (one, many)]
    batch = back(world, tmp_path, *lines)
    with pytest.raises(Refusal, match="loaded already"):
        back(world, tmp_path, *lines)
    returned_mail.undo(home=world.home, batch=batch, by=MACHINE)
    with pytest.raises(Refusal, match="was undone"):
        returned_mail.undo(home=world.home, batch=batch, by=MACHINE)
    ohio = world.member("oh")
    assert not sharing.back(home=world.home, of=ohio, grants=[], now=timezone.now(), by=MACHINE)
    again = back(world, tmp_path, *lines)
    (told,) = sharing.back(home=world.home, of=ohio, grants=[], now=timezone.now(), by=MACHINE)
    assert again.loaded == 1 + persons_of and told.brought and told.brought.bounces == 1 + persons_of
    with pytest.raises(Unknown):
        returned_mail.batch_of(member=ohio, pk=str(batch.pk), by=MACHINE)


def test_what_an_owner_did_not_ask_for_stays_with_whoever_mailed(world: World, tmp_path: Path) -> None:
    give()
    one, _, _ = of_one_and_of_many(world, mailings.make(**asked(world)))
    assert back(world, tmp_path, f"{one},refused,{timezone.now().date()},").returned == {}
    assert found_out(world, "rivera") and not found_out(world, "oh")


def test_returned_mail_is_loaded_and_taken_back_on_the_page(
    world: World, alice: Client, charlie: Client
) -> None:
    one, _, _ = of_one_and_of_many(world, mailings.make(**asked(world, "oh")))
    lines = f"code,reason,date\n{one},moved,{timezone.now().date()}\n"
    sheet = SimpleUploadedFile("back.csv", lines.encode())
    shown = alice.post("/extracts/mail/returned", {"returned": sheet}, follow=True).content.decode()
    batch = AnswerBatch.objects.get()
    assert "1 facts about addresses" in shown and "back.csv" in shown and batch.loaded == 1
    assert "back.csv" not in charlie.get("/extracts/mail").content.decode()
    assert charlie.post(f"/extracts/mail/returned/{batch.pk}/undo").status_code == 404
    alice.post(f"/extracts/mail/returned/{batch.pk}/undo")
    assert AnswerBatch.objects.get().undone_by.startswith("alice")


def test_a_redaction_takes_protected_voters_out_of_what_is_kept_of_a_mailing(world: World) -> None:
    extract = mailings.make(**asked(world, "oh"))
    one, other = persons(world, extract)[:2]
    loads.vault(world.home, world.member("oh")).suppress([one])
    redactions.redact(home=world.home, of=world.member("oh"), by=MACHINE)
    after = persons(world, extract)
    assert one not in after and other in after and len(after) == extract.rows - 1


def test_whose_mail_came_back_gets_none_there_until_that_is_undone(world: World, tmp_path: Path) -> None:
    give()
    first = mailings.make(**asked(world))
    one, many, persons_of = of_one_and_of_many(world, first)
    whole = mailings.preview(**asked(world))
    batch = back(world, tmp_path, *(f"{code},moved,{timezone.now().date()}," for code in (one, many)))
    found = mailings.preview(**asked(world))
    assert found.left_out == whole.left_out | {"came back": 1 + persons_of}
    assert (found.pieces, found.persons) == (whole.pieces - 2, whole.persons - 1 - persons_of)
    second = mailings.make(**asked(world))
    with engine() as cursor:
        keys = "SELECT state_voter_id FROM read_parquet(?) WHERE code IN (?, ?)"
        gone = cursor.execute(keys, [str(carried.keys_of(world.home, first)), one, many]).fetchall()
    assert set(persons(world, second)) == set(persons(world, first)) - {voter for (voter,) in gone}
    assert look(mailings.preview(**asked(world, "oh")))[2].get("came back", 0) == 0
    returned_mail.undo(home=world.home, batch=batch, by=MACHINE)
    assert look(mailings.preview(**asked(world))) == look(whole)
