"""List hygiene: how many registrations stand on other rolls too, leaving them alone, and taking it back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.agreements.words import label
from commonroll.errors import Refusal
from commonroll.identity.hygiene import APPLIED, CHANNELS, KINDS, SMALLEST
from commonroll.server import jobs
from commonroll.server.actions import hygiene as actions
from commonroll.server.actions.hygiene import Partner
from commonroll.server.actor import Unknown
from commonroll.server.models import Member
from commonroll.server.pages.shell import ActingRequest, member_page

CHANNEL_WORDS = {
    "door": "at the door", "mail": "by mail", "phone": "by phone", "text": "by text message",
    "email": "by e-mail",
}  # fmt: skip
USUAL = ("door", "mail", "phone", "text")
NOT_SURE = "you have not said that you are sure"
BIRTHS = {"date": "the full date", "year": "the year alone", "age": "the age alone", "": "not shared"}


@member_page("count")
def page(request: ActingRequest) -> HttpResponse:
    me, by = request.acting.member, request.acting.actor
    if not me.state:
        return render(request, "pages/roll_none.html")
    left = actions.applied(home=settings.HOME, of=me, by=by)
    context = {
        "partners": [shown(one) for one in actions.partners(home=settings.HOME, of=me, by=by)],
        "left": [(CHANNEL_WORDS.get(channel, channel), n) for channel, n in sorted(left.items())],
        "channels": [(channel, CHANNEL_WORDS[channel], channel in USUAL) for channel in CHANNELS],
        "smallest": SMALLEST,
        "may_apply": request.acting.may("protect"),
        "may_match": request.acting.may("load"),
    }
    return render(request, "pages/hygiene.html", context)


def shown(partner: Partner) -> dict[str, Any]:
    """One partner as the page says it."""
    found = partner.learned
    said: dict[str, Any] = {"member": partner.member, "given": partner.given, "got": partner.got}
    if found is None:
        return {**said, "refusal": partner.refusal}
    told = [{"told": one, "words": KINDS[one.kind]} for one in found.told]
    may_leave = [row for row, one in zip(told, found.told, strict=True) if one.kind in APPLIED and one.n]
    return {
        **said,
        "run": found.run,
        "told": told,
        "may_leave": may_leave,
        "columns": [label(column) for column in found.run.columns],
        "birth": BIRTHS[found.run.birth],
    }


@require_POST
@member_page("load")
def match(request: ActingRequest) -> HttpResponse:
    """Have two rolls matched in the background."""
    other = _other(request)
    actions.check(home=settings.HOME, one=request.acting.member, other=other, by=request.acting.actor)
    jobs.match_members.enqueue(request.acting.member.key, other.key, request.acting.actor.label)
    messages.success(request, f"Your roll and that of {other.name} are being matched; look again later.")
    return redirect("hygiene")


@require_POST
@member_page("protect")
def apply(request: ActingRequest) -> HttpResponse:
    """Leave registrations alone on some channels."""
    other = _other(request)
    if not request.POST.get("sure"):
        raise Refusal(NOT_SURE, next_step="tick the last box, then send it again")
    done = actions.apply(
        home=settings.HOME,
        of=request.acting.member,
        other=other,
        kinds=request.POST.getlist("kinds"),
        channels=request.POST.getlist("channels"),
        by=request.acting.actor,
    )
    messages.success(request, f"{done:,} registrations are left alone. You can take it back on this page.")
    return redirect("hygiene")


@require_POST
@member_page("protect")
def undo(request: ActingRequest) -> HttpResponse:
    """Take back all that was left alone."""
    if not request.POST.get("sure"):
        raise Refusal(NOT_SURE, next_step="tick the last box, then send it again")
    taken = actions.undo(home=settings.HOME, of=request.acting.member, by=request.acting.actor)
    messages.success(request, f"{taken:,} registrations are on your lists again.")
    return redirect("hygiene")


def _other(request: ActingRequest) -> Member:
    key = request.POST.get("other", "")
    found = (
        Member.objects.filter(left_at=None)
        .exclude(state="")
        .exclude(pk=request.acting.member.pk)
        .filter(key=key)
        .first()
    )
    if found is None or not request.acting.member.state:
        raise Unknown("there is no such member with a roll", next_step="see the page of list hygiene")
    return found
