"""Agreements: the list, the page of one, and what is done to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.agreements.compare import compare
from commonroll.agreements.english import sentences
from commonroll.agreements.events import CAUSES, TERMINAL
from commonroll.agreements.grant import Grant
from commonroll.agreements.negotiation import WORDS, Message, may_send
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.server import meaning
from commonroll.server.actions import agreement_events, negotiations
from commonroll.server.actions import agreements as actions
from commonroll.server.actions.statements import in_the_way
from commonroll.server.actor import Unknown
from commonroll.server.models import Agreement, Member
from commonroll.server.pages.held import held
from commonroll.server.pages.lookalikes import lookalikes
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.permits import floors_of_logs
from commonroll.server.register import Register
from commonroll.tracing.promise import USUALLY

CAUSE_WORDS: Mapping[str, str] = {
    "convenience": "no special reason; the notice that was promised is kept",
    "breach": "the other side broke the agreement; ends at once",
    "law": "the law asks for it; ends at once",
    "safety": "the safety of people asks for it; ends at once",
    "renounced": "we no longer want the data; ends at once",
}


@dataclass(frozen=True)
class Standing:
    """Where an agreement stands for one party, in words, with the mark that goes with it."""

    words: str
    tone: str
    waits_for_me: bool = False


@dataclass(frozen=True)
class Listed:
    """One line of the list."""

    agreement: Agreement
    standing: Standing
    purposes: tuple[str, ...]


def standing(
    agreement: Agreement,
    me: Member,
    now: datetime,
    register: Register | None = None,
    floors: Mapping[str, datetime] | None = None,
) -> Standing:
    signed = {s.member_id for s in agreement.signatures.all()}
    said = list(agreement.events.all())
    end = min([agreement.until, *(e.effective for e in said if e.event in TERMINAL)])
    if agreement.state in (Agreement.State.DRAFT, Agreement.State.OFFERED):
        other = agreement.recipient if me.pk == agreement.owner_id else agreement.owner
        if me.pk not in signed:
            return Standing("waits for your signature" if signed else "draft", "warn", bool(signed))
        return Standing(f"waits for {other.name}", "warn")
    if agreement.state == Agreement.State.WITHDRAWN:
        return Standing("taken back", "")
    if agreement.state == Agreement.State.ANSWERED:
        return Standing("answered with other terms", "")
    if end <= now:
        return Standing("ended", "bad")
    if holds := held(agreement, me, now, register=register, floors=floors):
        return Standing(holds.word, "bad")
    if agreement.start > now:
        return Standing("signed, begins later", "good")
    ends = any(e.event in TERMINAL for e in said)
    return Standing(f"in force, ends {end.day} {end:%b}" if ends else "in force", "good")


def suspended(agreement: Agreement) -> bool:
    """Whether the owner has suspended it and not resumed it."""
    said = [e.event for e in agreement.events.all() if e.event not in TERMINAL]
    return bool(said) and said[-1] == "Suspended"


def names() -> dict[str, str]:
    return dict(Member.objects.values_list("key", "name"))


def ours(me: Member) -> Iterable[Agreement]:
    return (
        Agreement.objects.filter(Q(owner=me) | Q(recipient=me))
        .select_related("owner", "recipient")
        .prefetch_related("signatures", "events")
    )


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, now = request.acting.member, timezone.now()
    known = Register.today(), floors_of_logs()
    rows = [Listed(a, standing(a, me, now, *known), read(bytes(a.document)).purposes) for a in ours(me)]
    context = {
        "rows": sorted(rows, key=lambda row: not row.standing.waits_for_me),
        "in_force": sum(row.standing.words.startswith("in force") for row in rows),
        "waiting": sum(row.standing.waits_for_me for row in rows),
        "may_draft": request.acting.may("draft"),
    }
    return render(request, "pages/agreements.html", context)


def find(request: ActingRequest, number: int) -> Agreement:
    """An agreement of the member acted for; others, also of the person's other members, are unknown here."""
    found = actions.visible(number=number, by=request.acting.actor)
    if request.acting.member.pk not in (found.owner_id, found.recipient_id):
        raise Unknown("there is no such agreement", next_step="see the list, or act for its party")
    return found


@dataclass(frozen=True)
class Mark:
    """One step in an agreement's life, with the mark of what is done, ended, or still to come."""

    what: str
    at: datetime | None
    mark: str


