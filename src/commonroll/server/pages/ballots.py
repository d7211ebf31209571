"""Ballots: what came back by day, party and county against earlier elections; a day's file comes in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server.actions import ballot_returns as actions
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.templatetags.pages import party

MOST_DAYS = 60


@member_page("count")
def page(request: ActingRequest) -> HttpResponse:
    """The page; where nobody lets one ask, it says so and why."""
    context: dict[str, Any] = {"asked": request.GET, "may_load": request.acting.may("load")}
    try:
        found = _returns(request)
    except Refusal as refusal:
        return render(request, "pages/ballots.html", context | {"refusal": refusal})
    if found is not None:
        context |= {"found": found, "gaps": found.gaps, **_drawn(found)}
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
        "today": timezone.localdate(),
        "shown_days": days[::-1],
        "best": max(days, key=lambda day: day.returned) if days else None,
    }


def _year(day: date) -> str:
    return f"{day.year}" if day.month == 11 else f"{day:%b} {day.year}"
