"""Doors of a cut that nobody knew the place of, put where they are by a click or by coordinates."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.field.outlines import MARGIN, drawing
from commonroll.server.actions import hand_places, turf
from commonroll.server.models import TurfCut
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.server.turf_fits import degrees


@member_page("read")
def page(request: ActingRequest, pk: int) -> HttpResponse:
    cut = _cut(request, pk)
    lost = hand_places.lost(settings.HOME, cut)
    context: dict[str, Any] = {
        "cut": cut, "lost": lost[: hand_places.SHOWN], "many": len(lost), "margin": MARGIN,
        "by_hand": hand_places.by_hand(settings.HOME, cut), "may_make": request.acting.may("view"),
        "drawn": drawing(settings.HOME.turf / cut.folder),
    }  # fmt: skip
    return render(request, "pages/hand_places.html", context)


@require_POST
@member_page("view")
def place(request: ActingRequest, pk: int) -> HttpResponse:
    cut = _cut(request, pk)
    latitude, longitude = degrees(request.POST.get("at", ""))
    numbers = hand_places.place(
        home=settings.HOME, cut=cut, door=_door(request), latitude=latitude, longitude=longitude,
        by=request.acting.actor,
    )  # fmt: skip
    messages.success(request, f"It is in turf {numbers[-1]} now." if numbers else "It has a place now.")
    return redirect("turf_doors", pk)


@require_POST
@member_page("view")
def take_back(request: ActingRequest, pk: int) -> HttpResponse:
    hand_places.take_back(
        home=settings.HOME, cut=_cut(request, pk), door=_door(request), by=request.acting.actor
    )
    messages.success(request, "It has no place again, and is in no turf.")
    return redirect("turf_doors", pk)


def _door(request: ActingRequest) -> int:
    door = number(request.POST.get("door"))
    if door is None:
        raise Refusal("No door is chosen.", next_step="Choose one of those without a place.")
    return door


def _cut(request: ActingRequest, pk: int) -> TurfCut:
    return turf.cut_of(member=request.acting.member, number=pk, by=request.acting.actor)
