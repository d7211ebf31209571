"""Turf: a member's cuts, making one, its turfs on a drawing and in a table."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.field.divide import Size
from commonroll.field.outlines import drawing, numbered
from commonroll.server.actions import turf
from commonroll.server.models import SavedUniverse, TurfCut
from commonroll.server.pages.chips import chips
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.views.universe import parse

PUT_AWAY = 20
MOST_DRAWN = 1_500


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, purpose = request.acting.member, request.acting.purpose
    where = request.GET.get("where", "").strip()
    gone = TurfCut.objects.filter(member=me).exclude(put_away_at=None).order_by("-put_away_at")
    context: dict[str, Any] = {
        "cuts": turf.cuts(me),
        "put_away": gone[:PUT_AWAY],
        "just_gone": gone.filter(pk=number(request.GET.get("gone")) or 0).first(),
        "where": where,
        "universes": SavedUniverse.objects.filter(member=me, purpose=purpose, deleted_at=None),
        "may_make": request.acting.may("view"),
    }
    try:
        context["chips"] = chips(parse(where)) if where else []
    except Refusal as refusal:
        context["refusal"] = refusal
    return render(request, "pages/turf.html", context)


@require_POST
@member_page("view")
def cut(request: ActingRequest) -> HttpResponse:
    given = request.POST
    by, target = given.get("by", "doors"), number(given.get("size")) or 0
    made = turf.cut(
        home=settings.HOME,
        member=request.acting.member,
        name=given.get("name", ""),
        purpose=request.acting.purpose,
        where=given.get("where", "").strip(),
        size=Size("minutes" if by == "minutes" else "doors", target),
        by=request.acting.actor,
    )
    messages.success(request, f"{made.doors:,} doors are cut into {made.turfs.count():,} turfs.")
    return redirect("turf_cut", made.pk)


@member_page("read")
def one(request: ActingRequest, pk: int) -> HttpResponse:
    found = _one(request, pk)
    turfs = list(found.turfs.all())
    drawn = drawing(settings.HOME.turf / found.folder) if found.folder and len(turfs) <= MOST_DRAWN else None
    context: dict[str, Any] = {
        "cut": found,
        "turfs": turfs,
        "drawn": drawn,
        "numbers": drawn is not None and numbered(drawn.outlines),
        "chips": chips(parse(found.where)) if found.where else [],
        "not_placed": sum(found.unplaced.values()),
        "may_make": request.acting.may("view"),
    }
    return render(request, "pages/turf_cut.html", context)


@require_POST
@member_page("view")
def put_away(request: ActingRequest, pk: int) -> HttpResponse:
    turf.put_away(cut=_one(request, pk), by=request.acting.actor)
    return redirect(f"{reverse('turf')}?gone={pk}")


@require_POST
@member_page("view")
def back(request: ActingRequest, pk: int) -> HttpResponse:
    turf.take_back(cut=_one(request, pk), by=request.acting.actor)
    return redirect("turf_cut", pk)


def _one(request: ActingRequest, pk: int) -> TurfCut:
    return turf.cut_of(member=request.acting.member, number=pk, by=request.acting.actor)
