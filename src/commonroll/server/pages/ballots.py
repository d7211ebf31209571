"""Ballots: what came back by day, party and county against earlier elections; a day's file comes in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server import jobs
from commonroll.server.actions import ballot_lists
from commonroll.server.actions import ballot_returns as actions
from commonroll.server.actions import ballots as loading
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.templatetags.pages import party

MOST_DAYS, MOST_CURES = 60, 200
LOOKED_AT_DAYS = 30
"""Days after an election for which somebody may still chase or cure."""


@member_page("count")
def page(request: ActingRequest) -> HttpResponse:
    """The page; where nobody lets one ask, it says so and why."""
    may_load = request.acting.may("load") and bool(request.acting.member.state)
    context: dict[str, Any] = {"asked": request.GET, "may_load": may_load, "today": timezone.localdate()}
    try:
        found = _returns(request)
    except Refusal as refusal:
        return render(request, "pages/ballots.html", context | {"refusal": refusal})
    if found is not None:
        context |= {"found": found, "gaps": found.gaps, **_drawn(found), **_to_do(request, found)}
    return render(request, "pages/ballots.html", context)


@member_page("count")
def file(request: ActingRequest) -> HttpResponse:
    """The days of the page as CSV."""
    found = _returns(request)
    if found is None:
        raise Refusal("There are no ballots to count.", next_step="Load a day's file first.")
    answer = HttpResponse(actions.as_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="returns-{found.election}.csv"'
    return answer


@require_POST
@member_page("load")
def load(request: ActingRequest) -> HttpResponse:
    """Take a day's file in; the browser sends it with its own progress and is told where to go on."""
    given = request.POST
    election, as_of = _day(given.get("election")), _day(given.get("as_of"))
    if election is None or as_of is None:
        raise Refusal("A file is of one election, as of one day.", next_step="Fill in both days.")
    made = loading.upload(
        home=settings.HOME, to=request.acting.member, files=request.FILES.getlist("files"), election=election,
        as_of=as_of, piece="piece" in given, shorter_is_right="shorter" in given, by=request.acting.actor,
    )  # fmt: skip
    jobs.run_ballots.enqueue(str(made.pk))
    target = reverse("load", args=[made.pk])
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"next": target})
    return redirect(target)


def _returns(request: ActingRequest) -> actions.Returns | None:
    acting = request.acting
    return actions.returns(
        home=settings.HOME, viewer=acting.member, purpose=acting.purpose, by=acting.actor,
        election=_day(request.GET.get("election")),
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal("That is no day.", next_step="Write it as 2026-11-03.") from None


def _to_do(request: ActingRequest, found: actions.Returns) -> dict[str, Any]:
    """Whom to chase and who can cure, while there is time; nothing where nobody grants the question."""
    acting, today = request.acting, timezone.localdate()
    if (today - found.election).days > LOOKED_AT_DAYS:
        return {}
    asked: dict[str, Any] = {
        "home": settings.HOME, "viewer": acting.member, "purpose": acting.purpose, "live": True,
        "election": found.election, "by": acting.actor,
    }  # fmt: skip
    told: dict[str, Any] = {}
    with suppress(Refusal):
        _, out = ballot_lists.chase(**asked)
        told = {"chase": sum(one.chase for one in out), "unknown": sum(one.unknown for one in out)}
    with suppress(Refusal):
        _, lines = ballot_lists.cure(**asked)
        told |= {
            "cures": [(line, line.left(today)) for line in lines[:MOST_CURES]],
            "curable": sum(line.voters for line in lines),
            "sources": sorted({line.cites for line in lines if line.cites}),
        }
    return told


def _drawn(found: actions.Returns) -> dict[str, Any]:
    """Both charts and what they find, in words."""
    days = found.days[-MOST_DAYS:]
    lines = [{"name": _year(found.election), "values": [day.so_far for day in days]}]
    for at, election in enumerate(found.compared):
        lines.append({"name": _year(election), "values": [day.earlier[at] or 0 for day in days]})
    names = [part.name for part in found.parties[:5]]
    bars = [
        {"name": party(name), "values": [day.parties.get(name, 0) for day in days]} for name in names
    ] or [{"name": "Returned", "values": [day.returned for day in days]}]
    labels = [str(day.before) for day in days]
    last = days[-1] if days else None
    before = last.earlier[0] if last and last.earlier else None
    return {
        "so_far": {"kind": "line", "labels": labels, "series": lines},
        "per_day": {"kind": "bar", "labels": [f"{day.on:%b} {day.on.day}" for day in days], "series": bars},
        "last": last,
        "more": last.so_far - before if last and before else None,
        "than": found.compared[0] if before else None,
        "stale": [part for part in found.counties if part.stale],
        "shown_days": _paired(found, days[::-1]),
        "parties": _paired(found, found.parties),
        "counties": _paired(found, found.counties),
        "named": [one["name"] for one in bars],
        "best": max(days, key=lambda day: day.returned) if days else None,
    }


def _paired(found: actions.Returns, rows: Sequence[Any]) -> list[tuple[Any, list[tuple[date, Any]]]]:
    """Each row and, of each earlier election, its day and the row's number."""
    return [(row, list(zip(found.compared, row.earlier, strict=True))) for row in rows]


def _year(day: date) -> str:
    return f"{day.year}" if day.month == 11 else f"{day:%b} {day.year}"
