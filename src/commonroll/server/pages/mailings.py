"""Mail and ads: what a file would come to, making it, and those made so far."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.agreements.profile import CAUSES
from commonroll.errors import Refusal
from commonroll.server import jobs
from commonroll.server.actions import lists, mailings
from commonroll.server.models import Extract, SavedList, SavedUniverse
from commonroll.server.pages.chips import chips
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.views.universe import parse

SHOWN = 30
Kind = Extract.Kind
KINDS = (
    (Kind.MAIL, "Mail file", "One line for each household: salutation, address, return code."),
    (Kind.AUDIENCE, "Audience file", "Hashed e-mails, phones, names with ZIP codes, for an ad platform."),
)


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, purpose = request.acting.member, request.acting.purpose
    made = Extract.objects.filter(viewer=me).exclude(kind=Kind.ROWS)
    context: dict[str, Any] = {
        "files": made[:SHOWN],
        "kinds": KINDS,
        "kind": request.GET.get("kind", Kind.MAIL),
        "where": request.GET.get("where", "").strip(),
        "listed": number(request.GET.get("list")),
        "lists": SavedList.objects.filter(member=me, purpose=purpose, deleted_at=None),
        "universes": SavedUniverse.objects.filter(member=me, purpose=purpose, deleted_at=None),
        "formats": Extract.Format.choices,
        "may_make": request.acting.may("export"),
        "for_files": purpose in CAUSES,
    }
    try:
        context["chips"] = chips(parse(context["where"])) if context["where"] else []
        if "count" in request.GET and context["may_make"]:
            context["found"] = _preview(request)
    except Refusal as refusal:
        context |= {"refusal": refusal, "gaps": getattr(refusal, "gaps", ())}
    return render(request, "pages/mailings.html", context)


def _preview(request: ActingRequest) -> mailings.Preview:
    return mailings.preview(home=settings.HOME, **_asked(request, request.GET))


def _asked(request: ActingRequest, given: Any) -> dict[str, Any]:
    me, by = request.acting.member, request.acting.actor
    listed = number(given.get("list"))
    return {
        "viewer": me,
        "kind": given.get("kind", ""),
        "cause": request.acting.purpose,
        "where": given.get("where", "").strip(),
        "listed": lists.list_of(member=me, pk=listed, by=by) if listed else None,
        "by": by,
    }


@require_POST
@member_page("export")
def make(request: ActingRequest) -> HttpResponse:
    extract = mailings.ask(
        home=settings.HOME, format=request.POST.get("format", "csv"), **_asked(request, request.POST)
    )
    jobs.run_extract.enqueue(str(extract.pk))
    return redirect("extract", extract.pk)
