"""The universe: conditions as chips and as text, the count while one types, what is missing and why."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import facts, list_folders, lists, universes
from commonroll.server.actions import questions as actions
from commonroll.server.models import ListFolder, Member, SavedUniverse
from commonroll.server.pages.answer import COUNTY, Asked, owner_bars, split, splits
from commonroll.server.pages.chips import Offer, chips, offers
from commonroll.server.pages.federation import state_fips
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.server.templatetags.pages import party
from commonroll.views.question import NothingGranted
from commonroll.views.universe import parse


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    saved = SavedUniverse.objects.filter(member=me, deleted_at=None)
    form = request.GET.copy()
    chosen = saved.filter(pk=number(form.get("saved", "")) or 0).first()
    if chosen is not None:
        form["where"] = chosen.where
    asked = Asked.of(form)
    offered = offers(facts.attributes(home=settings.HOME, of=me, by=request.acting.actor))
    context: dict[str, Any] = {
        "asked": asked,
        "splits": splits(),
        "offers": offered,
        "offer_values": offer_values(offered),
        "saved": saved,
        "folders": ListFolder.objects.filter(member=me, deleted_at=None),
        "chosen": chosen,
        "may_export": request.acting.may("export"),
        "may_view": request.acting.may("view"),
        "examples": EXAMPLES,
        **answered(request, asked),
    }
    if chosen is not None and "answer" in context and chosen.purpose == request.acting.purpose:
        universes.counted(chosen, context["answer"].total)
    return render(request, "pages/universe.html", context)


EXAMPLES = (
    ("Young Democrats", "party = 'DEM' AND age BETWEEN 18 AND 29"),
    ("Newly registered", "registered_on >= '2026-01-01' AND status = 'active'"),
    ("Voted in 2024, has a phone", "voted('2024-11-05') AND phone IS NOT NULL"),
)


def offer_values(offered: Mapping[str, Sequence[Offer]]) -> dict[str, Any]:
    """Kind and closed values of everything the builder offers, for its script."""
    return {
        offer.name: {
            "kind": offer.kind,
            "values": [(v, party(v) if offer.name == "party" else v) for v in offer.values or ()],
        }
        for group in offered.values()
        for offer in group
    }


@require_POST
@member_page()
def live(request: ActingRequest) -> HttpResponse:
    """The answer while somebody types: the count, the chips, the gaps."""
    asked = Asked.of(request.POST)
    answer = render(
        request, "parts/answer.html", {"asked": asked, "swapped": True, **answered(request, asked)}
    )
    answer["HX-Replace-Url"] = reverse("universe") + (f"?{asked.query}" if asked.query else "")
    return answer


def answered(request: ActingRequest, asked: Asked) -> dict[str, Any]:
    """The count with its parts, or the refusal that stands in its place."""
    began = time.perf_counter()
    try:
        universe = parse(asked.where) if asked.where else None
        answer = actions.count(
            home=settings.HOME,
            viewer=request.acting.member,
            purpose=request.acting.purpose,
            where=asked.where,
            by_columns=asked.by,
            live=True,
            by=request.acting.actor,
        )
    except NothingGranted as nothing:
        return {
            "nothing": nothing,
            "gaps": nothing.gaps,
            "chips": chips(parse(asked.where) if asked.where else None),
            "owner_bars": [],
        }
    except Refusal as refusal:
        return {"refusal": refusal, "broken": True}
    names = dict(Member.objects.values_list("key", "name"))
    return {
        "answer": answer,
        "chips": chips(universe),
        "gaps": answer.gaps,
        "owner_bars": owner_bars(answer, asked, names),
        "read": [(names.get(owner, owner), used.snapshot) for owner, used in answer.used.items()],
        "seconds": time.perf_counter() - began,
        **split(answer, asked, state_letters() if asked.down == COUNTY else {}),
    }


def state_letters() -> dict[str, str]:
    """First two digits of a county's code to the letters of its state, for the members' states."""
    states = Member.objects.exclude(state="").values_list("state", flat=True).distinct()
    return {state_fips(state): state for state in states}


@require_POST
@member_page("count")
def save(request: ActingRequest) -> HttpResponse:
    chosen = number(request.POST.get("folder"))
    member, by = request.acting.member, request.acting.actor
    said: dict[str, Any] = {
        "member": member,
        "name": request.POST.get("name", ""),
        "purpose": request.acting.purpose,
        "where": request.POST.get("where", ""),
        "folder": list_folders.folder_of(member=member, pk=chosen, by=by) if chosen else None,
        "by": by,
    }
    if request.POST.get("kind") == "list":
        listed = lists.make(home=settings.HOME, **said)
        messages.success(request, f"“{listed.name}” has {listed.rows:,} persons.")
        return redirect("list", listed.pk)
    made = universes.save(**said)
    messages.success(request, f"“{made.name}” is saved.")
    return redirect(f"{reverse('universe')}?saved={made.pk}")


@require_POST
@member_page("count")
def forget(request: ActingRequest, universe: int) -> HttpResponse:
    gone = universes.delete(member=request.acting.member, pk=universe, by=request.acting.actor)
    return redirect(f"{reverse('lists')}?gone=universe-{gone.pk}")
