"""Words on newcomers: the federation's criteria for members, decisions, appeals heard, and the way in.

An owner decides what is asked of it; the federation's centre who becomes a member, by its command line alone.
An appeal is heard by others. A newcomer that was let in by an owner gets its agreement once it is a member.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from commonroll.agreements import membership
from commonroll.agreements.negotiation import OutOfTurn
from commonroll.errors import Refusal
from commonroll.notes import canonical, sha256_text
from commonroll.server import journal, wall
from commonroll.server.actions import admissions
from commonroll.server.actions.askings import State, decider, every, is_centre, keep_step, locked, may_hear
from commonroll.server.actions.decisions import reason_of
from commonroll.server.actions.federation import FEDERATION_LOG, federation
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Application, Asking, Federation, Member, Newcomer, Standard

LET_IN = (State.ACCEPTED, State.OVERTURNED)


@transaction.atomic
def publish(*, chosen: Mapping[str, Any], by: Actor) -> Standard:
    """The next version of the federation's criteria; whoever asks later is measured by it."""
    _centre(by)
    Federation.objects.select_for_update().get(pk=federation().pk)
    last = Standard.objects.aggregate(Max("version"))["version__max"] or 0
    now = timezone.now().replace(microsecond=0)
    data = canonical(membership.document(chosen, version=last + 1, issued=now))
    made = Standard.objects.create(
        version=last + 1, document=data, document_hash=sha256_text(data), by=by.label, at=now
    )
    keys = {"step": "published", "run": f"urn:uuid:{uuid.uuid4()}", "criteria": made.document_hash}
    journal.record(log=FEDERATION_LOG, type="admission", keys=keys, owner=FEDERATION_LOG)
    return made


def _centre(by: Actor) -> None:
    if not is_centre(by):
        raise Unknown("there is no such page", next_step="ask those who run the federation")


@wall.node()
@transaction.atomic
def decide(*, asking: Asking, accept: bool, reason: str, by: Actor) -> Asking:
    """The first word with its reason: the owner's, or the centre's where somebody asks to be a member."""
    if asking.owner is None:
        _centre(by)
    else:
        by.require("draft", asking.owner)
    said, found = reason_of(reason), locked(asking)
    if found.state != State.WAITING:
        raise OutOfTurn(f"the application is {found.get_state_display()}", next_step="see its timeline")
    _word(found, State.ACCEPTED if accept else State.DECLINED)
    keep_step(found, found.state, who=decider(found).name, by=by, reason=said, member=found.owner)
    _drafted(found, by)
    return found


@wall.node()
@transaction.atomic
def hear(*, asking: Asking, member: Member, accept: bool, reason: str, by: Actor) -> Asking:
    """The second decision, by people of a member that has no part in the first."""
    by.require("draft", member)
    said, found = reason_of(reason), locked(asking)
    if found.state != State.APPEALED:
        raise OutOfTurn(f"the application is {found.get_state_display()}", next_step="see its timeline")
    if not may_hear(asking=found, member=member, by=by):
        raise Unknown("you do not decide this appeal", next_step="others than the first hear it")
    _word(found, State.OVERTURNED if accept else State.UPHELD)
    keep_step(found, found.state, who=member.name, by=by, reason=said, member=member)
    _drafted(found, by)
    return found


def _word(found: Asking, state: State) -> None:
    found.state, found.overdue_at = state, None
    found.save()


@wall.node()
@transaction.atomic
def admit(*, newcomer: Newcomer, member: Member, by: Actor) -> list[Application]:
    """Say which member a newcomer has become; what owners let it in for is drafted now.

    The member was added before with a signing key of its own: nobody makes one for it here.
    """
    _centre(by)
    found = Newcomer.objects.select_for_update().get(pk=newcomer.pk)
    if found.member is not None:
        raise Refusal(
            f"this newcomer is {found.member.name} already", next_step="see `commonroll member list`"
        )
    if member.kind != found.kind or Newcomer.objects.filter(member=member).exists():
        raise Refusal(
            f"{member.name} is another, or another kind of member",
            next_step=f"add a member of kind {found.kind}",
        )
    asked = every().filter(newcomer=found)
    word = asked.filter(criteria=None, state__in=LET_IN).first()
    if word is None:
        raise Refusal(
            "nobody said yes to this newcomer as a member",
            next_step="decide what it asks of the federation first",
        )
    found.member = member
    found.save(update_fields=["member"])
    keep_step(word, "admitted", who=federation().name, by=by, member=member)
    done = [_drafted(locked(one), by) for one in asked.filter(criteria__isnull=False)]
    return [one for one in done if one is not None]


def _drafted(found: Asking, by: Actor) -> Application | None:
    """The application of the member that a newcomer became, with the agreement of its race; None before."""
    member, criteria = found.newcomer.member, found.criteria
    if criteria is None or member is None or found.state not in LET_IN or found.application is not None:
        return None
    made = Application(
        criteria=criteria, applicant=member, race=found.race, document=bytes(found.document),
        document_hash=found.document_hash, due=found.due, state=State.ACCEPTED,
    )  # fmt: skip
    made.agreement = admissions.drafted(made, by)
    made.save()
    admissions.keep_step(made, "accepted", criteria.owner, f"As it was decided of {found.urn}.", by)
    found.application = made
    found.save(update_fields=["application"])
    return made
