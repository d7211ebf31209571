"""Attempts lie in the gatherer's vault, whatever way they came, and go home under one rule with answers."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doorstep import Phone, calling, hand, index_of_owner, voter
from test_answers import sheet
from test_folding import answer, rows
from world import MACHINE, World

from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import (
    answers,
    attempted,
    call_keeping,
    canvassing,
    folding,
    releasing,
)
from commonroll.server.models import (
    CallList,
    CallPerson,
    CallRecord,
    CanvassResponse,
    DoorWord,
    FieldEvent,
    Journal,
    Turf,
)  # fmt: skip

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + 400 * DAY


@pytest.fixture
def turf(world: World) -> Turf:
    return calling(world)[1]


@pytest.fixture
def ann(turf: Turf) -> Phone:
    return hand(turf, "Ann")


def stands(world: World, member: str) -> list[tuple[str, str]]:
    """Voter and result of each attempt that counts in a vault."""
    found = rows(world, member, "attempts")
    gone = {one["replaces"] for one in found}
    held = [one for one in found if one["result"] != "withdrawn" and one["event_id"] not in gone]
    return sorted((one["state_voter_id"], one["result"]) for one in held)


def knock(
    phone: Phone, result: str, household: str = "h1", person: str | None = None, **more: Any
) -> dict[str, Any]:
    return phone.event("attempt", household=household, person=person, value={"result": result}, **more)


def test_a_visit_is_an_attempt_for_each_of_the_door_and_changes_with_it(
    world: World, ann: Phone, turf: Turf
) -> None:
    p1, p2, p3 = (voter(turf, key) for key in ("p1", "p2", "p3"))
    first = knock(ann, "not_home", at=NOW - HOUR)
    ann.send(first, knock(ann, "talked", "h2", "p3"), knock(ann, "dangerous", "h3"))
    assert folding.run(world.home).attempts == 3
    assert stands(world, "rivera") == sorted([(p1, "not_home"), (p2, "not_home"), (p3, "talked")])
    assert not rows(world, "oh", "attempts") and "dangerous" not in str(rows(world, "rivera", "attempts"))
    second = knock(ann, "talked", person="p1", at=NOW - HOUR / 2)  # the same visit: somebody came after all
    ann.send(second)
    folding.run(world.home)
    assert stands(world, "rivera") == sorted([(p1, "talked"), (p3, "talked")])
    ann.send(ann.event("undo", household=None, replaces=second["id"]))
    folding.run(world.home)
    assert stands(world, "rivera") == sorted([(p1, "not_home"), (p2, "not_home"), (p3, "talked")])
    FieldEvent.objects.update(folded_at=None)  # killed before the last step, or a home of before
    CanvassResponse.objects.update(waits=True)
    many = len(rows(world, "rivera", "attempts"))
    folding.run(world.home)
    assert attempted.run(world.home) == 0 and len(rows(world, "rivera", "attempts")) == many
    ids = [one["event_id"] for one in rows(world, "rivera", "attempts")]
    assert len(ids) == len(set(ids))
    ann.send(ann.event("undo", household=None, replaces=first["id"]))
    folding.run(world.home)
    assert stands(world, "rivera") == [(p3, "talked")]


WAYS = ("door", "call", "sheet", "program")
SOON, LATE = NOW - HOUR, NOW - 30 * DAY
"""Within the days of the terms (7), and after them."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("at", "at_once"), [(SOON, 0), (LATE, 1)], ids=["in time", "after the days"])
def test_one_rule_binds_answers_whatever_way_they_came(
    world: World, ann: Phone, turf: Turf, tmp_path: Path, way: str, at: datetime, at_once: int
) -> None:
    """They wait with the gatherer, go at once where their days are over, and never twice."""
    bring(world, ann, turf, tmp_path, way, at)
    rivera = world.member("rivera")
    releasing.release(world.home, rivera, NOW)
    assert len(rows(world, "rivera")) == 1
    assert len(rows(world, "oh")) == at_once and not rows(world, "national")
    assert len(rows(world, "oh", "attempts")) == (at_once if way != "sheet" else 0)
    releasing.release(world.home, rivera, NOW + 8 * DAY)
    releasing.release(world.home, rivera, LATER)
    assert [one["gathered_by"] for one in rows(world, "oh")] == ["rivera"]
    assert len(rows(world, "oh", "attempts")) == (way != "sheet")
    assert Journal.objects.filter(log="oh", type="responses.returned").count() == 1 + (way != "sheet")


