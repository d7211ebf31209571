"""Marks and decoys: by what an owner's copies can be told apart, for its leads alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server import startup
from commonroll.server.actions import decoy_reach, decoys, mark_keys
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.tracing import reach as reaches
from commonroll.tracing.decoys import SURVIVES, survives


@member_page("protect")
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/marks.html", _context(request))


def _asked(request: ActingRequest) -> dict[str, Any]:
    return {"home": settings.HOME, "owner": request.acting.member, "by": request.acting.actor}


def _context(request: ActingRequest, **more: Any) -> dict[str, Any]:
    asked = _asked(request)
    marks = mark_keys.of(**asked)
    context: dict[str, Any] = {
        "marks": marks,
        "choices": [(least, says, least <= marks.hides) for least, says in reversed(SURVIVES)],
        "most": reaches.MOST,
    }
    if marks.decoys:
        most = decoy_reach.most(number=marks.decoys, **asked)
        standing = decoy_reach.given(**asked)
        context |= {
            "survives": survives(marks.decoys),
            "lines": "\n".join(one.text for one in standing),
            "kinds": [
                (words, sum(one.kind == kind for one in standing), most.get(kind, 0))
                for kind, words in reaches.KINDS.items()
            ],
        }
    return context | more


def _refused(request: ActingRequest, **more: Any) -> HttpResponse:
    return render(request, "pages/marks.html", _context(request, **more), status=400)


@require_POST
@member_page("protect")
def make(request: ActingRequest) -> HttpResponse:
    """Have so many voters invented."""
    asked = number(request.POST.get("number")) or 0
    try:
        if asked < 1:
            raise Refusal("This is no number of voters.", next_step="Choose one of the numbers.")
        made = decoys.make(number=asked, **_asked(request))
    except Refusal as refusal:
        return _refused(request, refused_number=refusal, number=request.POST.get("number", ""))
    startup.fold(settings.HOME)
    messages.success(request, f"{made.count:,} invented voters stand in others' copies from now on.")
    return redirect("marks")


@require_POST
@member_page("protect")
def reach(request: ActingRequest) -> HttpResponse:
    """Have exactly these phones, e-mails and addresses stand on decoys."""
    lines = request.POST.get("lines", "")
    try:
        given = decoy_reach.give(lines=lines, **_asked(request))
    except Refusal as refusal:
        return _refused(request, refused_lines=refusal, lines=lines)
    messages.success(
        request, f"{given.standing} stand on decoys now: {given.new} new, {given.ended} taken back."
    )
    return redirect("marks")
