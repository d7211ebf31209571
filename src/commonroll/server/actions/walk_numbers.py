"""Honest numbers of a member's own walks: counted anew from its events at each look."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow.parquet as pq

from commonroll.field.numbers import (
    DIMENSIONS,
    Dimension,
    Fact,
    Numbers,
    Table,
    numbers,
    percentile,
    results,
    table,
)
from commonroll.server import field_facts
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import FieldEvent, HandOut, Member, TurfCut
from commonroll.views.export import harmless

SHARES = (0.5, 0.95)


@dataclass(frozen=True)
class Covered:
    """A cut or one of its turfs: how many doors it has, at how many somebody tried, and how many answered."""

    cut: int
    number: int | None
    name: str
    doors: int
    attempted: int
    talked: int
    out: int = 0

    @property
    def share(self) -> float:
        return self.attempted / self.doors if self.doors else 0.0


@dataclass(frozen=True)
class Walked:
    """All that the page shows. `tables` by dimension; the key of a turf's row is the cut and its number.
    `half`, `nearly_all`: from the door to here, of half and of 95 of 100 events. `held` wait for a lead."""

    total: Numbers
    tables: Mapping[Dimension, Table]
    results: Sequence[tuple[str, int]]
    cuts: Sequence[Covered]
    turfs: Sequence[Covered]
    half: timedelta | None
    nearly_all: timedelta | None
    events: int
    held: int
    zone: str
    names: Mapping[int, str]


def walked(
    *,
    home: Home,
    member: Member,
    cut: TurfCut | None = None,
    first: date | None = None,
    last: date | None = None,
    by: Actor,
) -> Walked:
    """The numbers of the member's walks: of one cut, and of the days from `first` to `last`, where given."""
    by.require("read", member)
    turfs = field_facts.of_member(member, cut=cut.pk if cut else None)
    named = {one.pk: one for one in TurfCut.objects.filter(member=member)}
    found = [
        replace(fact, turf=(one.cut, fact.turf))
        for one in turfs
        for fact in one.facts
        if (first is None or fact.day >= first) and (last is None or fact.day <= last)
    ]
    took = sorted(wait for one in turfs for wait in one.waits)
    held = FieldEvent.objects.filter(member=member, status=FieldEvent.Status.HELD)
    return Walked(
        total=numbers(found),
        tables={each: table(found, each) for each in DIMENSIONS},
        results=results(found),
        cuts=_cuts(found, [cut] if cut else _walked_cuts(member, found, named)),
        turfs=_turfs(home, cut, found) if cut else [],
        half=percentile(took, SHARES[0]),
        nearly_all=percentile(took, SHARES[1]),
        events=len(took),
        held=held.filter(turf__cut=cut).count() if cut else held.count(),
        zone=str(field_facts.zone(member)),
        names={pk: one.name for pk, one in named.items()},
    )


def _walked_cuts(member: Member, found: Sequence[Fact], named: Mapping[int, TurfCut]) -> list[TurfCut]:
    """Cuts that somebody walks or has walked, the newest first."""
    given = HandOut.objects.filter(member=member).values_list("turf__cut", flat=True)
    some = {fact.turf[0] for fact in found} | set(given.distinct())
    return [named[pk] for pk in sorted(some, reverse=True) if pk in named]


def _cuts(found: Sequence[Fact], cuts: Sequence[TurfCut]) -> list[Covered]:
    tried, talked = _doors(found)
    by_cut: Counter[int] = Counter(_cut_of(door) for door in tried)
    heard: Counter[int] = Counter(_cut_of(door) for door in talked)
    return [
        Covered(one.pk, None, one.name, one.doors, min(by_cut[one.pk], one.doors), heard[one.pk])
        for one in cuts
    ]


def _doors(found: Sequence[Fact]) -> tuple[set[Any], set[Any]]:
    """Doors that were attempted, and those of them where somebody talked."""
    tried = [fact for fact in found if fact.kind == "attempt"]
    return {fact.door for fact in tried}, {fact.door for fact in tried if fact.result == "talked"}


