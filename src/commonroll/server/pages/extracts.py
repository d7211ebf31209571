"""Extracts: rows that leave, with their receipts; and rows on a screen."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.agreements.profile import Mode
from commonroll.errors import Refusal
from commonroll.server import cuts, jobs
from commonroll.server.actions import approvals, export_receipts, facts
from commonroll.server.actions import offered as offers
from commonroll.server.actions import questions as actions
from commonroll.server.actor import Unknown
from commonroll.server.models import Extract, Member
from commonroll.server.pages.chips import chips
from commonroll.server.pages.figures import bars
from commonroll.server.pages.shell import ActingRequest, Response, member_page
from commonroll.server.permits import grants_in_force
from commonroll.tracing.promise import USUALLY, traceable
from commonroll.views.fact_words import Subject, fact_field
from commonroll.views.universe import parse

SHOWN = 30
TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
USUAL = ("state_voter_id", "first_name", "last_name", "county_name", "party")
NOT_SHOWN = ("agreement",)
"""Carried with every row for files; on a screen the owner's name says as much."""
WORKING = (Extract.State.WAITING, Extract.State.RUNNING)


def column_choices(request: ActingRequest, mode: Mode, chosen: list[str]) -> list[dict[str, Any]]:
    """Columns a list can show, by class, with how many owners grant each for this purpose and mode."""
    held = grants_in_force(request.acting.member, request.acting.purpose, timezone.now())
    grants = [grant for grant in held.values() if mode in grant.modes]
    own = 1 if request.acting.member.state else 0
    found: dict[str, list[dict[str, Any]]] = {}
    acting = request.acting
    for one in offers.offered(viewer=acting.member, purpose=acting.purpose, by=acting.actor):
        if given := one.owners[mode]:
            column = one.column
            offer = {"name": column.name, "owners": given, "meaning": column.meaning}
            found.setdefault(column.cls, []).append({**offer, "chosen": column.name in chosen})
    total = own + len(grants)
    shared = offers.scores(
        home=settings.HOME, viewer=acting.member, purpose=acting.purpose, mode=mode, by=acting.actor
    )
    for score, given in shared.items():
        offer = {"name": score.name, "owners": given, "meaning": score.meaning}
        found.setdefault("scores", []).append({**offer, "chosen": score.name in chosen})
    attributes = facts.attributes(home=settings.HOME, of=request.acting.member, by=request.acting.actor)
    words: tuple[tuple[Subject, str, str], ...] = (
        ("voter", "fact", "your own facts"), ("household", "household_fact", "households"),
    )  # fmt: skip
    for of, word, heading in words:
        for field in (fact_field(word, attribute) for attribute in attributes.get(of, ())):
            if not field.cleans:
                offer = {"name": field.name, "owners": own, "meaning": field.meaning}
                found.setdefault(heading, []).append({**offer, "chosen": field.name in chosen})
    return [{"name": cls, "columns": columns, "total": total} for cls, columns in found.items()]


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    where = request.GET.get("where", "").strip()
    columns = request.GET.getlist("columns") or list(USUAL)
    context: dict[str, Any] = {
        "extracts": Extract.objects.filter(viewer=request.acting.member)[:SHOWN],
        "may_export": request.acting.may("export"),
        "may_keys": request.acting.may("keys"),
        "wait_for_me": len(approvals.waiting(owner=request.acting.member, by=request.acting.actor)),
        "where": where,
        "classes": column_choices(request, "export", columns),
        "formats": Extract.Format.choices,
        "traceable": USUALLY,
        **_chips(where),
    }
    return render(request, "pages/extracts.html", context)


def _chips(where: str) -> dict[str, Any]:
    try:
        return {"chips": chips(parse(where)) if where else []}
    except Refusal as refusal:
        return {"refusal": refusal}


@require_POST
@member_page("export")
def make(request: ActingRequest) -> HttpResponse:
    if not request.POST.getlist("columns"):
        raise Refusal("no columns are chosen", next_step="choose the columns that you need")
    extract = actions.ask_extract(
        viewer=request.acting.member,
        purpose=request.acting.purpose,
        where=request.POST.get("where", ""),
        columns=request.POST.getlist("columns"),
        format=request.POST.get("format", "csv"),
        by=request.acting.actor,
    )
    jobs.run_extract.enqueue(str(extract.pk))
    return redirect("extract", extract.pk)


@member_page("export")
def one(request: ActingRequest, extract: uuid.UUID) -> HttpResponse:
    found = actions.extract_of(viewer=request.acting.member, pk=str(extract), by=request.acting.actor)
    return render(request, "pages/extract.html", _one(request, found))