def bring(world: World, ann: Phone, turf: Turf, folder: Path, way: str, at: datetime) -> None:
    rivera, who = world.member("rivera"), voter(turf, "p1")
    if way == "door":
        ann.given.claimed_at = ann.given.made_at = at - HOUR
        ann.given.save()
        ann.send(answer(ann, "2", at=at), knock(ann, "talked", person="p1", at=at))
        folding.run(world.home)
    elif way == "call":
        record(rivera, turf, "talked", at, answers=[{"question": "support_gov", "answer": "2"}])
        call_keeping.sweep(world.home)
    elif way == "sheet":
        file = sheet(folder, [f"oh,{who},support_gov,2,{at.date()},door"])
        answers.load(home=world.home, gathered_by=rivera, file=file, by=MACHINE)
    else:
        question = canvassing.ask(of=rivera, name="Support", options=["2"], by=MACHINE)
        contact = canvassing.Contact(2, 11, "door", at)
        said = canvassing.Said(question=question, answer=question.answers.get())
        whom = canvassing.Whom(world.member("oh"), number_of(turf, "p1"), who)
        canvassing.record(
            home=world.home, gathered_by=rivera, whom=whom, contact=contact, result_code=14, said=[said],
            by=MACHINE,
        )  # fmt: skip
    attempted.run(world.home)


def number_of(turf: Turf, key: str) -> int:
    _, places = index_of_owner(turf.households.get(key="h1").people.get(key=key).owner).of_voters(
        [voter(turf, key)], ["state_voter_id"]
    )
    return int(index_of_owner(turf.households.get(key="h1").people.get(key=key).owner).numbers(places)[0])


def record(
    member: Any, turf: Turf, ending: str, at: datetime, caller: str = "Cal", **more: Any
) -> CallRecord:
    """A call of a list of the member's to the first person of the turf, long enough ago to be kept."""
    one = turf.households.get(key="h1").people.get(key="p1")
    of, _ = CallList.objects.get_or_create(
        member=member, name="Reminders", defaults={"purpose": "gotv", "by": "x", "made_at": NOW}
    )
    person, _ = CallPerson.objects.get_or_create(
        call_list=of, owner=one.owner, number=one.number, defaults={"key": "BCDFG", "place": 1}
    )
    return CallRecord.objects.create(
        call_list=of, person=person, ending=ending, caller=caller, at=at, received_at=NOW - HOUR, **more
    )


def test_what_calls_find_out_goes_to_the_owner_at_once(world: World, turf: Turf) -> None:
    rivera, who = world.member("rivera"), voter(turf, "p1")
    for ending in ("wrong_number", "disconnected", "moved", "deceased", "not_home"):
        record(rivera, turf, ending, NOW - HOUR)
    assert call_keeping.sweep(world.home) == 5 and call_keeping.sweep(world.home) == 0
    assert {one["value"] for one in rows(world, "rivera", "found_out")} == {"wrong_person", "disconnected"}
    # the terms do not ask for bounces: what is somebody else's number goes all the same
    assert [(one["state_voter_id"], one["value"]) for one in rows(world, "oh", "found_out")] == [
        (who, "wrong_person")
    ]
    assert set(DoorWord.objects.values_list("word", "by")) == {("moved", "Cal"), ("deceased", "Cal")}
    assert not rows(world, "oh", "attempts") and not rows(world, "national", "found_out")
    ann = hand(turf, "Ann")
    assert ann.send().drop == ()  # one source binds nobody
    ann.send(ann.event("deceased"))
    folding.run(world.home)
    assert DoorWord.objects.filter(word="deceased").count() == 2
    assert who in Vault(world.home.vaults, "oh").suppressed()["state_voter_id"].to_pylist()


def test_any_order_and_any_dying_comes_to_the_same_attempts(world: World, ann: Phone, turf: Turf) -> None:
    """Knocks, undos and undos of undos, folded and told in between at random."""
    chance, made = random.Random(5), []
    for minute in range(20):
        if made and chance.random() < 0.4:
            made.append(ann.event("undo", household=None, replaces=chance.choice(made)["id"]))
        else:
            household = chance.choice(("h1", "h2"))
            at = NOW - timedelta(minutes=300 - 15 * minute)
            made.append(knock(ann, chance.choice(("not_home", "talked", "refused")), household, at=at))
    for event in chance.sample(made, len(made)):
        ann.send(event)
        if chance.random() < 0.5:
            folding.run(world.home)
        if chance.random() < 0.2:
            FieldEvent.objects.update(folded_at=None)
            CanvassResponse.objects.update(waits=True)
    folding.run(world.home)
    once = stands(world, "rivera")
    held = CanvassResponse.objects.filter(removed_at=None)
    assert len(once) == held.count() and once
    assert sorted(result for _, result in once) == sorted(held.values_list("result", flat=True))
    assert all(one["attempted_on"] >= date(2020, 1, 1) for one in rows(world, "rivera", "attempts"))
