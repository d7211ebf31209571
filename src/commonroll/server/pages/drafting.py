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

from commonroll.agreements.compare import compare
from commonroll.agreements.english import sentences
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawRule, next_election, packs_for
from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.agreements.row_words import rows as rows_in_words
from commonroll.agreements.templates import TEMPLATES
from commonroll.agreements.terms import read
from commonroll.agreements.words import day, spoken
from commonroll.errors import Refusal
from commonroll.roll.counties import all_states
from commonroll.server import meaning
from commonroll.server.actions import agreements as actions
from commonroll.server.actions import negotiations, proposals, questions
from commonroll.server.actions.federation import member as find_member
from commonroll.server.actions.loads import vault
from commonroll.server.actions.wishes import terms_of
from commonroll.server.models import Addressee, Agreement, Member, ended
from commonroll.server.overriding import Overrides
from commonroll.server.pages import agreements as pages
from commonroll.server.pages import bargaining, beside, universe_form
from commonroll.server.pages import wishes as forms
from commonroll.server.pages.draft_reading import Reading, read_form, wishes
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
    form["governing_law"] = owner.state
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
        form = bargaining.form_of(before)
        for name in ("answers", "amends", "proposal"):
            form[name] = request.GET.get(name, "")
        context = _context(request, before.owner, before.recipient, "", form)
        return render(request, "pages/draft.html", context)
    owner, recipient = parties(request, request.GET)
    template = request.GET.get("template", "")
    # another recipient usually wants another starting point than the one chosen for the last
    changed = request.GET.get("was", recipient.key) != recipient.key
    if changed or template not in TEMPLATES:
        template = {"campaign": "campaign", "vendor": "research"}.get(recipient.kind, "national-committee")
    form = default_form(owner, template)
    if (purpose := request.GET.get("for")) in PURPOSES:
        form.setlist("purposes", [str(purpose)])
    return render(request, "pages/draft.html", _context(request, owner, recipient, template, form))


def _context(
    request: ActingRequest, owner: Member, recipient: Member, template: str, form: QueryDict
) -> dict[str, Any]:
    masks = {key.removeprefix("mask:"): form.get(key, "") for key in form if key.startswith("mask:")}
    members = Member.objects.filter(left_at=None)
    onward = {m.key: m.name for m in members.exclude(pk__in=(owner.pk, recipient.pk))}
    return {
        "answers": request.POST.get("answers") or request.GET.get("answers", ""),
        "proposal": request.POST.get("proposal") or request.GET.get("proposal", ""),
        "amends": request.POST.get("amends") or request.GET.get("amends", ""),
        "owners": members.exclude(state=""),
        "recipients": members.exclude(pk=owner.pk),
        "template": template,
        "templates": TEMPLATES,
        "form": form,
        "purpose_choices": forms.ticks(form, "purposes", PURPOSES),
        "mode_choices": forms.ticks(form, "modes", MODES),
        "refused_by_law": refused_words(law_above(owner, recipient)),
        "classes": forms.column_choices(
            vault(settings.HOME, owner).published(owner.state), form.getlist("columns"), masks
        ),
        "scope": forms.scope_choices(form, owner.state),
        "districts": forms.districts(form),
        "channels": forms.channels(form),
        "onward_choices": forms.ticks(form, "onward", onward),
        "states": {key: state.name for key, state in all_states().items()},
        "universe": {
            "rows": universe_form.rows_of(form), "kept": universe_form.kept(form),
            "offered": universe_form.offered(), "help": universe_form.HELP,
        },
        **preview(request, owner, recipient, form),
    }  # fmt: skip


def preview(request: ActingRequest, owner: Member, recipient: Member, form: QueryDict) -> dict[str, Any]:
    """What the draft would mean: sentences, columns, look-alikes; or why nothing, beside the words."""
    reading = read_form(form)
    mine = owner.pk == request.acting.member.pk
    unread = beside.unread(reading)
    law = law_above(owner, recipient)
    lawful = beside.lawful(law, meaning.RECIPIENT_KIND[recipient.kind], reading)
    found: dict[str, Any] = {
        "law": [rule for rule in law if rule.does in FORBIDS], "whole": rows_of(owner) if mine else None,
        "owner": owner, "recipient": recipient, "opening": opening(reading, None),
    }  # fmt: skip
    if reading.wishes is None:
        refusal = next(iter(reading.problems.values()))
        return {**found, "refusal": refusal, "says": beside.together(unread, lawful)}
    terms = None
    try:
        terms = terms_of(owner=owner, recipient=recipient, wishes=reading.wishes)
        grant = meaning.compiled(terms, owner=owner, recipient=recipient)
    except Refusal as refusal:
        says = beside.together(beside.refused(refusal, terms, lawful), lawful)
        return {**found, "refusal": refusal, "says": says}
    return {
        **found,
        "opening": opening(reading, grant),
        "says": beside.together(lawful),
        "grant": grant,
        "rows": rows_in_scope(request, owner, grant),
        "sentences": sentences(grant, pages.names()),
        "look": lookalikes(grant.columns, owner.state),
        "clash": clashing(owner, recipient, terms.purposes, terms.start, terms.until, _amended(form)),
        **compared(request, form, owner, recipient, grant),
    }