def _one(request: ActingRequest, found: Extract, **more: Any) -> dict[str, Any]:
    names = dict(Member.objects.values_list("key", "name"))
    lent = export_receipts.of_extract(extract=found, by=request.acting.actor)
    return {
        "extract": found,
        "working": found.state in WORKING,
        "owners": bars(
            [(names.get(k, k), n) for k, n in sorted(found.rows_by_owner.items(), key=lambda p: -p[1])]
        ),
        "words": [
            {"owner": names.get(key, key), "said": bool(word["by"])}
            for key, word in sorted(found.words.items())
        ],
        "settled": approvals.settled(found),
        "receipts": sorted(names.get(key, key) for key in found.rows_by_owner),
        "lent": lent,
        "unsigned": [one.agreement.owner.name for one in lent if one.received_at is None],
        "may_sign": request.acting.may("sign"),
        "traceable": traceable(found.rows or 0, found.columns),
        **_chips(found.where),
        **more,
    }


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def received(request: ActingRequest, extract: uuid.UUID) -> HttpResponse:
    """The member's signed receipts of a file, with the key kept here."""
    by = request.acting.actor
    found = actions.extract_of(viewer=request.acting.member, pk=str(extract), by=by)
    passphrase = request.POST.get("passphrase", "")
    try:
        signed = export_receipts.sign(home=settings.HOME, extract=found, passphrase=passphrase, by=by)
    except Refusal as refusal:
        return render(request, "pages/extract.html", _one(request, found, refusal=refusal), status=400)
    messages.success(request, f"Signed for {', '.join(one.agreement.owner.name for one in signed)}.")
    return redirect("extract", found.pk)


@member_page("export")
def progress(request: ActingRequest, extract: uuid.UUID) -> HttpResponse:
    found = actions.extract_of(viewer=request.acting.member, pk=str(extract), by=request.acting.actor)
    answer = render(request, "parts/extract_progress.html", {"extract": found})
    if found.state not in WORKING:
        answer["HX-Refresh"] = "true"
    return answer


@member_page("export")
def download(request: ActingRequest, extract: uuid.UUID) -> Response:
    """The file, once its receipts are covered by a checkpoint; never before."""
    found = actions.extract_of(viewer=request.acting.member, pk=str(extract), by=request.acting.actor)
    path = settings.HOME.extracts / found.file
    if found.state != Extract.State.DONE or not path.is_file():
        raise Unknown("this extract has no file", next_step="make the extract again")
    kind = "extract" if found.kind == Extract.Kind.ROWS else found.kind
    name = f"{kind}-{found.created_at:%Y-%m-%d}-{str(found.pk)[:8]}.{found.format}"
    cuts.check(found)
    answer = StreamingHttpResponse(cuts.stream(found, path), content_type=TYPES[found.format])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(path.stat().st_size)
    return answer


@member_page("export")
def receipts(request: ActingRequest, extract: uuid.UUID) -> HttpResponse:
    """The proofs of every owner's receipt, one after the other in one text file."""
    found = actions.extract_of(viewer=request.acting.member, pk=str(extract), by=request.acting.actor)
    proofs = actions.proofs(home=settings.HOME, extract=found, by=request.acting.actor)
    if request.GET.get("owner") in proofs:
        proofs = {request.GET["owner"]: proofs[request.GET["owner"]]}
    answer = HttpResponse("\n".join(proofs.values()), content_type="text/plain; charset=utf-8")
    owner = "-".join(proofs) or "none"
    answer["Content-Disposition"] = f'attachment; filename="extract-{str(found.pk)[:8]}.{owner}.tlog-proof"'
    return answer


@member_page("view")
def rows(request: ActingRequest) -> HttpResponse:
    """The first rows of a universe on a screen; each look is in the owners' logs."""
    where = request.GET.get("where", "").strip()
    columns = request.GET.getlist("columns")
    context: dict[str, Any] = {
        "where": where,
        "query": request.GET.urlencode(),
        "classes": column_choices(request, "view", columns or list(USUAL)),
        **_chips(where),
        "universe_url": reverse("universe"),
    }
    if columns and "refusal" not in context:
        context |= _shown(request, where, columns)
    return render(request, "pages/rows.html", context)


def _shown(request: ActingRequest, where: str, columns: list[str]) -> dict[str, Any]:
    try:
        shown = actions.rows(
            home=settings.HOME,
            viewer=request.acting.member,
            purpose=request.acting.purpose,
            where=where,
            columns=columns,
            by=request.acting.actor,
        )
    except Refusal as refusal:
        return {"refusal": refusal, "gaps": getattr(refusal, "gaps", ())}
    names = dict(Member.objects.values_list("key", "name"))
    columns = [name for name in shown.rows.column_names if name not in NOT_SHOWN]
    values = [row.values() for row in shown.rows.select(columns).to_pylist()]
    rows = [[names.get(owner, owner), *rest] for owner, *rest in values]
    return {"shown": {"columns": columns, "rows": rows}, "gaps": shown.gaps}
