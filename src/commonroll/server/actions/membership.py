"""Words on newcomers: the federation's criteria for members, decisions, appeals heard, and the way in.

An owner decides what is asked of it; the federation's centre who becomes a member, by its command line or
its officers. An appeal is heard by others, and a yes of theirs needs nothing more of the centre: the newcomer
comes in by its code (`entering`). What owners let it in for is drafted once it is a member.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
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
from commonroll.server.actions.askings import (
    State,
    asked,
    decider,
    every,
    is_centre,
    keep_step,
    locked,
    may_hear,
)
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
    _decides(asking, by)
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


REGRET = timedelta(hours=1)
"""How long a yes can be taken back, so that nobody who was told of one has it taken away later."""


def may_reopen(asking: Asking) -> bool:
    """Whether the first word can still be taken back: a no until it is appealed against, a yes for an hour.

    Nothing may have followed from it, and a newcomer that applied anew has its newer application decided.
    """
    if asking.state == State.ACCEPTED:
        became = asking.application if asking.owner else asking.newcomer.member
        last = asking.steps.filter(step="accepted").latest("pk").at
        return became is None and timezone.now() <= last + REGRET
    anew = Asking.objects.filter(newcomer=asking.newcomer, race=asking.race).exclude(
        state__in=(State.DECLINED, State.UPHELD)
    )
    to = anew.filter(criteria__owner=asking.owner) if asking.owner else anew.filter(criteria=None)
    return asking.state == State.DECLINED and not to.exists()


@wall.node()
@transaction.atomic
def reopen(*, asking: Asking, reason: str, by: Actor) -> Asking:
    """Take the first word back: the application waits again, its days begin anew."""
    _decides(asking, by)
    said, found = reason_of(reason), locked(asking)
    if not may_reopen(found):
        raise OutOfTurn(
            f"the application is {found.get_state_display()}, and what was said of it stands",
            next_step="see its timeline",
        )
    found.state, found.overdue_at = State.WAITING, None
    found.due = timezone.now() + timedelta(days=asked(found).decide_days)
    found.save()
    keep_step(found, "reopened", who=decider(found).name, by=by, reason=said, member=found.owner)
    return found


def _decides(asking: Asking, by: Actor) -> None:
    if asking.owner is None:
        _centre(by)
    else:
        by.require("draft", asking.owner)


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
    return join(found, member, who=federation().name, by=by)


def let_in(newcomer: Newcomer) -> Asking:
    """The yes by which it becomes a member, the centre's or an appeal's; refused where there is none."""
    word = every().filter(newcomer=newcomer, criteria=None, state__in=LET_IN).first()
    if word is None:
        raise Refusal(
            "nobody said yes to this newcomer as a member",
            next_step="what it asks of the federation is decided first",
        )
    return word


def join(newcomer: Newcomer, member: Member, *, who: str, by: Actor) -> list[Application]:
    """Tie a newcomer to its member, inside the caller's transaction, and draft what owners let it in for."""
    word = let_in(newcomer)
    newcomer.member = member
    newcomer.save(update_fields=["member"])
    keep_step(word, "admitted", who=who, by=by, member=member)
    asked_of_owners = every().filter(newcomer=newcomer, criteria__isnull=False)
    done = [_drafted(locked(one), by) for one in asked_of_owners]
    return [one for one in done if one is not None]


def _drafted(found: Asking, by: Actor) -> Application | None:
    """The application of the member that a newcomer became, with the agreement of its race; None before."""
    member, criteria = found.newcomer.member, found.criteria
    if criteria is None or member is None or found.state not in LET_IN or found.application is not None:
        return None
    made = Application(
        criteria=criteria, applicant=member, race=found.race, document=bytes(found.document),
        document_hash=found.document_hash, due=timezone.now() + timedelta(days=asked(found).decide_days),
        state=found.state,
    )  # fmt: skip
    made.agreement = admissions.drafted(made, by)
    made.save()
    word = found.steps.filter(step=found.state).latest("pk")
    said_by = word.member or criteria.owner
    admissions.keep_step(made, found.state, said_by, f"As it was decided of {found.urn}.", by)
    found.application = made
    found.save(update_fields=["application"])
    return made