def life(agreement: Agreement, now: datetime) -> list[Mark]:
    """What happened and what comes, oldest first, and whose signature is awaited."""
    found = []
    for step in meaning.timeline(agreement):
        ends = step.what.startswith(("revoked", "no longer", "runs out", "ran out", "suspended", "replaced"))
        mark = "" if step.at > now else "ended" if ends else "done"
        found.append(Mark(step.what, step.at, mark))
    if agreement.state in (Agreement.State.DRAFT, Agreement.State.OFFERED):
        signed = {s.member_id for s in agreement.signatures.all()}
        parties = (agreement.owner, agreement.recipient)
        found += [Mark(f"waits for {p.name} to sign", None, "") for p in parties if p.pk not in signed]
    if agreement.state == Agreement.State.ANSWERED:
        found.append(Mark("answered with other terms", None, "ended"))
    if agreement.state == Agreement.State.WITHDRAWN:
        found.append(Mark("taken back before both had signed", None, "ended"))
    return found


def former(agreement: Agreement) -> Agreement | None:
    """The text that it answers or amends, else the agreement of the same two members before this one."""
    if agreement.negotiation is not None:
        answered = agreement.negotiation.texts.filter(number__lt=agreement.number).first()
        if answered or agreement.amends:
            return answered or agreement.amends
    return (
        Agreement.objects.filter(
            owner_id=agreement.owner_id, recipient_id=agreement.recipient_id, number__lt=agreement.number
        )
        .exclude(state=Agreement.State.WITHDRAWN)
        .first()
    )


def grant_of(agreement: Agreement) -> Grant | Refusal:
    """What the text means under today's law, or why it means nothing any more."""
    try:
        return meaning.grant_of(agreement)
    except Refusal as refusal:
        return refusal


def difference(earlier: Agreement | None, grant: Grant) -> list[str]:
    before = grant_of(earlier) if earlier else None
    return compare(before, grant, names()) if isinstance(before, Grant) else []


@member_page()
def one(request: ActingRequest, number: int) -> HttpResponse:
    agreement = find(request, number)
    me = request.acting.member
    grant = grant_of(agreement)
    now = timezone.now()
    unsigned = agreement.state in (Agreement.State.DRAFT, Agreement.State.OFFERED)
    context: dict[str, Any] = {
        "agreement": agreement,
        "other": agreement.recipient if me.pk == agreement.owner_id else agreement.owner,
        "standing": standing(agreement, me, now),
        "terms": read(bytes(agreement.document)),
        "steps": life(agreement, now),
        "held": held(agreement, me, now),
        "may_sign": unsigned
        and request.acting.may("sign")
        and not agreement.signatures.filter(member=me).exists(),
        "may_withdraw": unsigned and request.acting.may("draft"),
        "may_revoke": agreement.state == Agreement.State.FINAL
        and agreement.until > now
        and request.acting.may("revoke"),
        "causes": [(c, CAUSE_WORDS[c]) for c in CAUSES if _can_name(c, agreement, me)],
        **_offers(agreement, me, request, now),
        "text_to_sign": "\n".join(actions.texts_to_sign(agreement)),
        "earlier": former(agreement),
        "traceable": USUALLY,
        "in_the_way": in_the_way(home=settings.HOME, owner=agreement.owner),
    }
    if isinstance(grant, Refusal):
        return render(request, "pages/agreement.html", {**context, "suspended": grant})
    context |= {
        "grant": grant,
        "sentences": sentences(grant, names()),
        "look": lookalikes(grant.columns, agreement.owner.state),
        "changes": difference(context["earlier"], grant),
    }
    return render(request, "pages/agreement.html", context)


def _offers(agreement: Agreement, me: Member, request: ActingRequest, now: datetime) -> dict[str, Any]:
    """What else can be done to it: answered, amended, put before the other side, suspended, resumed."""
    within = agreement.negotiation
    state = negotiations.stands(within) if within else None
    role = negotiations.role_of(me, agreement)
    mine: Message = "offer" if role == "provider" else "request"
    binds = agreement.state == Agreement.State.FINAL and agreement.until > now
    owner = me.pk == agreement.owner_id and request.acting.may("revoke")
    open_now = agreement.state == Agreement.State.OFFERED
    return {
        "text_now": WORDS.get(state, "") if state else "",
        "may_answer": open_now and request.acting.may("draft") and may_send(state, role, mine),
        "may_offer": agreement.state == Agreement.State.DRAFT and request.acting.may("draft"),
        "may_amend": binds and request.acting.may("draft"),
        "may_suspend": binds and owner and not suspended(agreement),
        "may_resume": binds and owner and suspended(agreement),
        "texts": within.texts.exclude(pk=agreement.pk) if within else (),
    }