def _cut_of(door: Hashable) -> int:
    return door[0] if isinstance(door, tuple) else 0


def _turfs(home: Home, cut: TurfCut, found: Sequence[Fact]) -> list[Covered]:
    """By the turf in which a door is today: a block may have been moved since somebody was there."""
    where = _where(home, cut, found)
    tried: Counter[int] = Counter()
    heard: Counter[int] = Counter()
    all_, talked = _doors(found)
    for door in all_:
        tried[where.get(door, 0)] += 1
        heard[where.get(door, 0)] += door in talked
    given = Counter(HandOut.objects.filter(turf__cut=cut).values_list("turf__number", flat=True))
    return [
        Covered(
            cut.pk, one.number, one.name, one.doors, min(tried[one.number], one.doors), heard[one.number],
            given[one.number],
        )
        for one in cut.turfs.all()
    ]  # fmt: skip


def _where(home: Home, cut: TurfCut, found: Sequence[Fact]) -> dict[Hashable, int]:
    known: dict[Hashable, int] = {fact.door: fact.turf[1] for fact in found if fact.kind == "attempt"}
    file = home.turf / cut.folder / "turfs.parquet"
    if cut.folder and file.exists():
        held = pq.read_table(file, columns=["door", "turf"])
        now = zip(held["door"].to_pylist(), held["turf"].to_pylist(), strict=True)
        known |= {(cut.pk, door): turf + 1 for door, turf in now if (cut.pk, door) in known}
    return known


# Files and documents


def _label(dimension: Dimension, key: Any, names: Mapping[int, str]) -> str:
    if dimension == "turf":
        return f"{names.get(key[0], '')}, turf {key[1]}"
    if dimension == "script":
        return str(key) or "no script"
    return str(key)


def labelled(found: Walked, dimension: Dimension) -> list[tuple[str, Numbers]]:
    """The rows of a table with their words: a cut's name and turf, a canvasser, a day, a script."""
    rows = found.tables[dimension].rows
    return [(_label(dimension, row.key, found.names), row.numbers) for row in rows]


HEAD = ("doors", "attempts", "conversations", "answers", "people", "disputed")


def as_csv(found: Walked) -> str:
    """Every table one below the other, with its total and what is in several rows: each adds up by itself."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(["by", "row", *HEAD])
    for each in DIMENSIONS:
        for label, row in labelled(found, each):
            lines.writerow([each, harmless(label), *values(row)])
        held = found.tables[each]
        lines.writerow([each, "in several rows", -held.twice_doors, 0, 0, 0, -held.twice_people, 0])
        lines.writerow([each, "total", *values(held.total)])
    return out.getvalue()


def values(row: Numbers) -> list[int]:
    """In the order of HEAD."""
    return [getattr(row, name) for name in HEAD]


def as_dict(found: Walked) -> dict[str, Any]:
    """The numbers as one JSON document; seconds are from the door to here."""
    tables: dict[str, Any] = defaultdict(list)
    for each in DIMENSIONS:
        for label, row in labelled(found, each):
            tables[each].append({each: label} | dict(zip(HEAD, values(row), strict=True)))
    return {
        "total": dict(zip(HEAD, values(found.total), strict=True)),
        "by": {each: tables[each] for each in DIMENSIONS},
        "in_several_rows": {
            each: {"doors": found.tables[each].twice_doors, "people": found.tables[each].twice_people}
            for each in DIMENSIONS
        },
        "results": dict(found.results),
        "coverage": [_covered(one) for one in (found.turfs or found.cuts)],
        "seconds": {"half": _seconds(found.half), "nearly_all": _seconds(found.nearly_all)},
        "events": found.events, "held": found.held, "zone": found.zone,
    }  # fmt: skip


def _covered(one: Covered) -> dict[str, Any]:
    return {
        "cut": one.cut, "turf": one.number, "name": one.name, "doors": one.doors,
        "attempted": one.attempted, "talked": one.talked,
    }  # fmt: skip


def _seconds(took: timedelta | None) -> float | None:
    return None if took is None else round(took.total_seconds(), 1)
