"""What phones send: each record answered by itself and kept once, whatever comes with it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from doorstep import Phone, calling, hand, opened, sealed, turf_of, voter
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server.actions import stops, walked
from commonroll.server.models import Agreement, FieldEvent, Stop, Turf

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def at_the_door(world: World) -> tuple[Agreement, Turf]:
    return calling(world)


@pytest.fixture
def turf(at_the_door: tuple[Agreement, Turf]) -> Turf:
    return at_the_door[1]


@pytest.fixture
def ann(turf: Turf) -> Phone:
    return hand(turf, "Ann")


def test_every_kind_counts_and_a_lost_reply_is_a_dup(ann: Phone) -> None:
    kinds = ["attempt", "answer", "note", "building_note", "person_added", "moved", "deceased", "optout",
             "correction"]  # fmt: skip
    events = [ann.event(kind) for kind in kinds]
    events.append(ann.event("undo", household=None, replaces=events[2]["id"]))
    assert ann.said(*events) == [("ok", "")] * 10
    assert ann.said(*events) == [("dup", "")] * 10
    assert FieldEvent.objects.count() == 10
    assert set(FieldEvent.objects.values_list("household", flat=True)) == {"h1", ""}
    twice = ann.event("attempt")
    assert ann.said(twice, twice) == [("ok", ""), ("dup", "")]
    assert ann.send().cursor == FieldEvent.objects.latest("pk").pk


def test_one_bad_record_blocks_no_other(ann: Phone, turf: Turf) -> None:
    good, cut_off = ann.event("attempt"), sealed(ann.event("attempt"))
    cut_off["ct"] = cut_off["ct"][:-8]
    bad: list[Any] = [
        cut_off, {}, None, 7, sealed(ann.event("attempt", value={"result": "<b>"})),
        sealed(ann.event("dance")), sealed(ann.event("note", value={"text": "\ud800"})),
        sealed(ann.event("note", value={"text": "a\0"})), sealed(ann.event("attempt", seq=2**60)),
        sealed(ann.event("attempt", household="h9")), sealed(ann.event("answer", person="p9")),
        sealed(ann.event("answer", household="h2")), sealed(ann.event("building_note", stop=99)),
        sealed(ann.event("attempt", turf="another")),
    ]  # fmt: skip
    taken = walked.take(
        home=settings.HOME, hand_out=ann.given, envelopes=[*bad, sealed(good)], opened=opened, now=NOW
    )
    assert [one.status for one in taken.acks] == ["rejected"] * len(bad) + ["ok"]
    assert all(one.reason and "Oakwood" not in one.reason for one in taken.acks[:-1])
    kept = FieldEvent.objects.filter(status="rejected")
    assert kept.count() == 5 and FieldEvent.objects.count() == 6


def test_another_record_under_a_taken_id_is_rejected(ann: Phone, turf: Turf, world: World) -> None:
    mine = ann.event("attempt")
    ann.send(mine)
    other = mine | {"value": {"result": "talked"}}
    assert ann.said(other) == [("rejected", walked._ANOTHER)]
    bea = hand(turf, "Bea")
    assert bea.said(mine | {"turf": str(bea.given.urn)}) == [("rejected", walked._ANOTHER)]
    theirs = hand(turf_of(world.member("oh"), world.member("oh"), "Ohio's"), "Olga")
    assert theirs.said(mine | {"turf": str(theirs.given.urn)}) == [("rejected", walked._ANOTHER)]
    assert FieldEvent.objects.count() == 1


def test_too_many_are_refused_whole_and_without_work(ann: Phone) -> None:
    def never(_: Any) -> Any:
        raise AssertionError("looked at")

    with pytest.raises(Refusal, match="more than 50"):
        walked.take(home=settings.HOME, hand_out=ann.given, envelopes=[{}] * 100_000, opened=never, now=NOW)


@pytest.mark.parametrize(
    ("state", "recorded", "said"),
    [
        ({}, -HOUR / 2, "ok"), ({}, HOUR, "ok"),  # a future clock is held to now
        ({"ends_at": NOW - HOUR / 2}, -HOUR * 3 / 4, "ok"), ({"ends_at": NOW - HOUR}, -HOUR / 2, "held"),
        ({"returned_at": NOW - HOUR / 2}, -HOUR * 3 / 4, "ok"),
        ({"returned_at": NOW - HOUR}, -HOUR / 2, "held"),
        ({"revoked_at": NOW - HOUR / 2}, -HOUR * 3 / 4, "held"),
        ({"revoked_at": NOW - HOUR}, -HOUR / 2, "held"),
    ],
)  # fmt: skip
def test_what_comes_late_is_held_and_says_why(
    ann: Phone, state: dict[str, datetime], recorded: timedelta, said: str
) -> None:
    type(ann.given).objects.filter(pk=ann.given.pk).update(**state)
    event = ann.event("attempt", at=datetime.now(UTC) + recorded)
    taken = ann.send(event)
    assert taken.acks[0].status == said and bool(taken.acks[0].reason) == (said == "held")
    again = ann.send(event).acks[0]
    assert (again.status, again.reason) == (("dup", "") if said == "ok" else (said, taken.acks[0].reason))
    revoked, over = "revoked_at" in state, bool(state) and "revoked_at" not in state
    assert taken.do == (("wipe",) if revoked else ("lock",) if over else ())
    if revoked:
        before = recorded < state["revoked_at"] - NOW
        assert ("after this" in taken.acks[0].reason) == before
    if over:  # whoever wants to be left alone is
        assert ann.said(ann.event("optout", at=NOW)) == [("ok", "")]


def test_the_phones_clock_is_moved_and_clamped(ann: Phone) -> None:
    now = datetime.now(UTC)
    ahead = ann.event("attempt", at=now + timedelta(hours=26))
    ann.send(ahead, now=now, phone=now + timedelta(hours=26, minutes=10))
    row = FieldEvent.objects.get(event=ahead["id"])
    assert row.effective_at == now - timedelta(minutes=10)
    old = ann.event("attempt", at=now - timedelta(days=400))
    ann.send(old, now=now, phone=now - timedelta(days=4000))
    assert FieldEvent.objects.get(event=old["id"]).effective_at == ann.given.claimed_at
    assert ann.given.skew_ms == 26 * 3600_000 + 600_000


def test_whoever_asked_to_stop_since_is_kept_held_and_dropped(ann: Phone, turf: Turf, world: World) -> None:
    before = ann.event("answer", at=NOW - HOUR / 4)
    assert ann.send(ann.event("attempt")).drop == ()
    asked = stops.of_voter("oh", voter(turf, "p1"), "door")
    stops.hear(
        home=world.home, asked=[asked], source=Stop.Source.API, heard_by=world.member("oh"), by=MACHINE
    )
    taken = ann.send(
        before, ann.event("answer"), ann.event("answer", person="p2"), ann.event("attempt"),
        ann.event("optout", value={"channel": "all"}),
    )  # fmt: skip
    assert [one.status for one in taken.acks] == ["ok", "held", "ok", "ok", "ok"]
    assert taken.drop == () and taken.leave == {"h1": ["p1"]}  # whoever else lives there may be asked
    assert "This person" in taken.acks[1].reason
    assert FieldEvent.objects.filter(status="held").get().document["value"]["answer"] == "1"


def test_an_ended_agreement_holds_and_drops(
    ann: Phone, at_the_door: tuple[Agreement, Turf], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonroll.server.behind.grants_in_force", lambda *_: {})
    taken = ann.send(ann.event("answer"), ann.event("attempt"), ann.event("optout"))
    assert [one.status for one in taken.acks] == ["held", "held", "ok"]
    assert "agreement" in taken.acks[0].reason and taken.drop == ("h1", "h2", "h3")


def test_an_answer_that_the_script_does_not_have_is_held(ann: Phone) -> None:
    answers = [
        {"question": "support_gov", "answer": "9"}, {"question": "shoe_size", "answer": "9"},
        {"question": "issues", "answer": "schools;roads"}, {"question": "issues", "answer": "schools;war"},
    ]  # fmt: skip
    events = [ann.event("answer", value=one) for one in answers]
    assert [one for one, _ in ann.said(*events)] == ["held", "held", "ok", "held"]


def test_a_pair_sees_each_others_doors_and_nobody_elses(ann: Phone, turf: Turf, world: World) -> None:
    bea, other = hand(turf, "Bea"), hand(turf_of(world.member("rivera"), world.member("oh"), "Elm"), "Cy")
    secret = "<script>alert(1)</script>"
    ann.send(
        ann.event("attempt", value={"result": "talked"}), ann.event("note", value={"text": secret}),
        ann.event("attempt", household="h9"),
    )  # fmt: skip
    told, cursor = walked.of_others(bea.given, 0)
    assert [(one["household"], one["kind"], one["by"]) for one in told] == [("h1", "attempt", "Ann")]
    assert cursor == FieldEvent.objects.latest("pk").pk and walked.of_others(bea.given, cursor) == (
        [],
        cursor,
    )
    assert walked.of_others(ann.given, 0)[0] == [] and walked.of_others(other.given, 0) == ([], 0)
    assert FieldEvent.objects.get(kind="note").document["value"]["text"] == secret


def test_a_phone_that_sends_without_end_is_told_so(ann: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walked, "MOST_OF_A_PHONE", 2)
    said = ann.said(*(ann.event("attempt") for _ in range(3)))
    assert [one for one, _ in said] == ["ok", "ok", "rejected"] and FieldEvent.objects.count() == 2


@pytest.mark.skipif(os.environ.get("COMMONROLL_TEST_DATABASE") != "postgres", reason="SQLite has no walls")
def test_under_the_wall_an_id_of_another_member_is_taken_too(ann: Phone, turf: Turf, world: World) -> None:
    from commonroll.server import wall

    theirs = hand(turf_of(world.member("oh"), world.member("oh"), "Ohio's"), "Olga")
    mine = theirs.event("attempt")
    with wall.acting("oh"):
        assert theirs.said(mine) == [("ok", "")]
    with wall.acting("rivera"):
        assert ann.said(mine | {"turf": str(ann.given.urn)}) == [("rejected", walked._ANOTHER)]
        assert ann.said(ann.event("attempt")) == [("ok", "")]
