"""What goes home on which day, and what came home: scores and other things that gatherers made."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.server import members
from commonroll.server.actions import going_home, handing_over, scripts_there
from commonroll.server.models import CameHome
from commonroll.server.pages.script_walk import walk
from commonroll.server.pages.sharing import BACK_WORDS
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.views.score_words import score_field

ONE: Mapping[str, str] = {"lists": "list", "scores": "score", "scripts": "script"}
"""One thing of a kind in words."""


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, by, now = request.acting.member, request.acting.actor, timezone.now()
    context = {
        "going": going_home.going(home=settings.HOME, of=me, now=now, by=by),
        "coming": going_home.coming(of=me, by=by),
        "came": [(row, asked_as(row)) for row in handing_over.came(of=me, by=by)],
        "names": members.names(),
        "scripts": scripts_there.readable(viewer=me, purpose=request.acting.purpose, now=now, by=by),
        "words": BACK_WORDS,
        "one": ONE,
        "may": request.acting.may("load"),
    }
    return render(request, "pages/came_home.html", context)


def asked_as(row: CameHome) -> str:
    """How the owner's questions name it; a script is read, not asked for."""
    if row.kind == CameHome.Kind.SCRIPTS:
        return ""
    return f"on_list('{row.code}')" if row.kind == CameHome.Kind.LISTS else score_field(row.code).name


@member_page("view")
def script(request: ActingRequest, number: int) -> HttpResponse:
    """A script that came home, as its walkers saw it: to its owner, and to whom the owner's terms give it."""
    row, document = scripts_there.look(
        home=settings.HOME, viewer=request.acting.member, purpose=request.acting.purpose, number=number,
        by=request.acting.actor,
    )  # fmt: skip
    walked = walk(document, request.GET.get("w", ""), ())
    return render(request, "pages/came_home_script.html", {"row": row, "draft": document, "walk": walked})


@require_POST
@member_page("load")
def keep_out(request: ActingRequest, number: int) -> HttpResponse:
    """Let it count no more."""
    me, by = request.acting.member, request.acting.actor
    row = handing_over.keep_out(home=settings.HOME, of=me, number=number, by=by)
    messages.success(request, f"{row.name} counts no more, here and for whoever had it by your terms.")
    return redirect("came_home")


@require_POST
@member_page("load")
def let_in(request: ActingRequest, number: int) -> HttpResponse:
    """Let it count again."""
    me, by = request.acting.member, request.acting.actor
    row = handing_over.let_in(home=settings.HOME, of=me, number=number, by=by)
    messages.success(request, f"{row.name} counts again.")
    return redirect("came_home")
