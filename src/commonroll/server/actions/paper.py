"""Turfs walked with a printed list, and what a lead types in from it when it comes back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field import paper
from commonroll.field.fold import Walked, fold
from commonroll.field.walks import order_of
from commonroll.server import field_facts
from commonroll.server.actions import hand_outs, walked
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import FieldEvent, HandOut, Turf, TurfHousehold, TurfPerson

TYPED = "typed in from a printed list"

EVENING = time(18)
"""When a list of an earlier day was walked, as far as anybody knows."""


@dataclass(frozen=True)
class Line:
    """One line that was typed: the door's code, its events, whether it counts still."""

    code: str
    events: tuple[FieldEvent, ...]
    counts: bool

    @property
    def said(self) -> str:
        """In words: how it went, and how many answers there are."""
        kinds = {one.kind for one in self.events}
        if "optout" in kinds:
            return "wants no calls any more"
        result = next((one.document["value"]["result"] for one in self.events if one.kind == "attempt"), "")
        answers = sum(one.kind == "answer" for one in self.events)
        words = result.replace("_", " ")
        return f"{words}, {answers} answer{'s' if answers > 1 else ''}" if answers else words

    @property
    def held(self) -> str:
        """Why a lead has to look at it; empty where it counts, or where nobody has to."""
        return next((one.reason for one in self.events if one.status != FieldEvent.Status.OK), "")


def give(
    *, home: Home, turf: Turf, walker: str, script: Mapping[str, Any] | None = None, by: Actor
) -> HandOut:
    """A turf goes out as a printed list; it has no code and no device, and is out until it is closed."""
    with transaction.atomic():
        made, _ = hand_outs.give(
            home=home, turf=turf, walker=walker, ends_at=timezone.now() + hand_outs.LONGEST, script=script,
            by=by,
        )  # fmt: skip
        made.paper, made.claimed_at, made.code_hash, made.code_until = True, made.made_at, "", None
        made.save(update_fields=["paper", "claimed_at", "code_hash", "code_until"])
    return made


def list_of(*, member: Any, number: int, by: Actor) -> HandOut:
    """One of the member's printed lists; Unknown for whoever is none of its people."""
    by.require("read", member)
    found = HandOut.objects.filter(member=member, pk=number, paper=True).select_related("turf__cut").first()
    if found is None:
        raise Unknown("There is no such printed list.", next_step="See the turfs of the cut.")
    return found


def close(*, hand_out: HandOut, by: Actor) -> None:
    """Nothing more comes from this list: its turf can be changed and given again."""
    by.require("view", hand_out.member)
    if hand_out.returned_at is None:
        hand_out.returned_at = timezone.now()
        hand_out.save(update_fields=["returned_at"])


def enter(*, home: Home, hand_out: HandOut, line: str, on: date | None = None, by: Actor) -> Line:
    """Keep one typed line; `on`: the day of the walk. Raises Refusal for a line that cannot be read."""
    by.require("view", hand_out.member)
    _open(hand_out)
    kept = Kept(home, hand_out)
    entry = paper.read(line, hand_out.script)
    household = kept.household(entry.door)
    person = kept.person(household, entry.person)
    now = timezone.now()
    documents = _events(kept, entry, household, person, _when(hand_out, on, now))
    _keep(home, hand_out, documents, now, by)
    return Kept(home, hand_out).lines()[0]


def today(hand_out: HandOut) -> date:
    """The day where the doors are: at midnight in Greenwich it is still the walk's evening."""
    return timezone.localdate(timezone=field_facts.zone(hand_out.member))


def undo(*, home: Home, hand_out: HandOut, by: Actor) -> Line:
    """Take back the newest line that counts; whoever wanted no calls stays left alone."""
    by.require("view", hand_out.member)
    _open(hand_out)
    kept = Kept(home, hand_out)
    last = next((line for line in kept.lines() if line.counts), None)
    if last is None:
        raise Refusal("There is nothing to take back.", next_step="Type the next line.")
    if any(one.kind == "optout" for one in last.events):
        raise Refusal(
            "Somebody wanted no calls any more; that is not taken back here.",
            where=last.code,
            next_step="If it was a slip, have a lead lift it with a reason.",
        )
    now = timezone.now()
    documents = [
        kept.document("undo", now, at=place, replaces=str(one.event)) for place, one in enumerate(last.events)
    ]
    _keep(home, hand_out, documents, now, by)
    return last


