"""Exports that wait for an owner's word: read, approved, declined with a reason; the file made after."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.server import jobs
from commonroll.server.actions import approvals as actions
from commonroll.server.actions import questions
from commonroll.server.pages.shell import ActingRequest, member_page


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    context = {
        "rows": actions.asked(owner=request.acting.member, by=request.acting.actor),
        "may_say": request.acting.may("sign"),
        "longest": actions.LONGEST_REASON,
    }
    return render(request, "agreements/approvals.html", context)


@require_POST
@member_page("sign")
def say(request: ActingRequest, extract: uuid.UUID) -> HttpResponse:
    yes = request.POST.get("word") == "yes"
    found = actions.say(
        pk=str(extract),
        owner=request.acting.member,
        yes=yes,
        reason=request.POST.get("reason", ""),
        by=request.acting.actor,
    )
    told = "may make the file now" if yes else "reads your reason; nothing left"
    messages.success(request, f"{found.viewer.name} {told}.")
    return redirect("approvals")


@require_POST
@member_page("export")
def finish(request: ActingRequest, extract: uuid.UUID) -> HttpResponse:
    """Have the file made, for the recipient, once every owner has said yes."""
    found = questions.extract_of(viewer=request.acting.member, pk=str(extract), by=request.acting.actor)
    actions.go_on(extract=found, by=request.acting.actor)
    jobs.run_extract.enqueue(str(found.pk))
    return redirect("extract", found.pk)
