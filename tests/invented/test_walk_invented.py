"""An invented walk: every event is one that the field reads, in the order of the turf, at a human pace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from commonroll.field.events import parse
from commonroll.invented.walk import walk

BEGAN = datetime(2026, 10, 3, 9, tzinfo=UTC)
SCRIPT: dict[str, Any] = {
    "start": "q1",
    "questions": [
        {"id": "q1", "code": "support", "of": "person", "next": "q2",
         "answers": [{"answer": "1", "next": None}, {"answer": "5", "next": "end"}]},
        {"id": "q2", "code": "issue", "of": "person", "next": None,
         "answers": [{"answer": "schools", "next": None}]},
    ],
}  # fmt: skip


def bundle(doors: int) -> dict[str, Any]:
    return {
        "turf": "t1", "rev": 1, "script": SCRIPT, "order": list(range(doors))[::-1],
        "stops": [{"id": at, "households": [f"h{at}"]} for at in range(doors)],
        "households": [{"id": f"h{at}", "people": [{"id": f"p{at}"}]} for at in range(doors)],
    }  # fmt: skip


def test_a_walk_follows_the_order_and_every_event_is_read() -> None:
    events = [parse(one) for one in walk(bundle(40), began=BEGAN, share=0.5, seed=3)]
    attempts = [one for one in events if one.kind == "attempt"]
    assert [one.household for one in attempts] == [f"h{at}" for at in range(39, 19, -1)]
    assert [one.seq for one in events] == list(range(1, len(events) + 1))
    assert all(a.at <= b.at for a, b in pairwise(events))
    assert timedelta(minutes=15) < events[-1].at - BEGAN < timedelta(minutes=90)


def test_whoever_is_against_is_asked_no_more() -> None:
    said: dict[str | None, list[str]] = {}
    for one in walk(bundle(200), began=BEGAN, share=1, seed=5):
        if one["kind"] == "answer":
            said.setdefault(one["person"], []).append(one["value"]["answer"])
    assert {tuple(answers) for answers in said.values()} == {("1", "schools"), ("5",)}


def test_the_same_seed_gives_the_same_walk() -> None:
    first, again, other = (walk(bundle(9), began=BEGAN, share=1, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
