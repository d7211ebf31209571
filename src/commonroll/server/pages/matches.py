"""Review of pairs that may be one person: the queue, one pair side by side, decisions by button or key."""

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

from commonroll.errors import Refusal
from commonroll.identity.judgements import PAIR, Pair
from commonroll.identity.verdicts import REASONS
from commonroll.identity.waiting import Page
from commonroll.roll.counties import counties_within
from commonroll.server.actions import list_matches, match_log, match_looks, sittings
from commonroll.server.actions import matches as actions
from commonroll.server.actions.history import own_vault
from commonroll.server.actions.match_looks import Look, Wanted
from commonroll.server.pages import match_words as words
from commonroll.server.pages.shell import ActingRequest, member_page, number

LAST_SHOWN = 10
KEYS = (
    ("y", "the pair is one person"), ("n", "the pair is two people"), ("u", "unsure"),
    ("z", "take the last decision back"), ("j or k", "next or previous pair, without a decision"),
)  # fmt: skip


def wanted(sent: Mapping[str, str]) -> Wanted:
    """The filters of an address or a form; what is no reason and no county asks for all."""
    reason, county = sent.get("reason", ""), sent.get("county", "")
    digits = county.isascii() and county.isdecimal() and len(county) == 5
    return Wanted(reason if reason in REASONS else "", county if digits else "")


@member_page("raw")
def page(request: ActingRequest) -> HttpResponse:
    """What waits, by reason and county; no row is read before somebody begins."""
    me, by = request.acting.member, request.acting.actor
    if not me.state:
        return render(request, "pages/roll_none.html")
    asked = wanted(request.GET)
    found = match_looks.queue(home=settings.HOME, of=me, wanted=asked, by=by)
    own = actions.own_judgements(own_vault(settings.HOME, me), by)
    names = {county.fips: county.name for county in counties_within(me.state)}
    reasons = [(key, words.WHY[key], REASONS[key], n) for key, n in found.reasons.items()]
    context = {
        **progress(found, own),
        "found": found,
        "asked": asked,
        "reasons": reasons,
        "counties": sorted((names.get(fips, fips), fips, n) for fips, n in found.counties.items()),
        "last": words.minds(own[: -LAST_SHOWN - 1 : -1]),
        "means": words.MEANS,
        "batch": match_log.BATCH,
        "of_lists": list_matches.waits(home=settings.HOME, of=me, by=by),
        "page_keys": KEYS,
    }
    return render(request, "matches/queue.html", context)


def progress(found: Page, own: list[dict[str, Any]]) -> dict[str, Any]:
    """How far this sitting is, and how long the rest takes."""
    done, pace = sittings.sitting(own, timezone.now())
    return {
        "done": done,
        "left": found.total,
        "of": done + found.total,
        "takes": words.minutes(found.total, pace),
    }


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def look(request: ActingRequest) -> HttpResponse:
    """One pair: the named one, or the one at a place of the queue. No address holds an id: a form does."""
    sent = request.POST
    if sent.get("record_l"):
        pair = named(sent)
        found = match_looks.open_pair(home=settings.HOME, of=_me(request), pair=pair, by=request.acting.actor)
        return shown(request, found)
    return next_one(request, number(sent.get("at")) or 0, -1 if sent.get("step") == "-1" else 1)


def named(sent: Mapping[str, str]) -> Pair:
    """The pair that a form names. Raises Refusal where it names none."""
    values = [sent.get(part, "") for part in PAIR]
    if not all(values) or values[:2] == values[2:]:
        raise Refusal("the form names no pair", next_step="take one of the queue")
    return Pair(*values)


def next_one(request: ActingRequest, at: int, step: int = 1, **note: Any) -> HttpResponse:
    """The pair at a place of the queue, or that there is none."""
    asked = wanted(request.POST)
    found = match_looks.open_at(
        home=settings.HOME, of=_me(request), wanted=asked, at=at, step=step, by=request.acting.actor
    )
    return shown(request, found, **note)


def shown(request: ActingRequest, found: Look | None, **note: Any) -> HttpResponse:
    """A pair as a page, or as the part of it that is swapped."""
    me, by, asked = _me(request), request.acting.actor, wanted(request.POST)
    queue = found.queue if found else match_looks.queue(home=settings.HOME, of=me, wanted=asked, by=by)
    own = actions.own_judgements(own_vault(settings.HOME, me), by)
    context: dict[str, Any] = {
        **progress(queue, own),
        **note,
        "asked": asked,
        "page_keys": KEYS,
        "means": words.MEANS,
        "look": found,
        **{f"{act}_url": reverse(f"match_{act}") for act in ("look", "judge", "undo")},
        "last_event": own[-1]["event_id"] if own else "",
        "last_said": words.SAID[own[-1]["judgement"]] if own else "",
    }
    if found is not None:
        context |= told(request, found)
    part = getattr(request, "htmx", False)
    answer = render(request, "parts/match_pair.html" if part else "matches/pair.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def told(request: ActingRequest, found: Look) -> dict[str, Any]:
    """One pair in words."""
    others, more = words.neighbours(found.left, found.right)
    evidence = actions.why(home=settings.HOME, of=_me(request), pair=found.of.pair)
    said = actions.standing_minds(found.said)
    return {
        "fields": words.fields(found.left, found.right),
        "names": (words.name(found.left.row), words.name(found.right.row)),
        "why": words.WHY.get(found.of.reason, ""),
        "chance": words.chance(found.of.probability),
        "waterfall": words.waterfall(
            (step.field, step.found, step.bits) for step in (evidence.steps if evidence else ())
        ),
        "neighbours": others,
        "more_neighbours": more,
        "standing": words.STANDING.get(found.of.standing or "", ""),
        "minds": words.minds(said),
        "pair_fields": [(part, getattr(found.of.pair, part)) for part in PAIR],
    }


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def judge(request: ActingRequest) -> HttpResponse:
    """Decide the pair, then the next."""
    sent, pair = request.POST, named(request.POST)
    done = actions.judge(
        home=settings.HOME,
        of=_me(request),
        pair=pair,
        judgement=sent.get("judgement", ""),
        reason=sent.get("why", ""),
        seen=sent.get("seen", ""),
        by=request.acting.actor,
    )
    note: dict[str, Any] = {
        "judged": words.SAID[sent["judgement"]],
        "judged_standing": words.STANDING.get(done.standing, ""),
        "needs_another": done.standing in ("contradicted", "waits"),
        "meanwhile": words.minds(done.meanwhile),
    }
    return next_one(request, number(sent.get("at")) or 0, **note)


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def undo(request: ActingRequest) -> HttpResponse:
    """Take a decision back and show its pair again."""
    by, me = request.acting.actor, _me(request)
    pair = actions.undo(home=settings.HOME, of=me, event_id=request.POST.get("event", ""), by=by)
    at = number(request.POST.get("at")) or 0
    found = match_looks.open_pair(home=settings.HOME, of=me, pair=pair, at=at, by=by)
    return shown(request, found, taken_back=True)


def _me(request: ActingRequest) -> Any:
    return request.acting.member
