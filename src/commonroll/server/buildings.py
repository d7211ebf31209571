"""The buildings of a cut as a lead sees them: what came of each flat, and what walkers noted of the place.

Read from the cut's own files and from what was recorded at the doors; no person is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db.models import Q
from django.utils import timezone

from commonroll.field.files import DOORS, walked
from commonroll.field.walks import floor_of
from commonroll.server import turf_live
from commonroll.server.home import Home
from commonroll.server.models import FieldEvent, TurfCut, TurfHousehold
from commonroll.server.visits import NOTES_KEPT

LEAST = 5
"""Doors of a building, as on phones; one with a note is shown however few it has."""


@dataclass(frozen=True)
class Flat:
    """A door of a building; `result` is the last that counts, empty for none."""

    unit: str
    floor: int | None
    result: str
    at: datetime | None


@dataclass(frozen=True)
class Note:
    """What a walker noted. `shown`: phones have it; else a lead took it out, or it is too old."""

    pk: int
    text: str
    by: str
    at: datetime
    ends: datetime
    out: str

    @property
    def shown(self) -> bool:
        return not self.out and self.ends > timezone.now()


@dataclass(frozen=True)
class Building:
    """`address` in the words of the match key; `turf` is the number of the turf it is in."""

    address: str
    turf: int
    flats: tuple[Flat, ...]
    notes: tuple[Note, ...]

    @property
    def floors(self) -> Sequence[tuple[int | None, Sequence[Flat]]]:
        """From the top; flats that tell no floor last."""
        found: dict[int | None, list[Flat]] = {}
        for flat in self.flats:
            found.setdefault(flat.floor, []).append(flat)
        return sorted(found.items(), key=lambda pair: -(pair[0] if pair[0] is not None else -1000))

    @property
    def counts(self) -> Sequence[tuple[str, int]]:
        """Flats by their last result, those with none last."""
        found = Counter(flat.result for flat in self.flats)
        return [
            *((one, n) for one, n in found.most_common() if one),
            *([("", found[""])] if found[""] else []),
        ]


def of(home: Home, cut: TurfCut, turf: int | None = None) -> list[Building]:
    """Buildings with flats or notes, by turf and address; of one turf (from 1) where it is given."""
    folder = home.turf / cut.folder
    if not cut.folder or not (folder / DOORS).exists():
        return []
    doors = walked(folder, None if turf is None else [turf - 1])
    noted = _notes(home, cut)
    many = doors.group_by("building_key").aggregate([("door", "count")])
    large = many.filter(pc.greater_equal(many["door_count"], LEAST))["building_key"].to_pylist()
    wanted = pa.array({*large, *noted} - {None}, pa.string())
    doors = doors.filter(pc.is_in(doors["building_key"], value_set=wanted.cast(doors["building_key"].type)))
    results = turf_live.results(cut)
    rows: dict[str, list[dict[str, object]]] = {}
    names = [one for one in ("building_key", "door", "number_text", "street_key", "area", "unit", "turf")
             if one in doors.column_names]  # fmt: skip
    for row in doors.select(names).to_pylist():
        rows.setdefault(str(row["building_key"]), []).append(row)
    found = [_building(flats, noted.get(key, ()), results) for key, flats in rows.items()]
    return sorted(found, key=lambda one: (one.turf, one.address))


def _building(
    rows: Sequence[Mapping[str, object]], notes: Sequence[Note], results: Mapping[int, tuple[str, datetime]]
) -> Building:
    first = rows[0]
    flats = []
    for row in rows:
        result, at = results.get(int(str(row["door"])), ("", None))
        unit = str(row.get("unit") or "")
        flats.append(Flat(unit, floor_of(unit or None), result, at))
    return Building(
        f"{first['number_text']} {first['street_key']}, {first['area']}", int(str(first["turf"])) + 1,
        tuple(sorted(flats, key=lambda one: (one.floor or 0, len(one.unit), one.unit))), tuple(notes),
    )  # fmt: skip


# Notes


def _notes(home: Home, cut: TurfCut) -> Mapping[str, tuple[Note, ...]]:
    """By building, the newest first, of all walks of the member: phones have those of earlier ones too."""
    since = timezone.now() - 2 * NOTES_KEPT
    rows = FieldEvent.objects.filter(member=cut.member, kind="building_note", received_at__gt=since)
    rows = rows.filter(Q(status=FieldEvent.Status.OK) | Q(decisions__isnull=False)).distinct()
    noted = list(rows.select_related("turf__cut").order_by("-effective_at", "-pk"))
    back = FieldEvent.objects.filter(member=cut.member, kind="undo", turf__in={row.turf_id for row in noted})
    gone = {str(one) for one in back.values_list("document__replaces", flat=True)}
    by_cut: dict[TurfCut, list[FieldEvent]] = {}
    for row in noted:
        if str(row.event) not in gone:
            by_cut.setdefault(row.turf.cut, []).append(row)
    found: dict[str, list[FieldEvent]] = {}
    for other, theirs in by_cut.items():
        for building, row in _placed(home.turf / other.folder / DOORS, theirs) if other.folder else ():
            found.setdefault(building, []).append(row)
    newest = {
        key: sorted(rows, key=lambda one: one.effective_at, reverse=True) for key, rows in found.items()
    }
    return {key: tuple(_note(row) for row in rows) for key, rows in newest.items()}


def _placed(path: Path, rows: Sequence[FieldEvent]) -> list[tuple[str, FieldEvent]]:
    """Each note with the building that it is of."""
    if not path.exists():
        return []
    homes = TurfHousehold.objects.filter(turf__in={row.turf_id for row in rows})
    at_stop: dict[tuple[int, int], int] = {}
    by_key: dict[tuple[int, str], int] = {}
    for turf, key, stop, door in homes.values_list("turf_id", "key", "stop", "door"):
        at_stop.setdefault((turf, stop), door)
        by_key[turf, key] = door
    doors = [
        by_key.get((row.turf_id, row.household), at_stop.get((row.turf_id, int(row.document["stop"])), -1))
        for row in rows
    ]
    table = pq.read_table(path, columns=["door", "building_key"])
    table = table.filter(pc.is_in(table["door"], value_set=pa.array(set(doors), table["door"].type)))
    building = dict(zip(table["door"].to_pylist(), table["building_key"].to_pylist(), strict=True))
    pairs = zip((building.get(door) for door in doors), rows, strict=True)
    return [(key, row) for key, row in pairs if key is not None]


def _note(row: FieldEvent) -> Note:
    out = row.reason or "taken out" if row.status == FieldEvent.Status.REJECTED else ""
    ends = row.received_at + timedelta(seconds=NOTES_KEPT.total_seconds())
    return Note(row.pk, str(row.document["value"]["text"]), row.by, row.effective_at, ends, out)
