"""What calls found out that concerns the owner goes to it at once, as what doors found out does.

That somebody moved or died is a word as from a door (`door_words`): it binds others once two say so or the
owner does. A wrong number is a bounce of the phone, in the gatherer's vault and in the owner's; a dead one
too where the terms ask for bounces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.utils import timezone

from commonroll.roll.schema import FOUND_OUT
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server import door_words
from commonroll.server.actions import returning
from commonroll.server.actions.returning import BOUNCES, WRONG_PERSON
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallRecord, DoorWord

WORDS = frozenset({DoorWord.Word.MOVED, DoorWord.Word.DECEASED})
BOUNCED: Mapping[str, str] = {"wrong_number": WRONG_PERSON, "disconnected": "disconnected"}
"""What found_out calls it."""


def tell(home: Home, of: CallList, called: Sequence[tuple[CallRecord, str]], by: Actor) -> None:
    """Tell the owners; `called`: records with the owner's own id of each voter. Again it changes nothing."""
    now = timezone.now()
    for record, _ in called:
        if record.ending in WORDS:
            _word(home, of, record)
    rows = [_bounce(of, record, voter, now) for record, voter in called if record.ending in BOUNCED]
    if rows:
        _bounces(home, of, pa.Table.from_pylist(rows, arrow_schema(FOUND_OUT)))


def _word(home: Home, of: CallList, record: CallRecord) -> None:
    person, word = record.person, record.ending
    said = {
        "member": of.member, "owner": person.owner, "by": record.caller, "said_at": record.at,
        "ends_at": record.at + door_words.LASTS[word],
    }  # fmt: skip
    _, fresh = DoorWord.objects.get_or_create(
        event=record.event, number=person.number, word=word, defaults=said
    )
    door_words.settle(home, person.owner, [person.number])
    if fresh:
        _receipt(of, person.owner.key, "attempts", 1)


def _bounce(of: CallList, record: CallRecord, voter: str, now: datetime) -> dict[str, Any]:
    return {
        "event_id": str(record.event), "owner": record.person.owner.key, "state_voter_id": voter,
        "what": BOUNCES, "channel": record.channel, "value": BOUNCED[record.ending],
        "found_on": record.at.date(), "gathered_by": of.member.key, "loaded_at": now,
        "source_file": "calls", "source_line": record.pk,
    }  # fmt: skip


def _bounces(home: Home, of: CallList, rows: pa.Table) -> None:
    Vault(home.vaults, of.member.key).append_events(FOUND_OUT.name, rows)
    for owner in rows["owner"].unique().to_pylist():
        if owner == of.member.key:
            continue
        theirs = rows.filter(pc.equal(rows["owner"], owner))
        grant = returning.returning(of.member).get(owner)
        if grant is None or BOUNCES not in grant.kinds:
            theirs = theirs.filter(pc.equal(theirs["value"], WRONG_PERSON))
        if not theirs.num_rows:
            continue
        if told := Vault(home.vaults, owner).append_events(FOUND_OUT.name, theirs):
            _receipt(of, owner, BOUNCES, told)


def _receipt(of: CallList, owner: str, kind: str, rows: int) -> None:
    grant = returning.returning(of.member).get(owner)
    if grant is not None and owner != of.member.key:
        with transaction.atomic():
            returning.receipt(of.member, grant.grant, [kind], rows)
