"""Addresses and households of the member's roll, and where its doors are on the map."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.roll.places import places as roll_places
from commonroll.roll.places.places import Places
from commonroll.roll.places.points import points_of
from commonroll.roll.places.unwalkable import REASONS
from commonroll.server import jobs
from commonroll.server.actions import places as actions
from commonroll.server.actions.loads import vault
from commonroll.server.pages.figures import bars
from commonroll.server.pages.shell import ActingRequest, member_page

UNSURE_SHOWN = 200
KINDS = {
    "street": "street and number",
    "rural_route": "rural route",
    "po_box": "PO box, no door",
    "military": "military mail",
    "unread": "fits no form, kept whole",
}
METHODS = {
    "hand": "where a person put it",
    "point": "at its own point",
    "between": "between known neighbours",
    "range": "along the numbers of its street",
    "zip": "in its ZIP, not to walk to",
    "": "not placed",
}


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    if not me.state:
        return render(request, "pages/roll_none.html")
    may_see_lines = request.acting.may("raw")
    context: dict[str, Any] = {
        **summary(request),
        "may_load": request.acting.may("load"),
        "may_see_lines": may_see_lines,
        "files": len(points_of(vault(settings.HOME, me))),
    }
    if may_see_lines:
        by = request.acting.actor
        context["unsure"] = actions.unsure(home=settings.HOME, of=me, most=UNSURE_SHOWN, by=by)
        unwalkable = actions.unwalkable(home=settings.HOME, of=me, most=UNSURE_SHOWN, by=by)
        context["unwalkable"] = [(one, REASONS[one.reason]) for one in unwalkable]
    return render(request, "pages/addresses.html", context)


def summary(request: ActingRequest) -> dict[str, Any]:
    """What the Roll page and this one say of the current snapshot's places."""
    held = vault(settings.HOME, request.acting.member)
    made = roll_places.places(held)
    context: dict[str, Any] = {
        "places": made,
        "making": roll_places.being_made(held),
        "newest": held.current(),
    }
    if made is not None:
        context |= shares(made)
    return context


def shares(made: Places) -> dict[str, Any]:
    """Shares and bars of places."""
    whole = max(made.addresses, 1)
    return {
        "sure": made.sure / whole,
        "placed": made.placed / whole,
        "per_household": made.addresses / max(made.households, 1),
        "kinds": bars((KINDS[kind], n) for kind, n in made.kinds.items()),
        "methods": bars((METHODS[method], n) for method, n in made.methods.items()),
    }


@member_page()
def progress(request: ActingRequest) -> HttpResponse:
    """The counts while places are made; the page asks again until they stand."""
    return render(request, "parts/places.html", summary(request))


@require_POST
@member_page("load")
def make(request: ActingRequest) -> HttpResponse:
    """Have the places made anew in the background."""
    _begin(request)
    messages.success(request, "Addresses are being read anew.")
    return redirect("addresses")


@require_POST
@member_page("load")
def points(request: ActingRequest) -> HttpResponse:
    """Take a file of public address points in, and have the doors placed by it."""
    kept = actions.keep_points(
        home=settings.HOME,
        of=request.acting.member,
        file=request.FILES.get("points"),
        by=request.acting.actor,
    )
    _begin(request)
    messages.success(
        request, f"{kept.kept:,} of {kept.rows:,} rows are address points; doors are being placed."
    )
    return redirect("addresses")


def _begin(request: ActingRequest) -> None:
    held = vault(settings.HOME, request.acting.member)
    if held.current() is None:
        raise Refusal("there is no roll yet", next_step="load the state's file first")
    roll_places.announce(held)
    jobs.make_places.enqueue(request.acting.member.key, request.acting.actor.label)
