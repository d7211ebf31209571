"""Records of calls go into the vaults, as contacts and answers, once nobody takes them back any more."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonroll.field.calls import ENDINGS, STOP
from commonroll.roll.schema import RESPONSES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server import called, wall
from commonroll.server.actions import call_words, canvassing
from commonroll.server.actions.canvassing import Contact, Whom
from commonroll.server.actions.folding import SOURCE
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallRecord

UNDO_WITHIN = timedelta(minutes=10)
"""A record goes into the vaults with the caller's next, or after this time; so long it is taken back."""

BY_PHONE, BY_TEXT, VIRTUAL_PHONE_BANK = 1, 37, 10
"""Contact types and input type of the API's vocabulary."""


def keep(*, home: Home, of: CallList, before: datetime, but: CallRecord | None = None, by: Actor) -> int:
    """Records that are taken back no more go into the vaults, as contacts and answers; how many did.

    Those that came before `before`, and of the caller of `but` all others.
    """
    older = Q(received_at__lte=before)
    if but is not None:
        older |= Q(caller=but.caller) & ~Q(pk=but.pk)
    waiting = list(of.records.filter(older, kept_at=None).select_related("person__owner").order_by("pk"))
    if not waiting:
        return 0
    with transaction.atomic():  # whoever dies in here has kept none of them, and does it again
        return _keep(home, of, waiting, by)


def _keep(home: Home, of: CallList, waiting: Sequence[CallRecord], by: Actor) -> int:
    mine = [
        one
        for one in waiting
        if CallRecord.objects.filter(pk=one.pk, kept_at=None).update(kept_at=timezone.now())
    ]
    ids = called.voters(home, [one.person for one in mine])
    rows: list[dict[str, Any]] = []
    for one in mine:
        voter = ids.get(one.person_id)
        if voter is not None:
            rows += _contact(home, of, one, voter, by)
    call_words.tell(home, of, [(one, ids[one.person_id]) for one in mine if one.person_id in ids], by)
    if rows:
        # as answers from doors: owners get them on the day that the terms name (`releasing`)
        held = pa.Table.from_pylist(rows, arrow_schema(RESPONSES))
        Vault(home.vaults, of.member.key).append_events(RESPONSES.name, held)
    return len(mine)


@wall.node()
def sweep(home: Home) -> int:
    """Records that nobody can take back any more go into the vaults, also where the caller has stopped."""
    before = timezone.now() - UNDO_WITHIN
    waiting = CallList.objects.filter(
        records__kept_at=None, records__received_at__lte=before, member__left_at=None
    )
    lists_ = list(waiting.select_related("member").distinct())
    return sum(keep(home=home, of=of, before=before, by=Actor("this node")) for of in lists_)


def _contact(home: Home, of: CallList, one: CallRecord, voter: str, by: Actor) -> list[dict[str, Any]]:
    """The contact kept, and its answers as rows of the vault."""
    whom = Whom(one.person.owner, one.person.number, voter)
    contact = Contact(
        BY_TEXT if one.channel == "text" else BY_PHONE,
        VIRTUAL_PHONE_BANK,
        one.channel,
        one.at,
        merge=False,
        visit=str(one.event),
    )
    canvassing.record(
        home=home, gathered_by=of.member, whom=whom, contact=contact,
        result_code=ENDINGS[one.ending].code, result="refused" if one.ending == STOP else one.ending,
        by=replace(by, label=one.caller),
    )  # fmt: skip
    return [
        {
            "event_id": hashlib.sha256(f"{one.event}\n{at}".encode()).hexdigest(),
            "owner": one.person.owner.key, "state_voter_id": voter, "question": said["question"],
            "answer": said["answer"], "kind": "told", "answered_on": one.at.date(), "channel": one.channel,
            "gathered_by": of.member.key, "loaded_at": timezone.now(), "source_file": SOURCE,
            "source_line": one.pk,
        }
        for at, said in enumerate(one.answers)
    ]  # fmt: skip
