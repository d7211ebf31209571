"""Who watches the logs: how far each witness has signed each of them, and what is wrong where it has not."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import witnesses as actions
from commonroll.server.actions.federation import FEDERATION_LOG, federation
from commonroll.server.actor import Unknown
from commonroll.server.models import Member, Witness
from commonroll.server.pages.shell import ActingRequest, member_page


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/witnesses.html", _context(request))


def _context(request: ActingRequest, **more: Any) -> dict[str, Any]:
    lines = actions.standing(home=settings.HOME)
    mine = Witness.objects.filter(member=request.acting.member, ended_at=None).first()
    return {
        "lines": lines,
        "witnesses": [cell.witness for cell in lines[0].cells] if lines else [],
        "wrong": [(line, cell) for line in lines for cell in line.cells if cell.stands == "bad"],
        "mine": mine,
        "quorum": federation().quorum,
        "may_change": request.acting.may("keys"),
        "vkey": request.POST.get("vkey", ""),
        "url": request.POST.get("url", ""),
        **more,
    }


@require_POST
@member_page("keys")
def change(request: ActingRequest) -> HttpResponse:
    """Add the member's witness, or end it."""
    given: dict[str, Any] = {"of": request.acting.member, "by": request.acting.actor}
    try:
        if request.POST.get("what") == "end":
            messages.success(request, f"{actions.end(**given).name} is asked no more.")
        else:
            vkey, url = (request.POST.get(name, "").strip() for name in ("vkey", "url"))
            made = actions.add(vkey=vkey, url=url, **given)
            messages.success(request, f"{made.name} is asked from now on. Let it watch the keys below.")
    except Refusal as refusal:
        return render(request, "pages/witnesses.html", _context(request, refusal=refusal), status=400)
    return redirect("witnesses")


@member_page()
def policy(request: ActingRequest, log: str) -> HttpResponse:
    """The policy file by which receipts that the member has of a log are checked anywhere."""
    if log != FEDERATION_LOG and not Member.objects.filter(key=log, left_at=None).exists():
        raise Unknown("there is no such log")
    text = actions.policy(home=settings.HOME, log=log, recipient=request.acting.member.key)
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{log}.policy"'
    return answer
