"""A member leaves: what it signs, what ends, what it takes, what stays; and who may not make it leave."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from left_home import RECIPIENT, packed
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.errors import Refusal
from commonroll.flow.leaving import age
from commonroll.identity import across
from commonroll.roll.vault.vault import Vault
from commonroll.server import jobs, journal, startup
from commonroll.server.actions import agreements, leaving, questions, removal
from commonroll.server.actor import Actor, Forbidden
from commonroll.server.leaving import contents
from commonroll.server.leaving.rows import hanging
from commonroll.server.models import (
    Agreement,
    Extract,
    Journal,
    Leaving,
    Load,
    Member,
    Role,
)
from commonroll.transparency.verify import verify_folder
from commonroll.views.counts import Answer

pytestmark = pytest.mark.django_db
SECRET = "AGE-SECRET-KEY-1"


def count(world: World, viewer: str, where: str = "") -> Answer:
    return questions.count(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where=where, by=MACHINE
    )


def agreement_of(owner: str, recipient: str) -> Agreement:
    return Agreement.objects.get(owner__key=owner, recipient__key=recipient)


@pytest.fixture
def left(world: World, tmp_path: Path) -> Leaving:
    """Ohio after it left at once, its vault still here."""
    return packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True)


# What will happen


def test_a_look_ahead_says_what_ends_and_what_stays_and_does_nothing(world: World) -> None:
    before = Journal.objects.count()
    found = leaving.prospect(home=world.home, of=world.member("oh"), by=MACHINE)
    ((ending),) = found.endings
    assert (ending.agreement.number, ending.cause) == (agreement_of("oh", "national").number, "convenience")
    assert found.until == ending.ends > timezone.now() + timedelta(days=1), "notice was promised"
    assert found.voters > 250 and found.snapshots == 1 and found.files > 10
    assert {one.whose for one in found.kept} >= {"everybody", "its recipients", "National"}
    at_once = leaving.prospect(home=world.home, of=world.member("oh"), at_once=True, by=MACHINE)
    assert at_once.until is None
    assert Journal.objects.count() == before and world.member("oh").left_at is None


def test_with_notice_to_run_a_package_is_made_and_the_member_stays(world: World, tmp_path: Path) -> None:
    done = packed(world.home, world.member("oh"), tmp_path / "oh.tar.age")
    assert not done.final and done.until is not None and done.until > timezone.now()
    assert world.member("oh").left_at is None
    assert Role.objects.filter(member__key="oh").exists()
    (event,) = agreement_of("oh", "national").events.all()
    assert (event.cause, event.effective) == ("convenience", done.until)
    assert count(world, "national").total > 0, "the notice is kept: the recipient reads on"
    with pytest.raises(Refusal, match="has not left"):
        removal.remove(home=world.home, of=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE)


def test_signed_days_before_an_election_are_kept_even_at_once(world: World, tmp_path: Path) -> None:
    start = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    ends = start + timedelta(days=20)
    agree("oh", "rivera", blackout=(start, ends))
    found = leaving.prospect(home=world.home, of=world.member("oh"), at_once=True, by=MACHINE)
    assert found.until == ends
    done = packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True)
    assert not done.final and world.member("oh").left_at is None
    assert agreement_of("oh", "national").state == Agreement.State.ENDED, "the others need not wait"
    assert agreement_of("oh", "rivera").state == Agreement.State.FINAL


def test_a_member_that_the_centre_suspended_leaves_all_the_same(world: World, tmp_path: Path) -> None:
    Member.objects.filter(key="oh").update(suspended_at=timezone.now())
    assert packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True).final


def test_a_recipient_renounces_what_it_gets_and_leaves_at_once(world: World, tmp_path: Path) -> None:
    done = packed(world.home, world.member("national"), tmp_path / "national.tar.age")
    assert done.final
    causes = {e.cause for a in Agreement.objects.all() for e in a.events.all()}
    assert causes == {"renounced"}
    assert {a.state for a in Agreement.objects.all()} == {Agreement.State.ENDED}


# The end


def test_agreements_end_drafts_go_and_the_log_closes(world: World, tmp_path: Path) -> None:
    draft = agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(), by=MACHINE
    )
    done = packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True)
    member = world.member("oh")
    assert done.final and member.left_at is not None
    (event,) = agreement_of("oh", "national").events.all()
    assert event.cause == "convenience" and event.effective <= timezone.now()
    draft.refresh_from_db()
    assert draft.state == Agreement.State.WITHDRAWN
    last = Journal.objects.filter(log="oh", type="operator").latest("pk")
    assert json.loads(bytes(last.leaf))["action"] == "member.left"
    with pytest.raises(Refusal, match="its log is closed here"):
        journal.operator(member, "member.changed", {})
    named = Journal.objects.filter(log="federation", owner="oh").latest("pk")
    assert json.loads(bytes(named.leaf))["state"] == "retired"


def test_nobody_reads_a_member_that_left_and_others_stay_as_they_were(world: World, tmp_path: Path) -> None:
    before = count(world, "national", "member = 'wa'").total
    ids = {m.key: (m.pk, m.log_vkey, m.reader) for m in Member.objects.exclude(key="oh")}
    packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True)
    answer = count(world, "national")
    assert answer.total == before > 0
    assert "oh" not in {gap.owner for gap in answer.gaps}
    assert {m.key: (m.pk, m.log_vkey, m.reader) for m in Member.objects.exclude(key="oh")} == ids
    assert agreement_of("wa", "national").state == Agreement.State.FINAL


@pytest.mark.parametrize(("owner", "recipient"), [("oh", "rivera"), ("wa", "oh")])
def test_whoever_left_is_in_no_new_draft(world: World, left: Leaving, owner: str, recipient: str) -> None:
    with pytest.raises(Refusal, match="left on"):
        agreements.draft(
            owner=world.member(owner), recipient=world.member(recipient), wishes=wishes(), by=MACHINE
        )


def test_people_of_a_member_that_left_look_and_take_and_nothing_else(world: World, left: Leaving) -> None:
    alice = Actor.of(world.user("alice"))
    assert alice.may("read", world.member("oh")) and alice.may("leave", world.member("oh"))
    for act in ("load", "count", "draft", "sign", "raw", "invite"):
        with pytest.raises(Forbidden, match="has left"):
            alice.require(act, world.member("oh"))


def test_matches_with_a_member_that_left_are_forgotten(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(across, "forget_member", lambda folder, key: forgotten.append(key) or [])
    packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True)
    assert forgotten == ["oh"]


# Whose word it takes


def test_without_the_members_passphrase_nothing_begins_and_its_log_says_so(world: World) -> None:
    with pytest.raises(Refusal, match="passphrase"):
        leaving.begin(
            home=world.home, of=world.member("oh"), recipients=[RECIPIENT], passphrase="a guess", by=MACHINE
        )
    assert not Leaving.objects.exists() and world.member("oh").left_at is None
    attempt = Journal.objects.filter(log="oh").latest("pk")
    assert attempt.type == "denied" and json.loads(bytes(attempt.leaf))["reason"] == "sign-in"
    assert bytes(attempt.sealed_shared or b"").startswith(age.INTRO), "who tried is for the owner's eyes"


def test_no_action_stops_a_leave_that_was_begun(world: World) -> None:
    assert not [name for name in dir(leaving) if name.startswith(("cancel", "stop", "halt"))]


@pytest.mark.parametrize("recipients", [[], ["age1made-up"], ["ssh-ed25519 AAAA"]])
def test_a_package_is_for_somebody(world: World, recipients: list[str]) -> None:
    with pytest.raises(Refusal):
        leaving.begin(
            home=world.home, of=world.member("oh"), recipients=recipients, passphrase=PASSPHRASE, by=MACHINE
        )


def test_two_packages_are_not_made_at_once(world: World) -> None:
    oh = world.member("oh")
    given: dict[str, Any] = {"home": world.home, "of": oh, "passphrase": PASSPHRASE}
    leaving.begin(recipients=[RECIPIENT], by=Actor.of(world.user("alice")), **given)
    with pytest.raises(Refusal, match="being made already"):
        leaving.begin(recipients=[RECIPIENT], by=Actor.of(world.user("alice")), **given)


# The pages


def form(**more: str) -> dict[str, str]:
    return {"recipients": RECIPIENT, "passphrase": PASSPHRASE, "sure": "1", "at_once": "1"} | more


def test_an_owner_leaves_on_the_page_and_removes_on_a_second_word(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = alice.get(reverse("leave"), {"at_once": "1"}).content.decode()
    assert "ends" in page and "What stays here" in page and "Leave</button>" in page
    queued: list[str] = []
    monkeypatch.setattr(type(jobs.leave), "enqueue", lambda self, pk: queued.append(pk))
    assert alice.post(reverse("leave_start"), form()).status_code == 302
    assert world.member("oh").left_at is None, "nothing ends before everything is packed"
    assert "being made" in alice.get(reverse("leave")).content.decode()
    jobs.leave.func(queued[0])
    assert world.member("oh").left_at is not None
    gone = {"member": "oh", "passphrase": PASSPHRASE}
    assert b"not taken yet" in alice.post(reverse("leave_remove"), gone).content
    file = b"".join(alice.get(reverse("leave_package")))  # type: ignore[arg-type]
    assert file.startswith(age.INTRO)
    assert alice.post(reverse("leave_remove"), gone | {"member": "ohio"}).status_code == 400
    assert alice.post(reverse("leave_remove"), gone | {"passphrase": "x"}).status_code == 400
    assert (world.home.vaults / "oh").exists()
    removed = alice.post(reverse("leave_remove"), gone).content.decode()
    assert "is removed" in removed and "National" in removed
    assert not (world.home.vaults / "oh").exists()
    assert alice.get(reverse("leave")).status_code == 403, "nobody acts for it any more"


def test_a_passphrase_is_neither_stored_nor_queued(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[Any] = []
    monkeypatch.setattr(type(jobs.leave), "enqueue", lambda self, *given: queued.extend(given))
    alice.post(reverse("leave_start"), form())
    row = Leaving.objects.get()
    assert queued == [str(row.pk)]
    kept = json.dumps({f.name: str(getattr(row, f.name)) for f in row._meta.concrete_fields})
    assert PASSPHRASE not in kept and SECRET not in kept


def test_a_key_of_the_page_is_shown_once_and_kept_nowhere(alice: Client) -> None:
    page = alice.post(reverse("leave_key")).content.decode()
    assert page.count(SECRET) == 1
    assert SECRET not in alice.get(reverse("leave")).content.decode()


# The removal


def test_what_is_here_goes_and_what_others_have_stays(world: World, left: Leaving) -> None:
    taken = Extract.objects.create(viewer=world.member("oh"), purpose="gotv", file="", by="x")
    path = world.home.extracts / f"{taken.pk}.csv"
    path.write_text("rows")
    Extract.objects.filter(pk=taken.pk).update(file=path.name)
    leaves_before = (world.home.logs / "oh" / "checkpoint").read_bytes()
    stays = removal.remove(
        home=world.home, of=world.member("oh"), passphrase=PASSPHRASE, file=Path(left.file), by=MACHINE
    )
    assert not (world.home.vaults / "oh").exists() and not world.home.log_key("oh").exists()
    assert not path.exists() and not Load.objects.filter(member__key="oh").exists()
    assert not Role.objects.filter(member__key="oh").exists()
    assert not Journal.objects.filter(log="oh", recipient="", sealed_shared__isnull=False).exists()
    assert "National" in {one.whose for one in stays}
    said = json.loads(bytes(Journal.objects.filter(log="federation").latest("pk").leaf))
    assert (said["type"], said["action"]) == ("operator", "data.removed")
    agreement = agreement_of("oh", "national")
    assert agreement.note and agreement.events.exists(), "its agreements are the recipient's as much"
    assert (world.home.logs / "oh" / "checkpoint").read_bytes() == leaves_before
    assert verify_folder(world.home.logs / "oh", world.member("oh").log_vkey).ok
    assert (world.home.vaults / "wa").exists() and count(world, "national").total > 0
    startup.tidy(world.home)
    startup.fold(world.home)


def test_nothing_goes_that_was_written_since(world: World, left: Leaving) -> None:
    (world.home.vaults / "oh" / "layouts").mkdir(exist_ok=True)
    (world.home.vaults / "oh" / "layouts" / "new.toml").write_text("x")
    with pytest.raises(Refusal, match="not as it was when it was packed"):
        removal.remove(
            home=world.home, of=world.member("oh"), passphrase=PASSPHRASE, file=Path(left.file), by=MACHINE
        )
    assert (world.home.vaults / "oh").exists()


def test_another_file_is_not_the_package(world: World, left: Leaving, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copy(left.file, other)
    with other.open("ab") as file:
        file.write(b"x")
    with pytest.raises(Refusal, match="not the package"):
        removal.remove(home=world.home, of=world.member("oh"), passphrase=PASSPHRASE, file=other, by=MACHINE)


# Nothing by halves


def test_a_disk_that_fills_leaves_the_member_as_it_was(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(contents, "put_agreements", full)
    monkeypatch.setattr("commonroll.flow.leaving.package.Writer.put_file", full)
    with pytest.raises(Refusal, match="disk is full"):
        packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True)
    assert list(tmp_path.iterdir()) == []
    assert world.member("oh").left_at is None and not agreement_of("oh", "national").events.exists()
    assert Leaving.objects.get().state == Leaving.State.REFUSED


def test_a_package_that_stopped_after_the_end_is_made_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(contents, "put_keys", lambda *_: (_ for _ in ()).throw(RuntimeError))
        packed(world.home, world.member("oh"), tmp_path / "oh.tar.age", at_once=True)
    assert list(tmp_path.iterdir()) == [] and world.member("oh").left_at is not None
    assert Vault(world.home.vaults, "oh").check() == []
    again = packed(world.home, world.member("oh"), tmp_path / "oh.tar.age")
    assert again.final and again.state == Leaving.State.DONE


# Nothing is forgotten


def test_every_table_that_is_a_members_is_packed_or_said_not_to_be() -> None:
    packed_models = {model.__name__ for model, _ in contents.RECORDS.values()}
    about_agreements = {model.__name__ for model, _ in hanging().values()}
    before = {f.related_model.__name__ for f in Agreement._meta.concrete_fields if f.is_relation}
    of_members = {r.related_model.__name__ for r in Member._meta.related_objects}
    of_members |= {r.related_model.__name__ for r in Agreement._meta.related_objects}
    of_members -= {"Agreement"} | about_agreements | before
    assert of_members - packed_models == set(contents.STAY), "say in leaving/contents.py what becomes of it"
