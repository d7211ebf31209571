"""Marks and decoys: by what an owner's copies can be told apart, for its leads alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server import members, startup
from commonroll.server.actions import canaries, decoy_reach, decoys, mark_keys
from commonroll.server.heard import Heard
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.tracing import reach as reaches
from commonroll.tracing.decoys import SURVIVES, survives
from commonroll.tracing.reach import Reach

OFFERED = 200
"""Of what stands on decoys, as much is offered while somebody types."""


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
    notes = canaries.every(**asked)
    context |= {"heard": [_spoken(one) for one in notes], "today": timezone.localdate().isoformat()}
    if notes:
        together = canaries.together(notes)
        context |= {"together": together, "holders": _names(together.holders)}
    if marks.decoys:
        most = decoy_reach.most(number=marks.decoys, **asked)
        standing = decoy_reach.given(**asked)
        context |= {
            "survives": survives(marks.decoys),
            "reachable": [one.text for one in standing[:OFFERED]],
            "lines": "\n".join(one.text for one in standing),
            "kinds": [
                (words, sum(one.kind == kind for one in standing), most.get(kind, 0))
                for kind, words in reaches.KINDS.items()
            ],
            "bare": _bare(standing, most),
        }
    return context | more


def _bare(standing: Sequence[Reach], most: Mapping[str, int]) -> int:
    """How many invented voters are without a phone where as many of the roll's would have one."""
    return max(0, most.get(reaches.PHONE, 0) - sum(one.kind == reaches.PHONE for one in standing))


def _names(keys: Sequence[str]) -> list[str]:
    known = members.every()
    return [known[key].name if key in known else key for key in keys]


def _spoken(one: Heard) -> dict[str, Any]:
    """A note with those who hold the decoy: first whoever took it away, then who has it on screens alone."""
    held = [
        {"name": name, "extracts": held.extracts}
        for held, name in zip(one.held, _names([held.recipient for held in one.held]), strict=True)
    ]
    return {
        "note": one,
        "took": [who for who in held if who["extracts"]],
        "saw": [who["name"] for who in held if not who["extracts"]],
    }


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
        request, f"On invented voters now: {given.standing} ({given.new} new, {given.ended} taken back)."
    )
    return redirect("marks")


@require_POST
@member_page("protect")
def burn(request: ActingRequest) -> HttpResponse:
    """Burn a mark key: its name is typed again, since nothing brings it back."""
    name, again, why = (request.POST.get(field, "").strip() for field in ("key", "again", "why"))
    try:
        if again != name:
            raise Refusal("This is not the key's name.", next_step=f"Type {name[:20]} to burn it.")
        mark_keys.burn(name=name, why=why[:300], **_asked(request))
    except Refusal as refusal:
        return _refused(request, refused_burn=refusal, burning=name, why=why)
    startup.fold(settings.HOME)
    messages.success(request, f"Key {name} is burnt: nothing new is marked under it. Your log says so.")
    return redirect("marks")


@require_POST
@member_page("protect")
def heard(request: ActingRequest) -> HttpResponse:
    """Report that a decoy was rung up or written to, and see who has it."""
    contacted, on, said = (request.POST.get(name, "") for name in ("contacted", "on", "said"))
    try:
        one = canaries.report(contacted=contacted, on=_day(on), said=said, **_asked(request))
    except Refusal as refusal:
        given = {"contacted": contacted, "on": on, "said": said}
        return _refused(request, refused_heard=refusal, given=given)
    startup.fold(settings.HOME)
    took = sum(bool(held.extracts) for held in one.held)
    messages.success(request, f"Noted. {took} of your recipients took this voter away by then.")
    return redirect("marks")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("This is no day.", next_step="Write it as 2026-11-28.") from error
