"""For whom one acts and under which purpose: two choices kept in the session."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actor import Unknown
from commonroll.server.middleware import WORKED_UNDER
from commonroll.server.pages.shell import ActingRequest, back, member_page


@require_POST
@member_page()
def acting(request: ActingRequest) -> HttpResponse:
    """Act for another member in which the person has a role."""
    key = request.POST.get("member", "")
    role = next((role for role in request.acting.roles if role.member.key == key), None)
    if role is None:
        raise Unknown("there is no such member among yours", next_step="choose one from the menu")
    request.session["member"] = key
    messages.success(request, f"You act for {role.member.name} now.")
    return back(request, "federation")


@require_POST
@member_page()
def purpose(request: ActingRequest) -> HttpResponse:
    """Work under another purpose from now on."""
    chosen = request.POST.get("purpose", "")
    if chosen not in WORKED_UNDER:
        raise Refusal("there is no such purpose", next_step=f"purposes: {', '.join(WORKED_UNDER)}")
    request.session["purpose"] = chosen
    return back(request, "universe")
