"""Askings of newcomers as they stand: steps with a leaf each, what is overdue, and who may read what."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commonroll.agreements import membership
from commonroll.agreements.admission import Criteria
from commonroll.notes import parse_canonical
from commonroll.server import journal, wall
from commonroll.server.actions import admissions, officers
from commonroll.server.actions.federation import FEDERATION_LOG, federation
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Application, Asking, AskingStep, Federation, Member, Standard
from commonroll.transparency import leaves

State = Application.State
OPEN = (State.WAITING, State.APPEALED)


def asked(asking: Asking) -> Criteria | membership.Membership:
    """The criteria by which it is measured."""
    if asking.criteria is not None:
        return admissions.read(asking.criteria)
    assert asking.standard is not None
    return read_standard(asking.standard)


def read_standard(standard: Standard) -> membership.Membership:
    return membership.membership_of(parse_canonical(bytes(standard.document)))


def criteria_hash(asking: Asking) -> str:
    found = asking.criteria or asking.standard
    assert found is not None
    return found.document_hash


def decider(asking: Asking) -> Member | Federation:
    """Who owes the first word."""
    return asking.owner or federation()


def document_of(asking: Asking) -> dict[str, Any]:
    """What the newcomer said."""
    found = parse_canonical(bytes(asking.document))
    assert isinstance(found, dict)
    return found


def keep_step(
    of: Asking, step: str, *, who: str, by: Actor, reason: str = "", member: Member | None = None,
    said: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Keep a step and its leaf: in the owner's log, and that an appeal was made in the federation's too.

    What it says is sealed for the owner; the newcomer gets words and salt on its page. Neither name nor
    contact stands in a leaf.
    """
    owner = of.owner
    told = said or {"asking": of.urn, "step": step, "reason": reason, "by": by.label}
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    keys = {
        "step": step, "run": of.urn, "criteria": criteria_hash(of), "detail": leaves.commit(told, salt)
    }  # fmt: skip
    log = owner.key if owner else FEDERATION_LOG
    sealed = leaves.seal(told, salt, [owner.reader]) if owner else None
    leaf = journal.record(log=log, type="admission", keys=keys, owner=log, sealed_shared=sealed)
    if owner and step in admissions.BEFORE_ALL:
        journal.record(log=FEDERATION_LOG, type="admission", keys=keys, owner=log, sealed_shared=sealed)
    AskingStep.objects.create(
        asking=of, step=step, who=who, member=member, reason=reason, by=by.label, at=timezone.now(),
        salt=salt, leaf_id=leaf.leaf_id,
    )  # fmt: skip


def every() -> QuerySet[Asking]:
    return Asking.objects.select_related("criteria__owner", "standard", "newcomer__member", "application")


def locked(asking: Asking) -> Asking:
    """The asking as it stands, for one writer at a time."""
    Asking.objects.select_for_update().get(pk=asking.pk)
    return every().get(pk=asking.pk)


# Overdue


@wall.node()
def note_overdue() -> int:
    """Say of every decision on a newcomer that is not made in time that it is overdue; how many."""
    late = every().filter(state__in=OPEN, overdue_at=None, due__lte=timezone.now())
    return sum(_overdue(found) for found in late.exclude(criteria__owner__left_at__isnull=False))


@transaction.atomic
def _overdue(late: Asking) -> bool:
    found = locked(late)
    if found.overdue_at is not None or found.state not in OPEN:
        return False
    found.overdue_at = timezone.now()
    found.save(update_fields=["overdue_at"])
    keep_step(found, "overdue", who=decider(found).name, by=Actor("this node"), member=found.owner)
    return True


# Reading


def is_centre(by: Actor) -> bool:
    """Whether those act who run the federation: the command line of its machine, or one of its officers."""
    return by.key is None and (by.user is None or officers.is_officer(by.user))


def of_owner(*, of: Member, by: Actor) -> list[Asking]:
    """What newcomers ask of an owner, those that wait first, the longest overdue at the top."""
    by.require("read", of)
    note_overdue()
    found = every().filter(criteria__owner=of)
    return sorted(found, key=lambda one: (one.state not in OPEN, one.due))


@wall.node()
def of_centre(*, by: Actor) -> list[Asking]:
    """Who asks to be a member, those that wait first."""
    if not is_centre(by):
        raise Unknown("there is no such page", next_step="ask those who run the federation")
    note_overdue()
    return sorted(every().filter(criteria=None), key=lambda one: (one.state not in OPEN, one.due))


def to_hear(*, of: Member, by: Actor) -> list[Asking]:
    """Appeals of newcomers that people of this member may decide."""
    by.require("read", of)
    return [one for one in every().filter(state=State.APPEALED) if may_hear(asking=one, member=of, by=by)]


@wall.node()
def may_hear(*, asking: Asking, member: Member, by: Actor) -> bool:
    """Whether these people of this member may decide the appeal.

    An owner's no is heard by others than owner and race; the federation's by owners of rolls, and by none of
    its officers. Never by whoever decided first, or has a role with the owner or with somebody in the race.
    """
    if (
        member.left_at is not None
        or not by.may("draft", member)
        or (asking.owner is None and (not member.state or officers.is_officer(by.user)))
    ):
        return False
    concerned = _concerned(asking)
    if member.pk in concerned:
        return False
    if by.user is None:
        return True  # the machine's command line acts for the member that it names
    decided = asking.steps.filter(step="declined").values_list("by", flat=True)
    theirs = Member.objects.filter(pk__in=concerned)
    return not any(by.role_for(one) for one in theirs) and by.label not in set(decided)


def _concerned(asking: Asking) -> set[int]:
    """Members that have a part in the decision: the owner, rivals in the race, and the newcomer's own."""
    found = {asking.newcomer.member_id} - {None}
    if asking.owner is not None:
        rivals = Application.objects.filter(criteria__owner=asking.owner, race=asking.race)
        found |= {asking.owner.pk, *rivals.values_list("applicant", flat=True)}
    return {pk for pk in found if pk is not None}


def one(*, pk: str, by: Actor, of: Member | None = None) -> Asking:
    """An asking for the owner, for whoever may hear or heard its appeal, and for the centre; nobody else."""
    found = every().filter(pk=pk).first()
    if found is not None and _may_read(found, of, by):
        return found
    raise Unknown("there is no such application", next_step="see the list of applications")


@wall.node()
def of_federation(*, pk: str, by: Actor) -> Asking:
    """What a newcomer asks of the federation, its steps with it, for those who run it."""
    found = every().filter(pk=pk, criteria=None).prefetch_related("steps").first()
    if found is None or not is_centre(by):
        raise Unknown("there is no such page", next_step="ask those who run the federation")
    return found


def _may_read(found: Asking, of: Member | None, by: Actor) -> bool:
    if of is None:
        return found.owner is None and is_centre(by)
    by.require("read", of)
    heard = found.steps.filter(step__in=("upheld", "overturned"), member=of).exists()
    hears = found.state == State.APPEALED and may_hear(asking=found, member=of, by=by)
    return of == found.owner or heard or hears
