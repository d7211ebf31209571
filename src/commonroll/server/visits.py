"""What was found at a turf's doors before: the last results of each, and what was noted of its buildings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils import timezone

from commonroll.field.files import DOORS
from commonroll.field.walks import Walk
from commonroll.server.home import Home
from commonroll.server.models import FieldEvent, Turf, TurfCut, TurfHousehold

RESULTS_KEPT = timedelta(days=365)
NOTES_KEPT = timedelta(days=90)
RESULTS_SHOWN = 3
NOTES_SHOWN = 2
LONGEST_NOTE = 500


@dataclass(frozen=True)
class Visits:
    """By door's number its last results, the newest first, and by stop (its place in the walk) what was noted
    of the building, the newest first: `{"id", "on", "text"}`, the id being the record's."""

    last: Mapping[int, tuple[Mapping[str, str], ...]]
    notes: Mapping[int, tuple[Mapping[str, str], ...]]


@dataclass(frozen=True)
class _Earlier:
    """A door of any cut of the member's that is one of the walk's: the walk's door and stop."""

    door: int | None
    stop: int


def visits(home: Home, turf: Turf, walk: Walk) -> Visits:
    """Results and notes of the member's own walks, whichever cut they were of."""
    now = timezone.now()
    events = FieldEvent.objects.filter(
        member=turf.cut.member, status=FieldEvent.Status.OK, received_at__gt=now - RESULTS_KEPT
    )
    cuts = TurfCut.objects.filter(pk__in=events.values("turf__cut")).exclude(folder="")
    last: dict[int, list[tuple[datetime, str, str]]] = {}
    notes: dict[int, list[FieldEvent]] = {}
    places = _places(home, turf, walk)
    for cut in cuts:
        there = _earlier(home.turf / cut.folder / DOORS, places)
        of = _households(cut, there)
        theirs = events.filter(turf__cut=cut, kind__in=("attempt", "building_note", "undo"))
        rows = list(theirs.filter(kind="attempt", household__in={key for _, key in of}))
        rows += list(theirs.filter(kind="building_note", received_at__gt=now - NOTES_KEPT))
        back = {str(one.document.get("replaces")) for one in theirs.filter(kind="undo")}
        for event in rows:
            if str(event.event) in back:
                continue
            if event.kind == "attempt":
                earlier = of.get((event.turf_id, event.household))
                if earlier is not None and earlier.door is not None:
                    said = str(event.document["value"]["result"])
                    last.setdefault(earlier.door, []).append((event.effective_at, _day(event), said))
                continue
            stop = _stop(of, cut, event)
            if stop is not None:
                notes.setdefault(stop, []).append(event)
    return Visits(
        {door: _newest(rows) for door, rows in last.items()}, {at: _said(n) for at, n in notes.items()}
    )


def _newest(rows: Iterable[tuple[datetime, str, str]]) -> tuple[Mapping[str, str], ...]:
    found = dict.fromkeys((day, result) for _, day, result in sorted(rows, reverse=True))
    return tuple({"on": day, "result": result} for day, result in list(found)[:RESULTS_SHOWN])


def _said(rows: Iterable[FieldEvent]) -> tuple[Mapping[str, str], ...]:
    """The newest, each text once."""
    by_text: dict[str, FieldEvent] = {}
    for event in sorted(rows, key=lambda one: (one.effective_at, one.pk), reverse=True):
        by_text.setdefault(str(event.document["value"]["text"])[:LONGEST_NOTE], event)
    newest = list(by_text.items())[:NOTES_SHOWN]
    return tuple({"id": str(one.event), "on": _day(one), "text": text} for text, one in newest)


def _day(event: FieldEvent) -> str:
    """The day at the door: in the zone that the phone had."""
    try:
        zone = datetime.fromisoformat(str(event.document.get("at"))).tzinfo
    except ValueError:
        zone = None
    return event.effective_at.astimezone(zone or event.effective_at.tzinfo).date().isoformat()


# Doors of other cuts


def _places(home: Home, turf: Turf, walk: Walk) -> Mapping[str, tuple[int, Mapping[str, int]]]:
    """By building its stop in the walk, and the numbers of its doors by address."""
    doors = _doors(home.turf / turf.cut.folder / DOORS, "door", pa.array(walk.doors, pa.int64()))
    stop_of = {door: at for at, stop in enumerate(walk.stops) for door in stop.doors}
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for door, building, address in doors:
        found.setdefault(building, (stop_of[door], {}))[1][address] = door
    return found


def _earlier(path: Path, places: Mapping[str, tuple[int, Mapping[str, int]]]) -> Mapping[int, _Earlier]:
    if not path.exists():
        return {}
    found = _doors(path, "building_key", pa.array(places, pa.string()))
    return {
        door: _Earlier(places[building][1].get(address), places[building][0])
        for door, building, address in found
    }


def _doors(path: Path, column: str, values: pa.Array) -> list[tuple[int, str, str]]:
    names = ["door", "building_key", "address_key"]
    table = pq.read_table(path, columns=names)
    table = table.filter(pc.is_in(table[column], value_set=values.cast(table[column].type)))
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


def _households(cut: TurfCut, there: Mapping[int, _Earlier]) -> Mapping[tuple[int, str], _Earlier]:
    rows = TurfHousehold.objects.filter(turf__cut=cut, door__in=list(there))
    return {(turf, key): there[door] for turf, key, door in rows.values_list("turf_id", "key", "door")}


def _stop(of: Mapping[tuple[int, str], _Earlier], cut: TurfCut, event: FieldEvent) -> int | None:
    """The walk's stop that a note is of."""
    known = of.get((event.turf_id, event.household))
    if known is not None:
        return known.stop
    keys = TurfHousehold.objects.filter(turf=event.turf_id, stop=event.document.get("stop"))
    return next(
        (
            of[event.turf_id, key].stop
            for key in keys.values_list("key", flat=True)
            if (event.turf_id, key) in of
        ),
        None,
    )
