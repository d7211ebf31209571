"""Making a proposal: one text, the owners it is put to, and what would change for each before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.agreements.templates import TEMPLATES
from commonroll.errors import Refusal
from commonroll.server.actions import proposals as actions
from commonroll.server.actions.federation import federation
from commonroll.server.actions.wishes import Wishes
from commonroll.server.models import Member
from commonroll.server.pages import draft_reading
from commonroll.server.pages import wishes as forms
from commonroll.server.pages.shell import ActingRequest, member_page

USUAL_DAYS = 14
"""Until the deadline, where nobody names another day."""


def recipients(me: Member) -> list[Member]:
    """For whom a member can propose: itself, and as an owner of a roll any other as well."""
    here = Member.objects.filter(left_at=None)
    return [me, *here.exclude(pk=me.pk)] if me.state else [me]


def owners(recipient: Member) -> list[Member]:
    """Who can be asked: the owners of a roll that are here."""
    return list(Member.objects.filter(left_at=None).exclude(state="").exclude(pk=recipient.pk))


def start_of(request: ActingRequest, form: QueryDict) -> tuple[Member, str]:
    """Recipient and template that the form names, or the usual ones."""
    offered = recipients(request.acting.member)
    usual = next((one for one in offered if one.kind == "national"), offered[-1])
    recipient = next((one for one in offered if one.key == form.get("recipient")), usual)
    usually = {"campaign": "campaign", "vendor": "research", "state": "to-state"}
    template = form.get("template", "")
    if template not in TEMPLATES or form.get("was", recipient.key) != recipient.key:
        template = usually.get(recipient.kind, "national-committee")
    return recipient, template


def form_of(recipient: Member, template: str) -> QueryDict:
    """The form as it opens: the template's terms, everybody asked, two weeks to answer."""
    today = timezone.now().date()
    form = forms.from_template(TEMPLATES[template], start=today, until=forms.default_until(today))
    form.setlist("owners", [owner.key for owner in owners(recipient)])
    form["deadline"] = (today + timedelta(days=USUAL_DAYS)).isoformat()
    return form


def wished(form: QueryDict, template: str) -> Wishes:
    """The template's terms with the purposes, uses and days that the form says."""
    whole = forms.from_template(TEMPLATES[template], start=timezone.now().date(), until=timezone.now().date())
    for name in ("purposes", "modes"):
        whole.setlist(name, form.getlist(name))
    for name in ("start", "until", "notice_days"):
        whole[name] = form.get(name, "")
    whole["template"] = template
    return draft_reading.wishes(whole)


def asked(form: QueryDict, recipient: Member) -> list[Member]:
    """The owners that are ticked."""
    named = set(form.getlist("owners"))
    found = [owner for owner in owners(recipient) if owner.key in named]
    if not found:
        raise Refusal("no owner is asked yet", next_step="choose at least one owner")
    return found


@member_page("draft")
def page(request: ActingRequest) -> HttpResponse:
    recipient, template = start_of(request, request.GET)
    form = form_of(recipient, template)
    return render(request, "proposals/make.html", _context(request, recipient, template, form))


def _context(request: ActingRequest, recipient: Member, template: str, form: QueryDict) -> dict[str, Any]:
    return {
        "recipient": recipient,
        "recipients": recipients(request.acting.member),
        "template": template,
        "templates": TEMPLATES,
        "form": form,
        "owner_choices": [(owner, owner.key in form.getlist("owners")) for owner in owners(recipient)],
        "purpose_choices": forms.ticks(form, "purposes", PURPOSES),
        "mode_choices": forms.ticks(form, "modes", MODES),
        "rule": federation().vote_rule,
        **preview(request, recipient, template, form),
    }


def preview(request: ActingRequest, recipient: Member, template: str, form: QueryDict) -> dict[str, Any]:
    """What the text would mean for each owner, as far as the member acted for may know."""
    try:
        parties = asked(form, recipient)
        wishes = wished(form, template)
        return {"recipient": recipient, "prospects": prospects(request, parties, recipient, wishes)}
    except Refusal as refusal:
        return {"recipient": recipient, "refusal": refusal}


def prospects(
    request: ActingRequest, parties: Sequence[Member], recipient: Member, wishes: Wishes
) -> list[actions.Prospect]:
    """One for each owner; what stands between two members is said to these two alone."""
    me = request.acting.member
    mine = {me.pk} if me.pk != recipient.pk else {owner.pk for owner in parties}
    return actions.prospects(owners=parties, recipient=recipient, wishes=wishes, told=mine)


@require_POST
@member_page("draft")
def live(request: ActingRequest) -> HttpResponse:
    recipient, template = start_of(request, request.POST)
    return render(request, "proposals/preview.html", preview(request, recipient, template, request.POST))


@require_POST
@member_page("draft")
def put(request: ActingRequest) -> HttpResponse:
    """Put the text to every owner that is ticked."""
    recipient, template = start_of(request, request.POST)
    try:
        made = actions.propose(
            author=request.acting.member,
            recipient=recipient,
            owners=asked(request.POST, recipient),
            wishes=wished(request.POST, template),
            deadline=_end_of(request.POST.get("deadline", "")),
            association=request.POST.get("association", ""),
            by=request.acting.actor,
        )
    except Refusal as refusal:
        context = _context(request, recipient, template, request.POST) | {"refusal": refusal}
        return render(request, "proposals/make.html", context, status=400)
    messages.success(request, f"Proposal {made.pk} is put to {made.addressees.count()} owners.")
    return redirect("proposal", made.pk)


def _end_of(day: str) -> datetime:
    """The end of the day that the form names, UTC."""
    try:
        found = datetime.fromisoformat(day)
    except ValueError as error:
        raise Refusal(
            "the day of the deadline cannot be read", next_step="write it as year-month-day, 2026-12-01"
        ) from error
    return datetime(found.year, found.month, found.day, tzinfo=UTC) + timedelta(days=1)
