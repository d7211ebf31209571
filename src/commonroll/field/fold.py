"""What events of one turf come to: a pure function of them, whatever their order and however often they come.

Two people at one door are two facts, and both stay. An answer that counts is the latest by *effective time*:
the phone's clock, moved by what it was off at its last contact, and never outside the time in which the event
can have been recorded. Nothing undoes an opt-out but a lead with a reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from commonroll.field.events import Event

ONE_VISIT = timedelta(minutes=60)
"""Attempts of one canvasser at one household within this time are one."""

DISPUTED_WITHIN = timedelta(hours=24)
"""Different answers of different canvassers within this time count as neither."""

SOURCES_NEEDED = 2
"""Canvassers who say that somebody moved or died before it binds others (design, promise 9)."""


@dataclass(frozen=True)
class Received:
    """An event with what the server knows of it: whose it is, the bundle's time, its own time, its order.

    `skew` is what the phone's clock was ahead at its last contact. `lead` is the reason of a lead who records
    or takes back on the server; a phone's events have none.
    """

    event: Event
    device: str
    canvasser: str
    issued: datetime
    received: datetime
    order: int
    skew: timedelta = timedelta()
    lead: str | None = None

    @property
    def effective(self) -> datetime:
        return min(max(self.event.at - self.skew, self.issued), self.received)

    @property
    def rank(self) -> tuple[datetime, int, str]:
        return self.effective, self.order, self.event.id


@dataclass(frozen=True)
class Answered:
    """The answer of one person to one question that counts; None where it is disputed."""

    answer: str | None
    by: str
    at: datetime
    event: str

    @property
    def disputed(self) -> bool:
        return self.answer is None


@dataclass(frozen=True)
class Visit:
    """One visit to a household: the events of it, the last result."""

    household: str
    canvasser: str
    began: datetime
    ended: datetime
    result: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class Walked:
    """`answers` by person and question; `optouts` by person: channels; `claims` by person and word (moved,
    deceased): who said so; `live`: ids of events that count, `undone`: of those taken back."""

    visits: tuple[Visit, ...]
    answers: Mapping[tuple[str, str], Answered]
    optouts: Mapping[str, frozenset[str]]
    claims: Mapping[tuple[str, str], frozenset[str]]
    notes: tuple[str, ...]
    added: tuple[str, ...]
    corrections: Mapping[tuple[str, str], str]
    live: frozenset[str]
    undone: frozenset[str]

    def binds(self, person: str, word: str) -> bool:
        """Whether enough canvassers said that the person moved or died."""
        return len(self.claims.get((person, word), ())) >= SOURCES_NEEDED


def fold(events: Iterable[Received]) -> Walked:
    """Each event once, by its id; of two with one id the first that came counts."""
    known: dict[str, Received] = {}
    for one in sorted(events, key=lambda one: (one.order, one.event.seq), reverse=True):
        known[one.event.id] = one
    undone = _undone(known)
    live = sorted((one for id_, one in known.items() if id_ not in undone), key=lambda one: one.rank)
    by_kind: dict[str, list[Received]] = defaultdict(list)
    for one in live:
        by_kind[one.event.kind].append(one)
    return Walked(
        visits=_visits(by_kind["attempt"]),
        answers=_answers(by_kind["answer"]),
        optouts=_optouts(by_kind["optout"]),
        claims=_claims([*by_kind["moved"], *by_kind["deceased"]]),
        notes=tuple(one.event.id for one in (*by_kind["note"], *by_kind["building_note"])),
        added=tuple(one.event.id for one in by_kind["person_added"]),
        corrections={(_person(one), one.event.value["field"]): one.event.id for one in by_kind["correction"]},
        live=frozenset(one.event.id for one in live),
        undone=frozenset(undone),
    )


def _undone(known: Mapping[str, Received]) -> set[str]:
    """Events that a living event takes back. No chain is a circle: each step is a later one of its device,
    or a lead's later one, and no phone takes back what a lead recorded."""
    replacing: dict[str, list[Received]] = defaultdict(list)
    for one in known.values():
        target = known.get(one.event.replaces or "")
        if target is not None and _may(one, target):
            replacing[target.event.id].append(one)
    alive: dict[str, bool] = {}
    for start in sorted(known):
        stack = [start]
        while stack:
            at = stack[-1]
            open_ = [each.event.id for each in replacing[at] if each.event.id not in alive]
            if open_:
                stack.extend(open_)
                continue
            alive[stack.pop()] = not any(alive[each.event.id] for each in replacing[at])
    return {id_ for id_, lives in alive.items() if not lives}


def _may(one: Received, target: Received) -> bool:
    if one.lead is not None:
        return one.order > target.order
    if target.event.kind == "optout" or target.lead is not None:
        return False
    return one.device == target.device and one.event.seq > target.event.seq


def _visits(attempts: Sequence[Received]) -> tuple[Visit, ...]:
    """Attempts in the order of their times; one that follows within ONE_VISIT belongs to the visit before."""
    found: list[Visit] = []
    last: dict[tuple[str, str], int] = {}
    for one in attempts:
        household, key = one.event.household or "", (one.event.household or "", one.canvasser)
        at = last.get(key)
        if at is not None and one.effective - found[at].ended <= ONE_VISIT:
            visit = found[at]
            events = (*visit.events, one.event.id)
            found[at] = Visit(
                household, one.canvasser, visit.began, one.effective, one.event.value["result"], events
            )
            continue
        last[key] = len(found)
        result = one.event.value["result"]
        found.append(Visit(household, one.canvasser, one.effective, one.effective, result, (one.event.id,)))
    return tuple(found)


def _answers(answers: Sequence[Received]) -> dict[tuple[str, str], Answered]:
    given: dict[tuple[str, str], list[Received]] = defaultdict(list)
    for one in answers:
        given[_person(one), one.event.value["question"]].append(one)
    return {key: _counts(all_) for key, all_ in given.items()}


def _counts(answers: Sequence[Received]) -> Answered:
    """The latest; nobody's where the latest of another canvasser, shortly before, says something else."""
    last = answers[-1]
    others: dict[str, Received] = {one.canvasser: one for one in answers if one.canvasser != last.canvasser}
    disputed = any(
        one.event.value["answer"] != last.event.value["answer"]
        and last.effective - one.effective <= DISPUTED_WITHIN
        for one in others.values()
    )
    answer = None if disputed else last.event.value["answer"]
    return Answered(answer, last.canvasser, last.effective, last.event.id)


def _optouts(optouts: Sequence[Received]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in optouts:
        found[_person(one)].add(one.event.value["channel"])
    return {person: frozenset(channels) for person, channels in found.items()}


def _claims(claims: Sequence[Received]) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in claims:
        found[_person(one), one.event.kind].add(one.canvasser)
    return {key: frozenset(who) for key, who in found.items()}


def _person(one: Received) -> str:
    return one.event.person or ""
