"""What phones send from a turf: each record is answered by itself, kept once, and never lost.

*ok* counts. *held* waits for a lead: it came after its turf's time, from a phone that was taken out, or about
somebody who may not be called on any more. *rejected* belongs to no door of the turf; it stays on the phone.
What was kept is never changed; the same record again is *dup*, another one under its id is rejected.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field import sealing
from commonroll.field.events import Event, parse
from commonroll.field.fold import Received
from commonroll.field.script_check import JOINED
from commonroll.server import field_keys, wall
from commonroll.server.behind import Doors
from commonroll.server.home import Home
from commonroll.server.models import FieldEvent, HandOut, Turf

MOST_AT_ONCE = 50
MOST_OF_A_PHONE = 20_000
"""Records of one hand-out: more than ten walks of 500 doors."""
MOST_TOLD = 500
"""Records of others in one answer."""

MOST_SKEW = timedelta(days=365)
NEAR_MS = 2_000
"""A clock that is no further off than it was is written down no more."""

OK, DUP, HELD, REJECTED = "ok", "dup", "held", "rejected"

TOLD_OF_OTHERS = ("attempt", "answer", "building_note", "moved", "deceased", "optout", "undo")
"""Kinds that the other half of a pair is told; what was noted of persons in free words is not among them."""

_ANOTHER = "Another record came under this number before. Record it again."
_A_LEAD = "It is kept, and a lead looks at it."


@dataclass(frozen=True)
class Ack:
    """The answer to one record; `reason` in words for the walker, empty where it counts."""

    id: str
    status: str
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"id": self.id, "status": self.status, "reason": self.reason}


@dataclass(frozen=True)
class Taken:
    """`do`: what the phone does now (wipe, lock); `cursor`: the newest record of the turf, whoever made it;
    of what it has, it hides households (`drop`), persons by household (`leave`) and notes on buildings
    (`hide`), these and no others."""

    acks: tuple[Ack, ...]
    do: tuple[str, ...]
    cursor: int
    drop: tuple[str, ...]
    leave: Mapping[str, Sequence[str]]
    hide: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        acks = [one.as_dict() for one in self.acks]
        hidden = {"drop": list(self.drop), "leave": dict(self.leave), "hide": list(self.hide)}
        return {"acks": acks, "do": list(self.do), "cursor": self.cursor} | hidden


@dataclass(frozen=True)
class _Said:
    """One record of a request: read (`event`), or why it cannot be."""

    id: str
    document: Mapping[str, Any]
    event: Event | None
    why: str = ""


def take(
    *, home: Home, hand_out: HandOut, envelopes: Sequence[Any], opened: Callable[[Any], Any],
    now: datetime, phone: datetime | None = None,
) -> Taken:  # fmt: skip
    """Keep what a phone sends. `opened`: an envelope's document, or Refusal; `phone`: what its clock says.

    Raises Refusal for more than MOST_AT_ONCE, before any of them is looked at.
    """
    if len(envelopes) > MOST_AT_ONCE:
        raise Refusal(
            f"These are more than {MOST_AT_ONCE} records at once; none was taken.",
            next_step=f"Send them {MOST_AT_ONCE} by {MOST_AT_ONCE}.",
        )
    said = [_read(one, opened) for one in envelopes]
    skew = hand_out.skew_ms if phone is None else _ms(max(-MOST_SKEW, min(phone - now, MOST_SKEW)))
    doors = Doors(home, hand_out.turf, now)
    acks = _keep(hand_out, doors, said, timedelta(milliseconds=skew), now, by=hand_out.walker)
    if abs(skew - hand_out.skew_ms) > NEAR_MS:  # a write of its own costs as much as the records
        HandOut.objects.filter(pk=hand_out.pk).update(skew_ms=skew)
    return Taken(
        acks, _do(hand_out, now), newest(hand_out.turf), tuple(doors.dropped()), doors.withheld,
        _hidden_notes(hand_out),
    )  # fmt: skip


def opened_by(home: Home) -> Callable[[Any], Any]:
    """Opens an envelope with the home's key; Refusal where it was not sealed to it."""
    return lambda envelope: sealing.open_(sealing.read(envelope), field_keys.sealing_key(home))


