"""Who gets in: criteria are published, applied under, decided with a reason in time, and appealed against.

All applicants in one race stand under one version of the criteria, one price and one term, from the first
application on to the signatures.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from commonroll.agreements import admission
from commonroll.agreements.negotiation import OutOfTurn
from commonroll.agreements.reading import TermsRefused
from commonroll.errors import Refusal
from commonroll.notes import canonical, parse_canonical, sha256_text
from commonroll.server import journal, wall
from commonroll.server.actions import agreements, negotiations
from commonroll.server.actions.attempts import attempt
from commonroll.server.actions.decisions import reason_of
from commonroll.server.actions.equal_terms import check_alike
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import compiled
from commonroll.server.models import (
    Agreement,
    Application,
    ApplicationStep,
    Asking,
    Criteria,
    Member,
    Signature,
)
from commonroll.transparency import leaves

APPLY = (Member.Kind.CAMPAIGN, Member.Kind.GROUP)
State = Application.State
OWED = (State.WAITING, State.APPEALED, State.OVERTURNED)
"""States in which somebody owes a word or, overruled, a signature."""
BEFORE_ALL = ("appealed", "upheld", "overturned")
"""Steps that stand in the federation's log too: that the charter was called upon, not by whom."""


# Criteria


def publish(*, home: Home, owner: Member, chosen: Mapping[str, Any], passphrase: str, by: Actor) -> Criteria:
    """Publish the next version of an owner's criteria, signed; every member can read it from now on."""
    by.require("sign", owner)
    if not owner.state:
        raise Refusal(f"{owner.name} owns no state's file", next_step="the owner of the voters lets in")
    signer = agreements.unlock(home, owner, passphrase)
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=owner.pk)
        last = Criteria.objects.filter(owner=owner).aggregate(Max("version"))["version__max"] or 0
        now = timezone.now().replace(microsecond=0)
        said = admission.document(chosen, owner=owner.key, version=last + 1, issued=now)
        _compiles(owner, said)
        text = admission.criteria_text(said)
        data = canonical(said)
        made = Criteria.objects.create(
            owner=owner, version=last + 1, document=data, document_hash=sha256_text(data),
            note=f"{text}\n{signer.line(text)}\n", by=by.label, at=now,
        )  # fmt: skip
        keys = {"step": "published", "run": f"urn:uuid:{uuid.uuid4()}", "criteria": made.document_hash}
        journal.record(log=owner.key, type="admission", keys=keys, owner=owner.key)
    return made


def _compiles(owner: Member, said: Mapping[str, Any]) -> None:
    """Terms that the law refuses are promised to nobody."""
    read = admission.criteria_of(said)
    stand_in = Member(key="applicant", kind=Member.Kind.CAMPAIGN, name="applicant")
    for race in read.races:
        terms = read.terms(
            race, recipient="applicant", state=owner.state, id=f"urn:uuid:{uuid.uuid4()}",
            timestamp=timezone.now().replace(microsecond=0),
        )  # fmt: skip
        compiled(terms, owner=owner, recipient=stand_in)


def published(*, by: Actor, owner: Member | None = None) -> list[Criteria]:
    """Every version of every owner's criteria, newest first: whoever is in the federation reads them."""
    if by.key is not None:
        raise Unknown("there is no such page", next_step="sign in")
    found = Criteria.objects.filter(owner__left_at=None).select_related("owner")
    return list(found.filter(owner=owner) if owner else found)


def read(criteria: Criteria) -> admission.Criteria:
    """What a version says."""
    return admission.criteria_of(parse_canonical(bytes(criteria.document)))


@wall.node()
def of_race(owner: Member, race: str) -> Criteria:
    """The one version by which everybody in a race is measured: that of its first application, a member's or
    a newcomer's, else the newest that lists it. Raises Unknown where none does."""
    asked = Q(applications__race=race) | Q(askings__race=race)
    first = Criteria.objects.filter(asked, owner=owner).select_related("owner").order_by("version").first()
    if first is not None:
        return first
    found = (
        one for one in Criteria.objects.filter(owner=owner).order_by("-version") if race in read(one).races
    )
    newest = next(found, None)
    if newest is None:
        raise Unknown(
            f"{owner.name} has no criteria for this race", next_step="see the criteria it published"
        )
    return newest


# Applying


def apply(
    *,
    owner: Member,
    applicant: Member,
    race: str,
    answers: Sequence[str],
    papers: Mapping[str, str],
    by: Actor,
    version: int | None = None,
) -> Application:
    """Apply for a race. `version`: the criteria that were read; any but the race's are refused."""
    by.require("draft", applicant)
    negotiations.here(owner, applicant)
    with attempt(what="application", owner=owner, recipient=applicant, by=by):
        if applicant.kind not in APPLY:
            raise Refusal(
                f"{applicant.name} is no campaign or group", next_step="agree with the owner instead"
            )
        Member.objects.select_for_update().get(pk=owner.pk)
        criteria = of_race(owner, race)
        if version is not None and version != criteria.version:
            raise TermsRefused(
                f"Everybody in this race is measured by version {criteria.version} of the criteria.",
                where=f"version {version}",
                next_step=f"Read version {criteria.version}, then apply by it.",
            )
        _once(owner, applicant, race)
        return _applied(criteria, applicant, race, answers, papers, by)


