"""Leaving: what it would do, the package on its way and finished, the removal of what is here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.flow.leaving import age
from commonroll.server import jobs
from commonroll.server.actions import leaving as actions
from commonroll.server.actions import removal
from commonroll.server.pages.shell import ActingRequest, Response, member_page


@member_page("leave")
def page(request: ActingRequest) -> HttpResponse:
    """What leaving would do, before anything is asked; and how far it is."""
    return render(request, "pages/leave.html", _context(request))


def _context(request: ActingRequest, **more: Any) -> dict[str, Any]:
    me, by = request.acting.member, request.acting.actor
    work = actions.newest(of=me, by=by)
    at_once = request.GET.get("at_once") == "1"
    return {
        "prospect": actions.prospect(home=settings.HOME, of=me, at_once=at_once, by=by),
        "at_once": at_once,
        "work": work,
        "working": work is not None and work.state in actions.UNDER_WAY,
        "package": work if work is not None and work.file and Path(work.file).is_file() else None,
        "left": me.left_at,
        "removed": work.removed_at if work else None,
        **more,
    }


@require_POST
@member_page("leave")
def key(request: ActingRequest) -> HttpResponse:
    """A fresh age key, shown this once: nobody keeps it here."""
    secret, recipient = age.new_identity()
    return render(
        request, "pages/leave.html", _context(request, made={"secret": secret, "recipient": recipient})
    )


@sensitive_post_parameters()
@require_POST
@member_page("leave")
def start(request: ActingRequest) -> HttpResponse:
    """Sign what ends, and have the package made in the background."""
    if request.POST.get("sure") != "1":
        raise Refusal("nobody said that this is meant", next_step="read what will happen, then tick the box")
    work = actions.begin(
        home=settings.HOME,
        of=request.acting.member,
        recipients=request.POST.get("recipients", "").split(),
        passphrase=request.POST.get("passphrase", ""),
        at_once=request.POST.get("at_once") == "1",
        by=request.acting.actor,
    )
    jobs.leave.enqueue(str(work.pk))
    return redirect("leave")


@member_page("leave")
def progress(request: ActingRequest) -> HttpResponse:
    """How far the package is; the page is shown anew when it ends."""
    work = actions.newest(of=request.acting.member, by=request.acting.actor)
    answer = render(request, "parts/leaving.html", {"work": work})
    if work is None or work.state not in actions.UNDER_WAY:
        answer["HX-Refresh"] = "true"
    return answer


@member_page("leave")
def download(request: ActingRequest) -> Response:
    """The package, as it was read back."""
    found = actions.take(of=request.acting.member, by=request.acting.actor)
    path = Path(found.file)
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


@sensitive_post_parameters()
@require_POST
@member_page("leave")
def remove(request: ActingRequest) -> HttpResponse:
    """Remove the vault, on a second explicit word: the member's key typed, and the passphrase."""
    me, by = request.acting.member, request.acting.actor
    if request.POST.get("member", "").strip() != me.key:
        raise Refusal("the member's key was not typed", next_step=f"type {me.key} to say that it is meant")
    stays = removal.remove(home=settings.HOME, of=me, passphrase=request.POST.get("passphrase", ""), by=by)
    return render(request, "pages/left.html", {"member": me, "kept": stays})
