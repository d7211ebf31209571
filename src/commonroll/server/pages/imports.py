"""Lists of people: brought, looked at, tried, matched and kept; undone and brought back."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.identity.hygiene import CHANNELS
from commonroll.identity.lists.headers import ROLES, SEVERAL
from commonroll.insight import import_output
from commonroll.insight.import_list import Import
from commonroll.insight.imports import HYGIENE, kept_report
from commonroll.server import jobs
from commonroll.server.actions import import_rows
from commonroll.server.actions import imports as actions
from commonroll.server.actions.loads import vault
from commonroll.server.models import ListImport
from commonroll.server.pages.figures import bars
from commonroll.server.pages.hygiene import CHANNEL_WORDS
from commonroll.server.pages.import_words import KINDS, outcomes
from commonroll.server.pages.shell import ActingRequest, Response, member_page

WORKING = (ListImport.State.WAITING, ListImport.State.RUNNING)
SHOWN = 40


@member_page("raw")
def page(request: ActingRequest) -> HttpResponse:
    """The form for a list, lists under way, and those that came in."""
    me, by = request.acting.member, request.acting.actor
    if not me.state:
        return render(request, "pages/roll_none.html")
    under_way = ListImport.objects.filter(member=me).exclude(state=ListImport.State.DONE)
    known = actions.standing(home=settings.HOME, of=me, by=by)
    return render(
        request,
        "imports/imports.html",
        {
            "under_way": under_way[:SHOWN],
            "imports": [(one, uuid.UUID(one.import_id), KINDS[one.kind]) for one in known],
            "kinds": KINDS.items(),
            "today": timezone.localdate(),
            "may_load": request.acting.may("load"),
            "has_roll": vault(settings.HOME, me).current() is not None,
        },
    )


@require_POST
@member_page("load")
def bring(request: ActingRequest) -> HttpResponse:
    """Take a list in; the browser sends it with its own progress and is told where to go on."""
    given = {name: request.POST.get(name, "") for name in ("kind", "source", "licence", "basis", "dated_on")}
    files = request.FILES.getlist("files")
    if len(files) > 1:
        raise Refusal("a list is one file", next_step="bring each list by itself: each has its own source")
    listed = actions.upload(
        home=settings.HOME,
        to=request.acting.member,
        file=files[0] if files else None,
        terms=actions.Terms(**given),
        sheet=request.POST.get("sheet", "").strip(),
        by=request.acting.actor,
    )
    jobs.run_import.enqueue(str(listed.pk))
    target = reverse("import", args=[listed.pk])
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"next": target})
    return redirect(target)


def find(request: ActingRequest, listed: uuid.UUID) -> ListImport:
    return actions.import_of(member=request.acting.member, pk=str(listed), by=request.acting.actor)


def known(request: ActingRequest, listed: uuid.UUID) -> Import | None:
    """The import as the vault has it; None where it was not kept."""
    found = actions.standing(home=settings.HOME, of=request.acting.member, by=request.acting.actor)
    return next((one for one in found if one.import_id == listed.hex), None)


@member_page("raw")
def one(request: ActingRequest, listed: uuid.UUID) -> HttpResponse:
    """One list: its columns, what matching it finds, or what it brought."""
    kept = known(request, listed)
    if kept is not None:
        return render(request, "imports/kept.html", _kept(request, listed, kept))
    found = find(request, listed)
    context: dict[str, Any] = {"listed": found, "kind": KINDS[found.kind]}
    if found.state in WORKING:
        return render(request, "imports/running.html", context)
    report = found.report
    context |= {
        "report": report,
        "columns": report.get("columns", []),
        "roles": ROLES.items(),
        "several": SEVERAL,
        "may_load": request.acting.may("load") and bool(found.folder),
        "channels": [(one, CHANNEL_WORDS[one]) for one in CHANNELS] if found.kind == HYGIENE else [],
        "tried": "sure" in report,
    }
    return render(request, "imports/waiting.html", context | _figures(report))


def _kept(request: ActingRequest, listed: uuid.UUID, kept: Import) -> dict[str, Any]:
    held = vault(settings.HOME, request.acting.member)
    report = kept_report(held, kept.import_id) or {}
    refusal = None
    try:
        import_output.check_output(held, kept.import_id)
    except Refusal as why:
        refusal = why
    return {
        "kept": kept, "key": listed, "kind": KINDS[kept.kind], "report": report,
        "columns": report.get("columns", []), "may_load": request.acting.may("load"), "no_rows": refusal,
        "brought": [(words, kept.brought.get(table, 0)) for table, words in BROUGHT.items()],
        **_figures(report),
    }  # fmt: skip


BROUGHT = {
    "facts": "facts",
    "contacts": "contacts",
    "reachables": "phones and e-mails",
    "listings": "places on lists",
}


def _figures(report: dict[str, Any]) -> dict[str, Any]:
    """What the report's charts and tables need."""
    if "sure" not in report:
        return {}
    return {
        "outcomes": outcomes(report),
        "groups": [
            ("by what a row holds", "fields", report["fields"]),
            ("by county", "counties", report["counties"]),
            ("by age", "ages", report["ages"]),
        ],
        "bars": bars([(words, rows) for words, rows in outcomes(report)]),
    }