def _once(owner: Member, applicant: Member, race: str) -> None:
    before = Application.objects.filter(criteria__owner=owner, applicant=applicant, race=race)
    if before.exclude(state__in=(State.DECLINED, State.UPHELD)).exists():
        raise OutOfTurn("there is an application for this race already", next_step="wait for the word on it")


def _applied(
    criteria: Criteria,
    applicant: Member,
    race: str,
    answers: Sequence[str],
    papers: Mapping[str, str],
    by: Actor,
) -> Application:
    now = timezone.now().replace(microsecond=0)
    asked = read(criteria)
    made = Application(criteria=criteria, applicant=applicant, race=race, id=uuid.uuid4())
    said = admission.application(
        asked, id=made.urn, criteria_hash=criteria.document_hash, applicant=applicant.urn, race=race,
        answers=answers, papers=papers, applied=now,
    )  # fmt: skip
    made.document, made.due = canonical(said), now + timedelta(days=asked.decide_days)
    made.document_hash = sha256_text(made.document)
    made.save()
    keep_step(made, "applied", applicant, "", by, said)
    return made


def keep_step(
    of: Application, step: str, member: Member, reason: str, by: Actor, said: Mapping[str, Any] | None = None
) -> None:
    """Keep a step and its leaf; what it says is sealed for owner and applicant."""
    ApplicationStep.objects.create(
        application=of, step=step, member=member, reason=reason, by=by.label, at=timezone.now()
    )
    owner, applicant = of.criteria.owner, of.applicant
    told = said or {"application": of.urn, "step": step, "reason": reason, "for": member.key, "by": by.label}
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    keys = {
        "step": step,
        "run": of.urn,
        "criteria": of.criteria.document_hash,
        "detail": leaves.commit(told, salt),
    }
    readers = sorted({owner.reader, applicant.reader})
    sealed = leaves.seal(told, salt, readers)
    journal.record(
        log=owner.key, type="admission", keys=keys, owner=owner.key, recipient=applicant.key,
        sealed_shared=sealed,
    )  # fmt: skip
    if step in BEFORE_ALL:
        journal.record(log=FEDERATION_LOG, type="admission", keys=keys, owner=owner.key, sealed_shared=sealed)


# Deciding


def decide(*, application: Application, accept: bool, reason: str, by: Actor) -> Application:
    """The owner's word with its reason; a yes drafts the agreement that everybody in the race gets."""
    owner = application.criteria.owner
    by.require("draft", owner)
    said = reason_of(reason)
    with attempt(what="decision", owner=owner, recipient=application.applicant, by=by):
        found = _locked(application)
        if found.state != State.WAITING:
            raise OutOfTurn(f"the application is {found.get_state_display()}", next_step="see its timeline")
        if accept:
            found.agreement = drafted(found, by)
        found.state = State.ACCEPTED if accept else State.DECLINED
        found.save()
        keep_step(found, found.state, owner, said, by)
        return found


def _locked(application: Application) -> Application:
    Member.objects.select_for_update().get(pk=application.criteria.owner_id)
    return Application.objects.select_related("criteria__owner", "applicant", "agreement").get(
        pk=application.pk
    )


def drafted(found: Application, by: Actor) -> Agreement:
    owner = found.criteria.owner
    negotiations.here(owner, found.applicant)
    terms = read(found.criteria).terms(
        found.race, recipient=found.applicant.key, state=owner.state, id=f"urn:uuid:{uuid.uuid4()}",
        timestamp=timezone.now().replace(microsecond=0),
    )  # fmt: skip
    check_alike(found, terms)
    return negotiations.written(terms, None, by, None)


@wall.node()
def note_overdue() -> int:
    """Say of every decision, first or on appeal, that is not made in time that it is overdue; how many.

    Likewise of an owner that an appeal overruled and that has not signed by then: nobody signs in its place.
    """
    late = Application.objects.filter(
        state__in=OWED, overdue_at=None, due__lte=timezone.now(), criteria__owner__left_at=None
    )
    signed = Signature.objects.filter(agreement=OuterRef("agreement"), member=OuterRef("criteria__owner"))
    late = late.exclude(Exists(signed), state=State.OVERTURNED)
    return sum(_overdue(found) for found in late)


def owes_signature(application: Application) -> bool:
    """Whether the owner was overruled by an appeal and has not signed the agreement that came of it."""
    text = application.agreement
    return (
        application.state == State.OVERTURNED
        and text is not None
        and not text.signatures.filter(member=application.criteria.owner_id).exists()
    )


@transaction.atomic
def _overdue(late: Application) -> bool:
    found = _locked(late)
    if found.overdue_at is not None or found.state not in OWED:
        return False
    if found.state == State.OVERTURNED and not owes_signature(found):
        return False
    found.overdue_at = timezone.now()
    found.save(update_fields=["overdue_at"])
    keep_step(found, "overdue", found.criteria.owner, "", Actor("this node"))
    return True