def _can_name(cause: str, agreement: Agreement, me: Member) -> bool:
    """An owner revokes, a recipient renounces."""
    return (cause == "renounced") == (me.pk == agreement.recipient_id)


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def sign(request: ActingRequest, number: int) -> HttpResponse:
    agreement = find(request, number)
    signed = actions.sign(
        home=settings.HOME,
        agreement=agreement,
        member=request.acting.member,
        passphrase=request.POST.get("passphrase", ""),
        by=request.acting.actor,
    )
    if signed.state == Agreement.State.FINAL:
        messages.success(request, f"Agreement {number} is signed by both sides.")
    else:
        messages.success(request, f"Agreement {number} is signed and sent.")
    return redirect("agreement", number)


@require_POST
@member_page("sign")
def add_line(request: ActingRequest, number: int) -> HttpResponse:
    """A signature made offline."""
    agreement = find(request, number)
    line = request.POST.get("line", "").strip()
    actions.add_line(agreement=agreement, member=request.acting.member, line=line, by=request.acting.actor)
    messages.success(request, f"The signature on agreement {number} is entered.")
    return redirect("agreement", number)


@require_POST
@member_page("draft")
def withdraw(request: ActingRequest, number: int) -> HttpResponse:
    actions.withdraw(agreement=find(request, number), by=request.acting.actor)
    messages.success(request, f"Agreement {number} is taken back.")
    return redirect("agreement", number)


@sensitive_post_parameters()
@require_POST
@member_page("revoke")
def revoke(request: ActingRequest, number: int) -> HttpResponse:
    agreement = find(request, number)
    cause = request.POST.get("cause", "")
    if cause not in CAUSES or not _can_name(cause, agreement, request.acting.member):
        raise Refusal("no cause was chosen", next_step="choose one of the causes on the form")
    event = agreement_events.revoke(
        home=settings.HOME,
        agreement=agreement,
        member=request.acting.member,
        cause=cause,
        passphrase=request.POST.get("passphrase", ""),
        at_once=request.POST.get("at_once") == "1",
        by=request.acting.actor,
    )
    messages.success(
        request, f"Agreement {number} ends: no read after {event.effective:%-d %B %Y, %H:%M} UTC."
    )
    return redirect("agreement", number)


@require_POST
@member_page("draft")
def offer(request: ActingRequest, number: int) -> HttpResponse:
    """The draft goes before the other side, unsigned as yet."""
    negotiations.offer(text=find(request, number), member=request.acting.member, by=request.acting.actor)
    messages.success(request, f"Agreement {number} is before the other side.")
    return redirect("agreement", number)


@sensitive_post_parameters()
@require_POST
@member_page("revoke")
def suspend(request: ActingRequest, number: int) -> HttpResponse:
    """Suspend at once, or lift the suspension."""
    agreement = find(request, number)
    signed: dict[str, Any] = {
        "home": settings.HOME,
        "agreement": agreement,
        "member": request.acting.member,
        "passphrase": request.POST.get("passphrase", ""),
        "by": request.acting.actor,
    }
    if request.POST.get("resume") == "1":
        agreement_events.resume(**signed)
    else:
        agreement_events.suspend(cause=request.POST.get("cause", ""), **signed)
    now = (
        "gives again what it says"
        if request.POST.get("resume") == "1"
        else "gives nothing until you resume it"
    )
    messages.success(request, f"Agreement {number} {now}.")
    return redirect("agreement", number)


@member_page()
def document(request: ActingRequest, number: int) -> HttpResponse:
    """The agreement as a Dataspace Protocol message, with its signatures where both stand."""
    agreement = find(request, number)
    wrapped = meaning.signed_message(agreement)
    answer = HttpResponse(json.dumps(wrapped, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="agreement-{number}.json"'
    return answer
