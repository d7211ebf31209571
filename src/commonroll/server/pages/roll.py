"""The roll: files come in, the gate judges them, snapshots and what changed between them."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
from commonroll.server import jobs
from commonroll.server.actions import decisions, layouts, statements
from commonroll.server.actions import loads as actions
from commonroll.server.models import Load, Statement
from commonroll.server.pages import addresses, gate, redactions
from commonroll.server.pages.refused import lines
from commonroll.server.pages.shell import ActingRequest, kept, member_page, number

LOADS_SHOWN = 20
WORKING = (Load.State.WAITING, Load.State.RUNNING)


def own_vault(request: ActingRequest) -> Vault:
    return actions.vault(settings.HOME, request.acting.member)


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    if not me.state:
        return render(request, "pages/roll_none.html")
    snapshots = own_vault(request).snapshots()
    context = {
        **addresses.summary(request),
        **redactions.summary(request),
        "snapshots": snapshots,
        "newest": snapshots[0] if snapshots else None,
        "loads": Load.objects.filter(member=me)[:LOADS_SHOWN],
        "working": Load.objects.filter(member=me, state__in=WORKING).first(),
        "may_load": request.acting.may("load"),
        "may_see_lines": request.acting.may("raw"),
        "may_protect": request.acting.may("protect"),
        "protection": own_vault(request).protection(snapshots[0]) if snapshots else "",
        "statement": Statement.objects.filter(member=me).first(),
        "may_sign": request.acting.may("sign"),
        "growth": growth(snapshots),
        "accept_choices": [one for one in Load.Accept.choices if one[0] != Load.Accept.OVERRULE],
        "accept": request.GET.get("accept", Load.Accept.GATE),
    }
    return render(request, "pages/roll.html", context)


def growth(snapshots: list[Any]) -> dict[str, Any] | None:
    """Voters per snapshot over time, for the chart; None for fewer than two."""
    if len(snapshots) < 2:
        return None
    ordered = snapshots[::-1]
    values = [s.rows.get("voters", 0) for s in ordered]
    return {
        "kind": "line",
        "from": int(min(values) * 0.9),
        "labels": [f"{s.number}: {s.made_at.day} {s.made_at:%b}" for s in ordered],
        "series": [{"name": "voters", "values": values}],
    }


@require_POST
@member_page("load")
def upload(request: ActingRequest) -> HttpResponse:
    """Take files in; the browser sends them with its own progress and is told where to go on."""
    accept = request.POST.get("accept", Load.Accept.GATE)
    if accept not in (Load.Accept.GATE, Load.Accept.QUARANTINE):
        raise Refusal("there is no such choice", next_step="choose how to go on after the gate")
    load = actions.upload(
        home=settings.HOME,
        to=request.acting.member,
        files=request.FILES.getlist("files"),
        accept=accept,
        piece="piece" in request.POST,
        by=request.acting.actor,
    )
    jobs.run_load.enqueue(str(load.pk))
    target = reverse("load", args=[load.pk])
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"next": target})
    return redirect(target)


def find(request: ActingRequest, load: uuid.UUID) -> Load:
    return actions.load_of(member=request.acting.member, pk=str(load), by=request.acting.actor)


@member_page()
def one(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    found = find(request, load)
    context: dict[str, Any] = {
        "load": found,
        "may_see_lines": request.acting.may("raw"),
        "may_load": request.acting.may("load"),
        "may_overrule": request.acting.may("load") and actions.may_overrule(found),
        "longest_reason": decisions.LONGEST_REASON,
        "drift": found.report.get("drift"),
        "may_fit": request.acting.may("load") and layouts.may_fit(found),
    }
    if found.state in WORKING:
        return render(request, "pages/load_running.html", context)
    if found.verdict:
        context |= gate.context(found.report, published=found.snapshot is not None)
    context["newest"] = own_vault(request).current()
    return render(request, "pages/load.html", context)


@require_POST
@member_page("load")
def accept(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """Take what is good of a held delivery."""
    made = decisions.accept_held(load=find(request, load), by=request.acting.actor)
    jobs.run_load.enqueue(str(made.pk))
    return redirect("load", made.pk)


@require_POST
@member_page("load")
def refuse(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """Turn a held delivery down."""
    decisions.refuse_held(load=find(request, load), by=request.acting.actor)
    messages.success(request, "The file is refused; your roll is as it was.")
    return redirect("load", load)


@member_page()
def progress(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """The bar of a running load; when it is over the browser is told to show its report."""
    found = find(request, load)
    answer = render(request, "parts/load_progress.html", {"load": found})
    if found.state not in WORKING:
        answer["HX-Refresh"] = "true"
    return answer


@member_page("raw")
def refused(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """Lines that did not load for one reason, as they came: the owner's own, nobody else's."""
    found = find(request, load)
    reason = request.GET.get("reason", "")
    start = number(request.GET.get("from")) or 0
    held = own_vault(request)
    shown = lines(held.refused_files(str(found.pk)), held.suppressed(), reason, start)
    return render(request, "pages/refused_lines.html", {"load": found, "reason": reason, "shown": shown})


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def state(request: ActingRequest) -> HttpResponse:
    """Sign that voters whose protection the state does not publish may be shown."""
    statements.make_statement(
        home=settings.HOME,
        member=request.acting.member,
        passphrase=request.POST.get("passphrase", ""),
        by=request.acting.actor,
    )
    messages.success(request, "The statement is signed; agreements work from now on.")
    return redirect("roll")


@require_POST
@member_page("protect")
def protect(request: ActingRequest) -> HttpResponse:
    """Load a list of protected voters; it applies at once, to every snapshot."""
    given = request.FILES.get("list")
    if given is None:
        raise Refusal("no list came with the form", next_step="choose a file with one voter id a line")
    with kept(given) as file:
        added = actions.protect(
            home=settings.HOME, of=request.acting.member, file=file, by=request.acting.actor
        )
    messages.success(request, f"{added:,} voters are protected now: they are in no view, list or extract.")
    return redirect("roll")
