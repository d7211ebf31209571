"""Drafting an agreement: sentences with choices inside them, and live beside them what they would mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.agreements.english import sentences
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawRule, next_election, packs_for
from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.agreements.templates import TEMPLATES
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.server import meaning
from commonroll.server.actions import agreements as actions
from commonroll.server.actions import negotiations, proposals, questions
from commonroll.server.actions.federation import member as find_member
from commonroll.server.actions.loads import vault
from commonroll.server.actions.wishes import terms_of
from commonroll.server.models import Addressee, Agreement, Member, ended
from commonroll.server.pages import agreements as pages
from commonroll.server.pages import bargaining
from commonroll.server.pages import wishes as forms
from commonroll.server.pages.lookalikes import lookalikes
from commonroll.server.pages.proposals import asked
from commonroll.server.pages.reach import where_of
from commonroll.server.pages.shell import ActingRequest, member_page, number

FORBIDS = ("refuse_purpose", "refuse_mode", "refuse_column", "require_requester")


def parties(request: ActingRequest, form: QueryDict) -> tuple[Member, Member]:
    """Owner and recipient that the form names, one of them the member acted for."""
    me = request.acting.member
    named = {name: form.get(name, "") for name in ("owner", "recipient")}
    owner = find_member(named["owner"]) if named["owner"] else _first_owner(me)
    others = Member.objects.filter(left_at=None).exclude(pk=owner.pk)
    recipient = find_member(named["recipient"]) if named["recipient"] else None
    if recipient is None or recipient.pk == owner.pk:
        recipient = me if me.pk != owner.pk else others.order_by("kind", "name").exclude(kind="state").first()
    if recipient is None or me.pk not in (owner.pk, recipient.pk):
        raise Refusal(
            "you draft for a member that is no party here", next_step="act for the owner or the recipient"
        )
    return owner, recipient


def _first_owner(me: Member) -> Member:
    found = me if me.state else Member.objects.filter(left_at=None).exclude(state="").first()
    if found is None:
        raise Refusal("no member owns a state's file yet", next_step="add one with `commonroll member add`")
    return found


def text_before(request: ActingRequest, form: QueryDict) -> Agreement | Addressee | None:
    """The text that the draft answers or amends, if the address or the form names one."""
    if put := number(form.get("proposal")):
        return asked(request, put)
    named = number(form.get("answers") or form.get("amends"))
    return actions.visible(number=named, by=request.acting.actor) if named else None


def default_form(owner: Member, template: str) -> QueryDict:
    today = timezone.now().date()
    until = forms.default_until(today)
    if template == "campaign":
        until = _day_after_election(owner.state, today)
    form = forms.from_template(TEMPLATES[template], start=today, until=until)
    law = [rule for pack in packs_for(owner.state) for rule in pack.rules if rule.does == "refuse_purpose"]
    refused = {purpose for rule in law for purpose in rule.value}
    form.setlist("purposes", [p for p in form.getlist("purposes") if p not in refused])
    known = vault(settings.HOME, owner).published(owner.state)
    form.setlist("columns", [c for c in form.getlist("columns") if c in known])
    return form


def _day_after_election(state: str, today: date) -> date:
    try:
        return date.fromordinal(next_election(state, today).toordinal() + 1)
    except Refusal:
        return forms.default_until(today)


@member_page("draft")
def page(request: ActingRequest) -> HttpResponse:
    before = text_before(request, request.GET)
    if before is not None:
        parties_then = before.owner, before.recipient
        return render(
            request, "pages/draft.html", _context(request, *parties_then, "", bargaining.form_of(before))
        )
    owner, recipient = parties(request, request.GET)
    template = request.GET.get("template", "")
    # another recipient usually wants another starting point than the one chosen for the last
    changed = request.GET.get("was", recipient.key) != recipient.key
    if changed or template not in TEMPLATES:
        template = {"campaign": "campaign", "vendor": "research"}.get(recipient.kind, "national-committee")
    form = default_form(owner, template)
    return render(request, "pages/draft.html", _context(request, owner, recipient, template, form))


def _context(
    request: ActingRequest, owner: Member, recipient: Member, template: str, form: QueryDict
) -> dict[str, Any]:
    masks = {key.removeprefix("mask:"): form.get(key, "") for key in form if key.startswith("mask:")}
    return {
        "owner": owner,
        "recipient": recipient,
        "answers": request.POST.get("answers") or request.GET.get("answers", ""),
        "proposal": request.POST.get("proposal") or request.GET.get("proposal", ""),
        "amends": request.POST.get("amends") or request.GET.get("amends", ""),
        "owners": Member.objects.filter(left_at=None).exclude(state=""),
        "recipients": Member.objects.filter(left_at=None).exclude(pk=owner.pk),
        "template": template,
        "templates": TEMPLATES,
        "form": form,
        "purpose_choices": forms.ticks(form, "purposes", PURPOSES),
        "mode_choices": forms.ticks(form, "modes", MODES),
        "classes": forms.column_choices(
            vault(settings.HOME, owner).published(owner.state), form.getlist("columns"), masks
        ),
        "scope": forms.scope_choices(form, owner.state),
        "districts": [
            (name, name.replace("_", " "), form.get(f"row:{name}", "")) for name in forms.DISTRICTS
        ],
        **preview(request, owner, recipient, form),
    }


def preview(request: ActingRequest, owner: Member, recipient: Member, form: QueryDict) -> dict[str, Any]:
    """What the draft would mean: sentences, columns, look-alikes; or why it would mean nothing."""
    law = forbidden_by_law(owner.state)
    mine = owner.pk == request.acting.member.pk
    whole = rows_of(owner) if mine else None
    found: dict[str, Any] = {"law": law, "whole": whole, "owner": owner, "recipient": recipient}
    try:
        terms = terms_of(owner=owner, recipient=recipient, wishes=forms.wishes(form))
        grant = meaning.compiled(terms, owner=owner, recipient=recipient)
    except Refusal as refusal:
        return {**found, "refusal": refusal}
    return {
        **found,
        "grant": grant,
        "rows": rows_in_scope(request, owner, grant),
        "sentences": sentences(grant, pages.names()),
        "look": lookalikes(grant.columns, owner.state),
        "clash": clashing(owner, recipient, terms.purposes, terms.start, terms.until),
    }


def forbidden_by_law(state: str) -> list[LawRule]:
    return [rule for pack in packs_for(state) for rule in pack.rules if rule.does in FORBIDS]


def rows_of(owner: Member) -> int | None:
    """Voters in the owner's whole file; None where nothing is loaded."""
    newest = vault(settings.HOME, owner).current()
    return newest.rows.get("voters") if newest else None


