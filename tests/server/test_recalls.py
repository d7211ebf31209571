"""Who holds an extract is asked to delete it when the agreement ends or a voter must leave, and says that it
did, signed. Alice owns Ohio, Nadia the national committee that holds its rows; Charlie is no part of it."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree
from writers import run

from commonroll.agreements.recall import check_recall, deletion_text, extracts_in
from commonroll.errors import Refusal
from commonroll.notes import NoteError, Signer, canonical, generate, parse_canonical
from commonroll.roll.vault.vault import Vault
from commonroll.server import cuts, duties, startup
from commonroll.server.actions import (
    agreement_events,
    agreements,
    federation,
    loads,
    negotiations,
    questions,
    recalls,
)
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Extract, Journal, Lent, Member, Recall

pytestmark = pytest.mark.django_db
RECALLER = Path(__file__).with_name("recaller.py")


def export(world: World, where: str = "", viewer: str = "national", *more: str) -> Extract:
    return questions.export(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where=where, format="csv",
        columns=("last_name", *more), by=MACHINE,
    )  # fmt: skip


def lines(world: World, extract: Extract) -> list[dict[str, str]]:
    with (world.home.extracts / extract.file).open(newline="") as file:
        return list(csv.DictReader(file))


def ohio_to(recipient: str = "national") -> Agreement:
    return Agreement.objects.get(owner__key="oh", recipient__key=recipient)


def revoke(world: World, text: Agreement, member: str = "oh", cause: str = "breach") -> None:
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member(member), cause=cause, passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip


def acknowledge(world: World, recall: Recall, member: str = "national") -> Recall:
    return recalls.acknowledge(
        home=world.home, recall=recall, member=world.member(member), passphrase=PASSPHRASE, by=MACHINE
    )


def key_of(world: World, member: str) -> Signer:
    return agreements.unlock(world.home, world.member(member), PASSPHRASE)


def duties_logged(log: str = "oh") -> list[str]:
    rows = Journal.objects.filter(log=log, type="duty").order_by("pk").values_list("leaf", flat=True)
    return [json.loads(bytes(leaf))["state"] for leaf in rows]


def refusals(log: str = "oh") -> list[str]:
    rows = Journal.objects.filter(log=log, type="denied").order_by("pk").values_list("leaf", flat=True)
    return [json.loads(bytes(leaf))["reason"] for leaf in rows]


def voters_of(world: World, member: str) -> Vault:
    return loads.vault(world.home, world.member(member))


# The record


def test_the_owner_knows_whose_rows_left_and_keeps_none_of_them(world: World) -> None:
    extract = export(world)
    rows = lines(world, extract)
    (lent,) = Lent.objects.filter(agreement=ohio_to())
    assert (lent.extract, lent.rows) == (extract.pk, extract.rows_by_owner["oh"])
    records = sorted(world.home.path.rglob("lent/*"))
    assert [path.relative_to(world.home.vaults).parts[0] for path in records] == ["oh"]
    held = records[0].read_bytes()
    assert all(row["state_voter_id"].encode() not in held for row in rows)
    assert records[0].stat().st_size < 40 * len(rows) + 4_000


def test_own_rows_are_lent_to_nobody(world: World) -> None:
    export(world, viewer="oh")
    assert not Lent.objects.exists() and not list(world.home.path.rglob("lent/*"))


def test_a_refused_export_leaves_no_record(world: World) -> None:
    agree("oh", "rivera", approval=True)
    with pytest.raises(Refusal):
        export(world, viewer="rivera")
    assert not list(world.home.path.rglob("lent/*.parquet")) and not list(world.home.path.rglob("lent/.*"))


# An agreement ends


def test_a_revoked_agreement_recalls_each_extract_and_a_receipt_meets_it(world: World) -> None:
    first, second = export(world), export(world, "status = 'active'")
    revoke(world, ohio_to())
    (recall,) = recalls.of_holder(home=world.home, of=world.member("national"), by=MACHINE)
    document = recalls.document_of(recall)
    assert {one.extract for one in extracts_in(document)} == {f"urn:uuid:{e.pk}" for e in (first, second)}
    assert not any(one.rows for one in extracts_in(document))
    check_recall(document, recall.note, world.member("oh").log_vkey)
    assert recalls.standing(recall).state == "open"
    assert timedelta(days=6) < recall.due - timezone.now() <= timedelta(days=7)
    assert [h.state for h in recalls.held(of=world.member("oh"), by=MACHINE)] == ["recalled", "recalled"]

    met = acknowledge(world, recall)
    assert recalls.standing(met).state == "met"
    said = parse_canonical(bytes(met.statement or b""))
    assert said["extracts"] == sorted(f"urn:uuid:{e.pk}" for e in (first, second))
    assert [h.state for h in recalls.held(of=world.member("oh"), by=MACHINE)] == ["deleted", "deleted"]
    assert duties_logged() == ["opened", "met"]
    startup.fold(world.home)


@pytest.mark.parametrize("end", ["revoked", "renounced", "amended", "expired", "later"])
def test_whatever_ends_an_agreement_opens_one_duty_once(
    world: World, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(world)
    text = ohio_to()
    if end == "revoked":
        revoke(world, text)
    elif end == "renounced":
        revoke(world, text, "national", "renounced")
    elif end == "amended":
        new = negotiations.amend(
            agreement=text,
            terms=negotiations.Changes(notice_days=20).of(negotiations.terms_in(text)),
            by=MACHINE,
        )
        for key in ("oh", "national"):
            new = agreements.sign(
                home=world.home, agreement=new, member=world.member(key), passphrase=PASSPHRASE, by=MACHINE
            )
    else:
        ends = text.until if end == "expired" else timezone.now() + timedelta(days=14)
        if end == "later":
            revoke(world, text, cause="convenience")
            duties.sweep(world.home)
            assert not Recall.objects.exists(), "notice was given; nothing has ended yet"
        monkeypatch.setattr(timezone, "now", lambda: ends + timedelta(minutes=1))
        if end == "expired":
            agreement_events.record_expired(world.home)
    duties.sweep(world.home)
    duties.sweep(world.home)
    assert not duties.open_ended(text)
    assert Recall.objects.count() == 1 and duties_logged() == ["opened"]


def test_without_an_extract_nothing_is_recalled(world: World) -> None:
    revoke(world, ohio_to())
    duties.sweep(world.home)
    assert not Recall.objects.exists()


def test_an_unanswered_recall_is_overdue_for_both_and_can_still_be_met(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(world)
    revoke(world, ohio_to())
    late = timezone.now() + timedelta(days=8)
    monkeypatch.setattr(timezone, "now", lambda: late)
    for _ in range(2):
        assert duties.sweep(world.home) in (0, 1)
    for found in (
        recalls.of_owner(home=world.home, of=world.member("oh"), by=MACHINE),
        recalls.of_holder(home=world.home, of=world.member("national"), by=MACHINE),
    ):
        assert [recalls.standing(one).state for one in found] == ["overdue"]
        assert recalls.standing(found[0]).days == -2
    assert recalls.standing(acknowledge(world, found[0])).state == "met late"
    assert duties_logged() == ["opened", "overdue", "met"]


# Receipts that do not fit


@pytest.fixture
def recalled(world: World) -> Recall:
    export(world)
    revoke(world, ohio_to())
    return Recall.objects.get()


def entered(world: World, recall: Recall, said: dict[str, Any], signer: Signer) -> Recall:
    text = deletion_text(said)
    return recalls.enter(
        recall=recall, member=world.member("national"), document=canonical(said),
        note=f"{text}\n{signer.line(text)}\n", by=MACHINE,
    )  # fmt: skip


def test_a_receipt_by_another_key_of_other_extracts_or_of_the_future_is_none(
    world: World, recalled: Recall
) -> None:
    said = recalls.to_sign(recall=recalled, member=world.member("national"))
    mine = key_of(world, "national")
    stranger = generate(federation.federation().key_name("national"))
    for signer in (stranger, key_of(world, "oh")):
        with pytest.raises(NoteError):
            entered(world, recalled, said, signer)
    for change in (
        {"extracts": []},
        {"extracts": [*said["extracts"], f"urn:uuid:{'0' * 8}-0000-4000-8000-{'0' * 12}"]},
        {"recallHash": said["recallHash"].replace("sha256:", "sha256:x")},
        {"by": "urn:commonroll:member:oh"},
        {"issued": "2099-01-01T00:00:00Z"},
        {"issued": "2020-01-01T00:00:00Z"},
        {"note": "all gone"},
    ):
        with pytest.raises(Refusal, match=r"statement|Here must stand|known"):
            entered(world, recalled, said | change, mine)
    recalled.refresh_from_db()
    assert recalled.met_at is None
    assert refusals() == ["signature"] * 2 + ["terms"] * 7
    assert entered(world, recalled, said, mine).met_at


def test_a_receipt_counts_once_and_for_its_own_recall(world: World, recalled: Recall) -> None:
    said = recalls.to_sign(recall=recalled, member=world.member("national"))
    mine = key_of(world, "national")
    entered(world, recalled, said, mine)
    with pytest.raises(Refusal, match="was answered"):
        entered(world, recalled, said, mine)
    agree("oh", "national")
    export(world)
    revoke(world, Agreement.objects.filter(owner__key="oh").latest("number"))
    other = Recall.objects.get(met_at=None)
    with pytest.raises(Refusal, match="Here must stand"):
        entered(world, other, said, mine)
    assert refusals() == ["closed", "terms"]


def test_charlie_bob_and_the_owner_answer_for_nobody(world: World, recalled: Recall) -> None:
    for person, member in (("charlie", "national"), ("bob", "national"), ("alice", "national")):
        with pytest.raises(Refusal):
            recalls.acknowledge(
                home=world.home, recall=recalled, member=world.member(member), passphrase=PASSPHRASE,
                by=Actor.of(world.user(person)),
            )  # fmt: skip
    with pytest.raises(Unknown):
        acknowledge(world, recalled, "oh")
    with pytest.raises(Unknown):
        acknowledge(world, recalled, "rivera")
    with pytest.raises(Unknown):
        recalls.one(pk=str(recalled.pk), of=world.member("rivera"), by=MACHINE)
    assert recalls.one(pk=str(recalled.pk), of=world.member("oh"), by=Actor.of(world.user("violet")))
    assert recalls.of_owner(home=world.home, of=world.member("rivera"), by=MACHINE) == []


# Somebody must leave


@pytest.fixture
def three(world: World) -> tuple[list[Extract], list[dict[str, str]]]:
    """Three extracts of Ohio: everybody, everybody again, and everybody but the first voter."""
    all_of_it = export(world, "member = 'oh'")
    rows = lines(world, all_of_it)
    without = export(world, f"member = 'oh' AND state_voter_id <> '{rows[0]['state_voter_id']}'")
    return [all_of_it, export(world, "member = 'oh'"), without], rows


def test_who_opts_out_is_recalled_from_two_of_three_extracts(
    world: World, three: tuple[list[Extract], list[dict[str, str]]]
) -> None:
    extracts, rows = three
    leaver = rows[0]["state_voter_id"]
    places = {
        f"urn:uuid:{one.pk}": [
            n for n, row in enumerate(lines(world, one), 1) if row["state_voter_id"] == leaver
        ]
        for one in extracts[:2]
    }
    voters_of(world, "oh").suppress([leaver], "opt-out")
    assert duties.recall_people(world.home, world.member("oh")) == 1
    assert duties.recall_people(world.home, world.member("oh")) == 0
    (recall,) = Recall.objects.all()
    named = {one.extract: one.rows for one in recalls.extracts_of(recall)}
    assert {urn: [row.number for row in found] for urn, found in named.items()} == places
    with pytest.raises(Refusal, match="was recalled"):
        cuts.check(extracts[0])
    assert [(world.home.extracts / e.file).exists() for e in extracts] == [False, False, True]
    states = {h.lent.extract: h.state for h in recalls.held(of=world.member("oh"), by=MACHINE)}
    assert [states[one.pk] for one in extracts] == ["some rows recalled", "some rows recalled", "out"]

    acknowledge(world, recall)
    voters_of(world, "oh").suppress([rows[3]["state_voter_id"]], "erased")
    assert duties.recall_people(world.home, world.member("oh")) == 1
    second = Recall.objects.get(met_at=None)
    assert len(recalls.extracts_of(second)) == 3, "and the one that left before is not asked for again"
    assert {len(one.rows) for one in recalls.extracts_of(second)} == {1}


def test_nothing_about_the_person_stands_in_recall_log_or_refusal(
    world: World, three: tuple[list[Extract], list[dict[str, str]]]
) -> None:
    _, rows = three
    leaver = next(row for row in rows if len(row["last_name"]) > 6)
    loads.protect(
        home=world.home, of=world.member("oh"), by=MACHINE, file=_listed(world, leaver["state_voter_id"])
    )
    recall = Recall.objects.get()
    with pytest.raises(Refusal) as refused:
        acknowledge(world, recall, "oh")
    startup.fold(world.home)
    said = [bytes(recall.document), recall.note.encode(), str(refused.value).encode()]
    said += [bytes(row.leaf) for row in Journal.objects.filter(type="duty")]
    logged = [path.read_bytes() for path in (world.home.logs / "oh").rglob("*") if path.is_file()]
    for planted in (leaver["last_name"], leaver["state_voter_id"]):
        assert not any(planted.encode() in text for text in (*said, *logged))
    assert not any(word in text for word in (b"protected", b"opt-out") for text in said), "not even why"


def _listed(world: World, *ids: str) -> Path:
    path = world.home.tmp / "listed.csv"
    path.write_text("state_voter_id\n" + "".join(f"{one}\n" for one in ids))
    return path


def test_a_recipient_without_ids_is_told_its_own_pseudonym(world: World) -> None:
    agree("oh", "rivera", columns=["voters.last_name", "voters.party", "registration"])
    extract = export(world, viewer="rivera")
    row = next(row for row in lines(world, extract) if row["member"] == "oh")
    assert row["voter_ref"] and not row.get("state_voter_id")
    ids = [one["state_voter_id"] for one in lines(world, export(world, "member = 'oh'"))]
    voters_of(world, "oh").suppress(ids[:1], "protected")
    duties.sweep(world.home)
    mine = Recall.objects.get(agreement__recipient__key="rivera")
    (told,) = recalls.extracts_of(mine)[0].rows
    assert lines_with(world, told.voter_ref) == []  # its file is gone here
    assert len(told.voter_ref) == 32 and ids[0] not in bytes(mine.document).decode()


def lines_with(world: World, ref: str) -> list[str]:
    return [path.name for path in world.home.extracts.glob("*.csv") if ref in path.read_text()]


def test_who_closed_one_channel_is_recalled_from_extracts_that_open_it(world: World) -> None:
    agree("oh", "rivera", columns=["voters.state_voter_id", "voters.last_name", "contact", "registration"])
    plain, phones = export(world, viewer="rivera"), export(world, "", "rivera", "residence_line1")
    leaver = lines(world, phones)[0]["state_voter_id"]
    held = voters_of(world, "oh")
    held.suppress([leaver], "opt-out", channel="text")
    held.suppress([lines(world, phones)[1]["state_voter_id"]], "hygiene", channel="mail")
    duties.sweep(world.home)
    assert not Recall.objects.exists()
    held.suppress([leaver], "opt-out", channel="door")
    duties.sweep(world.home)
    (found,) = recalls.extracts_of(Recall.objects.get())
    assert found.extract == f"urn:uuid:{phones.pk}" and plain.pk != phones.pk


def test_somebody_protected_while_the_rows_are_written_is_recalled_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lines(world, export(world, "member = 'oh'"))[0]["state_voter_id"]
    finish = questions._done

    def protected_meanwhile(*args: Any) -> None:
        voters_of(world, "oh").suppress([first], "protected")
        finish(*args)

    monkeypatch.setattr(questions, "_done", protected_meanwhile)
    late = export(world, "member = 'oh'")
    assert Lent.objects.get(extract=late.pk).touched and not (world.home.extracts / late.file).exists()


def test_a_member_that_left_can_still_say_that_it_deleted(world: World) -> None:
    export(world)
    revoke(world, ohio_to(), "national", "renounced")
    of = world.member("national")
    now = timezone.now()
    of.keys.update(retired_at=now)
    Member.objects.filter(pk=of.pk).update(left_at=now)
    assert recalls.standing(acknowledge(world, Recall.objects.get())).state == "met"


# Two at once


def test_two_that_look_before_either_writes_recall_rows_once(
    world: World, three: tuple[list[Extract], list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, rows = three
    write, calls = duties._recall_rows, []

    def twice(*args: Any) -> int:
        calls.append(write(*args))
        calls.append(write(*args))
        return calls[0]

    monkeypatch.setattr(duties, "_recall_rows", twice)
    voters_of(world, "oh").suppress([rows[0]["state_voter_id"]], "opt-out")
    assert duties.recall_people(world.home, world.member("oh")) == 1
    assert calls == [1, 0] and duties_logged() == ["opened"]


@pytest.mark.vault
def test_two_processes_at_once_open_each_duty_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Home(home).create()
    opened = run(home, "", script=RECALLER).split()
    assert len(opened) == 2
    with closing(sqlite3.connect(home / "commonroll.sqlite3")) as db:
        (recalls_made,) = db.execute("SELECT count(*) FROM server_recall").fetchone()
        (logged,) = db.execute("SELECT count(*) FROM server_journal WHERE type = 'duty'").fetchone()
    assert recalls_made == logged == sum(map(int, opened)) == 6
