"""Who has which turf of a cut: given with a code to scan or type, taken away, handed on, had again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server import out, turf_fits
from commonroll.server.actions import hand_out_ends, hand_outs, scripts, turf
from commonroll.server.actor import Unknown
from commonroll.server.models import HandOut, ScriptVersion, TurfCut
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.server.qr import Qr, qr
from commonroll.server.turf_checks import usual_walk

PAGE = 100
"""Turfs on one page."""
HOURS = (4, 8, 12, 24, 48)
ASKED = ("time", "way", "flats", "near")
"""What the page is asked of a walker."""


@dataclass(frozen=True)
class Ticket:
    """What a walker gets: whose turf, the code, and the same as a link to scan."""

    hand_out: HandOut
    code: str
    link: str
    qr: Qr

    @property
    def typed(self) -> str:
        return hand_outs.spaced(self.code)


@member_page("read")
def page(request: ActingRequest, pk: int) -> HttpResponse:
    cut = _cut(request, pk)
    every = out.standing(cut)
    chosen = request.GET.get("state", "")
    there = {one.state.key: one.state for one in every}
    wanted = _wanted(request, every)
    rows = [one for one in every if chosen not in there or one.state.key == chosen]
    if wanted["fits"] is not None:
        of = {one.turf.number: one for one in every}
        rows, chosen = [of[number] for number in wanted["fits"]], ""
    at = max(number(request.GET.get("page")) or 1, 1)
    context: dict[str, Any] = {
        "cut": cut,
        "rows": rows[(at - 1) * PAGE : at * PAGE],
        "found": len(rows),
        "at": at,
        "more": at * PAGE < len(rows),
        "chosen": chosen if chosen in there else "",
        "states": [
            (state, sum(one.state == state for one in every)) for state in out.STATES if state.key in there
        ],
        "turfs": len(every),
        "doors": sum(one.turf.doors for one in every),
        "done": sum(one.done for one in every),
        "scripts": sorted(scripts.usable(cut.member), key=lambda one: one.pk, reverse=True),
        "hours": HOURS,
        "may_give": request.acting.may("view") and bool(cut.folder) and cut.put_away_at is None,
        "may_end": request.acting.may("view"),
        "ways": turf_fits.WAYS.items(),
        "asked": request.GET,
        "kept": urlencode({name: request.GET[name] for name in ASKED if request.GET.get(name)}),
    }
    return render(request, "pages/turf_out.html", context | wanted)


def _wanted(request: ActingRequest, every: Sequence[out.Standing]) -> dict[str, Any]:
    """Free turfs that fit the walker who is asked for: number -> why, the best first; None without one."""
    free, usual = [one.turf for one in every if one.free], usual_walk([one.turf for one in every])
    try:
        walker = turf_fits.read({name: request.GET.get(name, "") for name in ASKED}, free)
    except Refusal as refusal:
        return {"fits": None, "unread": refusal}
    if walker.any:
        return {"fits": None}
    found = {fit.turf.number: fit.words for fit in turf_fits.fitting(walker, free, usual)}
    return {
        "fits": found,
        "free": len(free),
        "why_none": "" if found else turf_fits.why_none(walker, free, usual),
    }


@require_POST
@member_page("view")
def give(request: ActingRequest, pk: int) -> HttpResponse:
    """Every turf beside which a name stands, in one go; the codes are on this page and nowhere else."""
    cut, by = _cut(request, pk), request.acting.actor
    script = _script(request)
    ends = _ends(request.POST.get("hours"))
    numbers = {one.number: one for one in cut.turfs.filter(replaced_at=None)}
    given_names = {at: request.POST.get(f"walker-{at}", "").strip() for at in sorted(numbers)}
    names = {at: name for at, name in given_names.items() if name}
    if not names:
        raise Refusal(
            "Nobody is named.", where=cut.name, next_step="Write a name beside the turf that somebody walks."
        )
    with transaction.atomic():
        given = [
            hand_outs.give(
                home=settings.HOME, turf=numbers[at], walker=name, ends_at=ends, script=script, by=by
            )
            for at, name in names.items()
        ]
    return _codes(request, cut, given)


@require_POST
@member_page("view")
def act(request: ActingRequest, pk: int, what: str) -> HttpResponse:
    """Something is done with one hand-out; what makes a code answers with it."""
    one, by, home = _one(request, pk), request.acting.actor, settings.HOME
    cut = one.turf.cut
    if what == "code":
        return _codes(request, cut, [(one, hand_outs.new_code(home=home, hand_out=one, by=by))])
    if what == "lost":
        return _codes(request, cut, [hand_out_ends.lost(home=home, hand_out=one, by=by)])
    if what == "on":
        walker = request.POST.get("walker", "")
        return _codes(request, cut, [hand_out_ends.hand_on(home=home, hand_out=one, walker=walker, by=by)])
    done: dict[str, tuple[Callable[[], None], str]] = {
        "back": (lambda: hand_out_ends.hand_back(hand_out=one, by=by), "is handed back"),
        "away": (
            lambda: hand_out_ends.revoke(hand_out=one, why=request.POST.get("why", ""), by=by),
            "is taken away; the phone deletes it when it next has a signal, and what was recorded stays",
        ),
        "again": (lambda: hand_out_ends.have_again(hand_out=one, by=by), "is in the same hands again"),
    }
    if what not in done:
        raise Unknown("There is no such thing to do.", next_step="Go back to the page of the cut.")
    work, words = done[what]
    work()
    messages.success(request, f"Turf {one.turf.number} of {one.walker} {words}.")
    return redirect("turf_out", cut.pk)


def _codes(request: ActingRequest, cut: TurfCut, given: Sequence[tuple[HandOut, str]]) -> HttpResponse:
    place = request.build_absolute_uri("/f/")
    tickets = [Ticket(one, code, link := f"{place}#{code}", qr(link)) for one, code in given]
    context = {"cut": cut, "tickets": tickets, "place": place, "lives": hand_outs.CODE_LIVES}
    return render(request, "pages/turf_codes.html", context)


def _ends(hours: str | None) -> datetime | None:
    """The end of the shift, and twelve hours more."""
    shift = number(hours)
    return None if shift not in HOURS else timezone.now() + timedelta(hours=shift) + hand_outs.AFTER_SHIFT


def _script(request: ActingRequest) -> dict[str, Any]:
    wanted = number(request.POST.get("script"))
    if wanted is None:
        return {}
    found = ScriptVersion.objects.filter(pk=wanted, script__member=request.acting.member).first()
    if found is None:
        raise Unknown("There is no such script.", next_step="Choose another one, or none.")
    return scripts.document(found)


def _cut(request: ActingRequest, pk: int) -> TurfCut:
    return turf.cut_of(member=request.acting.member, number=pk, by=request.acting.actor)


def _one(request: ActingRequest, pk: int) -> HandOut:
    return hand_outs.hand_out_of(member=request.acting.member, number=pk, by=request.acting.actor)
