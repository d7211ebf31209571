"""Alarms of the diary: what looked unusual, settled with a note, and the rules behind it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import alarms as actions
from commonroll.server.alarm_rules import RULES
from commonroll.server.models import Alarm, Member
from commonroll.server.pages.shell import ActingRequest, member_page, number


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/alarms.html", _context(request))


def _asked(request: ActingRequest) -> dict[str, Any]:
    return {"of": request.acting.member, "by": request.acting.actor}


def _context(request: ActingRequest, **more: Any) -> dict[str, Any]:
    asked = _asked(request)
    names = dict(Member.objects.values_list("key", "name"))
    mine = actions.setting(**asked)

    def lines(alarms: list[Alarm]) -> list[dict[str, Any]]:
        return [
            # as texts: a template writes the number 1000 as 1,000
            {
                "id": str(one.pk),
                "alarm": one,
                "said": actions.said(one, names),
                "rule": RULES[one.kind],
                "before": str(one.index + 1),
            }
            for one in alarms
        ]

    return {
        "waiting": lines(actions.alarms(open=True, **asked)),
        "settled": lines(actions.alarms(open=False, **asked)),
        "rules": _rules(request, actions.rules_of(mine)),
        "mail": request.POST.get("mail", mine.mail),
        "sends_mail": actions.sends_mail(),
        "may_change": request.acting.may("keys"),
        **more,
    }


def _rules(request: ActingRequest, stands: Any) -> list[dict[str, Any]]:
    """The rules with their numbers, as typed where that was refused."""
    typed = request.POST if "rules" in request.POST else None
    return [
        {
            "kind": kind,
            "rule": rule,
            "on": f"{kind}-on" in typed if typed else stands[kind]["on"],
            "numbers": [
                (
                    f"{kind}-{name}",
                    found,
                    typed.get(f"{kind}-{name}", "") if typed else str(stands[kind][name]),
                )
                for name, found in rule.numbers.items()
            ],
        }
        for kind, rule in RULES.items()
    ]


@require_POST
@member_page("keys")
def settle(request: ActingRequest) -> HttpResponse:
    """Settle one with a note, or have it wait again."""
    one = number(request.POST.get("alarm")) or 0
    try:
        if request.POST.get("what") == "reopen":
            actions.reopen(alarm_id=one, **_asked(request))
            messages.success(request, "It waits again.")
        else:
            actions.settle(alarm_id=one, note=request.POST.get("note", ""), **_asked(request))
            messages.success(request, "Settled; your note stands with it, and sealed in your log.")
    except Refusal as refusal:
        if getattr(refusal, "where", "") != f"note-{one}":
            raise
        context = _context(request, refused_note=refusal, refused=str(one), note=request.POST.get("note", ""))
        return render(request, "pages/alarms.html", context, status=400)
    return redirect("alarms")


@require_POST
@member_page("keys")
def change(request: ActingRequest) -> HttpResponse:
    """Change the rules, and whom to write to."""
    rules = {
        kind: {
            "on": f"{kind}-on" in request.POST,
            **{name: request.POST.get(f"{kind}-{name}", "") for name in rule.numbers},
        }
        for kind, rule in RULES.items()
    }
    try:
        actions.change(rules=rules, mail=request.POST.get("mail", ""), **_asked(request))
    except Refusal as refusal:
        context = _context(request, refusal=refusal)
        return render(request, "pages/alarms.html", context, status=400)
    messages.success(request, "The rules hold for what comes from now on.")
    return redirect("alarms")
