"""Profiles of Delta Sharing: made once as a download, listed for both sides, revoked by either."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import share_profiles as actions
from commonroll.server.actions.keys import MOST_NOTE
from commonroll.server.pages.shell import ActingRequest, member_page, number


@member_page("keys")
def page(request: ActingRequest) -> HttpResponse:
    me, by = request.acting.member, request.acting.actor
    context = {
        "profiles": actions.profiles_of(of=me, by=by),
        "readable": actions.readable(of=me, by=by),
        "days": actions.MOST_DAYS,
        "longest": MOST_NOTE,
    }
    return render(request, "pages/share_profiles.html", context)


@require_POST
@member_page("keys")
def make(request: ActingRequest) -> HttpResponse:
    """The profile file, which is kept nowhere: it is this answer."""
    agreement = number(request.POST.get("agreement"))
    days = number(request.POST.get("days") or str(actions.MOST_DAYS))
    if agreement is None or days is None:
        raise Refusal("no agreement is chosen", next_step="choose one, and a number of days")
    made, file = actions.create(
        of=request.acting.member, number=agreement, endpoint=request.build_absolute_uri("/sharing"),
        days=days, note=request.POST.get("note", ""), by=request.acting.actor,
    )  # fmt: skip
    response = HttpResponse(json.dumps(file), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{made.pk}.share"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@member_page("keys")
def revoke(request: ActingRequest, profile: str) -> HttpResponse:
    done = actions.revoke(of=request.acting.member, profile=profile, by=request.acting.actor)
    messages.success(
        request, f"Profile {done.pk} opens nothing any more, nor does any link that it was given."
    )
    return redirect("share_profiles")
