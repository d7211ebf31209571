"""The snapshots that are kept: why each stays, what a rule would remove, and the removal."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.roll.vault.retention import LONGEST, Rule, Sweep
from commonroll.server.actions import retention as actions
from commonroll.server.pages.shell import ActingRequest, member_page, number

PARTS = ("daily", "monthly", "newest")


def written(given: Any) -> str:
    """The rule that the form's three numbers write; empty where none is given."""
    numbers = {part: number(given.get(part)) or 0 for part in PARTS}
    return ",".join(f"{part}:{n}" for part, n in numbers.items() if n)


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """Every kept snapshot, and what the asked rule, or the one in force, would remove."""
    me, by = request.acting.member, request.acting.actor
    if not me.state:
        return render(request, "pages/roll_none.html")
    asked = written(request.GET)
    in_force = actions.rule(home=settings.HOME, of=me)
    context: dict[str, Any] = {
        "in_force": in_force,
        "may_remove": request.acting.may("load"),
        "most": LONGEST,
    }
    try:
        found = actions.preview(home=settings.HOME, of=me, text=asked, by=by)
    except Refusal as refusal:
        found = actions.preview(home=settings.HOME, of=me, by=by)
        return render(
            request, "roll/snapshots.html", {**context, **lists(found), "refusal": refusal}, status=400
        )
    return render(request, "roll/snapshots.html", {**context, **lists(found), "asked": asked})


def lists(found: Sweep) -> dict[str, Any]:
    """Kept and going snapshots as one list, newest first: snapshot, why it stays (empty: it goes)."""
    rows = [*found.stays, *((one, "") for one in found.goes)]
    return {
        "found": found,
        "rows": sorted(rows, key=lambda row: -row[0].number),
        "numbers": {part: getattr(found.rule, part) for part in PARTS},
    }


@require_POST
@member_page("load")
def remove(request: ActingRequest) -> HttpResponse:
    """Remove what the sent rule does not keep; the log has it first."""
    asked = written(request.POST)
    if not asked:
        raise Refusal("no rule was sent", next_step="say how many days, months or snapshots stay")
    done = actions.remove(
        home=settings.HOME,
        of=request.acting.member,
        text=asked,
        always=bool(request.POST.get("always")),
        by=request.acting.actor,
    )
    messages.success(request, _said(done, done.rule))
    return redirect("snapshots")


def _said(done: Sweep, rule: Rule) -> str:
    if not done.goes:
        return f"Nothing goes: all are kept by {rule.words}."
    numbers = ", ".join(str(one.number) for one in done.goes)
    return f"Snapshots removed, and noted in your log first: {numbers}."
