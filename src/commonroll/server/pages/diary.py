"""My data's diary: who used it, what for, under which agreement; verified in one click."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from commonroll.agreements.profile import PURPOSES
from commonroll.agreements.words import label
from commonroll.roll.counties import all_counties, all_states, counties_within
from commonroll.server import dispute_rules
from commonroll.server.actions import diary as actions
from commonroll.server.actions import diary_totals as totals
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.models import Member
from commonroll.server.pages.periods import periods_of
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.transparency.checking import NOT_PROVED

PAGE = 50
USES = {
    "count": "counted",
    "view": "looked at rows",
    "contact": "worked a list",
    "export.intent": "took rows away",
    "share.open": "opened a share",
}
TYPE_WORDS: Mapping[str, str] = {
    **USES,
    "export.received": "a recipient signed for a file",
    "decisions": "an hour of decisions on who might do what",
    "opening": "something sealed was opened, or asked to be",
    "dispute.rule": "the rule on disputes changed",
    "mark.key": "a mark key was committed to",
    "mark.burnt": "a mark key was burnt",
    "decoys": "invented voters were committed to",
    "load": "a file was loaded",
    "agreement.finalized": "an agreement was signed by both",
    "agreement.step": "an agreement was drafted, changed or answered",
    "agreement.event": "an agreement was ended",
    "admission": "somebody applied, or criteria were published",
    "law.override": "a rule of law was set aside, or that was taken back",
    "stop": "somebody asked to stop, or that was taken back or looked up",
    "duty": "a duty to delete began or ended",
    "responses.returned": "answers came back",
    "member.key": "a signing key changed",
    "log.key": "the log's key changed",
    "witness.key": "a witness began or ended",
    "statement": "a statement was signed",
    "denied": "a request was turned down",
    "operator": "the operator acted",
}
MATCHED = "matched it with its own roll"


def chosen_log(request: ActingRequest) -> str:
    """The member's own log, or the federation's where that is asked for."""
    return FEDERATION_LOG if request.GET.get("log") == FEDERATION_LOG else request.acting.member.key


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    log, by = chosen_log(request), request.acting.actor
    filters = {name: request.GET[name] for name in actions.FILTERS if request.GET.get(name)}
    names = dict(Member.objects.values_list("key", "name"))
    own = log != FEDERATION_LOG
    rules = dispute_rules.by_hash()
    entries = actions.entries(
        home=settings.HOME,
        log=log,
        by=by,
        last=PAGE,
        before=number(request.GET.get("before")),
        **filters,
    )
    recipients, columns = totals.choices(log=log, by=by) if own else (set(), set())
    context = {
        "log": log,
        "federation_log": not own,
        "may_trace": request.acting.may("raw"),
        "entries": [said(entry, names) | {"rule": rules.get(entry["rule"])} for entry in entries],
        "older": entries[-1]["index"] if len(entries) == PAGE else None,
        "used": bool(recipients),
        "uses": totals.uses_by_agreement(log=log, by=by, filters=filters) if own else [],
        "filters": filters,
        "query": urlencode(filters | ({} if own else {"log": log})),
        "columns": sorted(((one, label(one)) for one in columns), key=lambda c: c[1]),
        "recipients": sorted(((key, names.get(key, key)) for key in recipients), key=lambda r: r[1]),
        "counties": _counties(request) if own else [],
        "county": all_counties().get(filters.get("county", ""), ""),
        "purpose_names": PURPOSES,
        "types": TYPE_WORDS,
        "chart": _chart(request, log, filters, names) if recipients else None,
    }
    template = "parts/diary_found.html" if request.htmx else "pages/diary.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def said(entry: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A log's entry with its codes in words; its time as a moment."""
    # list hygiene shows no rows: its reading is the match of two rolls
    matched = entry["type"] == "view" and entry["purpose"] == "hygiene"
    return {
        **entry,
        "at": datetime.fromisoformat(entry["at"]),
        "what": MATCHED if matched else TYPE_WORDS.get(entry["type"], entry["type"]),
        "who": names.get(entry["recipient"], "") or "you",
        "labels": [label(column) for column in entry["columns"]],
        "counties": [all_counties().get(fips, fips) for fips in entry["counties"]],
        "is_use": entry["type"] in USES,
    }


def _counties(request: ActingRequest) -> list[tuple[str, str]]:
    """The counties of the member's state, by name."""
    state = request.acting.member.state
    found = counties_within(state) if state in all_states() else ()
    return sorted(((county.fips, county.name) for county in found), key=lambda county: county[1])


def _chart(
    request: ActingRequest, log: str, filters: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, Any]:
    """Uses over the days that the filters leave, one series per recipient, for the chart and its table."""
    shown = periods_of(filters.get("since", ""), filters.get("until", ""))
    found = totals.uses_by_day(log=log, by=request.acting.actor, filters={**filters, **shown.filters})
    shown = shown.from_first(min((day for days in found.values() for day in days), default=None))
    return {
        "kind": "bar",
        "title": shown.title,
        "period": shown.kind,
        "labels": shown.labels,
        "series": [{"name": names.get(key, key), "values": shown.sums(days)} for key, days in found.items()],
    }


@member_page()
def download(request: ActingRequest) -> StreamingHttpResponse:
    """The entries that the filters leave, all of them, as CSV; codes and hashes, as they stand in the log."""
    log = chosen_log(request)
    filters = {name: request.GET[name] for name in actions.FILTERS if request.GET.get(name)}
    rows = actions.as_csv(log=log, by=request.acting.actor, filters=filters)
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="diary-{log}.csv"'
    return answer


@require_POST
@member_page()
def verify(request: ActingRequest) -> HttpResponse:
    """Re-derive the whole log now and say in words what was found."""
    log = FEDERATION_LOG if request.POST.get("log") == FEDERATION_LOG else request.acting.member.key
    by = request.acting.actor
    verdict = actions.verify(home=settings.HOME, log=log, by=by)
    vkey = actions.log_folder(home=settings.HOME, log=log, by=by)[1]
    context = {"verdict": verdict, "log": log, "vkey": vkey, "not_proved": NOT_PROVED}
    return render(request, "parts/log_verdict.html", context)


@member_page()
def receipt(request: ActingRequest, log: str, index: int) -> HttpResponse:
    """One entry's receipt, a file that anyone can check offline."""
    text = actions.receipt(home=settings.HOME, log=log, index=index, by=request.acting.actor)
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{log}-{index}.tlog-proof"'
    return answer
