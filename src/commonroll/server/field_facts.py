"""What a member's events at doors come to, read from the events themselves: nothing is kept beside them.

A turf's facts are worked out once and kept in the process until another event of it counts or counts no more,
so that a page asks the database for one line a turf and for the events of those alone that changed.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
from django.conf import settings
from django.db.models import Count, Max

from commonroll.field.events import parse
from commonroll.field.flags import Knock, Said
from commonroll.field.fold import Received, Walked, fold
from commonroll.field.numbers import Fact, Recorded, facts, waits
from commonroll.field.zones import zone_of
from commonroll.server.models import FieldEvent, Member, Turf, TurfCut, TurfHousehold, TurfPerson

MOST_TURFS = 4_000
"""Turfs whose facts a process keeps."""

METRES = 111_195.0
"""Of a degree."""


@dataclass(frozen=True)
class OfTurf:
    """Of a turf: its cut, its number in it, its facts, how long its events took from door to server, what
    screening looks at, and its hand-outs with their walkers."""

    cut: int
    number: int
    facts: Sequence[Fact]
    waits: Sequence[timedelta]
    knocks: Sequence[Knock]
    said: Sequence[Said]
    hand_outs: Sequence[tuple[int, str]]


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
    rows = list(_rows(turf))
    records = [Recorded(received(row), turf, script_of(row.hand_out.script)) for row in rows]
    walked = fold(one.received for one in records)
    houses = {
        key: (door, stop)
        for key, door, stop in TurfHousehold.objects.filter(turf=turf).values_list("key", "door", "stop")
    }
    people: dict[str, Hashable] = {
        key: (owner, voter)
        for key, owner, voter in TurfPerson.objects.filter(household__turf=turf).values_list(
            "key", "owner_id", "number"
        )
    }
    found = facts(
        records, days,
        door=lambda at, key: (cut, houses[key][0]) if key in houses else (at, key),
        person=lambda at, key: people.get(key, (at, key)),
    )  # fmt: skip
    return OfTurf(
        cut, number, found,
        waits=waits(one.received for one in records if one.received.lead is None),
        knocks=_knocks(cut, number, walked, rows, houses),
        said=_said(cut, walked, records),
        hand_outs=sorted({(row.hand_out_id, row.hand_out.walker) for row in rows}),
    )  # fmt: skip


def _rows(turf: int) -> Iterable[FieldEvent]:
    """The events of a turf that count."""
    events = FieldEvent.objects.filter(turf=turf, status=FieldEvent.Status.OK)
    return events.select_related("hand_out").iterator()


def _knocks(
    cut: int, number: int, walked: Walked, rows: Sequence[FieldEvent], houses: Mapping[str, tuple[int, int]]
) -> list[Knock]:
    """Visits with the places of their doors; of a cut whose doors are gone without."""
    known, found = {str(row.event): row for row in rows}, []
    places = _places(cut, frozenset(door for door, _ in houses.values()))
    car = Turf.objects.filter(cut=cut, number=number, car=True).exists()
    for visit in walked.visits:
        row = known[visit.events[0]]
        door, stop = houses.get(visit.household, (-1, -1))
        found.append(
            Knock(
                visit.canvasser, cut, number, visit.began, visit.ended, row.received_at,
                building=(number, stop) if stop >= 0 else visit.household, place=places.get(door),
                result=visit.result, typed=bool(row.lead) or row.hand_out.paper, car=car,
            )
        )  # fmt: skip
    return found


def _places(cut: int, doors: frozenset[int]) -> dict[int, tuple[float, float]]:
    """Metres east and north of each door's place, in a frame that is the same for the whole cut."""
    folder = TurfCut.objects.filter(pk=cut).values_list("folder", flat=True).first()
    file = settings.HOME.turf / (folder or "") / "doors.parquet"
    if not folder or not doors or not file.exists():
        return {}
    held = pq.read_table(file, columns=["door", "latitude", "longitude"], filters=[("door", "in", doors)])
    columns = (held[name].to_pylist() for name in ("door", "latitude", "longitude"))
    return {
        door: (METRES * math.cos(math.radians(round(north))) * east, METRES * north)
        for door, north, east in zip(*columns, strict=True)
        if north is not None and east is not None
    }


def _said(cut: int, walked: Walked, records: Sequence[Recorded]) -> list[Said]:
    known = {one.received.event.id: one.received.event for one in records}
    return [
        Said(given.by, cut, known[given.event].value["question"], given.answer)
        for given in walked.answers.values()
        if given.answer is not None
    ]


def received(row: FieldEvent) -> Received:
    """Its time is the one that was worked out when it came: a clock that is set right later moves nothing."""
    event = replace(parse(row.document), at=row.effective_at)
    return Received(
        event, device=str(row.hand_out_id), canvasser=row.hand_out.walker, issued=row.effective_at,
        received=max(row.received_at, row.effective_at), order=row.pk, lead=row.lead or None,
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
