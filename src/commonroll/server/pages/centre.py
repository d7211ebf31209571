"""Newcomers before the federation: who asks to be a member, by which criteria, with how many days left.

For officers, who may act for no member at all; everybody else is told that there is no such page.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.server import wall
from commonroll.server.actions import askings, membership, newcomers
from commonroll.server.actions.federation import federation, member
from commonroll.server.actions.officers import is_officer
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Asking, Member, Newcomer, User
from commonroll.server.pages.admissions import STEP_WORDS, TONES, word
from commonroll.server.pages.shell import ActingRequest, to_sign_in

Rest = ParamSpec("Rest")
Page = Callable[Concatenate[ActingRequest, Rest], HttpResponse]
HOUR, DAY = 3600, 86_400


def centre_page(page: Page[Rest]) -> Callable[..., HttpResponse]:
    """Let in officers alone, whatever member they act for."""

    @wraps(page)
    def guarded(request: Any, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not is_officer(request.user):
            raise Unknown("there is no such page", next_step="ask those who run the federation")
        return page(request, *args, **kwargs)

    return guarded


def _by(request: ActingRequest) -> Actor:
    assert isinstance(request.user, User)
    return Actor.of(request.user)


@centre_page
def page(request: ActingRequest) -> HttpResponse:
    """Who waits for the federation's word, who may come in, and what was decided."""
    found, now = askings.of_centre(by=_by(request)), timezone.now()
    standard = newcomers.standard()
    context = {
        "federation": federation(),
        "waiting": [(one, left(one.due, now)) for one in found if one.state == "waiting"],
        "appealed": [(one, left(one.due, now)) for one in found if one.state == "appealed"],
        "coming": [(one, _said_by(one)) for one in found if _coming(one)],
        "decided": [(one, TONES[one.state], _said_by(one)) for one in found if _done(one)],
        "standard": standard,
        "criteria": askings.read_standard(standard) if standard else None,
    }
    return render(request, "newcomers/centre.html", context)


def _coming(one: Asking) -> bool:
    return one.state in membership.LET_IN and one.newcomer.member is None


def _done(one: Asking) -> bool:
    return one.state in ("declined", "upheld") or one.newcomer.member is not None


@wall.node()
def _said_by(one: Asking) -> dict[str, Any]:
    """Who said the word that stands, when, and why."""
    step = one.steps.filter(step=one.state).order_by("pk").last()
    return {"who": step.who, "at": step.at, "reason": step.reason, "by": step.by} if step else {}


def left(due: datetime, now: datetime) -> str:
    """How long there still is, or how long it is over: `6 days left`, `2 hours over`."""
    seconds = (due - now).total_seconds()
    amount, unit = abs(seconds) / DAY, "day"
    if amount < 2:
        amount, unit = abs(seconds) / HOUR, "hour"
    whole = int(amount)
    return f"{whole} {unit}{'' if whole == 1 else 's'} {'left' if seconds >= 0 else 'over'}"


@centre_page
def one(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    """One application beside the criteria that it is measured by, and the form for the federation's word."""
    found = askings.of_federation(pk=str(asking), by=_by(request))
    return render(request, "newcomers/asking.html", _shown(found) | {"centre": True})


@wall.node()
def _shown(found: Asking) -> dict[str, Any]:
    said, asked = askings.document_of(found), askings.asked(found)
    waits = found.state == "waiting"
    return {
        "asking": found,
        "whose": askings.decider(found).name,
        "tone": TONES[found.state],
        "criteria": asked,
        "version": found.standard,
        "answers": list(zip(asked.questions, said["answers"], strict=True)),
        "papers": said["papers"].items(),
        "steps": [(step, STEP_WORDS[step.step]) for step in found.steps.all()],
        "may_decide": waits,
        "left": left(found.due, timezone.now()) if found.state in askings.OPEN else "",
        "coming": _coming(found),
        "said_by": _said_by(found),
        "joinable": _joinable(found.newcomer) if _coming(found) else [],
        "may_reopen": membership.may_reopen(found),
        "decide_url": reverse("centre_decide", args=[found.pk]),
        "reopen_url": reverse("centre_reopen", args=[found.pk]),
    }


def _joinable(newcomer: Newcomer) -> list[Member]:
    """Members that a newcomer may turn out to be: of its kind, and of no other newcomer."""
    taken = Newcomer.objects.filter(member__isnull=False).values("member")
    return list(
        Member.objects.filter(kind=newcomer.kind, left_at=None).exclude(pk__in=taken).order_by("name")
    )


@require_POST
@centre_page
def decide(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    found = askings.of_federation(pk=str(asking), by=_by(request))
    done = membership.decide(asking=found, **word(request) | {"by": _by(request)})
    messages.success(request, f"{done.newcomer.name} reads it with its code: {done.get_state_display()}.")
    return redirect("centre_newcomer", done.pk)


@require_POST
@centre_page
def reopen(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    found = askings.of_federation(pk=str(asking), by=_by(request))
    done = membership.reopen(asking=found, reason=request.POST.get("reason", ""), by=_by(request))
    messages.success(request, f"The word is taken back; {done.newcomer.name} reads that it waits again.")
    return redirect("centre_newcomer", done.pk)


@require_POST
@centre_page
def admit(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    """Say that a newcomer is a member that was added before."""
    found = askings.of_federation(pk=str(asking), by=_by(request))
    known = member(request.POST.get("member", ""))
    made = membership.admit(newcomer=found.newcomer, member=known, by=_by(request))
    more = f" {len(made)} agreement{'' if len(made) == 1 else 's'} of owners drafted." if made else ""
    messages.success(request, f"{found.newcomer.name} is the member {known.name}.{more}")
    return redirect("centre_newcomer", found.pk)
