"""Proposals: the list, and the page of one: what it changes, who was told, the vote."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import proposals as actions
from commonroll.server.actions.votes import tally
from commonroll.server.actor import Unknown
from commonroll.server.models import Addressee, Agreement, Proposal
from commonroll.server.pages.shell import ActingRequest, member_page


def find(request: ActingRequest, serial: int) -> Proposal:
    """A proposal that the member acted for has a part in."""
    found = actions.visible(pk=serial, by=request.acting.actor)
    if request.acting.member.pk not in {party.pk for party in actions.parties(found)}:
        raise Unknown("there is no such proposal", next_step="act for a member that has a part in it")
    return found


def mine(request: ActingRequest, proposal: Proposal) -> Addressee | None:
    """What the proposal says to the member acted for, if it is asked."""
    return proposal.addressees.filter(owner=request.acting.member).select_related("owner", "proposal").first()


def asked(request: ActingRequest, serial: int) -> Addressee:
    """What the proposal says to the member acted for; refused where it is not asked."""
    found = mine(request, find(request, serial))
    if found is None:
        raise Unknown("this member is not asked", next_step="act for an owner that the proposal is put to")
    return found


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    found = actions.of_member(request.acting.member)
    rows = [{"proposal": one, "votes": tally(one), "mine": mine(request, one)} for one in found]
    may_make = request.acting.may("draft")
    return render(request, "proposals/proposals.html", {"rows": rows, "may_make": may_make})


@member_page()
def one(request: ActingRequest, serial: int) -> HttpResponse:
    return render(request, "proposals/proposal.html", _context(request, serial))


def _context(request: ActingRequest, serial: int) -> dict[str, Any]:
    proposal = find(request, serial)
    own = mine(request, proposal)
    if own is not None:
        actions.tell(addressee=own, by=request.acting.actor)
    open_now = proposal.state in (Proposal.State.OPEN, Proposal.State.RATIFIED)
    open_now = open_now and proposal.deadline > timezone.now()
    answered = proposal.addressees.select_related(
        "owner", "agreement", "proposal__recipient"
    ).prefetch_related("told")
    return {
        "proposal": proposal,
        "votes": tally(proposal),
        "addressees": answered,
        "comments": proposal.comments.select_related("member"),
        "mine": own,
        "shown": _shown(own or proposal.addressees.select_related("owner", "proposal").first()),
        "each": [] if own else [(one, _shown(one)) for one in answered],
        "open": open_now,
        "may_answer": own is not None and open_now and request.acting.may("sign"),
        "adopted": own is not None
        and own.answer == Addressee.Answer.ADOPTED
        and own.agreement is not None
        and own.agreement.state not in (Agreement.State.WITHDRAWN, Agreement.State.ANSWERED),
        "may_comment": open_now and request.acting.may("draft"),
        "may_withdraw": proposal.state == Proposal.State.OPEN
        and proposal.author_id == request.acting.member.pk
        and request.acting.may("draft"),
    }


def _shown(addressee: Addressee | None) -> actions.Shown | Refusal | None:
    if addressee is None:
        return None
    try:
        return actions.shown(addressee)
    except Refusal as refusal:
        return refusal


@require_POST
@member_page("draft")
def comment(request: ActingRequest, serial: int) -> HttpResponse:
    actions.comment(
        proposal=find(request, serial),
        member=request.acting.member,
        text=request.POST.get("text", ""),
        by=request.acting.actor,
    )
    return redirect("proposal", serial)


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def answer(request: ActingRequest, serial: int) -> HttpResponse:
    """Adopt and sign, or decline; other terms are put by the drafting page."""
    own = asked(request, serial)
    if request.POST.get("answer") == "decline":
        actions.decline(addressee=own, by=request.acting.actor)
        messages.success(request, "The proposal is declined.")
        return redirect("proposal", serial)
    try:
        made = actions.adopt(
            home=settings.HOME,
            addressee=own,
            passphrase=request.POST.get("passphrase", ""),
            by=request.acting.actor,
        )
    except Refusal as refusal:
        context = _context(request, serial) | {"refusal": refusal}
        return render(request, "proposals/proposal.html", context, status=400)
    messages.success(request, f"Adopted: agreement {made.number} is signed and waits for the others.")
    return redirect("proposal", serial)


@require_POST
@member_page("draft")
def withdraw(request: ActingRequest, serial: int) -> HttpResponse:
    actions.withdraw(proposal=find(request, serial), by=request.acting.actor)
    messages.success(request, "The proposal is taken back.")
    return redirect("proposals")
