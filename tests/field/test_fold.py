"""What events come to: any order, any repetition, any split gives the same; an opt-out survives all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.field.events import KINDS, parse
from commonroll.field.fold import Received, Walked, fold
from thorough import dear

START = datetime(2026, 10, 4, 14, 0, tzinfo=UTC)
VALUES: dict[str, dict[str, str]] = {
    "attempt": {"result": "not_home"}, "answer": {"question": "support", "answer": "1"},
    "note": {"text": "ring twice"}, "building_note": {"text": "lift out"},
    "person_added": {"name": "Ada Invented"},
    "moved": {}, "deceased": {}, "optout": {"channel": "all"},
    "correction": {"field": "first_name", "is": "Adah"}, "undo": {},
}  # fmt: skip


def id_of(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


def sent(number: int, kind: str, *, minute: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": id_of(number), "turf": "T1", "rev": 1, "seq": number, "mono": number,
        "at": (START + timedelta(minutes=minute)).isoformat(), "kind": kind, "stop": 7, "household": "h1",
        "person": "p1", "value": VALUES[kind], "replaces": None,
    } | more  # fmt: skip


def got(number: int, kind: str, *, by: str = "ann", lead: str | None = None, **more: Any) -> Received:
    return Received(
        parse(sent(number, kind, **more)), device=by, canvasser=by, issued=START,
        received=START + timedelta(days=10), order=number, lead=lead,
    )  # fmt: skip


def answers(*events: Received) -> dict[tuple[str, str], str | None]:
    return {key: found.answer for key, found in fold(events).answers.items()}


def says(number: int, answer: str, **more: Any) -> Received:
    return got(number, "answer", value={"question": "support", "answer": answer}, **more)


SUPPORT = ("p1", "support")


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ([says(1, "1"), says(2, "4", minute=5)], "4"),
        ([says(1, "1", minute=5), says(2, "4")], "1"),
        ([says(1, "1"), says(2, "4")], "4"),
        ([says(1, "1"), says(2, "4", minute=5), got(3, "undo", replaces=id_of(2))], "1"),
        ([says(1, "1"), says(2, "4", minute=5, replaces=id_of(1)), got(3, "undo", replaces=id_of(2))], "1"),
        ([says(1, "1"), says(2, "1", by="bob", minute=5)], "1"),
        ([says(1, "1"), says(2, "4", by="bob", minute=5)], None),
        ([says(1, "1"), says(2, "4", by="bob", minute=24 * 60 + 1)], "4"),
        ([says(1, "1"), got(2, "undo", by="bob", replaces=id_of(1))], "1"),
        ([says(2, "1"), got(1, "undo", replaces=id_of(2))], "1"),
        ([says(1, "1", lead="read from paper"), got(2, "undo", replaces=id_of(1))], "1"),
    ],
    ids=[
        "the later one", "by the clock, not by arrival", "at one time, the one that came later", "taken back",
        "a correction taken back brings back what it corrected", "two who say the same", "two who do not",
        "two who do not, days apart", "nobody takes back another's", "nor what comes after",
        "nor what a lead recorded",
    ],
)  # fmt: skip
def test_the_answer_that_counts(events: list[Received], counts: str | None) -> None:
    assert answers(*events) == {SUPPORT: counts}


def test_an_optout_is_taken_back_by_a_lead_alone() -> None:
    asked, undo = got(1, "optout"), got(2, "undo", replaces=id_of(1))
    assert fold([asked, undo]).optouts == {"p1": frozenset({"all"})}
    by_lead = got(3, "undo", replaces=id_of(1), by="lea", lead="the wrong door, she says")
    assert fold([asked, undo, by_lead]).optouts == {}


def test_a_door_knocked_twice_within_the_hour_is_one_visit() -> None:
    again = {"value": {"result": "talked"}}
    walked = fold([got(1, "attempt"), got(2, "attempt", minute=59, **again), got(3, "attempt", minute=120)])
    assert [(visit.result, len(visit.events)) for visit in walked.visits] == [("talked", 2), ("not_home", 1)]
    two = fold([got(1, "attempt"), got(2, "attempt", by="bob", minute=5)])
    assert len(two.visits) == 2


def test_two_have_to_say_that_somebody_moved() -> None:
    once = [got(1, "moved"), got(2, "moved", minute=9)]
    assert not fold(once).binds("p1", "moved")
    assert fold([*once, got(3, "moved", by="bob")]).binds("p1", "moved")


def test_no_clock_moves_an_event_out_of_its_time() -> None:
    ahead, behind = got(1, "attempt", minute=10**6), got(2, "attempt", minute=-(10**6))
    assert (ahead.effective, behind.effective) == (ahead.received, behind.issued)
    off = Received(ahead.event, "ann", "ann", START, ahead.received, 1, skew=timedelta(minutes=10**6 - 3))
    assert off.effective == START + timedelta(minutes=3)


@st.composite
def walks(draw: st.DrawFn) -> list[Received]:
    """Events of two phones and a lead, with corrections and undos of anything."""
    found = []
    for number in range(1, draw(st.integers(2, 12))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        target = (
            draw(st.none() | st.integers(1, 12).map(id_of))
            if kind != "undo"
            else draw(st.integers(1, 12).map(id_of))
        )
        by = draw(st.sampled_from(["ann", "bob", "lea"]))
        value = dict(VALUES[kind])
        if kind == "answer":
            value["answer"] = draw(st.sampled_from("123"))
        found.append(
            got(
                number, kind, by=by, lead="a reason" if by == "lea" else None, value=value,
                minute=draw(st.integers(0, 3000)), seq=draw(st.integers(0, 12)),
                replaces=target,
            )
            if target != id_of(number)
            else got(number, "attempt", by=by)
        )  # fmt: skip
    return found


def comparable(walked: Walked) -> Any:
    return walked.visits, walked.answers, walked.optouts, walked.claims, walked.live, walked.undone


@settings(max_examples=dear(150), deadline=None)
@given(walks(), st.randoms(use_true_random=False), st.data())
def test_order_and_repetition_change_nothing(events: list[Received], rng: Any, data: st.DataObject) -> None:
    whole = fold(events)
    again = [*events, *data.draw(st.lists(st.sampled_from(events), max_size=5))] if events else []
    rng.shuffle(again)
    assert comparable(fold(again)) == comparable(whole)
    assert whole.live | whole.undone == {one.event.id for one in events}
    assert whole.live.isdisjoint(whole.undone)


@settings(max_examples=dear(150), deadline=None)
@given(walks())
def test_what_is_taken_back_is_what_a_reader_of_the_rules_takes_back(events: list[Received]) -> None:
    assert fold(events).undone == {one.event.id for one in events if not lives(one, events)}


def lives(one: Received, events: Iterable[Received]) -> bool:
    """The rule in words: an event lives unless a living one takes it back that may."""
    for other in events:
        if other.event.replaces != one.event.id:
            continue
        if other.lead is not None:
            may = other.order > one.order
        else:
            own = other.device == one.device and other.event.seq > one.event.seq
            may = own and one.lead is None and one.event.kind != "optout"
        if may and lives(other, events):
            return False
    return True


@settings(max_examples=dear(100), deadline=None)
@given(walks())
def test_an_optout_survives_whatever_a_phone_does(events: list[Received]) -> None:
    asked = {one.event.person for one in events if one.event.kind == "optout"}
    phones = [one for one in events if one.lead is None or one.event.kind == "optout"]
    by_leads = {one.event.replaces for one in phones if one.lead is not None}
    kept = {one.event.person for one in phones if one.event.kind == "optout" and one.event.id not in by_leads}
    assert kept <= set(fold(phones).optouts) <= asked


BAD: list[tuple[str, Any]] = [
    ("the event", []), ("kind", {"kind": "burn"}), ("kind", {"kind": None}), ("id", {"id": "1"}),
    ("turf", {"turf": "../x"}), ("rev", {"rev": "1"}), ("rev", {"rev": True}), ("seq", {"seq": -1}),
    ("at", {"at": "2026-10-04T10:00:00"}), ("at", {"at": 7}), ("at", {"at": "soon"}),
    ("mono", {"mono": None}),
    ("value", {"value": {}}), ("value", {"value": {"result": "not_home", "more": "1"}}),
    ("value", {"value": "x"}),
    ("value.result", {"value": {"result": "shot"}}), ("value.result", {"value": {"result": 3}}),
    ("household", {"household": None}), ("replaces", {"replaces": id_of(1)}), ("replaces", {"replaces": "x"}),
    ("a field that no event has", {"score": "5"}), ("stop", {"stop": "7"}),
    ("value.text", {"kind": "note", "value": {"text": "x" * 501}}),
    ("value.text", {"kind": "note", "value": {"text": "  "}}),
    ("value.channel", {"kind": "optout", "value": {"channel": "smoke"}}),
    ("value.consent", {"kind": "person_added", "value": {"name": "Ada", "phone": "555"}}),
    ("value.consent", {"kind": "correction", "value": {"field": "email", "is": "ada@example.org"}}),
    ("value.is", {"kind": "correction", "value": {"field": "email", "is": "Invented", "consent": "yes"}}),
    ("person", {"kind": "moved", "value": {}, "person": None}), ("replaces", {"kind": "undo", "value": {}}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "changed"), BAD, ids=[f"{n} {field}" for n, (field, _) in enumerate(BAD)])
def test_an_event_that_cannot_be_read_names_the_field_alone(field: str, changed: Any) -> None:
    document = sent(1, "attempt") | changed if isinstance(changed, dict) else changed
    with pytest.raises(Refusal) as refused:
        parse(document)
    assert (refused.value.where or "").startswith(field)
    assert "Invented" not in str(refused.value)
