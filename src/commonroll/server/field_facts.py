"""What a member's events at doors come to, read from the events themselves: nothing is kept beside them.

A turf's facts are worked out once and kept in the process until another event of it counts or counts no more,
so that a page asks the database for one line a turf and for the events of those alone that changed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max

from commonroll.field.events import parse
from commonroll.field.fold import Received
from commonroll.field.numbers import Fact, Recorded, facts, waits
from commonroll.field.zones import zone_of
from commonroll.server.models import FieldEvent, Member, TurfCut, TurfHousehold, TurfPerson

MOST_TURFS = 4_000
"""Turfs whose facts a process keeps."""


@dataclass(frozen=True)
class OfTurf:
    """Of a turf: its cut, its number in it, its facts, and how long its events took from door to server."""

    cut: int
    number: int
    facts: Sequence[Fact]
    waits: Sequence[timedelta]


_known: OrderedDict[tuple[int, str], tuple[tuple[Any, ...], OfTurf]] = OrderedDict()
_lock = threading.Lock()


def zone(member: Member) -> ZoneInfo:
    """Where the member's days are counted: its state's zone, or that of the owners whose doors it walked."""
    if member.state:
        return zone_of(member.state)
    newest = TurfCut.objects.filter(member=member).order_by("-pk").values_list("versions", flat=True).first()
    states = Member.objects.filter(key__in=sorted(newest or {})).exclude(state="").order_by("key")
    return zone_of(states.values_list("state", flat=True).first())


def of_member(member: Member, *, cut: int | None = None) -> list[OfTurf]:
    """Every turf of the member (of one cut) at which something was recorded that counts."""
    events = FieldEvent.objects.filter(member=member, status=FieldEvent.Status.OK)
    if cut is not None:
        events = events.filter(turf__cut_id=cut)
    lines = events.order_by().values("turf_id", "turf__cut_id", "turf__number")
    days = zone(member)
    found = []
    for line in lines.annotate(last=Max("pk"), many=Count("pk"), moved=Max("effective_at")):
        stamp = line["last"], line["many"], line["moved"]
        found.append(_one(line["turf_id"], line["turf__cut_id"], line["turf__number"], stamp, days))
    return found


def _one(turf: int, cut: int, number: int, stamp: tuple[Any, ...], days: ZoneInfo) -> OfTurf:
    key = turf, days.key
    with _lock:
        held = _known.get(key)
        if held is not None and held[0] == stamp:
            _known.move_to_end(key)
            return held[1]
    made = _made(turf, cut, number, days)
    with _lock:
        _known[key] = stamp, made
        while len(_known) > MOST_TURFS:
            _known.popitem(last=False)
    return made


def _made(turf: int, cut: int, number: int, days: ZoneInfo) -> OfTurf:
    records = recorded(turf)
    doors: dict[str, Hashable] = {
        key: (cut, door)
        for key, door in TurfHousehold.objects.filter(turf=turf).values_list("key", "door").iterator()
    }
    people: dict[str, Hashable] = {
        key: (owner, voter)
        for key, owner, voter in TurfPerson.objects.filter(household__turf=turf).values_list(
            "key", "owner_id", "number"
        )
    }
    found = facts(
        records, days,
        door=lambda at, key: doors.get(key, (at, key)), person=lambda at, key: people.get(key, (at, key)),
    )  # fmt: skip
    return OfTurf(cut, number, found, waits(one.received for one in records if one.received.lead is None))


def recorded(turf: int) -> list[Recorded]:
    """The events of a turf that count, as `numbers.facts` reads them."""
    rows = FieldEvent.objects.filter(turf=turf, status=FieldEvent.Status.OK).select_related("hand_out")
    return [Recorded(received(row), turf, script_of(row.hand_out.script)) for row in rows.iterator()]


def received(row: FieldEvent) -> Received:
    """Its time is the one that was worked out when it came: a clock that is set right later moves nothing."""
    hand_out, event = row.hand_out, parse(row.document)
    return Received(
        event, device=str(hand_out.device or hand_out.urn), canvasser=hand_out.walker,
        issued=row.effective_at, received=max(row.received_at, row.effective_at), order=row.pk,
        skew=event.at - row.effective_at, lead=row.lead or None,
    )  # fmt: skip


def script_of(document: Any) -> str:
    """A script's name and version, in words; empty where results alone were asked."""
    if not isinstance(document, dict) or not document.get("name"):
        return ""
    version = document.get("version")
    return f"{document['name']}, version {version}" if version else str(document["name"])


def together(turfs: Iterable[OfTurf]) -> list[Fact]:
    """The facts of all these turfs."""
    return [fact for one in turfs for fact in one.facts]
