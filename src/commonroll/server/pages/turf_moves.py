"""One turf for the lead: its walk and its blocks on a drawing, and how it is changed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.field import moves
from commonroll.field.outlines import drawn, outline_of
from commonroll.field.walks import order_of
from commonroll.server.actions import scripts, turf, turf_moves
from commonroll.server.models import HandOut, Turf, TurfCut
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.pages.shell import number as _number
from commonroll.server.pages.street_words import street
from commonroll.server.street_maps import under

MARGIN, BAR = 14.0, 16.0
LOWEST = 420.0
"""Units that a drawing is wide and high at least: a single street is drawn in the middle of it."""
SIDES = ("even", "odd")


@dataclass(frozen=True)
class Drawn:
    """A block on the drawing: its outline, the middle, its doors."""

    block: moves.Block
    path: str
    middle: tuple[float, float]
    doors: tuple[tuple[float, float], ...]

    @property
    def words(self) -> str:
        """Street, houses, side."""
        one = self.block
        if not one.first:
            return street(one.street)
        if one.first == one.last:
            return f"{one.first} {street(one.street)}"
        return f"{one.first}–{one.last} {street(one.street)}, {SIDES[one.first % 2]} side"


@member_page("read")
def page(request: ActingRequest, pk: int, number: int) -> HttpResponse:
    cut, found = _turf(request, pk, number)
    folder = settings.HOME.turf / cut.folder
    here = bool(cut.folder) and folder.exists()
    beside = moves.beside(folder, number) if here else []
    held = {one.turf.number: one for one in turf_moves.holders(cut)}
    context: dict[str, Any] = {
        "cut": cut, "turf": found, "held": held.get(number), "may_make": request.acting.may("view"),
        "lists": HandOut.objects.filter(turf=found, paper=True), "last": turf_moves.last(settings.HOME, cut),
        "beside": [(one, _why_not(one, held)) for one in cut.turfs.filter(number__in=beside)],
        "fixed": _why_not(found, held),
        "scripts": sorted(scripts.usable(cut.member), key=lambda one: one.pk, reverse=True),
    }  # fmt: skip
    if here:
        context |= _drawing(cut, number, beside)
    return render(request, "pages/turf_one.html", context)


def _why_not(one: Turf, held: dict[int, HandOut]) -> str:
    """Why a turf cannot be changed now; empty where it can."""
    if one.number in held:
        return f"{held[one.number].walker} has it"
    return "locked" if one.locked else ""


def _drawing(cut: TurfCut, number: int, beside: list[int]) -> dict[str, Any]:
    folder = settings.HOME.turf / cut.folder
    blocks = moves.blocks(folder, turf_moves.size_of(cut), [number, *beside])
    place = np.array([(longitude, latitude) for one in blocks for latitude, longitude in one.places])
    at, metres = drawn(place)
    found, used = [], 0
    for one in blocks:
        mine = at[used : used + one.doors]
        used += one.doors
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in outline_of(mine))
        x, y = mine.mean(axis=0).tolist()
        found.append(Drawn(one, path, (x, y), tuple((float(a), float(b)) for a, b in mine)))
    found.sort(key=lambda one: (one.block.turf != number, one.block.turf, one.block.street, one.block.first))
    width, height = (max(float(at[:, axis].max()) + MARGIN, LOWEST) for axis in (0, 1))
    top = (float(at[:, 1].max()) + MARGIN - height) / 2
    walk = order_of(folder, number)
    of_door = dict(zip([door for one in blocks for door in one.numbers], at.tolist(), strict=True))
    way = [of_door[walk.stops[stop].doors[0]] for stop in walk.order]
    return {
        "blocks": found, "metres": metres, "width": width, "height": height + BAR, "top": top,
        "bar": top + height + BAR / 2, "under": under(
            folder, [number, *beside], north=float(place[:, 1].max()), west=float(place[:, 0].min()),
            metres=metres,
        ),
        "way": " ".join(f"{x:.1f},{y:.1f}" for x, y in way), "start": way[0] if way else None,
    }  # fmt: skip


@require_POST
@member_page("view")
def give(request: ActingRequest, pk: int, number: int) -> HttpResponse:
    cut, _ = _turf(request, pk, number)
    given = request.POST
    to = given.get("to", "")
    if to not in ("", "new") and _number(to) is None:
        raise Http404
    chosen = {block for block in map(_number, given.getlist("block")) if block is not None}
    changed = turf_moves.give(
        home=settings.HOME, cut=cut, blocks=chosen, to=None if to == "new" else _number(to) or 0,
        even=bool(given.get("even")), across=bool(given.get("across")), by=request.acting.actor,
    )  # fmt: skip
    return _said(request, cut, number, changed)


@require_POST
@member_page("view")
def divide(request: ActingRequest, pk: int, number: int) -> HttpResponse:
    cut, _ = _turf(request, pk, number)
    into = _number(request.POST.get("into")) or 0
    changed = turf_moves.divide(
        home=settings.HOME, cut=cut, number=number, into=into, by=request.acting.actor
    )
    return _said(request, cut, number, changed)


@require_POST
@member_page("view")
def join(request: ActingRequest, pk: int, number: int) -> HttpResponse:
    cut, _ = _turf(request, pk, number)
    other = _number(request.POST.get("with")) or 0
    changed = turf_moves.join(
        home=settings.HOME, cut=cut, numbers=[number, other], across=bool(request.POST.get("across")),
        by=request.acting.actor,
    )  # fmt: skip
    return _said(request, cut, number, changed)


@require_POST
@member_page("view")
def lock(request: ActingRequest, pk: int, number: int) -> HttpResponse:
    cut, _ = _turf(request, pk, number)
    locked = bool(request.POST.get("locked"))
    turf_moves.lock(cut=cut, number=number, locked=locked, by=request.acting.actor)
    said = "locked: no change and no new cut touches it" if locked else "open again"
    messages.success(request, f"Turf {number} is {said}.")
    return redirect("turf_one", pk, number)


@require_POST
@member_page("view")
def undo(request: ActingRequest, pk: int) -> HttpResponse:
    cut = _cut(request, pk)
    what = turf_moves.undo(home=settings.HOME, cut=cut, by=request.acting.actor)
    messages.success(request, f"Taken back: {what}.")
    back = _number(request.POST.get("turf"))
    if back is not None and cut.turfs.filter(number=back).exists():
        return redirect("turf_one", pk, back)
    return redirect("turf_cut", pk)


@require_POST
@member_page("view")
def again(request: ActingRequest, pk: int) -> HttpResponse:
    cut = _cut(request, pk)
    changed = turf_moves.again(home=settings.HOME, cut=cut, by=request.acting.actor)
    messages.success(request, f"Cut again: {len(changed):,} turfs are others now.")
    return redirect("turf_cut", pk)


def _said(request: ActingRequest, cut: TurfCut, here: int, changed: list[int]) -> HttpResponse:
    now = cut.turfs.filter(number__in=changed)
    sizes = "; ".join(f"turf {one.number} has {one.doors:,} doors" for one in now)
    messages.success(
        request, f"Done: {sizes}." if len(changed) <= 8 else f"Done: {len(changed):,} turfs changed."
    )
    if cut.turfs.filter(number=here).exists():
        return redirect("turf_one", cut.pk, here)
    return redirect("turf_cut", cut.pk)


def _cut(request: ActingRequest, pk: int) -> TurfCut:
    return turf.cut_of(member=request.acting.member, number=pk, by=request.acting.actor)


def _turf(request: ActingRequest, pk: int, number: int) -> tuple[TurfCut, Turf]:
    cut = _cut(request, pk)
    found = cut.turfs.filter(number=number).first()
    if found is None:
        raise Http404
    return cut, found
