"""Stops, for a member's people: what was heard, one more, a list tried and brought, taken back, looked up."""

from __future__ import annotations

import shutil
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.insight.stops import CHANNELS, VALUES
from commonroll.server.actions import stop_lists, stop_looks, stops, uploads
from commonroll.server.actor import Forbidden, Unknown
from commonroll.server.models import Stop
from commonroll.server.pages.shell import ActingRequest, member_page, number

KEPT = "stop_list"
"""Where the session keeps which list is being tried."""
LASTS = 24 * 3600
FIELDS = ("kind", "value", "unit", "zip5", "channel")
KINDS = {"person": "voter, by id", "phone": "phone number", "email": "e-mail", "address": "address"}


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """What the member heard, and the forms."""
    return _page(request)


def _page(request: ActingRequest, **more: Any) -> HttpResponse:
    me, may = request.acting.member, request.acting.may
    context: dict[str, Any] = {
        "acts": stop_looks.acts(of=me, by=request.acting.actor) if may("stop") else [],
        "may_hear": may("stop"), "may_lead": may("protect"), "channels": CHANNELS.items(),
        "kinds": [(kind, words) for kind, words in KINDS.items() if me.state or kind in VALUES],
    }  # fmt: skip
    return render(request, "stops/stops.html", context | more, status=more.get("status", 200))


@sensitive_post_parameters()
@require_POST
@member_page("stop")
def add(request: ActingRequest) -> HttpResponse:
    """Hear one."""
    said = {name: request.POST.get(name, "") for name in FIELDS}
    me, channel = request.acting.member, said["channel"] or "all"
    try:
        if said["kind"] == "person":
            asked = _voter(me.key, said["value"], channel, owns=bool(me.state))
        else:
            asked = stops.read(said["kind"], said["value"], channel, unit=said["unit"], zip5=said["zip5"])
        stops.hear(
            home=settings.HOME, asked=[asked], source=Stop.Source.LEAD, heard_by=me, by=request.acting.actor
        )
    except Refusal as refusal:
        return _page(request, adding=refusal, said=said, status=400)
    messages.success(request, "No member comes there any more. Every log has its receipt.")
    return redirect("stops")


def _voter(owner: str, text: str, channel: str, *, owns: bool) -> stops.Asked:
    if not owns or not text.strip() or len(text) > stop_lists.LONGEST_ID or not text.isprintable():
        raise Refusal("this is no id of a voter of yours", next_step="copy it from the voter's page")
    return stops.of_voter(owner, text.strip(), channel)


# A list: tried, then brought or dropped


@require_POST
@member_page("stop")
def bring(request: ActingRequest) -> HttpResponse:
    """Keep a list for a while and say what it would do."""
    _tidy()
    file = request.FILES.get("file")
    folder = _folder(uuid.uuid4().hex)
    (name,) = uploads.keep(folder, [file] if file else [])
    kept = {
        "member": request.acting.member.key, "folder": folder.name, "name": name,
        "channel": request.POST.get("channel", "all"), "protected": request.POST.get("protected") == "1",
    }  # fmt: skip
    try:
        found = stop_lists.preview(**_list(request, kept))
    except Refusal as refusal:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(refusal, Forbidden):
            raise
        return _page(request, bringing=refusal, status=400)
    request.session[KEPT] = kept
    return render(
        request, "stops/list.html", {"told": found, "kept": kept, "channels": CHANNELS, "kinds": KINDS}
    )


@require_POST
@member_page("stop")
def decide(request: ActingRequest) -> HttpResponse:
    """Hear the list that was tried, or drop it."""
    kept = request.session.get(KEPT)
    if not kept or kept["member"] != request.acting.member.key:
        raise Unknown("no list waits here", next_step="choose the file again")
    given = _list(request, kept)
    if not given["path"].exists():
        del request.session[KEPT]
        raise Unknown("the list waited too long and is gone", next_step="choose the file again")
    if request.POST.get("word") == "hear":
        _, heard = stop_lists.bring(**given)
        messages.success(request, f"{heard.count:,} requests bind every member from now on.")
    del request.session[KEPT]
    shutil.rmtree(_folder(kept["folder"]), ignore_errors=True)
    return redirect("stops")


def _list(request: ActingRequest, kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "home": settings.HOME, "of": request.acting.member, "by": request.acting.actor,
        "path": _folder(kept["folder"]) / kept["name"], "channel": kept["channel"],
        "protected": kept["protected"],
    }  # fmt: skip


def _folder(name: str) -> Path:
    path: Path = settings.HOME.uploads / "stops" / name
    return path


def _tidy() -> None:
    """Lists that nobody decided on go after a day."""
    for path in (settings.HOME.uploads / "stops").glob("*"):
        if path.stat().st_mtime < time.time() - LASTS:
            shutil.rmtree(path, ignore_errors=True)


# Taken back, looked up


@require_POST
@member_page("protect")
def undo(request: ActingRequest, act: uuid.UUID) -> HttpResponse:
    """Take an act back, or one request of it, with a reason."""
    one = number(request.POST.get("request"))
    if one is None and "request" in request.POST:
        raise Unknown("there is no such request", next_step="look it up again")
    try:
        heard = stops.undo(
            home=settings.HOME, act=act, of=request.acting.member, reason=request.POST.get("reason", ""),
            request=one, by=request.acting.actor,
        )  # fmt: skip
    except Unknown:
        raise
    except Refusal as refusal:
        return _page(request, undoing=refusal, undone=act, status=400)
    messages.success(request, f"{heard.count:,} request{'s' if heard.count > 1 else ''} taken back.")
    return redirect("stops")


@sensitive_post_parameters()
@require_POST
@member_page("protect")
def look(request: ActingRequest) -> HttpResponse:
    """Who asked to stop, and when: of a number, or of everybody who lives with a voter."""
    said = {name: request.POST.get(name, "") for name in FIELDS}
    given: dict[str, Any] = {
        "home": settings.HOME, "of": request.acting.member, "by": request.acting.actor,
    }  # fmt: skip
    try:
        if said["kind"] == "person":
            words = stop_looks.of_household(**given, voter=said["value"])
        else:
            words = stop_looks.of_value(
                **given, kind=said["kind"], text=said["value"], unit=said["unit"], zip5=said["zip5"]
            )
    except Refusal as refusal:
        return _page(request, looking=refusal, looked=said, status=400)
    return _page(request, words=words, looked=said)
