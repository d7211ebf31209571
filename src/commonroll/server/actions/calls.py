"""Lists of people to call: who may be called and has a phone, in an order of chance."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.server import called
from commonroll.server.actions import questions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallPerson, Member
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views.call_rows import CLAIMED, PHONE, columns

MOST_PEOPLE = 5_000
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def make(
    *, home: Home, member: Member, name: str, purpose: str, where: str = "",
    script: Mapping[str, Any] | None = None, by: Actor,
) -> CallList:  # fmt: skip
    """Keep everybody whom a WHERE finds, who may be called and has a phone, in an order of chance."""
    by.require("view", member)
    name = name.strip()[:120]
    if not name:
        raise Refusal("A list to call needs a name.", next_step="Say what is called: Oakwood, reminders.")
    asked = replace(
        questions.question(
            viewer=member, purpose=purpose, mode="contact", where=where, columns=(PHONE, CLAIMED)
        ),
        optional=columns(frozenset())[1],
    )
    receipts = DatabaseReceipts(home=home, viewer=member, by=by)
    found = flow.call(asked, DatabasePermits(home), receipts)
    if not 0 < found.rows.num_rows <= MOST_PEOPLE:
        raise Refusal(
            f"A list to call has 1 to {MOST_PEOPLE:,} people with a phone.",
            where=f"{found.rows.num_rows:,} were found",
            next_step="Ask for a county or a district." if found.rows.num_rows else "Ask less narrowly.",
        )
    who = list(called.numbers(home, found.rows).items())
    secrets.SystemRandom().shuffle(who)
    owners = {one.key: one for one in Member.objects.filter(key__in={owner for (owner, _), _ in who})}
    keys = _keys(len(who))
    with transaction.atomic():
        made = CallList.objects.create(
            member=member, name=name, purpose=purpose, where=where, script=dict(script or {}),
            gaps=[gap.sentence for gap in found.gaps], by=by.label, made_at=timezone.now(),
        )  # fmt: skip
        CallPerson.objects.bulk_create(
            CallPerson(call_list=made, key=key, owner=owners[owner], number=number, place=place)
            for place, (((owner, _), number), key) in enumerate(zip(who, keys, strict=True), 1)
        )
    return made


def _keys(many: int) -> list[str]:
    found: set[str] = set()
    while len(found) < many:
        found.add("".join(secrets.choice(LETTERS) for _ in range(5)))
    return list(found)


def lists(member: Member, *, by: Actor) -> list[CallList]:
    """The member's lists, each with `many` people, `called` of them, and `waiting`."""
    by.require("read", member)
    found = CallList.objects.filter(member=member, put_away_at=None)
    return list(
        found.annotate(
            many=Count("people"),
            called=Count("people", filter=Q(people__state=CallPerson.State.DONE)),
            waiting=Count("people", filter=Q(people__state=CallPerson.State.WAITING)),
        )
    )


def list_of(*, member: Member, number: int, by: Actor) -> CallList:
    """One of the member's lists; Unknown for anybody else's."""
    by.require("read", member)
    found = CallList.objects.filter(member=member, pk=number).first()
    if found is None:
        raise Unknown("There is no such list to call.", next_step="See the page Calls.")
    return found


def put_away(*, of: CallList, by: Actor) -> None:
    """Put a list away, or have it again."""
    by.require("view", of.member)
    of.put_away_at = None if of.put_away_at else timezone.now()
    of.save(update_fields=["put_away_at"])
