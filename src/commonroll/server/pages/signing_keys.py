"""A member's signing keys: the one in use, those before it, and what waits to be signed again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import signing_keys as actions
from commonroll.server.models import MemberKey
from commonroll.server.pages.shell import ActingRequest, member_page


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "agreements/keys.html", _context(request))


def _context(request: ActingRequest, **more: Any) -> dict[str, Any]:
    me, now = request.acting.member, timezone.now()
    keys = list(me.keys.order_by("-valid_from", "-pk"))
    waits = actions.waiting(me)
    return {
        "keys": [(key, key.vkey.split("+")[1], _stands(key)) for key in keys],
        "in_use": next((k for k in keys if not k.retired_at and not k.withdrawn_at), None),
        "now": now,
        "to_sign": [one for one in waits if one.signed is None],
        "signed": [one for one in waits if one.signed is not None],
        "may_sign": request.acting.may("sign"),
        **more,
    }


def _stands(key: MemberKey) -> str:
    if key.withdrawn_at:
        return "withdrawn"
    if key.retired_at:
        return "followed by another"
    return "in use" if key.valid_from <= timezone.now() else "waits"


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def change(request: ActingRequest) -> HttpResponse:
    """Let another key follow, withdraw one, add one where none is in use, or sign again what rests."""
    me, by = request.acting.member, request.acting.actor
    signed: dict[str, Any] = {
        "home": settings.HOME, "member": me, "passphrase": request.POST.get("passphrase", ""), "by": by,
    }  # fmt: skip
    what = request.POST.get("what")
    try:
        if what == "rotate":
            actions.rotate(**signed)
            said = "Another key has followed, under the same passphrase; what the former signed counts on."
        elif what == "add":
            actions.add(**signed)
            said = f"A key is added. Every member sees it, and it signs in {actions.WAIT.days} days."
        elif what == "again":
            done = _numbers(actions.sign_again(**signed))
            said = f"Signed again: {done}. Each binds when the other side has signed too."
        elif what == "withdraw" and request.POST.get("sure") == "1":
            actions.withdraw(member=me, vkey=request.POST.get("vkey", ""), by=by)
            said = "The key is withdrawn. What it signed gives nothing until both sides have signed again."
        else:
            raise Refusal(
                "nobody said that this is meant", next_step="read what will happen, then tick the box"
            )
    except Refusal as refusal:
        return render(request, "agreements/keys.html", _context(request, refusal=refusal), status=400)
    messages.success(request, said)
    return redirect("signing_keys")


def _numbers(texts: list[Any]) -> str:
    return ", ".join(f"agreement {text.number}" for text in texts) or "nothing waited"