@member_page("raw")
def progress(request: ActingRequest, listed: uuid.UUID) -> HttpResponse:
    """The bar of a list that is read or matched; when it is over the browser shows what came of it."""
    found = find(request, listed)
    answer = render(request, "imports/progress.html", {"listed": found})
    if found.state not in WORKING:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@member_page("load")
def go_on(request: ActingRequest, listed: uuid.UUID) -> HttpResponse:
    """State what columns hold, then look again, try, or match and keep."""
    found = find(request, listed)
    actions.go_on(
        listed=found,
        step=request.POST.get("step", ""),
        columns=_stated(request, found),
        again="again" in request.POST,
        leave_alone=request.POST.getlist("leave_alone"),
        by=request.acting.actor,
    )
    jobs.run_import.enqueue(str(found.pk))
    return redirect("import", found.pk)


def _stated(request: ActingRequest, found: ListImport) -> dict[str, str]:
    """Roles that somebody chose, now or before; a role that was told stays told, so that it is checked."""
    stated = dict(found.columns)
    for at, column in enumerate(found.report.get("columns", [])):
        chosen = request.POST.get(f"role-{at}", column["role"])
        if chosen != column["role"]:
            stated[column["name"]] = chosen
    return stated


@require_POST
@member_page("load")
def drop(request: ActingRequest, listed: uuid.UUID) -> HttpResponse:
    """Forget a list that was not kept."""
    actions.drop(listed=find(request, listed), by=request.acting.actor)
    messages.success(request, "The list is gone; nothing of it was kept.")
    return redirect("imports")


@require_POST
@member_page("load")
def undo(request: ActingRequest, listed: uuid.UUID) -> HttpResponse:
    """Undo an import."""
    actions.undo(
        home=settings.HOME,
        of=request.acting.member,
        import_id=listed.hex,
        reason=request.POST.get("reason", ""),
        by=request.acting.actor,
    )
    messages.success(request, "Undone: nothing that this list brought counts any more.")
    return redirect("import", listed)


@require_POST
@member_page("load")
def restore(request: ActingRequest, listed: uuid.UUID) -> HttpResponse:
    """Undo the undoing of an import."""
    actions.restore(
        home=settings.HOME,
        of=request.acting.member,
        import_id=listed.hex,
        reason=request.POST.get("reason", ""),
        by=request.acting.actor,
    )
    messages.success(request, "What this list brought counts again.")
    return redirect("import", listed)


@require_POST
@member_page("raw")
def rows(request: ActingRequest, listed: uuid.UUID) -> Response:
    """The list's own rows with voter ids, once the receipt is covered by a checkpoint."""
    with tempfile.TemporaryDirectory(dir=settings.HOME.tmp) as folder:
        to = Path(folder) / "rows.csv"
        import_rows.release(
            home=settings.HOME,
            of=request.acting.member,
            import_id=listed.hex,
            purpose=request.acting.purpose,
            to=to,
            by=request.acting.actor,
        )
        # opened before the folder goes: the file lives as long as it is read
        return FileResponse(to.open("rb"), as_attachment=True, filename=f"matched-{listed.hex[:8]}.csv")
