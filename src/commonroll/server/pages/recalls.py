"""Recalls: for an owner who has what and what is overdue; for a holder what to delete, and its signature."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import recalls as actions
from commonroll.server.models import Recall
from commonroll.server.pages.shell import ActingRequest, member_page

SHOWN = 200
TONES: Mapping[str, str] = {"open": "warn", "overdue": "bad", "met": "good", "met late": "good"}
HELD_TONES: Mapping[str, str] = {
    "out": "", "some rows recalled": "warn", "recalled": "warn", "deleted": "good",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A recall with where it stands, in words and with the mark that goes with it."""

    recall: Recall
    state: str
    tone: str
    left: str
    extracts: int
    rows: int


def line(recall: Recall) -> Line:
    stands = actions.standing(recall)
    named = actions.extracts_of(recall)
    return Line(
        recall,
        stands.state,
        TONES[stands.state],
        "" if recall.met_at else days_left(stands.days),
        len(named),
        sum(len(one.rows) for one in named),
    )


def days_left(days: int) -> str:
    """`3 days left`, `less than a day left`, `2 days over`."""
    if days == 0:
        return "less than a day left"
    if days > 0:
        return f"{days} day{'s' if days > 1 else ''} left"
    over = -days - 1
    return f"{over} day{'s' if over > 1 else ''} over" if over else "less than a day over"


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """Both sides of the member acted for; what is due to be recalled is so before it is shown."""
    asked: dict[str, Any] = {"of": request.acting.member, "by": request.acting.actor}
    given = [line(one) for one in actions.of_owner(home=settings.HOME, **asked)]
    taken = [line(one) for one in actions.of_holder(home=settings.HOME, **asked)]
    held = actions.held(**asked)
    context = {
        "given": given[:SHOWN],
        "taken": taken[:SHOWN],
        "held": [(one, HELD_TONES[one.state]) for one in held[:SHOWN]],
        "out": sum(one.state != "deleted" for one in held),
        "overdue": sum(one.state == "overdue" for one in given),
        "to_do": sum(one.recall.met_at is None for one in taken),
    }
    return render(request, "pages/recalls.html", context)


def _find(request: ActingRequest, recall: uuid.UUID) -> Recall:
    return actions.one(pk=str(recall), of=request.acting.member, by=request.acting.actor)


def _context(request: ActingRequest, found: Recall) -> dict[str, Any]:
    mine = found.agreement.recipient_id == request.acting.member.pk
    return {
        "line": line(found),
        "recall": found,
        "mine": mine,
        "named": actions.extracts_of(found),
        "may_sign": mine and found.met_at is None and request.acting.may("recall"),
        "now": timezone.now(),
    }


@member_page()
def one(request: ActingRequest, recall: uuid.UUID) -> HttpResponse:
    """What must be deleted, or what was said of it."""
    return render(request, "pages/recall.html", _context(request, _find(request, recall)))


@sensitive_post_parameters()
@require_POST
@member_page("recall")
def sign(request: ActingRequest, recall: uuid.UUID) -> HttpResponse:
    """The holder's statement, signed with the key kept here."""
    found = _find(request, recall)
    if request.POST.get("sure") != "1":
        raise Refusal("nobody said that every copy is deleted", next_step="delete them, then tick the box")
    actions.acknowledge(
        home=settings.HOME,
        recall=found,
        member=request.acting.member,
        passphrase=request.POST.get("passphrase", ""),
        by=request.acting.actor,
    )
    messages.success(request, f"{found.agreement.owner.name} has your statement, and its log says so.")
    return redirect("recall", found.pk)