def opening(reading: Reading, grant: Grant | None) -> dict[str, str]:
    """The words of the first sentence, each of which leads to its choices."""
    form = reading.form
    purposes = [PURPOSES[name] for name in sorted(set(form.getlist("purposes")) & set(PURPOSES))]
    columns = len(set(form.getlist("columns")))
    return {
        "columns": f"{columns} column{'' if columns == 1 else 's'}",
        "purposes": spoken(purposes) if purposes else "no purpose yet",
        "start": _spoken_day(form.get("start", "")),
        "until": _spoken_day(form.get("until", "")),
        "rows": rows_in_words(grant) if grant else "the voters chosen below",
    }


def _spoken_day(text: str) -> str:
    try:
        return day(datetime.fromisoformat(text))
    except ValueError:
        return "no day yet"


def law_above(owner: Member, recipient: Member) -> list[LawRule]:
    """The rules above a draft of the two, but for what the owner has set aside."""
    packs = meaning.law_over(owner, recipient, None, Overrides.of(owner), timezone.now())
    return [rule for pack in packs for rule in pack.rules]


def refused_words(rules: Iterable[LawRule]) -> set[str]:
    """Purposes and uses that the law refuses."""
    return {name for rule in rules if rule.does in ("refuse_purpose", "refuse_mode") for name in rule.value}


def _amended(form: QueryDict) -> int | None:
    return number(form.get("amends"))


def compared(
    request: ActingRequest, form: QueryDict, owner: Member, recipient: Member, grant: Grant
) -> dict[str, Any]:
    """The text that it answers or amends, else what stands between the two for one of its purposes."""
    before = text_before(request, form) or standing_beside(owner, recipient, grant)
    if isinstance(before, Addressee):
        old = meaning.compiled(negotiations.terms_in(before), owner=owner, recipient=recipient)
        return {"put": before.proposal, "changes": compare(old, grant, pages.names())}
    return {"earlier": before, "changes": pages.difference(before, grant)} if before else {}


def standing_beside(owner: Member, recipient: Member, grant: Grant) -> Agreement | None:
    """The newest signed agreement of the two that has not ended: one of the same purposes first."""
    now = timezone.now()
    signed = Agreement.objects.filter(
        owner=owner, recipient=recipient, state=Agreement.State.FINAL, until__gt=now
    ).exclude(ended(now))
    found = list(signed)
    same = (a for a in found if set(read(bytes(a.document)).purposes) & grant.purposes)
    return next(same, found[0] if found else None)


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
    owner: Member,
    recipient: Member,
    purposes: Iterable[str],
    start: datetime,
    until: datetime,
    amended: int | None = None,
) -> list[Agreement]:
    """Agreements in force that cover one of these purposes in the same days: signing would be refused.

    But for the one whose place the draft takes.
    """
    standing = Agreement.objects.filter(
        owner=owner, recipient=recipient, state=Agreement.State.FINAL, start__lt=until, until__gt=start
    ).exclude(ended(datetime.now(UTC)))
    return [
        a for a in standing if a.number != amended and set(read(bytes(a.document)).purposes) & set(purposes)
    ]


@require_POST
@member_page("draft")
def live(request: ActingRequest) -> HttpResponse:
    owner, recipient = parties(request, request.POST)
    found = preview(request, owner, recipient, request.POST)
    return render(request, "parts/draft_preview.html", {**found, "live": True})


def _made(request: ActingRequest, owner: Member, recipient: Member) -> Agreement:
    wished, by = wishes(request.POST), request.acting.actor
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
    template = request.POST.get("template", "")
    if "look" in request.POST:
        context = _context(request, owner, recipient, template, request.POST)
        return render(request, "pages/draft.html", context)
    try:
        made = _made(request, owner, recipient)
    except Refusal as refusal:
        context = _context(request, owner, recipient, template, request.POST)
        return render(request, "pages/draft.html", {"refusal": refusal, **context}, status=400)
    messages.success(request, f"Agreement {made.number} is drafted. Read it once more, then sign.")
    return redirect("agreement", made.number)
