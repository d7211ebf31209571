"""The law above a member's file: the rules, what was set aside with a signed reason, and taking that back."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.agreements.overrides import REASON
from commonroll.errors import Refusal
from commonroll.server.actions import agreements
from commonroll.server.actions import overrides as actions
from commonroll.server.models import Agreement
from commonroll.server.pages.shell import ActingRequest, member_page, number


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    owner = request.acting.member
    rules = actions.rules(owner)
    final = Agreement.objects.filter(owner=owner, state=Agreement.State.FINAL).select_related("recipient")
    return render(
        request,
        "agreements/law.html",
        {
            "rules": [{"rule": rule, "pack": pack, "stays": stays} for pack, rule, stays in rules],
            "choices": [rule for _, rule, stays in rules if not stays],
            "overrides": actions.listed(owner=owner, by=request.acting.actor),
            "agreements": final.order_by("number"),
            "may_sign": request.acting.may("sign"),
            "shortest": REASON[0],
            "longest": REASON[1],
        },
    )


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def make(request: ActingRequest) -> HttpResponse:
    about = number(request.POST.get("agreement"))
    made = actions.make(
        home=settings.HOME,
        owner=request.acting.member,
        rule=request.POST.get("rule", ""),
        reason=request.POST.get("reason", ""),
        until=_day(request.POST.get("until", "")),
        passphrase=request.POST.get("passphrase", ""),
        agreement=None if about is None else agreements.visible(number=about, by=request.acting.actor),
        by=request.acting.actor,
    )
    messages.success(request, f"{made.rule} is set aside until {made.until:%Y-%m-%d}; the log says so.")
    return redirect("law")


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refusal("the day is none", next_step="choose the day on which the rule bites again") from None


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def end(request: ActingRequest) -> HttpResponse:
    actions.end(
        home=settings.HOME,
        owner=request.acting.member,
        pk=number(request.POST.get("override")) or 0,
        passphrase=request.POST.get("passphrase", ""),
        by=request.acting.actor,
    )
    messages.success(request, "The override is taken back; the rule bites again.")
    return redirect("law")
