"""A newcomer's application, as the owner who decides it sees it, and whoever hears its appeal."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.server.actions import askings, membership
from commonroll.server.models import Asking
from commonroll.server.pages.admissions import STEP_WORDS, TONES, word
from commonroll.server.pages.centre import left
from commonroll.server.pages.shell import ActingRequest, member_page


def _find(request: ActingRequest, asking: uuid.UUID) -> Asking:
    return askings.one(pk=str(asking), of=request.acting.member, by=request.acting.actor)


@member_page()
def page(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    """What was said by whom, what became of it, and what the member acted for can do."""
    found = _find(request, asking)
    me, by = request.acting.member, request.acting.actor
    said = askings.document_of(found)
    context = {
        "asking": found,
        "whose": askings.decider(found).name,
        "criteria": askings.asked(found),
        "version": found.criteria or found.standard,
        "left": left(found.due, timezone.now()) if found.state in askings.OPEN else "",
        "may_reopen": me == found.owner and request.acting.may("draft") and membership.may_reopen(found),
        "decide_url": reverse("newcomer_decide", args=[found.pk]),
        "reopen_url": reverse("newcomer_reopen", args=[found.pk]),
        "tone": TONES[found.state],
        "answers": list(zip(askings.asked(found).questions, said["answers"], strict=True)),
        "papers": said["papers"].items(),
        "steps": [(s, STEP_WORDS[s.step]) for s in found.steps.all()],
        "may_decide": found.state == "waiting" and request.acting.may("draft") and me == found.owner,
        "may_hear": found.state == "appealed" and askings.may_hear(asking=found, member=me, by=by),
    }
    return render(request, "newcomers/asking.html", context)


@require_POST
@member_page("draft")
def decide(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    done = membership.decide(asking=_find(request, asking), **word(request))
    messages.success(request, f"{done.newcomer.name} reads it with its code: {done.get_state_display()}.")
    return redirect("newcomer", done.pk)


@require_POST
@member_page("draft")
def reopen(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    done = membership.reopen(
        asking=_find(request, asking), reason=request.POST.get("reason", ""), by=request.acting.actor
    )
    messages.success(request, f"The word is taken back; {done.newcomer.name} reads that it waits again.")
    return redirect("newcomer", done.pk)


@require_POST
@member_page("draft")
def hear(request: ActingRequest, asking: uuid.UUID) -> HttpResponse:
    done = membership.hear(asking=_find(request, asking), member=request.acting.member, **word(request))
    messages.success(request, f"{done.newcomer.name} reads it with its code: {done.get_state_display()}.")
    return redirect("newcomer", done.pk)