class Kept:
    """What was typed from one list so far."""

    def __init__(self, home: Home, hand_out: HandOut) -> None:
        self.home, self.hand_out = home, hand_out
        self.rows = list(
            FieldEvent.objects.filter(hand_out=hand_out).select_related("hand_out").order_by("pk")
        )

    @cached_property
    def doors(self) -> Sequence[int]:
        """Numbers of the turf's doors, as they stand on the list."""
        turf = self.hand_out.turf
        return order_of(self.home.turf / turf.cut.folder, turf.number).doors

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each household stands on the list, by its key."""
        at = {door: place for place, door in enumerate(self.doors, 1)}
        found = TurfHousehold.objects.filter(turf=self.hand_out.turf)
        return {one.key: at[one.door] for one in found if one.door in at}

    @cached_property
    def walked(self) -> Walked:
        return fold(field_facts.received(row) for row in self.rows if row.status == FieldEvent.Status.OK)

    @cached_property
    def results(self) -> Mapping[str, str]:
        """The last result of each household that has one, by its key."""
        return {visit.household: visit.result for visit in self.walked.visits}

    @property
    def missing(self) -> list[str]:
        """Codes of the doors on the list of which nothing was typed yet."""
        return [paper.code(place) for key, place in sorted(self.places.items(), key=lambda one: one[1])
                if key not in self.results]  # fmt: skip

    def household(self, place: int) -> TurfHousehold:
        found = None
        if 1 <= place <= len(self.doors):
            wanted = {"turf": self.hand_out.turf, "door": self.doors[place - 1]}
            found = TurfHousehold.objects.filter(**wanted).first()
        if found is None:
            raise Refusal(
                "This door is not on the list.", where=paper.code(place), next_step="Look at the code again."
            )
        return found

    def person(self, household: TurfHousehold, place: int | None) -> TurfPerson | None:
        if place is None:
            return None
        people = list(household.people.order_by("pk"))
        if not 1 <= place <= len(people):
            raise Refusal(
                f"{len(people)} people of this door are on the list.",
                where=f"person {place}",
                next_step="Look at the number before the name again.",
            )
        return people[place - 1]

    def lines(self) -> list[Line]:
        """What was typed, the newest first; the events of one line came at one moment."""
        typed = [row for row in self.rows if row.kind != "undo"]
        found = []
        for _, group in groupby(typed, key=lambda row: row.received_at):
            events = tuple(group)
            place = self.places.get(events[0].household)
            counts = any(str(one.event) not in self.walked.undone for one in events)
            found.append(Line(paper.code(place) if place else "?", events, counts))
        return found[::-1]

    def document(self, kind: str, when: datetime, *, at: int = 0, **more: Any) -> dict[str, Any]:
        """An event of this list; `at` counts the events of one line."""
        return {
            "id": str(uuid.uuid4()), "turf": str(self.hand_out.urn), "rev": self.hand_out.revision,
            "seq": len(self.rows) + at + 1, "at": when.isoformat(), "mono": 0, "kind": kind,
            "stop": None, "household": None, "person": None, "value": {}, "replaces": None,
        } | more  # fmt: skip


def _keep(home: Home, hand_out: HandOut, documents: Sequence[Any], now: datetime, by: Actor) -> None:
    acks = walked.record(home=home, hand_out=hand_out, documents=documents, by=by.label, lead=TYPED, now=now)
    refused = next((ack for ack in acks if ack.status == walked.REJECTED), None)
    if refused is not None:
        raise Refusal("This line was not taken.", where="the line", next_step=refused.reason)


def _events(
    kept: Kept, entry: paper.Entry, household: TurfHousehold, person: TurfPerson | None, when: datetime
) -> list[dict[str, Any]]:
    where = {"stop": household.stop, "household": household.key, "person": person.key if person else None}
    said = list(_said(entry))
    return [kept.document(kind, when, at=at, value=value, **where) for at, (kind, value) in enumerate(said)]


def _said(entry: paper.Entry) -> Iterator[tuple[str, dict[str, str]]]:
    """Kinds and values of a line's events."""
    if entry.result == paper.STOP:
        yield "attempt", {"result": "refused"}
        yield "optout", {"channel": "all"}
        return
    result = paper.RESULTS[entry.result]
    yield "attempt", {"result": result}
    if result in ("moved", "deceased"):
        yield result, {}
    for question, answer in entry.answers.items():
        yield "answer", {"question": question, "answer": answer}


def _when(hand_out: HandOut, on: date | None, now: datetime) -> datetime:
    zone = field_facts.zone(hand_out.member)
    if on is None or on >= now.astimezone(zone).date():
        return now
    return max(datetime.combine(on, EVENING, tzinfo=zone), hand_out.made_at)


def _open(hand_out: HandOut) -> None:
    if hand_out.returned_at is not None or hand_out.revoked_at is not None:
        raise Refusal(
            "This list is closed.", where=hand_out.turf.name, next_step="Open it again, or make another."
        )
