"""Doors, attempts, conversations, answers and people, counted from what was recorded at doors.

Every number is counted from *facts*: what the events of a turf come to (`fold.py`), each with its turf, its
canvasser, its day and its script. Attempts, conversations and answers are in one row of a table each; a door
or a person may be in several (two days, two canvassers), so each table says how many are, and adds up.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Literal

from commonroll.field.fold import Received, fold

TALKED = "talked"
Kind = Literal["attempt", "answer", "disputed", "met"]
Dimension = Literal["turf", "canvasser", "day", "script"]
DIMENSIONS: tuple[Dimension, ...] = ("turf", "canvasser", "day", "script")


@dataclass(frozen=True)
class Recorded:
    """An event with what numbers are counted by: the turf's number and the script that was in hand."""

    received: Received
    turf: int
    script: str = ""


@dataclass(frozen=True)
class Fact:
    """One thing that counts. `kind`: `attempt` (a visit, with its `result`), `answer` (one that counts, with
    its person), `disputed` (two canvassers heard otherwise: counts as no answer), `met` (somebody was talked
    with). `door` and `person` are the same for one door and one person, in whatever turf."""

    kind: Kind
    turf: Any
    canvasser: str
    day: date
    script: str
    door: Hashable = None
    person: Hashable = None
    result: str = ""


@dataclass(frozen=True)
class Numbers:
    """`doors` were attempted at least once; `people` gave an answer or were talked with; a `conversation` is
    an attempt that ended in talk."""

    doors: int = 0
    attempts: int = 0
    conversations: int = 0
    answers: int = 0
    people: int = 0
    disputed: int = 0

    @property
    def talked_share(self) -> float | None:
        """Of attempts, those that ended in talk; None where nothing was attempted."""
        return self.conversations / self.attempts if self.attempts else None


@dataclass(frozen=True)
class Row:
    """`key` of the dimension, and what counts under it."""

    key: Hashable
    numbers: Numbers


@dataclass(frozen=True)
class Table:
    """Rows of one dimension. `twice_doors`, `twice_people`: by how much the rows count doors and people more
    than once; the rows less these are the total."""

    rows: tuple[Row, ...]
    total: Numbers
    twice_doors: int
    twice_people: int


def facts(
    records: Iterable[Recorded],
    zone: tzinfo,
    door: Callable[[int, str], Hashable] = lambda turf, household: (turf, household),
    person: Callable[[int, str], Hashable] = lambda turf, key: (turf, key),
) -> list[Fact]:
    """What the events of turfs come to that share doors, as those of one cut do; they are folded together.

    `door` and `person` say who is meant by a key that phones know, given the turf: a door that was moved to
    another turf is one door. A fact is of the turf where its first event was recorded. Days are those of
    `zone`.
    """
    given, same = list(records), Same(door, person)
    walked = fold(same.keyed(one) for one in given)
    known = _first(given)

    def fact(
        kind: Literal["attempt", "answer", "disputed", "met"], event: str, by: str, at: datetime
    ) -> Fact:
        return Fact(kind, known[event].turf, by, at.astimezone(zone).date(), known[event].script)

    found: list[Fact] = []
    for visit in walked.visits:
        base = fact("attempt", visit.events[0], visit.canvasser, visit.began)
        found.append(_with(base, door=same.meant[visit.household], result=visit.result))
        if visit.result == TALKED:
            met = fact("met", visit.events[0], visit.canvasser, visit.began)
            found += [_with(met, person=who) for who in _talked_with(visit.events, known, person)]
    for (who, _), answered in walked.answers.items():
        base = fact("disputed" if answered.disputed else "answer", answered.event, answered.by, answered.at)
        found.append(_with(base, person=same.meant[who]))
    return found


class Same:
    """Keys under which a fold sees what several turfs call by keys of their own; `meant` by such a key."""

    def __init__(self, door: Callable[[int, str], Hashable], person: Callable[[int, str], Hashable]) -> None:
        self.door, self.person = door, person
        self.meant: dict[str, Hashable] = {}
        self._keys: dict[tuple[str, Hashable], str] = {}

    def keyed(self, one: Recorded) -> Received:
        event = one.received.event
        household = None if event.household is None else self._key("h", self.door(one.turf, event.household))
        person = None if event.person is None else self._key("p", self.person(one.turf, event.person))
        return replace(one.received, event=replace(event, household=household, person=person))

    def _key(self, kind: str, meant: Hashable) -> str:
        key = self._keys.setdefault((kind, meant), f"{kind}{len(self._keys)}")
        self.meant[key] = meant
        return key


def _first(records: Iterable[Recorded]) -> dict[str, Recorded]:
    """Of two events with one id the one that came first, as `fold` takes it."""
    known: dict[str, Recorded] = {}
    rank = sorted(records, key=lambda one: (one.received.order, one.received.event.seq), reverse=True)
    for one in rank:
        known[one.received.event.id] = one
    return known


def _with(fact: Fact, *, door: Hashable = None, person: Hashable = None, result: str = "") -> Fact:
    return Fact(fact.kind, fact.turf, fact.canvasser, fact.day, fact.script, door, person, result)


def _talked_with(
    events: Sequence[str], known: Mapping[str, Recorded], person: Callable[[int, str], Hashable]
) -> list[Hashable]:
    """Whom the attempts of a visit name that ended in talk, each once."""
    named = ((known[each].turf, known[each].received.event) for each in events)
    return list(
        dict.fromkeys(
            person(turf, one.person) for turf, one in named if one.person and one.value["result"] == TALKED
        )
    )


def numbers(found: Iterable[Fact]) -> Numbers:
    """The numbers of these facts."""
    doors: set[Hashable] = set()
    people: set[Hashable] = set()
    many: Counter[str] = Counter()
    for one in found:
        many[one.kind] += 1
        if one.kind == "attempt":
            doors.add(one.door)
            many["talked"] += one.result == TALKED
        if one.kind in ("answer", "met"):
            people.add(one.person)
    return Numbers(
        len(doors), many["attempt"], many["talked"], many["answer"], len(people), many["disputed"]
    )  # fmt: skip


def table(found: Sequence[Fact], by: Dimension) -> Table:
    """The numbers under each turf, canvasser, day or script, in their order."""
    groups: dict[Any, list[Fact]] = defaultdict(list)
    for one in found:
        groups[getattr(one, by)].append(one)
    rows = tuple(Row(key, numbers(groups[key])) for key in sorted(groups))
    total = numbers(found)
    return Table(
        rows, total,
        twice_doors=sum(row.numbers.doors for row in rows) - total.doors,
        twice_people=sum(row.numbers.people for row in rows) - total.people,
    )  # fmt: skip


def results(found: Iterable[Fact]) -> list[tuple[str, int]]:
    """How attempts ended, the most frequent first; they add up to the attempts."""
    many = Counter(one.result for one in found if one.kind == "attempt")
    return sorted(many.items(), key=lambda pair: (-pair[1], pair[0]))


def waits(records: Iterable[Received]) -> list[timedelta]:
    """From the door to the server, for each event, the shortest first: a count has what the server has."""
    return sorted(max(one.received - one.effective, timedelta()) for one in records)


def percentile(values: Sequence[timedelta], share: float) -> timedelta | None:
    """Of sorted values the least that `share` of them do not exceed; None where there are none."""
    return values[max(0, math.ceil(len(values) * share) - 1)] if values else None
