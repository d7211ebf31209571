"""How far a cut is walked now: which doors have a result, and in whose hands each turf is.

Worked out from what was recorded at the doors, whichever revision of a turf they were in then; no person is
in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from commonroll.server.actions import turf_moves
from commonroll.server.models import FieldEvent, HandOut, TurfCut, TurfHousehold

TALKED, TRIED, CLOSED, OPEN = "talked", "tried", "closed", "open"
"""Somebody was talked with; nobody was met, or not for long; nobody calls there again; not yet."""

STATES: Mapping[str, str] = {
    "talked": TALKED, "not_home": TRIED, "busy": TRIED, "language": TRIED, "inaccessible": TRIED,
    "refused": CLOSED, "moved": CLOSED, "deceased": CLOSED, "vacant": CLOSED, "dangerous": CLOSED,
}  # fmt: skip


@dataclass(frozen=True)
class OfTurf:
    """One turf: its doors with a result, those with a talk, who holds it, and when something came last."""

    number: int
    doors: int
    done: int
    talked: int
    holders: tuple[HandOut, ...]
    last: datetime | None

    @property
    def share(self) -> int:
        """Doors with a result, in a hundred."""
        return round(100 * self.done / self.doors) if self.doors else 0

    @property
    def step(self) -> int:
        """Of the six steps of one hue."""
        return 0 if not self.done else 1 + min(4, int(5 * self.done / max(self.doors, 1)))


@dataclass(frozen=True)
class Live:
    """`stamp` is another one once anything is; `doors` has the state of each door that has one."""

    stamp: str
    doors: Mapping[int, str]
    turfs: tuple[OfTurf, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        found = Counter(self.doors.values())
        found[OPEN] = sum(one.doors for one in self.turfs) - found.total()
        return {state: found[state] for state in (TALKED, TRIED, CLOSED, OPEN)}

    @property
    def out(self) -> Sequence[OfTurf]:
        """Turfs in somebody's hands, or with a result."""
        return [one for one in self.turfs if one.holders or one.done]


def stamp(cut: TurfCut) -> str:
    """Cheap to ask: by it a page knows that nothing is new."""
    events = FieldEvent.objects.filter(turf__cut=cut).aggregate(last=Max("pk"), many=Count("pk"))
    held = sorted(turf_moves.holders(cut).values_list("pk", "claimed_at"))
    said = "|".join(f"{pk}{'c' if claimed else ''}" for pk, claimed in held)
    turfs = cut.turfs.aggregate(last=Max("pk"), many=Count("pk"))
    return f"{events['last'] or 0}.{events['many']}.{turfs['last'] or 0}.{turfs['many']}.{said}"


def live(cut: TurfCut, of_door: Mapping[int, int]) -> Live:
    """`of_door`: the turf of each door now (from 1)."""
    known = _doors(cut)
    doors: dict[int, str] = {}
    last: dict[int, datetime] = {}
    for event in _attempts(cut):
        door = known.get((event["turf_id"], event["household"]))
        if door is None or door not in of_door:
            continue
        doors[door] = STATES.get(event["document__value__result"], TRIED)
        number = of_door[door]
        last[number] = max(event["received_at"], last.get(number, event["received_at"]))
    held: dict[int, list[HandOut]] = {}
    for one in turf_moves.holders(cut):
        held.setdefault(one.turf.number, []).append(one)
    done = Counter(of_door[door] for door in doors)
    talked = Counter(of_door[door] for door, state in doors.items() if state == TALKED)
    turfs = tuple(
        OfTurf(number, many, done[number], talked[number], tuple(held.get(number, ())), last.get(number))
        for number, many in cut.turfs.values_list("number", "doors")
    )
    return Live(stamp(cut), doors, turfs)


def results(cut: TurfCut) -> dict[int, tuple[str, datetime]]:
    """The last result that counts of each door that has one, and when it was."""
    known, found = _doors(cut), {}
    for event in _attempts(cut):
        if (door := known.get((event["turf_id"], event["household"]))) is not None:
            found[door] = event["document__value__result"], event["effective_at"]
    return found


def _doors(cut: TurfCut) -> dict[tuple[int, str], int]:
    rows = TurfHousehold.objects.filter(turf__cut=cut).values_list("turf_id", "key", "door")
    return {(turf, key): door for turf, key, door in rows}


def _attempts(cut: TurfCut) -> list[Any]:
    """Results that count, in the order of their times; what was taken back is none."""
    events = FieldEvent.objects.filter(turf__cut=cut, status=FieldEvent.Status.OK)
    back = set(events.filter(kind="undo").values_list("document__replaces", flat=True))
    rows = events.filter(kind="attempt").order_by("effective_at", "pk")
    names = ("event", "turf_id", "household", "document__value__result", "document__replaces", "received_at",
             "effective_at")  # fmt: skip
    found = list(rows.values(*names))
    back |= {row["document__replaces"] for row in found if row["document__replaces"]}
    return [row for row in found if str(row["event"]) not in back]
