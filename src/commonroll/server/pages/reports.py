"""What goes with a load: its signed report, its refused lines as a file, reused ids, an owner's word."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.roll.gate import reports
from commonroll.roll.redaction import refused_lines
from commonroll.server import gate_reports, jobs
from commonroll.server.actions import decisions, loads
from commonroll.server.pages.roll import find, own_vault
from commonroll.server.pages.shell import ActingRequest, Response, member_page

IDS_SHOWN = 1_000


@require_POST
@member_page("load")
def overrule(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """Take a delivery against the gate's refusal, for a reason that stays in the report and the log."""
    made = decisions.overrule(
        load=find(request, load), reason=request.POST.get("reason", ""), by=request.acting.actor
    )
    jobs.run_load.enqueue(str(made.pk))
    return redirect("load", made.pk)


@member_page()
def report(request: ActingRequest, load: uuid.UUID, kind: str) -> Response:
    """The signed report as a file: a page of its own, or JSON."""
    found = find(request, load)
    signed = gate_reports.of(settings.HOME, found)
    path = signed.html if kind == "html" else signed.json
    name = f"gate-report-{found.member.key}-{found.created_at:%Y-%m-%d}-{str(found.pk)[:8]}.{kind}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@member_page("raw")
def refused_file(request: ActingRequest, load: uuid.UUID) -> Response:
    """The load's refused lines as a file to be mended and loaded again: the owner's own."""
    found, held = find(request, load), own_vault(request)
    files = held.refused_files(str(found.pk))
    if not files:
        return redirect("load", found.pk)
    with tempfile.TemporaryDirectory(dir=settings.HOME.tmp) as folder:
        path = Path(folder) / "refused.csv"
        refused_lines.write(files, held.suppressed(), path)
        opened = path.open("rb")  # the open file outlives its name
    name = f"refused-{found.member.key}-{str(found.pk)[:8]}.csv"
    return FileResponse(opened, as_attachment=True, filename=name)


@require_POST
@member_page("load")
def mend(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """Take the file of refused lines back, mended: its lines join the current roll if the gate accepts."""
    made = loads.upload_mended(
        home=settings.HOME,
        of=find(request, load),
        file=request.FILES.get("lines"),
        by=request.acting.actor,
    )
    jobs.run_load.enqueue(str(made.pk))
    return redirect("load", made.pk)


@member_page("raw")
def reused(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """Ids under which this delivery has another person than the snapshot before: the owner's own."""
    found, held = find(request, load), own_vault(request)
    hidden = {row["state_voter_id"] for row in held.suppressed().to_pylist() if not row["channel"]}
    ids = [
        row
        for row in reports.reused_ids(held, str(found.pk)).to_pylist()
        if row["state_voter_id"] not in hidden
    ]
    names = {place["fips"]: place["name"] for place in found.report.get("counties", ())}
    shown = [
        {"id": row["state_voter_id"], "county": names.get(row["county_fips"], "")} for row in ids[:IDS_SHOWN]
    ]
    return render(request, "pages/reused_ids.html", {"load": found, "ids": shown, "total": len(ids)})
