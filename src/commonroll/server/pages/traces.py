"""Trace a leak: an owner's lead drops a file, and is told whose copies it was made of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.roll.vault.vault import Vault
from commonroll.server import jobs, members, trace_notes
from commonroll.server.actions import trace_uploads as actions
from commonroll.server.actor import Unknown
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.trace_notes import Note
from commonroll.tracing import report as reports


@member_page("raw")
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/traces.html", _shown(request))


@member_page("raw")
def progress(request: ActingRequest) -> HttpResponse:
    """The results while a file is traced; the page asks again until none is."""
    return render(request, "parts/traces.html", _shown(request))


@require_POST
@member_page("raw")
def begin(request: ActingRequest) -> HttpResponse:
    """Take a file in; the browser sends it with its own progress and is told where to go on."""
    owner, by = request.acting.member, request.acting.actor
    file, seen_on = request.FILES.get("files"), request.POST.get("seen_on", "")
    note = actions.begin(home=settings.HOME, owner=owner, file=file, seen_on=seen_on, by=by)
    jobs.trace_leak.enqueue(owner.key, note.id, by.label)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"next": reverse("traces")})
    return redirect("traces")


@member_page("raw")
def report(request: ActingRequest, trace: UUID) -> HttpResponse:
    """A report to take along: the bytes that the log has the hash of, or (`?as=html`) a page of the same."""
    owner = request.acting.member
    note = actions.one(home=settings.HOME, owner=owner, name=str(trace), by=request.acting.actor)
    if note.state != trace_notes.DONE:
        raise Unknown("There is no report of it.", next_step="See the page Trace a leak.")
    vault = Vault(settings.HOME.vaults, owner.key)
    if request.GET.get("as") == "html":
        return _file(reports.as_html(trace_notes.document(vault, note)).encode(), note, "html", "text/html")
    return _file(trace_notes.report(vault, note), note, "json", "application/json")


def _file(content: bytes, note: Note, ending: str, kind: str) -> HttpResponse:
    name = f"trace-{note.at[:10]}-{note.id[:8]}.{ending}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=f"{kind}; charset=utf-8", headers=disposition)


def _shown(request: ActingRequest) -> dict[str, Any]:
    vault, now = Vault(settings.HOME.vaults, request.acting.member.key), timezone.now()
    found = [(note, note.stuck(now), _said(vault, note)) for note in trace_notes.every(vault)]
    tracing = any(note.state == trace_notes.TRACING and not stuck for note, stuck, _ in found)
    return {"found": found, "tracing": tracing}


def _said(vault: Vault, note: Note) -> dict[str, Any]:
    """What a report says, with names of members for their keys; nothing where there is none yet."""
    if note.state != trace_notes.DONE:
        return {}
    said, known = trace_notes.document(vault, note), members.every()

    def named(one: dict[str, Any]) -> dict[str, Any]:
        return one | {"name": name(one["recipient"])}

    def name(key: str) -> str:
        return known[key].name if key in known else key

    accused = [named(one) for one in said["accused"]]
    refused = [named(one) for one in said.get("refused", ())]
    return said | {
        "accused": accused,
        "refused": refused,
        "named": [one["name"] for one in accused],
        "hints": [one | {"names": list(map(name, one["recipients"]))} for one in said.get("hints", ())],
        "layers_read": [one for one in said["layers"] if one["readable"]],
    }
