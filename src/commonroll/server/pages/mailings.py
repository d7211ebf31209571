"""Mail and ads: what a file would come to, making it, and those made so far."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.agreements.profile import CAUSES
from commonroll.errors import Refusal
from commonroll.insight.returned_mail import REASONS
from commonroll.server import jobs
from commonroll.server.actions import lists, mailings, returned_mail
from commonroll.server.models import Extract, Member, SavedList, SavedUniverse
from commonroll.server.pages.chips import chips
from commonroll.server.pages.shell import ActingRequest, kept, member_page, number
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
        "may_bring": request.acting.may("answers"),
        "sheets": returned_mail.batches(member=me, by=request.acting.actor)[:SHOWN],
        "reasons": REASONS,
        "names": dict(Member.objects.values_list("key", "name")),
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


@require_POST
@member_page("answers")
def bring(request: ActingRequest) -> HttpResponse:
    """A CSV of return codes, with the reason why each piece came back."""
    given = request.FILES.get("returned")
    if given is None:
        raise Refusal("no file came with the form", next_step="choose a CSV of return codes")
    with kept(given) as file:
        batch = returned_mail.load(
            home=settings.HOME, gathered_by=request.acting.member, file=file, by=request.acting.actor
        )
    back = sum(batch.returned.values())
    messages.success(request, f"{batch.loaded:,} facts about addresses; {back:,} went to their owners.")
    return redirect(f"{reverse('mailings')}#returned")


@require_POST
@member_page("answers")
def undo(request: ActingRequest, sheet: uuid.UUID) -> HttpResponse:
    by = request.acting.actor
    batch = returned_mail.batch_of(member=request.acting.member, pk=str(sheet), by=by)
    returned_mail.undo(home=settings.HOME, batch=batch, by=by)
    messages.success(request, f"What {batch.file} said of {batch.loaded:,} addresses is taken back.")
    return redirect(f"{reverse('mailings')}#returned")
