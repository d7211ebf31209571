"""What a member's events at doors come to, read from the events themselves: nothing is kept beside them.

Turfs of a cut that have had doors in common are folded together, as the vaults' fold does: a door that was
moved counts once. What they come to is worked out once and kept in the process until another event of theirs
counts or counts no more: a page asks for one line a turf and for the events of those that changed.
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
from commonroll.field.fold import Answered, Received, Walked, fold
from commonroll.field.numbers import Fact, Recorded, Same, facts, waits
from commonroll.field.zones import zone_of
from commonroll.server.models import FieldEvent, Member, Turf, TurfCut, TurfHousehold, TurfPerson

MOST_TURFS = 4_000
"""Of so many turfs, or several that share doors, a process keeps the facts."""

METRES = 111_195.0
"""Of a degree."""


@dataclass(frozen=True)
class OfTurfs:
    """Of a turf, or of several that share doors: their cut, their facts (of each the number of its turf), how
    long their events took from door to server, what screening looks at, their hand-outs and walkers."""

    cut: int
    facts: Sequence[Fact]
    waits: Sequence[timedelta]
    knocks: Sequence[Knock]
    said: Sequence[Said]
    hand_outs: Sequence[tuple[int, str]]


_known: OrderedDict[tuple[tuple[int, ...], str], tuple[Any, OfTurfs]] = OrderedDict()
_lock = threading.Lock()


def zone(member: Member) -> ZoneInfo:
    """Where the member's days are counted: its state's zone, or that of the owners whose doors it walked."""
    if member.state:
        return zone_of(member.state)
    newest = TurfCut.objects.filter(member=member).order_by("-pk").values_list("versions", flat=True).first()
    states = Member.objects.filter(key__in=sorted(newest or {})).exclude(state="").order_by("key")
    return zone_of(states.values_list("state", flat=True).first())


def of_member(member: Member, *, cut: int | None = None) -> list[OfTurfs]:
    """All turfs of the member (of one cut) at which something was recorded that counts."""
    events = FieldEvent.objects.filter(member=member, status=FieldEvent.Status.OK)
    if cut is not None:
        events = events.filter(turf__cut_id=cut)
    lines = events.order_by().values("turf_id", "turf__cut_id")
    days, stamps = zone(member), {}
    for line in lines.annotate(last=Max("pk"), many=Count("pk"), moved=Max("effective_at")):
        stamp = line["last"], line["many"], line["moved"]
        stamps[line["turf_id"]] = line["turf__cut_id"], stamp
    found = []
    for turfs in sharing_doors(member, stamps):
        of = stamps[turfs[0]][0]
        found.append(_one(turfs, of, tuple(stamps[turf][1] for turf in turfs), days))
    return found


def sharing_doors(member: Member, turfs: Iterable[int]) -> list[tuple[int, ...]]:
    """The turfs in groups that have doors in common. Only where one took another's place can that be."""
    apart = {turf: turf for turf in sorted(turfs)}

    def first(turf: int) -> int:
        while apart[turf] != turf:
            apart[turf] = turf = apart[apart[turf]]
        return turf

    changed = Turf.objects.filter(cut__member=member, replaced_at__isnull=False).values("cut")
    doors = TurfHousehold.objects.filter(turf__cut__in=changed).order_by("turf__cut", "door", "turf")
    last: tuple[int, int, int] | None = None
    for cut, door, turf in doors.values_list("turf__cut", "door", "turf"):
        if turf not in apart:
            continue
        if last is not None and last[:2] == (cut, door):
            apart[first(turf)] = first(last[2])
        last = cut, door, turf
    groups: dict[int, list[int]] = {}
    for turf in apart:
        groups.setdefault(first(turf), []).append(turf)
    return [tuple(group) for group in groups.values()]


def _one(turfs: tuple[int, ...], cut: int, stamp: tuple[Any, ...], days: ZoneInfo) -> OfTurfs:
    key = turfs, days.key
    with _lock:
        held = _known.get(key)
        if held is not None and held[0] == stamp:
            _known.move_to_end(key)
            return held[1]
    made = _made(turfs, cut, days)
    with _lock:
        _known[key] = stamp, made
        while len(_known) > MOST_TURFS:
            _known.popitem(last=False)
    return made