# Appeals


def appeal(*, application: Application, reason: str, by: Actor) -> Application:
    """The applicant asks the federation for a second decision: of a no, or of silence beyond the days."""
    owner, applicant = application.criteria.owner, application.applicant
    by.require("draft", applicant)
    said = reason_of(reason)
    note_overdue()
    with attempt(what="appeal", owner=owner, recipient=applicant, by=by):
        found = _locked(application)
        days = timedelta(days=read(found.criteria).appeal_days)
        if found.state == State.DECLINED:
            last = found.steps.filter(step="declined").latest("pk").at
            if timezone.now() > last + days:
                raise OutOfTurn("the days for an appeal are over", next_step="apply anew")
        elif found.state != State.WAITING or found.overdue_at is None:
            raise OutOfTurn(
                f"the application {found.get_state_display()}, and the days for a decision are not over",
                next_step="an appeal is against a no, or against silence",
            )
        found.state, found.overdue_at = State.APPEALED, None
        found.due = timezone.now() + timedelta(days=read(found.criteria).decide_days)
        found.save()
        keep_step(found, "appealed", applicant, said, by)
        return found


@wall.node()
def hear(*, application: Application, member: Member, accept: bool, reason: str, by: Actor) -> Application:
    """The second decision, by people of a third member; a yes drafts the agreement, and the owner owes its
    signature within the days that it has for a decision.

    Not by the owner or its people, not by a rival in the race, not by whoever decided first.
    """
    by.require("draft", member)
    said = reason_of(reason)
    owner = application.criteria.owner
    with attempt(what="second decision", owner=owner, recipient=application.applicant, by=by):
        found = _locked(application)
        if found.state != State.APPEALED:
            raise OutOfTurn(f"the application is {found.get_state_display()}", next_step="see its timeline")
        if not may_hear(application=found, member=member, by=by):
            raise Unknown("you do not decide this appeal", next_step="others than the first hear it")
        if accept:
            found.agreement = drafted(found, by)
            found.due = timezone.now() + timedelta(days=read(found.criteria).decide_days)
        found.state, found.overdue_at = (State.OVERTURNED if accept else State.UPHELD), None
        found.save()
        keep_step(found, found.state, member, said, by)
        return found


@wall.node()
def may_hear(*, application: Application, member: Member, by: Actor) -> bool:
    """Whether these people of this member may decide the appeal."""
    rivals = Application.objects.filter(criteria__owner=application.criteria.owner, race=application.race)
    coming = Asking.objects.filter(criteria__owner=application.criteria.owner, race=application.race)
    concerned = {application.criteria.owner_id, *rivals.values_list("applicant", flat=True)}
    concerned |= set(coming.filter(newcomer__member__isnull=False).values_list("newcomer__member", flat=True))
    if member.pk in concerned or member.left_at is not None or not by.may("draft", member):
        return False
    if by.user is None:
        return True  # the machine's command line acts for the member that it names
    theirs = Member.objects.filter(pk__in=concerned)
    decided = application.steps.filter(step="declined").values_list("by", flat=True)
    return not any(by.role_for(one) for one in theirs) and by.label not in set(decided)


# Reading


def of_owner(*, of: Member, by: Actor) -> list[Application]:
    """Applications to an owner, those that wait first, the longest overdue at the top."""
    by.require("read", of)
    note_overdue()
    found = _all().filter(criteria__owner=of)
    waits = (State.WAITING, State.APPEALED)
    return sorted(found, key=lambda one: (one.state not in waits and not owes_signature(one), one.due))


def of_applicant(*, of: Member, by: Actor) -> list[Application]:
    """The member's own applications."""
    by.require("read", of)
    note_overdue()
    return list(_all().filter(applicant=of).order_by("-due"))


def to_hear(*, of: Member, by: Actor) -> list[Application]:
    """Appeals that people of this member may decide."""
    by.require("read", of)
    return [one for one in _all().filter(state=State.APPEALED) if may_hear(application=one, member=of, by=by)]


def _all() -> Any:
    return Application.objects.select_related("criteria__owner", "applicant", "agreement")


def one(*, pk: str, of: Member, by: Actor) -> Application:
    """An application for owner, applicant and whoever may hear the appeal; no rival, nobody else."""
    by.require("read", of)
    found: Application | None = _all().filter(pk=pk).first()
    if found is not None:
        heard = found.steps.filter(step__in=("upheld", "overturned"), member=of).exists()
        hears = found.state == State.APPEALED and may_hear(application=found, member=of, by=by)
        if of.pk in (found.criteria.owner_id, found.applicant_id) or heard or hears:
            return found
    raise Unknown("there is no such application", next_step="see the list of applications")


def document_of(application: Application) -> dict[str, Any]:
    """What the applicant said."""
    found = parse_canonical(bytes(application.document))
    assert isinstance(found, dict)
    return found
