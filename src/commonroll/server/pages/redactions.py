"""Protected voters leave the retained files: what that would do, how far it is, what it did."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.server import jobs
from commonroll.server.actions import redactions as actions
from commonroll.server.pages.shell import ActingRequest, member_page


def summary(request: ActingRequest) -> dict[str, Any]:
    """What the Roll page shows of redactions to those who may have one made."""
    if not request.acting.may("protect"):
        return {}
    by = request.acting.actor
    return {"redaction": actions.standing(home=settings.HOME, of=request.acting.member, by=by)}


@require_POST
@member_page("protect")
def make(request: ActingRequest) -> HttpResponse:
    """Have the retained files rewritten in the background."""
    actions.announce(home=settings.HOME, of=request.acting.member, by=request.acting.actor)
    jobs.redact.enqueue(request.acting.member.key, request.acting.actor.label)
    messages.success(request, "Retained files are being rewritten; no reader waits for it.")
    return redirect("roll")


@member_page("protect")
def progress(request: ActingRequest) -> HttpResponse:
    """How far the rewriting is; the page asks again until it ends."""
    return render(request, "parts/redaction.html", summary(request))
