"""What changed in the roll: between two snapshots or days, and from each snapshot to the next by county."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from commonroll.errors import Refusal
from commonroll.roll.changes.diff import KINDS, PART_OF
from commonroll.roll.changes.timeline import COUNTED
from commonroll.server.actions import history as actions
from commonroll.server.pages import churn
from commonroll.server.pages.figures import bars, step_key, step_of, steps
from commonroll.server.pages.roll import own_vault
from commonroll.server.pages.shell import ActingRequest, member_page

WORDS: Mapping[str, str] = {
    "added": "added",
    "came_back": "of them, came back",
    "dropped": "dropped",
    "reused": "id of another person now",
    "moved": "moved",
    "moved_between": "of them, to another county",
    "changed_party": "changed party",
    "changed_status": "changed status",
    "changed_name": "changed name",
}
WHOLE = tuple(kind for kind in KINDS if kind not in PART_OF)
PATIENCE = 2.0
"""Seconds of counting before a page answers; the browser asks again for the rest."""


@member_page()
def diff(request: ActingRequest) -> HttpResponse:
    """Two snapshots compared, named by number or by a day on which they were the roll."""
    me, asked = request.acting.member, request.GET
    snapshots = own_vault(request).snapshots() if me.state else []
    old, new = (asked.get(day) or asked.get(number) or "" for day, number in (("from", "old"), ("to", "new")))
    context: dict[str, Any] = {
        "snapshots": snapshots,
        "from_day": asked.get("from", ""),
        "to_day": asked.get("to", ""),
    }
    try:
        report = actions.difference(home=settings.HOME, of=me, old=old, new=new, by=request.acting.actor)
    except Refusal as refusal:
        if len(snapshots) < 2:
            raise
        return render(request, "pages/diff.html", {**context, "refusal": refusal}, status=400)
    context |= diff_context(report.as_dict(), asked.get("county", ""))
    made = {one.number: one.made_at for one in snapshots}
    context |= {
        "old_at": made.get(report.old),
        "new_at": made.get(report.new),
        "query": _without_county(request),
    }
    return render(request, "pages/diff.html", context)


def _without_county(request: ActingRequest) -> str:
    asked = request.GET.copy()
    asked.pop("county", None)
    return asked.urlencode()


def diff_context(report: dict[str, Any], county: str = "") -> dict[str, Any]:
    """The difference as bars, a map of change by county, tables; turns of one county or of all."""
    places = [
        {**place, "all": sum(place[kind] for kind in WHOLE)} for place in report["counties"] if place["fips"]
    ]
    ends = steps([place["all"] for place in places])
    chosen = next((place for place in places if place["fips"] == county), None)
    return {
        "diff": report,
        "county": chosen,
        "totals": bars([(WORDS[kind], report[kind]) for kind in KINDS]),
        "places": sorted(places, key=lambda place: -place["all"]),
        "turns": [
            (label, turned((chosen or report)[f"{column}_turns"], column))
            for column, label in (("party", "Parties"), ("status", "Statuses"))
        ],
        "map": {
            place["fips"]: {
                "step": step_of(place["all"], ends),
                "label": f"{place['name']}: {place['all']:,} changes, {place['added']:,} added, "
                f"{place['dropped']:,} dropped",
            }
            for place in places
        },
        "key": step_key(ends),
    }


@dataclass(frozen=True)
class Turned:
    """A table of who turned from what to what: the heads, and per row its head, cells (step, number), sum."""

    column: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[int, int]], int]]
    sums: Sequence[int]


def turned(pairs: Sequence[Mapping[str, Any]], column: str) -> Turned | None:
    """The table of a report's pairs; None where nobody turned."""
    if not pairs:
        return None
    counts = {(one["from"], one["to"]): one["voters"] for one in pairs}
    froms, heads = (
        sorted({pair[side] for pair in counts}, key=lambda code: (not code, code)) for side in (0, 1)
    )
    ends = steps(list(counts.values()))
    rows = [
        (was, [(step_of(counts.get((was, now), 0), ends), counts.get((was, now), 0)) for now in heads],
         sum(n for (code, _), n in counts.items() if code == was))
        for was in froms
    ]  # fmt: skip
    sums = [sum(n for (_, code), n in counts.items() if code == now) for now in heads]
    return Turned(column, heads, rows, sums)


@member_page()
def over_time(request: ActingRequest) -> HttpResponse:
    """Who came and went from each kept snapshot to the next, for the state or one county, and per county."""
    me = request.acting.member
    if not me.state:
        return render(request, "pages/roll_none.html")
    found, left = actions.periods(home=settings.HOME, of=me, by=request.acting.actor, within=PATIENCE)
    context = churn.context(found, request.GET.get("county", ""))
    context |= {"left": left, "done": len(found), "all": len(found) + left}
    template = "parts/churn.html" if getattr(request, "htmx", False) else "roll/churn.html"
    return render(request, template, context)


@member_page()
def over_time_file(request: ActingRequest) -> HttpResponse:
    """The same as a CSV file: one line per county and period."""
    me = request.acting.member
    found, _ = actions.periods(home=settings.HOME, of=me, by=request.acting.actor)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="changes-by-county-{me.key}.csv"'
    out = csv.writer(answer)
    out.writerow(
        ["county_fips", "county", "from_snapshot", "to_snapshot", "from", "to", "voters_before", *COUNTED]
    )
    for one in found:
        days = (one.since.date().isoformat(), one.until.date().isoformat())
        for (fips, name), n in one.counties.items():
            out.writerow([fips, name, one.old, one.new, *days, n["voters"], *(n[kind] for kind in COUNTED)])
    return answer