def _made(turfs: tuple[int, ...], cut: int, days: ZoneInfo) -> OfTurfs:
    rows = list(_rows(turfs))
    records = [Recorded(received(row), row.turf_id, script_of(row.hand_out.script)) for row in rows]
    meant = _Meant(turfs, cut)
    walked = _folded(records, meant)
    found = facts(records, days, meant.door, meant.person)
    numbers = dict(Turf.objects.filter(pk__in=turfs).values_list("pk", "number"))
    return OfTurfs(
        cut, [replace(fact, turf=numbers[fact.turf]) for fact in found],
        waits=waits(one.received for one in records if one.received.lead is None),
        knocks=_knocks(cut, numbers, walked, rows, meant),
        said=_said(cut, walked, records),
        hand_outs=sorted({(row.hand_out_id, row.hand_out.walker) for row in rows}),
    )  # fmt: skip


def answers(turfs: Sequence[int], cut: int) -> Iterable[tuple[str, str, Answered]]:
    """Script, question and answer of each person and question, of turfs that share doors, folded together."""
    records = [Recorded(received(row), row.turf_id, script_of(row.hand_out.script)) for row in _rows(turfs)]
    scripts = {one.received.event.id: one.script for one in records}
    for (_, question), answered in _folded(records, _Meant(turfs, cut)).answers.items():
        yield scripts[answered.event], question, answered


def _folded(records: Iterable[Recorded], meant: _Meant) -> Walked:
    same = Same(meant.door, meant.person)
    return fold(same.keyed(one) for one in records)


class _Meant:
    """Which door of the cut and which voter a key of a turf means."""

    def __init__(self, turfs: Sequence[int], cut: int) -> None:
        self.cut = cut
        houses = TurfHousehold.objects.filter(turf__in=turfs)
        self.houses = {
            (turf, key): (door, stop)
            for turf, key, door, stop in houses.values_list("turf_id", "key", "door", "stop")
        }
        people = TurfPerson.objects.filter(household__turf__in=turfs)
        self.people = {
            (turf, key): (owner, number)
            for turf, key, owner, number in people.values_list(
                "household__turf_id", "key", "owner_id", "number"
            )
        }

    def door(self, turf: int, key: str) -> Hashable:
        house = self.houses.get((turf, key))
        return (turf, key) if house is None else (self.cut, house[0])

    def person(self, turf: int, key: str) -> Hashable:
        return self.people.get((turf, key), (turf, key))


def _rows(turfs: Sequence[int]) -> Iterable[FieldEvent]:
    """The events of turfs that count."""
    events = FieldEvent.objects.filter(turf__in=turfs, status=FieldEvent.Status.OK)
    return events.select_related("hand_out").iterator()


def _knocks(
    cut: int, numbers: Mapping[int, int], walked: Walked, rows: Sequence[FieldEvent], meant: _Meant
) -> list[Knock]:
    """Visits with the places of their doors; of a cut whose doors are gone without."""
    known, found = {str(row.event): row for row in rows}, []
    places = _places(cut, frozenset(door for door, _ in meant.houses.values()))
    cars = set(Turf.objects.filter(pk__in=numbers, car=True).values_list("pk", flat=True))
    for visit in walked.visits:
        row = known[visit.events[0]]
        number = numbers[row.turf_id]
        door, stop = meant.houses.get((row.turf_id, row.household), (-1, -1))
        found.append(
            Knock(
                visit.canvasser, cut, number, visit.began, visit.ended, row.received_at,
                building=(number, stop) if stop >= 0 else visit.household, place=places.get(door),
                result=visit.result, typed=bool(row.lead) or row.hand_out.paper, car=row.turf_id in cars,
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


def together(turfs: Iterable[OfTurfs]) -> list[Fact]:
    """The facts of all these turfs."""
    return [fact for one in turfs for fact in one.facts]