def record(
    *, home: Home, hand_out: HandOut, documents: Sequence[Any], by: str, lead: str,
    now: datetime | None = None,
) -> tuple[Ack, ...]:  # fmt: skip
    """Keep events that a lead types in, from paper or to set something right, with the reason (`lead`); the
    caller has asked whether that person may."""
    now = now or timezone.now()
    said = [_read(one, lambda document: document) for one in documents]
    return _keep(hand_out, Doors(home, hand_out.turf, now), said, timedelta(), now, by=by, lead=lead)


def newest(turf: Turf) -> int:
    """The newest record of a turf; 0 for none."""
    found: int | None = FieldEvent.objects.filter(turf=turf).aggregate(newest=Max("pk"))["newest"]
    return found or 0


def of_others(hand_out: HandOut, after: int) -> tuple[list[dict[str, Any]], int]:
    """What others recorded in the same turf after a cursor, and the next cursor: a pair sees alike."""
    found = FieldEvent.objects.filter(
        turf=hand_out.turf, pk__gt=after, status=FieldEvent.Status.OK, kind__in=TOLD_OF_OTHERS
    ).exclude(hand_out=hand_out)
    rows = list(found.order_by("pk")[:MOST_TOLD])
    return [_told(row) for row in rows], rows[-1].pk if len(rows) == MOST_TOLD else newest(hand_out.turf)


def _told(row: FieldEvent) -> dict[str, Any]:
    return {
        "id": str(row.event), "household": row.household or None, "person": row.person or None,
        "kind": row.kind, "value": row.document.get("value") or {}, "by": row.by,
        "at": row.effective_at.isoformat(), "replaces": row.document.get("replaces"),
    }  # fmt: skip


# Read


def _read(envelope: Any, opened: Callable[[Any], Any]) -> _Said:
    given = envelope.get("id") if isinstance(envelope, dict) else None
    id_ = given if isinstance(given, str) and len(given) <= 36 else ""
    try:
        document = opened(envelope)
        event = parse(document)
    except Refusal as refusal:
        return _Said(id_, {}, None, f"{refusal.what} {refusal.next_step}"[:200])
    return _Said(event.id, document, event)


# Kept


def _keep(
    hand_out: HandOut, doors: Doors, said: Sequence[_Said], skew: timedelta, now: datetime, *, by: str,
    lead: str = "",
) -> tuple[Ack, ...]:  # fmt: skip
    """In the transaction that answers; records of one turf are written one request after the other, so that
    no cursor passes one by that comes later."""
    ids = {one.id for one in said if one.event is not None}
    with transaction.atomic():
        Turf.objects.select_for_update().get(pk=hand_out.turf_id)
        known = _known(ids)
        room = MOST_OF_A_PHONE - FieldEvent.objects.filter(hand_out=hand_out).count()
        fresh: dict[str, FieldEvent] = {}
        for one in said:
            if one.event is not None and one.id not in known and one.id not in fresh and len(fresh) < room:
                fresh[one.id] = _row(hand_out, doors, one, skew, now)
                fresh[one.id].by, fresh[one.id].lead = by[:200], lead[:200]
        FieldEvent.objects.bulk_create(fresh.values(), ignore_conflicts=True)
        there = _known(ids)
    acks, answered = [], set(known)
    for one in said:
        acks.append(_ack(hand_out, one, there.get(one.id), again=one.id in answered))
        answered.add(one.id)
    return tuple(acks)


@wall.node()
def _known(ids: Iterable[str]) -> dict[str, FieldEvent]:
    """Whoever's they are: an id is taken once on the whole site, and who has it is told to nobody."""
    found = FieldEvent.objects.filter(event__in=[uuid.UUID(one) for one in ids])
    return {str(row.event): row for row in found}


def _ack(hand_out: HandOut, one: _Said, row: FieldEvent | None, *, again: bool) -> Ack:
    if one.event is None:
        return Ack(one.id, REJECTED, one.why)
    if row is None:
        return Ack(one.id, REJECTED, "More came from this phone than one walk holds. Talk to your lead.")
    if row.hand_out_id != hand_out.pk or row.document != one.document:
        return Ack(one.id, REJECTED, _ANOTHER)
    if row.status == FieldEvent.Status.OK:
        return Ack(one.id, DUP if again else OK)
    return Ack(one.id, row.status, row.reason)


