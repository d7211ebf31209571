"""Who might do what is recorded without a name, an hour of it is one entry, and one of it can be shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from world import MACHINE, PEOPLE, World, address

from commonroll.errors import Refusal
from commonroll.server import decided, doctor, startup
from commonroll.server.actions import decision_records, questions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.doctor import mend
from commonroll.server.logs import log_vkeys
from commonroll.server.models import Journal
from commonroll.transparency import decisions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anew() -> None:
    decided._noted.clear()


def of(world: World, member: str = "oh", person: str = "") -> list[dict[str, Any]]:
    found = decision_records.recent(
        home=world.home, of=world.member(member), last=500, person=person, by=MACHINE
    )
    return [one for one in found if one["act"] != "log"]


def an_hour_later(world: World, settings: Any) -> int:
    settings.DECISION_HOURS = 1
    return decided.close(world.home, now=timezone.now() + timedelta(hours=1))


def test_what_is_allowed_and_what_is_refused_is_recorded_without_a_name(world: World) -> None:
    oh = world.member("oh")
    for person, act in (("alice", "load"), ("violet", "export"), ("charlie", "read")):
        by = Actor.of(world.user(person))
        if by.may(act, oh):
            by.require(act, oh)
        else:
            with pytest.raises(Refusal):
                by.require(act, oh)
    assert {(r["as"], r["act"], r["decision"], r.get("reason", "")) for r in of(world)} >= {
        ("owner", "load", "allow", ""), ("viewer", "export", "deny", "role"),
        ("stranger", "read", "deny", "foreign"),
    }  # fmt: skip
    assert [r["act"] for r in of(world, person=address("charlie"))] == ["read"]
    assert decided.token(world.home, "oh", "x") != decided.token(world.home, "wa", "x")
    written = b"".join(path.read_bytes() for path in world.home.decisions.rglob("*.jsonl"))
    assert written and not any(f"{person}@".encode() in written for person in PEOPLE)
    assert b"example.org" not in written


def test_an_owner_without_an_agreement_is_a_decision_of_whoever_asked(world: World) -> None:
    with pytest.raises(Refusal):
        questions.count(
            home=world.home, viewer=world.member("rivera"), purpose="gotv",
            by=Actor.of(world.user("charlie")),
        )  # fmt: skip
    refused = [r for r in of(world, "rivera") if r.get("reason") == "no-agreement"]
    assert [(r["act"], r["owners"], r["as"]) for r in refused] == [("count", ["oh", "wa"], "person")]
    assert not [r for r in of(world) if r.get("reason") == "no-agreement"]


def test_an_hour_is_one_entry_and_one_decision_is_checked_with_the_key_alone(
    world: World, settings: Any
) -> None:
    oh = world.member("oh")
    with pytest.raises(Unknown):
        Actor.of(world.user("charlie")).require("export", oh)
    waiting = of(world, person=address("charlie"))[0]
    assert waiting["entry"] is None and decided.close(world.home) == 0
    with pytest.raises(Refusal, match="hour of this decision is not over"):
        decision_records.shown(home=world.home, of=oh, id=waiting["id"], by=MACHINE)
    assert an_hour_later(world, settings) >= 1
    assert decided.close(world.home, now=timezone.now() + timedelta(hours=1)) == 0
    startup.fold(world.home)
    row = Journal.objects.get(log="oh", type="decisions")
    count = int(json.loads(bytes(row.leaf))["count"])
    assert count == len(decisions.lines(decided.file_of(world.home, row)))
    kept = of(world, person=address("charlie"))[0]
    assert kept["entry"] == row.index and kept["id"] == waiting["id"]
    shown = decision_records.shown(home=world.home, of=oh, id=kept["id"], by=MACHINE)
    good, sentences = decisions.check_shown(shown, log_vkeys(world.home, "oh")[0])
    assert good and "export by stranger" in sentences[-1] and sentences[-1].endswith("deny (foreign).")


def test_a_crash_after_the_entry_makes_no_second_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    MACHINE.require("read", world.member("oh"))
    real = decided._enter

    def then_die(*words: Any) -> None:
        real(*words)
        raise KeyboardInterrupt

    monkeypatch.setattr(decided, "_enter", then_die)
    with pytest.raises(KeyboardInterrupt):
        decided.close_of(world.home, "oh")
    monkeypatch.setattr(decided, "_enter", real)
    decided.close(world.home)
    rows = Journal.objects.filter(log="oh", type="decisions")
    assert rows.count() == 1 and decided.file_of(world.home, rows[0]).exists()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes().replace(b'"allow"', b'"deny"')), "are others than"),
        (lambda path: path.unlink(), "are not here"),
        (lambda path: Journal.objects.filter(type="decisions").delete(), "no entry of the log names"),
    ],
)
def test_the_doctor_holds_files_against_entries(
    world: World, settings: Any, harm: Callable[[Path], object], said: str
) -> None:
    MACHINE.require("read", world.member("oh"))
    an_hour_later(world, settings)
    assert not list(doctor.decisions.examine(doctor.Patient(world.home, "oh")))
    harm(decided.file_of(world.home, Journal.objects.get(log="oh", type="decisions")))
    found = list(doctor.decisions.examine(doctor.Patient(world.home, "oh")))
    assert [said in one.what for one in found] == [True]
    if mend(found):
        decided.close(world.home)
        assert not list(doctor.decisions.examine(doctor.Patient(world.home, "oh")))


def test_where_nothing_can_be_recorded_nothing_is_done(world: World) -> None:
    folder = world.home.decisions
    folder.rename(folder.with_name("aside"))
    folder.write_text("no folder")
    try:
        with pytest.raises(decided.NotRecorded):
            Actor.of(world.user("alice")).require("load", world.member("oh"))
    finally:
        folder.unlink()
        folder.with_name("aside").rename(folder)
