"""The federation suspends a member: no agreement with it gives anything; its own tools go on working."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions.decisions import reason_of
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Member
from commonroll.transparency import leaves


@transaction.atomic
def suspend_member(*, member: Member, reason: str, by: Actor) -> Member:
    """Nothing is read from the member or by it under any agreement until it is reinstated.

    It loads, lists, walks and exports its own rows as before, and keeps the answers that it gathered.
    """
    return _set(member, reason, by, "member.suspended")


@transaction.atomic
def reinstate_member(*, member: Member, reason: str, by: Actor) -> Member:
    """Lift the suspension; agreements that stand give again what they say."""
    return _set(member, reason, by, "member.reinstated")


def _set(member: Member, reason: str, by: Actor, action: str) -> Member:
    if by.user is not None or by.key is not None:
        raise Unknown("there is no such page", next_step="ask those who run the federation")
    found = Member.objects.select_for_update().get(pk=member.pk)
    suspends = action == "member.suspended"
    if (found.suspended_at is not None) == suspends:
        words = "is suspended already" if suspends else "is not suspended"
        raise Refusal(f"{found.name} {words}", next_step="see `commonroll member list`")
    found.suspended_at = timezone.now() if suspends else None
    found.save(update_fields=["suspended_at"])
    said = {"reason": reason_of(reason), "by": by.label}
    for log in (FEDERATION_LOG, found.key):
        salt = secrets.token_bytes(leaves.SALT_BYTES)
        journal.record(
            log=log,
            type="operator",
            keys={"action": action, "detail": leaves.commit(said, salt)},
            owner=found.key,
            sealed_shared=leaves.seal(said, salt, [found.reader]),
        )
    return found
