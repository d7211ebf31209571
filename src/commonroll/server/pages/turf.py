"""Turf: a member's cuts, making one, its turfs on a drawing and in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.field.capacity import Capacities
from commonroll.field.divide import Size
from commonroll.field.files import TURFS, turf_of
from commonroll.field.outlines import Outline, drawing, numbered
from commonroll.server import turf_checks, turf_live
from commonroll.server.actions import turf, turf_moves
from commonroll.server.actor import Forbidden
from commonroll.server.models import SavedUniverse, TurfCut
from commonroll.server.pages.chips import chips
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.server.street_maps import under
from commonroll.views.universe import parse

PUT_AWAY = 20
MOST_DRAWN = 1_500
BORDER_WORDS = (
    ("precinct", "its precinct"), ("county", "its county"), ("house", "its state house district"),
    ("senate", "its state senate district"), ("congress", "its congressional district"),
)  # fmt: skip


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/turf.html", _page(request, request.GET.get("where", "").strip()))


def _page(request: ActingRequest, where: str, refusal: Refusal | None = None) -> dict[str, Any]:
    """What stands on the page; `refusal`: of the form that was sent, which keeps what was typed."""
    me, purpose = request.acting.member, request.acting.purpose
    gone = TurfCut.objects.filter(member=me).exclude(put_away_at=None).order_by("-put_away_at")
    context: dict[str, Any] = {
        "cuts": turf.cuts(me),
        "put_away": gone[:PUT_AWAY],
        "just_gone": gone.filter(pk=number(request.GET.get("gone")) or 0).first(),
        "where": where,
        "borders": BORDER_WORDS,
        "universes": SavedUniverse.objects.filter(member=me, purpose=purpose, deleted_at=None),
        "may_make": request.acting.may("view"),
        "sent": request.POST or {"size": "50", "by": "doors"},
        "refusal": refusal,
    }
    try:
        context["chips"] = chips(parse(where)) if where else []
    except Refusal as unread:
        context["refusal"] = refusal or unread
    return context


@require_POST
@member_page("view")
def cut(request: ActingRequest) -> HttpResponse:
    given = request.POST
    by, target = given.get("by", "doors"), number(given.get("size")) or 0
    where = given.get("where", "").strip()
    short, bike = (number(given.get(name)) or 0 for name in ("short", "bike"))
    try:
        capacities = Capacities(short, bike)
        made = turf.cut(
            home=settings.HOME,
            member=request.acting.member,
            name=given.get("name", ""),
            purpose=request.acting.purpose,
            where=where,
            size=Size("minutes" if by == "minutes" else "doors", target) if by != "walkers" else None,
            walkers=target if by == "walkers" else None,
            capacities=capacities,
            within=given.get("within", ""),
            by=request.acting.actor,
        )
    except Refusal as refusal:
        if isinstance(refusal, Forbidden) or "X-Stays" in request.headers:
            raise
        return render(request, "pages/turf.html", _page(request, where, refusal), status=400)
    turfs = list(made.turfs.all())
    said = turf_checks.made_for(turfs, short, bike)
    messages.success(
        request, f"{made.doors:,} doors are cut into {len(turfs):,} turfs{': ' + said if said else ''}."
    )
    return redirect("turf_cut", made.pk)


@member_page("read")
def one(request: ActingRequest, pk: int) -> HttpResponse:
    found = _one(request, pk)
    turfs = list(found.turfs.all())
    context: dict[str, Any] = {
        "cut": found,
        "turfs": turfs,
        "rows": list(zip(turfs, turf_checks.suits(turfs), strict=True)),
        "within": dict(BORDER_WORDS).get(found.within, ""),
        "checks": turf_checks.of(found, turfs),
        "changed": turf_moves.last(settings.HOME, found),
        "chips": chips(parse(found.where)) if found.where else [],
        "not_placed": sum(found.unplaced.values()),
        "may_make": request.acting.may("view"),
    }
    return render(request, "pages/turf_cut.html", context | _live(found))


@member_page("read")
def live(request: ActingRequest, pk: int) -> HttpResponse:
    """The drawing as it is now; nothing (204) while it is as it was `seen`."""
    found = _one(request, pk)
    if request.GET.get("seen") == turf_live.stamp(found):
        return HttpResponse(status=204)
    return render(request, "parts/turf_live.html", {"cut": found} | _live(found))


@dataclass(frozen=True)
class Shape:
    """A turf on the drawing: its outline, how far it is, its doors (x, y, state) where they are few."""

    outline: Outline
    of: turf_live.OfTurf
    doors: tuple[tuple[float, float, str], ...]


def _live(cut: TurfCut) -> dict[str, Any]:
    folder = settings.HOME.turf / cut.folder
    here = bool(cut.folder) and (folder / TURFS).exists()
    now = turf_live.live(cut, turf_of(folder) if here else {})
    drawn = drawing(folder) if here and len(now.turfs) <= MOST_DRAWN else None
    of = {one.number: one for one in now.turfs}
    shapes = [
        Shape(
            one,
            of[one.number],
            tuple(
                (x, y, now.doors.get(n, turf_live.OPEN))
                for (x, y), n in zip(one.doors, one.numbers, strict=True)
            ),
        )
        for one in (drawn.outlines if drawn else ())
        if one.number in of
    ]
    numbers = drawn is not None and numbered(drawn.outlines)
    streets = under(folder, None, north=drawn.north, west=drawn.west, metres=drawn.metres) if drawn else {}
    return {"live": now, "drawn": drawn, "shapes": shapes, "numbers": numbers, "under": streets}


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
