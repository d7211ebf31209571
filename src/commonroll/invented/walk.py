"""What an invented walker records at the doors of a turf, door by door in its order."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

RESULTS = (("not_home", 58), ("talked", 27), ("refused", 6), ("busy", 5), ("inaccessible", 2), ("moved", 2))
"""Results and how many doors in a hundred have them: the trade's rule is one talk at three or four doors."""

AT_A_DOOR = {"talked": 240, "refused": 45, "not_home": 50}
"""Seconds, with the walk to the door; 60 for all others."""


def walk(bundle: Mapping[str, Any], *, began: datetime, share: float, seed: int) -> list[dict[str, Any]]:
    """Events (`field.events`) of the first `share` of a bundle's stops; the same seed gives the same walk.

    Who talks answers the script's first questions, one person of the household; an answer that branches to
    the end ends it.
    """
    rng = random.Random(seed)
    stops = {stop["id"]: stop["households"] for stop in bundle["stops"]}
    people = {one["id"]: [person["id"] for person in one["people"]] for one in bundle["households"]}
    doors = [(stop, door) for stop in bundle["order"] for door in stops[stop]]
    recorded: list[dict[str, Any]] = []
    at = began

    def record(kind: str, stop: int, household: str, person: str | None, value: dict[str, str]) -> None:
        seq = len(recorded) + 1
        mono = int((at - began) / timedelta(milliseconds=1))
        recorded.append(
            {"id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "turf": bundle["turf"],
             "rev": bundle["rev"], "seq": seq, "at": at.isoformat(), "mono": mono, "kind": kind, "stop": stop,
             "household": household, "person": person, "value": value, "replaces": None}
        )  # fmt: skip

    for stop, household in doors[: round(share * len(doors))]:
        (result,) = rng.choices([word for word, _ in RESULTS], [weight for _, weight in RESULTS])
        at += timedelta(seconds=AT_A_DOOR.get(result, 60) * rng.uniform(0.6, 1.5))
        met = rng.choice(people[household]) if people[household] else None
        if result == "talked" and met is not None:
            for code, answer in _answers(bundle["script"], rng):
                record("answer", stop, household, met, {"question": code, "answer": answer})
                at += timedelta(seconds=rng.uniform(8, 25))
        record("attempt", stop, household, met if result == "talked" else None, {"result": result})
    return recorded


def _answers(script: Mapping[str, Any], rng: random.Random) -> list[tuple[str, str]]:
    """A way through the script: questions of a person, with one answer each."""
    questions = {one["id"]: one for one in script.get("questions", ())}
    given = []
    at = script.get("start")
    while at in questions:
        question = questions[at]
        chosen = rng.choice(question["answers"])
        if question["of"] == "person":
            given.append((question["code"], chosen["answer"]))
        at = chosen.get("next") or question.get("next")
    return given
