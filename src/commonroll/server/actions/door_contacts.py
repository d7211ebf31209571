"""Visits at doors become contacts with whoever lives behind them, as programs see them and vaults are told.

A visit has one contact for each person whom it was for: those whom the walker named, else everybody behind
the door. Of a door at which nobody should ring none is kept (`door_words`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from commonroll.field.fold import Visit, Walked
from commonroll.server import members
from commonroll.server.actions.attempted import BY_DOOR, CODES
from commonroll.server.models import CanvassResponse, Member

if TYPE_CHECKING:
    from commonroll.server.actions.folding import Doors, Key

MOBILE = 14
"""Input type of the API's vocabulary."""

DANGEROUS = "dangerous"


@dataclass(frozen=True)
class _Wanted:
    result: str
    at: datetime
    by: str


@transaction.atomic
def keep(member: Member, doors: Doors, known: Walked) -> None:
    """Let the contacts of these doors be what their visits come to."""
    wanted = {key: one for visit in known.visits for key, one in _of(doors, visit)}
    visits = [id_ for id_, row in doors.by_event.items() if row.kind == "attempt"]
    held = CanvassResponse.objects.filter(member=member, visit__in=visits).select_related("owner")
    for row in held.select_for_update(of=("self",)):
        one = wanted.pop((row.visit, row.owner.key, row.number), None)
        if (one is None) == (row.removed_at is not None) and (one is None or _says(row, one)):
            continue
        row.removed_at = timezone.now() if one is None else None
        if one is not None:
            row.result, row.result_code, row.canvassed_at, row.by = (
                one.result,
                CODES[one.result],
                one.at,
                one.by,
            )
        row.version, row.waits = F("version") + 1, True
        row.save()
    CanvassResponse.objects.bulk_create(
        CanvassResponse(
            member=member, owner=members.of_key(owner), number=number, contact_type=BY_DOOR,
            input_type=MOBILE, result_code=CODES[one.result], result=one.result, canvassed_at=one.at,
            by=one.by, visit=visit,
        )
        for (visit, owner, number), one in wanted.items()
    )  # fmt: skip


def _says(row: CanvassResponse, one: _Wanted) -> bool:
    return (row.result, row.canvassed_at, row.by) == (one.result, one.at, one.by)


def _of(doors: Doors, visit: Visit) -> Iterator[tuple[tuple[str, str, int], _Wanted]]:
    if visit.result == DANGEROUS or not visit.household:
        return
    rows = [doors.by_event[event] for event in visit.events]
    same = [row for row in rows if row.document["value"]["result"] == visit.result]
    named: set[Key] = {person for row in same if (person := doors.person(row)) is not None}
    one = _Wanted(visit.result, visit.began, visit.canvasser[:200])
    for owner, number in sorted(named or doors.at.get(int(visit.household), [])):
        yield (visit.events[0], owner, number), one
