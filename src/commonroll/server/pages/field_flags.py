"""What is asked about a member's walks: for its leads, by canvasser, with every word that was said on it."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.server import field_facts
from commonroll.server.actions import field_flags
from commonroll.server.models import FieldFlag, TurfCut
from commonroll.server.pages.shell import ActingRequest, member_page

RULES = {
    "pace": "Faster than walking", "minute": "Many doors in a minute", "together": "Recorded all at once",
    "fast_talk": "Too little time", "same_answers": "One answer for nearly all",
    "talk_share": "Talk far from others",
}  # fmt: skip


@member_page("view")
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    flags = list(field_flags.look(member=me, by=request.acting.actor))
    cuts = dict(TurfCut.objects.filter(member=me).values_list("pk", "name"))
    still = [one for one in flags if one.settled_at is None and one.gone_at is None]
    context = {
        "people": [(who, [_said(one, cuts) for one in held]) for who, held in _by_canvasser(still)],
        "before": [_said(one, cuts) for one in flags if one not in still],
        "walked": any(turf.facts for turf in field_facts.of_member(me)),
    }
    return render(request, "pages/field_flags.html", context)


@require_POST
@member_page("view")
def settle(request: ActingRequest, pk: int) -> HttpResponse:
    given, acting = request.POST, request.acting
    field_flags.settle(member=acting.member, flag=pk, word=given.get("word", ""), by=acting.actor)
    return redirect("field_flags")


@require_POST
@member_page("view")
def reopen(request: ActingRequest, pk: int) -> HttpResponse:
    field_flags.reopen(member=request.acting.member, flag=pk, by=request.acting.actor)
    return redirect("field_flags")


def _by_canvasser(flags: list[FieldFlag]) -> list[tuple[str, list[FieldFlag]]]:
    ordered = sorted(flags, key=lambda one: (one.canvasser, one.pk))
    return [(who, list(held)) for who, held in groupby(ordered, key=lambda one: one.canvasser)]


def _said(flag: FieldFlag, cuts: dict[int, str]) -> tuple[FieldFlag, str, str]:
    """A flag, its rule in words, and the cut that it is of, if it is of one."""
    return flag, RULES.get(flag.rule, flag.rule), cuts.get(int(flag.of), "") if flag.of.isdecimal() else ""
