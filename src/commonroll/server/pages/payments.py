"""What one agreement owes its owner: who signed what of it, and the form to sign that money moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.agreements.onward import money
from commonroll.errors import Refusal
from commonroll.server.actions import dues
from commonroll.server.actions import payments as actions
from commonroll.server.pages.draft_reading import cents
from commonroll.server.pages.shell import ActingRequest, member_page

CHOICES = {"price": "the price", "royalty": "a royalty"}


@member_page()
def page(request: ActingRequest, number: int) -> HttpResponse:
    me = request.acting.member
    found = dues.account(number=number, of=me, by=request.acting.actor)
    mine = [what for what, left in found.open.items() if left]
    waits = [one for one in found.dues if one.unconfirmed] if found.owns else []
    context = {
        "account": found,
        "me": me,
        "verb": "received" if found.owns else "paid",
        "choices": _choices(found),
        "first": waits[0].what if waits else (mine or ["price"])[0],
        "waits": [(one.what, one.unconfirmed) for one in waits],
        "today": timezone.now().astimezone(UTC).date(),
        "may_sign": request.acting.may("sign"),
    }
    return render(request, "pages/payments.html", context)


def _choices(found: dues.Account) -> list[dict[str, Any]]:
    """What money can be stated for, with what is open of it as the form's first amount."""
    licensed = found.licence is not None
    names = {"royalty": CHOICES["royalty"]} if licensed else CHOICES
    shown = []
    for what, words in names.items():
        left = found.open.get(what, 0)
        waits = next((due.unconfirmed for due in found.dues if due.what == what), 0)
        offer = min(waits, left) if found.owns and waits else left
        shown.append({"what": what, "words": words, "open": left, "offer": money(offer) if offer else ""})
    return shown


@sensitive_post_parameters("passphrase")
@require_POST
@member_page("sign")
def state(request: ActingRequest, number: int) -> HttpResponse:
    form = request.POST
    made = actions.state(
        home=settings.HOME,
        number=number,
        member=request.acting.member,
        what=form.get("what", ""),
        cents=cents(form.get("amount", "").strip().removeprefix("$").replace(",", "")),
        on=_day(form.get("on", "")),
        passphrase=form.get("passphrase", ""),
        by=request.acting.actor,
    )
    owner = made.agreement.owner
    told = (
        "you received it" if made.member == owner else f"you paid; {owner.name} sees it and signs what came"
    )
    messages.success(request, f"Signed under agreement {number}: {told}.")
    return redirect("payments", number)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Refusal("the day of the payment is missing", next_step="choose the day") from error


@sensitive_post_parameters("passphrase")
@require_POST
@member_page("sign")
def take_back(request: ActingRequest) -> HttpResponse:
    made = actions.take_back(
        home=settings.HOME,
        statement=request.POST.get("statement", ""),
        member=request.acting.member,
        passphrase=request.POST.get("passphrase", ""),
        by=request.acting.actor,
    )
    messages.success(request, "Taken back: your statement counts no more. State what is right below.")
    return redirect("payments", made.agreement.number)
