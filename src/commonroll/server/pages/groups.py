"""Groups of members: who is in them, and one text drafted and signed for each of a group in one act."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.server.actions import agreements
from commonroll.server.actions import groups as actions
from commonroll.server.models import Agreement, Member
from commonroll.server.pages.shell import ActingRequest, member_page, number


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    owner, by = request.acting.member, request.acting.actor
    names = dict(Member.objects.values_list("key", "name"))
    rows = []
    for group in actions.listed():
        told = actions.shown(owner=owner, group=group, by=by)
        rows.append({"group": group, "members": [names.get(key, key) for key in group.members], "told": told})
    given = Agreement.objects.filter(owner=owner).exclude(state=Agreement.State.WITHDRAWN)
    return render(
        request,
        "agreements/groups.html",
        {
            "rows": rows,
            "given": given.select_related("recipient").order_by("-number")[:50],
            "may_draft": bool(owner.state) and request.acting.may("draft"),
            "may_sign": request.acting.may("sign"),
        },
    )


@require_POST
@member_page("draft")
def draft(request: ActingRequest) -> HttpResponse:
    made = actions.draft_like(
        owner=request.acting.member,
        group=actions.newest(request.POST.get("group", "")),
        text=agreements.visible(number=number(request.POST.get("like")) or 0, by=request.acting.actor),
        by=request.acting.actor,
    )
    messages.success(request, f"{len(made)} drafts are made. Read them below; one signature sends them all.")
    return redirect("groups")


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def sign(request: ActingRequest) -> HttpResponse:
    numbers = [found for text in request.POST.getlist("agreement") if (found := number(text)) is not None]
    signed = actions.sign(
        home=settings.HOME,
        owner=request.acting.member,
        group=actions.newest(request.POST.get("group", "")),
        numbers=numbers,
        passphrase=request.POST.get("passphrase", ""),
        by=request.acting.actor,
    )
    messages.success(request, f"{len(signed)} agreements are signed; each recipient reads and signs its own.")
    return redirect("groups")