def _row(hand_out: HandOut, doors: Doors, one: _Said, skew: timedelta, now: datetime) -> FieldEvent:
    assert one.event is not None
    received = Received(
        one.event, str(hand_out.device or hand_out.urn), hand_out.walker,
        issued=min(hand_out.claimed_at or hand_out.made_at, now), received=now, order=0, skew=skew,
    )  # fmt: skip
    status, reason = _judged(hand_out, doors, one.event, received.effective)
    return FieldEvent(
        member_id=hand_out.member_id, turf_id=hand_out.turf_id, hand_out=hand_out, event=uuid.UUID(one.id),
        kind=one.event.kind, household=_household(doors, one.event), person=one.event.person or "",
        document=dict(one.document), received_at=now, effective_at=received.effective, status=status,
        # what waits for a lead is folded once it counts
        folded_at=None if status == OK else now,
        reason=reason,
    )  # fmt: skip


def _household(doors: Doors, event: Event) -> str:
    """Its household, also where it names the person alone."""
    person = doors.people.get(event.person or "")
    return event.household or (person.household if person else "")


# Judged


def _judged(hand_out: HandOut, doors: Doors, event: Event, at: datetime) -> tuple[str, str]:
    if why := _elsewhere(hand_out, doors, event):
        return REJECTED, why
    why = _too_late(hand_out, event, at) or _not_any_more(doors, event, at) or _not_asked(hand_out, event)
    return (HELD, f"{why} {_A_LEAD}") if why else (OK, "")


def _elsewhere(hand_out: HandOut, doors: Doors, event: Event) -> str:
    if event.turf != str(hand_out.urn):
        return "This was recorded for another turf, which this phone does not hold."
    if event.kind == "undo":
        return ""
    if event.household is not None and event.household not in doors.households:
        return "This door is not on your list."
    if event.person is not None:
        person = doors.people.get(event.person)
        if person is None or event.household not in (None, person.household):
            return "This person is not at this door on your list."
    if event.kind == "building_note" and event.stop not in doors.stops:
        return "This building is not on your list."
    return ""


def _too_late(hand_out: HandOut, event: Event, at: datetime) -> str:
    if hand_out.revoked_at is not None:
        when = "after" if at < hand_out.revoked_at else "before"
        return f"This phone was taken out {when} this was recorded."
    # whoever wants to be left alone is, whatever the clock says
    if event.kind == "optout" or hand_out.paper:
        return ""
    if hand_out.returned_at is not None and at > hand_out.returned_at:
        return "The turf had been handed back when this was recorded."
    return "The turf's time was over when this was recorded." if at > hand_out.ends_at else ""


def _not_any_more(doors: Doors, event: Event, at: datetime) -> str:
    """Why nobody may be called on there; it is said of no person which of the two it was."""
    if event.kind in ("optout", "undo", "building_note"):
        return ""
    met = [event.person] if event.person else _at(doors, event.household)
    if met and all(doors.people[one].owner in doors.closed for one in met):
        return "The agreement under which this door was on your list has ended."
    if met and all(one in doors.left_alone and doors.left_alone[one] < at for one in met):
        if event.person:
            return "This person is not to be called on any more."
        return "Nobody is to be called on at this door any more."
    return ""


def _at(doors: Doors, household: str | None) -> list[str]:
    return [key for key, one in doors.people.items() if one.household == household]


def _not_asked(hand_out: HandOut, event: Event) -> str:
    """An answer to no question of the turf's script, which may have been changed since."""
    if event.kind != "answer":
        return ""
    asked: dict[str, set[str]] = {
        question["code"]: {answer["answer"] for answer in question["answers"]}
        for question in hand_out.script.get("questions", ())
    }
    answers = asked.get(event.value["question"])
    given = set(event.value["answer"].split(JOINED))
    return "" if answers and given <= answers else "This answer is not in your turf's script."


# Told


def _do(hand_out: HandOut, now: datetime) -> tuple[str, ...]:
    if hand_out.revoked_at is not None:
        return ("wipe",)
    return ("lock",) if hand_out.returned_at is not None or hand_out.ends_at <= now else ()


def _hidden_notes(hand_out: HandOut) -> tuple[str, ...]:
    """Notes on buildings that its phone has, of this walk or an earlier one, and a lead took out."""
    given = hand_out.told.get("notes", [])
    theirs = FieldEvent.objects.filter(Q(turf=hand_out.turf) | Q(event__in=given), member=hand_out.member_id)
    found = theirs.filter(kind="building_note", status=REJECTED).order_by("pk")
    return tuple(str(one) for one in found.values_list("event", flat=True))


def _ms(span: timedelta) -> int:
    return int(span / timedelta(milliseconds=1))
