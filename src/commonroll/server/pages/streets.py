"""Streets that a member brought for its walks: what is there, bringing more, putting away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.field.maps.gathered import LEFT_OUT
from commonroll.field.maps.keep import READING, Brought
from commonroll.server import jobs
from commonroll.server.actions import streets as actions
from commonroll.server.pages.shell import ActingRequest, member_page


@member_page("read")
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/streets.html", _shown(request) | {"today": timezone.localdate()})


@member_page("read")
def progress(request: ActingRequest) -> HttpResponse:
    """The table while something is read; the page asks again until nothing is."""
    return render(request, "parts/streets.html", _shown(request))


@require_POST
@member_page("load")
def load(request: ActingRequest) -> HttpResponse:
    """Take files in; the browser sends them with its own progress and is told where to go on."""
    given, me, by = request.POST, request.acting.member, request.acting.actor
    begun, _ = actions.upload(
        home=settings.HOME, of=me, files=request.FILES.getlist("files"), source=given.get("source", ""),
        licence=given.get("licence", ""), as_of=given.get("as_of", ""), by=by,
    )  # fmt: skip
    jobs.read_streets.enqueue(me.key, begun.id, by.label)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"next": reverse("streets")})
    return redirect("streets")


@require_POST
@member_page("load")
def put_away(request: ActingRequest) -> HttpResponse:
    """Put streets away, or have them again."""
    away = request.POST.get("back") != "yes"
    found = actions.put_away(
        home=settings.HOME, of=request.acting.member, name=request.POST.get("streets", ""), away=away,
        by=request.acting.actor,
    )  # fmt: skip
    names = ", ".join(found.files)
    messages.success(request, f"{names}: {'put away' if away else 'here again'}.")
    return redirect("streets")


def _shown(request: ActingRequest) -> dict[str, Any]:
    found = actions.brought(home=settings.HOME, of=request.acting.member, by=request.acting.actor)
    return {
        "brought": [(one, _left(one)) for one in found if not one.away],
        "away": [one for one in found if one.away],
        "reading": any(one.state == READING for one in found),
        "may_load": request.acting.may("load"),
    }


def _left(one: Brought) -> Sequence[tuple[str, int]]:
    return [(LEFT_OUT[why], many) for why, many in sorted(one.left.items())]
