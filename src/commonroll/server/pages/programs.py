"""Programs that come to the site by a key, and those that it tells: made, looked at, ended."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.agreements.profile import PURPOSES
from commonroll.errors import Refusal
from commonroll.server.actions import keys, webhooks
from commonroll.server.pages.shell import ActingRequest, member_page, number

SCOPES = (
    ("lists", "Bring lists", "rows to match, and read or undo what it brought"),
    ("ask", "Ask", "counts and extracts under the agreements in force"),
    ("answers", "Bring answers", "what voters said"),
    ("log", "Copy the log", "your own and the federation's, to verify them elsewhere"),
)
DAYS = (30, 90, 180, 366)


@member_page("keys")
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "programs/programs.html", _context(request))


def _context(request: ActingRequest, **more: Any) -> dict[str, Any]:
    me, by = request.acting.member, request.acting.actor
    return {
        "api_keys": keys.keys_of(of=me, by=by),
        "hooks": webhooks.hooks_of(of=me, by=by),
        "scopes": SCOPES,
        "days": DAYS,
        "purposes": sorted(PURPOSES),
        "chosen_purpose": request.POST.get("purpose", request.acting.purpose),
        "chosen_scopes": request.POST.getlist("may") or ["lists"],
        "events": webhooks.EVENTS.items(),
        "chosen_events": request.POST.getlist("event"),
        "url": request.POST.get("url", ""),
        "note": request.POST.get("note", ""),
        **more,
    }


@require_POST
@member_page("keys")
def change(request: ActingRequest) -> HttpResponse:
    """Make or revoke a key; make, ring, resume or end a webhook. A secret is shown in this answer alone."""
    try:
        more = _done(request)
    except Refusal as refusal:
        return render(request, "programs/programs.html", _context(request, refusal=refusal), status=400)
    if more:
        return render(request, "programs/programs.html", _context(request, **more))
    return redirect("programs")


def _done(request: ActingRequest) -> dict[str, Any]:
    given: dict[str, Any] = {"of": request.acting.member, "by": request.acting.actor}
    what, which = request.POST.get("what"), request.POST.get("which", "")
    if what == "key":
        made, secret = keys.create(
            purpose=request.POST.get("purpose", ""), scopes=request.POST.getlist("may"),
            days=number(request.POST.get("days", "")) or 0, note=request.POST.get("note", ""), **given,
        )  # fmt: skip
        return {"secret": secret, "about": f"Key {made.pk}", "opens": made.expires_at}
    if what == "webhook":
        hook, secret = webhooks.create(
            home=settings.HOME, url=request.POST.get("url", "").strip(),
            events=request.POST.getlist("event"), **given,
        )  # fmt: skip
        return {"secret": secret, "about": f"Webhook {hook.pk}"}
    if what == "revoke":
        keys.revoke(key_id=which, **given)
        messages.success(request, f"Key {which} opens nothing any more.")
    elif what == "end":
        webhooks.end(hook_id=which, **given)
        messages.success(request, f"Webhook {which} is told nothing any more.")
    elif what == "resume":
        webhooks.resume(hook_id=which, **given)
        messages.success(request, f"Webhook {which} is told again, from where it stood.")
    elif what == "ping":
        said = webhooks.ping(home=settings.HOME, hook_id=which, **given)
        messages.info(request, f"Webhook {which} answered: {said}")
    else:
        raise Refusal("there is no such act", next_step="choose one on this page")
    return {}
