"""Contacts become attempts in the gatherer's vault: from doors, calls and programs alike, once each.

What stands there is compared with what the contacts say today, and what differs is appended: a row, or one
that takes another back. So it may be done again at any time, and changes nothing then. What the owner gets of
it, and when, is `releasing`.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.utils import timezone

from commonroll.field.zones import zone_of
from commonroll.roll.engine import engine
from commonroll.roll.schema import ATTEMPTS, WITHDRAWN_ANSWER
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.locks import exclusive
from commonroll.roll.vault.vault import Vault
from commonroll.server import behind, wall
from commonroll.server.home import Home
from commonroll.server.models import CanvassResponse, Member

AT_ONCE = 5_000
WAIT = 30.0
BY_DOOR = 2
"""Contact type of the API's vocabulary: a walk."""

CHANNELS = {1: "phone", BY_DOOR: "door", 19: "phone", 37: "text"}

WORDS: Mapping[int, str] = {
    1: "not_home", 14: "talked", 18: "busy", 19: "left_message", 20: "wrong_number", 25: "disconnected",
    130: "refused", 205: "talked",
}  # fmt: skip
"""What result codes of programs say."""

CODES: Mapping[str, int] = {
    "not_home": 1, "inaccessible": 1, "vacant": 1, "talked": 14, "busy": 18, "refused": 205, "language": 205,
    "moved": 205, "deceased": 205,
}  # fmt: skip
"""The code of each result of a door."""


@wall.node()
def run(home: Home, *, of: Member | None = None) -> int:
    """Tell the vaults of contacts that are new or changed; how many rows they got."""
    waiting = CanvassResponse.objects.filter(waits=True, person=None, member__left_at=None)
    if of is not None:
        waiting = waiting.filter(member=of)
    if not waiting.exists():
        return 0
    done = 0
    with exclusive(home.tmp / "attempts.lock", member="the attempts", doing="telling", wait=WAIT):
        for key in waiting.order_by().values_list("member__key", flat=True).distinct():
            while rows := list(waiting.filter(member__key=key).select_related("member", "owner")[:AT_ONCE]):
                done += _tell(home, rows[0].member, rows)
    return done


def _tell(home: Home, member: Member, rows: Sequence[CanvassResponse]) -> int:
    vault, now = Vault(home.vaults, member.key), timezone.now()
    ids = _voters(home, rows)
    there, many = _there(vault, {_visit(row) for row in rows})
    fresh: list[dict[str, Any]] = []
    for row in rows:
        voter = ids.get((row.owner_id, row.number))
        if voter is None:
            continue
        stands, wanted = there.get((_visit(row), row.owner.key, voter)), _wanted(row, member, voter, now)
        if stands is not None and wanted is not None and _same(stands, wanted):
            continue
        for one in (_back(stands, now) if stands else None, wanted):
            if one is not None:
                many[one["visit_id"]] += 1
                fresh.append(one | {"event_id": f"{one['visit_id']}.{many[one['visit_id']]}"})
    told = 0
    if fresh:
        told = vault.append_events(ATTEMPTS.name, pa.Table.from_pylist(fresh, arrow_schema(ATTEMPTS)))
    for version in {row.version for row in rows}:  # what changed meanwhile is told again
        same = [row.pk for row in rows if row.version == version]
        CanvassResponse.objects.filter(pk__in=same, version=version).update(waits=False)
    return told


def _voters(home: Home, rows: Sequence[CanvassResponse]) -> dict[tuple[int, int], str]:
    numbers: dict[Member, set[int]] = defaultdict(set)
    for row in rows:
        numbers[row.owner].add(row.number)
    return {
        (owner.pk, number): voter
        for owner, asked in numbers.items()
        for number, voter in behind.voters(home, owner.key, asked).items()
    }


def _there(vault: Vault, visits: set[str]) -> tuple[dict[tuple[str, str, str], dict[str, Any]], Counter[str]]:
    """What stands in the vault of these visits, by visit, owner and voter; and the rows of each visit."""
    files = list(vault.event_files(ATTEMPTS.name))
    if not files:
        return {}, Counter()
    with closing(engine()) as con:
        con.register("visits", pa.table({"visit_id": sorted(visits)}))
        rows = con.execute(text_of(__package__, "attempts_there"), {"files": files}).to_arrow_table()
    held = rows.to_pylist()
    gone = {row["replaces"] for row in held if row["result"] == WITHDRAWN_ANSWER}
    stand = [row for row in held if row["result"] != WITHDRAWN_ANSWER and row["event_id"] not in gone]
    return (
        {(row["visit_id"], row["owner"], row["state_voter_id"]): row for row in stand},
        Counter(row["visit_id"] for row in held),
    )


def _visit(row: CanvassResponse) -> str:
    """Of a door or a call its record's id; of another contact what follows from it and the member."""
    return row.visit or hashlib.sha256(f"{row.member.key}\ncontact\n{row.pk}".encode()).hexdigest()[:32]


def _wanted(row: CanvassResponse, member: Member, voter: str, now: datetime) -> dict[str, Any] | None:
    if row.removed_at is not None or not row.contact:
        return None
    zone = zone_of(row.owner.state or member.state or None)
    return {
        "owner": row.owner.key, "state_voter_id": voter, "visit_id": _visit(row),
        "result": row.result or WORDS.get(row.result_code, "talked"),
        "attempted_on": row.canvassed_at.astimezone(zone).date(),
        "channel": CHANNELS.get(row.contact_type or 0, "other"),
        "gathered_by": member.key, "replaces": None, "loaded_at": now,
        "source_file": "walk" if row.visit else "v4", "source_line": row.pk,
    }  # fmt: skip


def _same(stands: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(stands[name] == wanted[name] for name in ("result", "attempted_on", "channel"))


def _back(stands: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return dict(stands) | {
        "result": WITHDRAWN_ANSWER, "replaces": stands["event_id"], "loaded_at": now,
    }  # fmt: skip