def rows_in_scope(request: ActingRequest, owner: Member, grant: Grant) -> int | None:
    """Voters that the draft would reach, for the owner's eyes; None for the other side or without a roll."""
    if owner.pk != request.acting.member.pk or rows_of(owner) is None:
        return None
    where = where_of(owner.key, grant)
    if where is None:
        return None
    answer = questions.count(
        home=settings.HOME,
        viewer=owner,
        purpose=request.acting.purpose,
        where=where,
        live=True,
        by=request.acting.actor,
    )
    return answer.total


def clashing(
    owner: Member, recipient: Member, purposes: Iterable[str], start: datetime, until: datetime
) -> list[Agreement]:
    """Agreements in force that cover one of these purposes in the same days: signing would be refused."""
    standing = Agreement.objects.filter(
        owner=owner, recipient=recipient, state=Agreement.State.FINAL, start__lt=until, until__gt=start
    ).exclude(ended(datetime.now(UTC)))
    return [a for a in standing if set(read(bytes(a.document)).purposes) & set(purposes)]


@require_POST
@member_page("draft")
def live(request: ActingRequest) -> HttpResponse:
    owner, recipient = parties(request, request.POST)
    return render(request, "parts/draft_preview.html", preview(request, owner, recipient, request.POST))


def _made(request: ActingRequest, owner: Member, recipient: Member) -> Agreement:
    wished, by = forms.wishes(request.POST), request.acting.actor
    before = text_before(request, request.POST)
    if before is None:
        return actions.draft(owner=owner, recipient=recipient, wishes=wished, by=by)
    terms = bargaining.changed(before, wished)
    if isinstance(before, Addressee):
        return proposals.counter(addressee=before, terms=terms, by=by)
    if request.POST.get("answers"):
        return negotiations.counter(answered=before, member=request.acting.member, terms=terms, by=by)
    return negotiations.amend(agreement=before, terms=terms, by=by)


@require_POST
@member_page("draft")
def make(request: ActingRequest) -> HttpResponse:
    owner, recipient = parties(request, request.POST)
    try:
        made = _made(request, owner, recipient)
    except Refusal:
        context = _context(request, owner, recipient, request.POST.get("template", ""), request.POST)
        return render(request, "pages/draft.html", context, status=400)
    messages.success(request, f"Agreement {made.number} is drafted. Read it once more, then sign.")
    return redirect("agreement", made.number)
