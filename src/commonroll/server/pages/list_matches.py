"""Review of rows of lists: each beside the voter that it may be, on the page of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.identity.judgements import PAIR
from commonroll.identity.lists.matching import REASONS
from commonroll.server.actions import list_matches as actions
from commonroll.server.actions import matches, sittings
from commonroll.server.actions.history import own_vault
from commonroll.server.actions.list_matches import ListLook
from commonroll.server.pages import match_words as words
from commonroll.server.pages.matches import KEYS, named
from commonroll.server.pages.shell import ActingRequest, member_page, number

MEANS: Mapping[str, str] = {
    "same": "The row's person is this voter: what the list says counts for the voter from now on.",
    "different": "Not this voter. The next likely one is offered; if there is none, the row stays a contact.",
    "unsure": "The row stays a contact. It does not come back to you, but to others.",
}
NO_STEPS = (
    "The steps are not known: an id alone brought the two together, or an earlier version of the program."
)


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def look(request: ActingRequest) -> HttpResponse:
    """The row at a place of the queue of lists."""
    return _next(request, number(request.POST.get("at")) or 1, -1 if request.POST.get("step") == "-1" else 1)


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def judge(request: ActingRequest) -> HttpResponse:
    """Decide the row, then the next."""
    sent = request.POST
    actions.judge(
        home=settings.HOME,
        of=request.acting.member,
        pair=named(sent),
        judgement=sent.get("judgement", ""),
        reason=sent.get("why", ""),
        by=request.acting.actor,
    )
    return _next(request, number(sent.get("at")) or 1, judged=words.SAID[sent["judgement"]])


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def undo(request: ActingRequest) -> HttpResponse:
    """Take the last decision back and show the row again."""
    at = actions.undo(home=settings.HOME, of=request.acting.member, by=request.acting.actor)
    return _next(request, at, taken_back=True)


def _next(request: ActingRequest, at: int, step: int = 1, **note: Any) -> HttpResponse:
    me, by = request.acting.member, request.acting.actor
    found = actions.open_at(home=settings.HOME, of=me, at=at, step=step, by=by)
    own = actions.own_judgements(own_vault(settings.HOME, me), by)
    done, pace = sittings.sitting(own, timezone.now())
    left = found.total if found else 0
    context: dict[str, Any] = {
        **note,
        "done": done,
        "left": left,
        "of": done + left,
        "takes": words.minutes(left, pace),
        "look": found,
        "page_keys": KEYS,
        "means": MEANS,
        "last_event": own[-1]["event_id"] if own else "",
        "last_said": words.SAID[own[-1]["judgement"]] if own else "",
        "of_lists": True,
        "no_steps": NO_STEPS,
        **{f"{act}_url": reverse(f"list_match_{act}") for act in ("look", "judge", "undo")},
    }
    if found is not None:
        context |= told(found)
    part = getattr(request, "htmx", False)
    answer = render(request, "parts/match_pair.html" if part else "matches/pair.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def told(found: ListLook) -> dict[str, Any]:
    """One row and a voter in words."""
    others, more = words.neighbours(found.left, found.right)
    reason = found.of.reason
    return {
        "fields": words.fields(found.left, found.right, of_a_list=True),
        "names": (words.name(found.left.row), words.name(found.right.row)),
        "why": words.WHY.get(reason) or f"{REASONS.get(reason, reason)}.".capitalize(),
        "chance": words.chance(found.of.probability),
        "waterfall": words.waterfall(
            (step.field, step.found, step.bits) for step in (found.evidence.steps if found.evidence else ())
        ),
        "neighbours": others,
        "more_neighbours": more,
        "minds": words.minds(matches.standing_minds(found.said)),
        "pair_fields": [(part, getattr(found.of.pair, part)) for part in PAIR],
    }
