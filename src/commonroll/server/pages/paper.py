"""Printed walk lists: one is made, printed, and typed in when it comes back."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.field import paper as lines
from commonroll.server import doorsteps
from commonroll.server.actions import paper, scripts, turf
from commonroll.server.models import HandOut, ScriptVersion, TurfPerson
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.pages.shell import number as number_of

SHOWN = 15
"""Lines typed last that the page shows."""

OF_A_DOOR = ("n", "i", "v", "x")
OF_A_PERSON = ("t", "r", "b", "l", "m", "d", "o")
"""Letters of the results that a door, and each of its people, has boxes for."""

WORDS = {letter: result.replace("_", " ") for letter, result in lines.RESULTS.items()} | {
    lines.STOP: "wants no calls any more"
}


@require_POST
@member_page("view")
def make(request: ActingRequest, pk: int, number: int) -> HttpResponse:
    cut = turf.cut_of(member=request.acting.member, number=pk, by=request.acting.actor)
    given = paper.give(
        home=settings.HOME,
        turf=get_object_or_404(cut.turfs, number=number),
        walker=request.POST.get("walker", ""),
        script=_script(request),
        by=request.acting.actor,
    )
    return redirect("turf_paper", given.pk)


@member_page("read")
def page(request: ActingRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


def _page(request: ActingRequest, pk: int, line: str = "", refusal: Refusal | None = None) -> HttpResponse:
    """The list as it is typed in: the line, what was typed last, what is missing."""
    found = _list(request, pk)
    kept = paper.Kept(settings.HOME, found)
    typed = kept.lines()
    context: dict[str, Any] = {
        "given": found, "turf": found.turf, "cut": found.turf.cut, "line": line, "refusal": refusal,
        "typed": typed[:SHOWN], "lines": len(typed), "doors": len(kept.places), "missing": kept.missing,
        "totals": Counter(result.replace("_", " ") for result in kept.results.values()).most_common(),
        "words": WORDS, "questions": found.script.get("questions", []), "today": paper.today(found),
        "on": _day(request) or paper.today(found), "may_make": request.acting.may("view"),
        "open": found.returned_at is None and found.revoked_at is None,
    }  # fmt: skip
    return render(request, "pages/paper.html", context, status=400 if refusal else 200)


@require_POST
@member_page("view")
def enter(request: ActingRequest, pk: int) -> HttpResponse:
    found, line = _list(request, pk), request.POST.get("line", "")
    try:
        kept = paper.enter(
            home=settings.HOME, hand_out=found, line=line, on=_day(request), by=request.acting.actor
        )
    except Refusal as refusal:
        return _page(request, pk, line=line, refusal=refusal)
    if kept.held:
        messages.warning(request, f"{kept.code}: {kept.held}")
    return redirect(_back(request, found))


@require_POST
@member_page("view")
def undo(request: ActingRequest, pk: int) -> HttpResponse:
    found = _list(request, pk)
    try:
        taken = paper.undo(home=settings.HOME, hand_out=found, by=request.acting.actor)
    except Refusal as refusal:
        return _page(request, pk, refusal=refusal)
    messages.success(request, f"{taken.code}, {taken.said}, is taken back.")
    return redirect(_back(request, found))


@require_POST
@member_page("view")
def printed(request: ActingRequest, pk: int) -> HttpResponse:
    """The list for the printer: whom to meet at which door; receipts are in the owners' logs first."""
    found = _list(request, pk)
    met = doorsteps.doorsteps(settings.HOME, found, request.acting.actor)
    place = {door: at for at, door in enumerate(met.walk.doors, 1)}
    numbers = _numbers(found)
    doors = [
        {
            "code": lines.code(place[one.door]), "line": one.line, "unit": one.unit, "last": one.last[:1],
            "note": _noted(met, one.stop) if first else "", "first": first,
            "people": sorted(
                ({**person, "number": numbers[person["id"]]} for person in one.people),
                key=lambda person: person["number"],
            ),
        }
        for one, first in _with_first(met.households)
    ]  # fmt: skip
    context = {
        "given": found, "turf": found.turf, "cut": found.turf.cut, "doors": doors, "people": met.people,
        "told": met.told, "left_out": met.left_out, "questions": _questions(found.script),
        "words": WORDS, "of_door": OF_A_DOOR, "of_person": OF_A_PERSON, "printed_at": timezone.now(),
    }  # fmt: skip
    return render(request, "pages/paper_printed.html", context)


@require_POST
@member_page("view")
def close(request: ActingRequest, pk: int) -> HttpResponse:
    found = _list(request, pk)
    paper.close(hand_out=found, by=request.acting.actor)
    messages.success(request, "The list is closed; the turf can be given again.")
    return redirect("turf_cut", found.turf.cut_id)


def _script(request: ActingRequest) -> dict[str, Any] | None:
    """The script that is printed with the list; None for results alone."""
    wanted = number_of(request.POST.get("script"))
    if wanted is None:
        return None
    version = ScriptVersion.objects.filter(pk=wanted, script__member=request.acting.member).first()
    if version is None:
        raise Refusal("There is no such script.", next_step="Choose another one, or none.")
    return scripts.document(version)


def _list(request: ActingRequest, pk: int) -> HandOut:
    return paper.list_of(member=request.acting.member, number=pk, by=request.acting.actor)


def _back(request: ActingRequest, found: HandOut) -> str:
    day = _day(request)
    here = reverse("turf_paper", args=[found.pk])
    return f"{here}?on={day}" if day and day != paper.today(found) else here


def _day(request: ActingRequest) -> date | None:
    given = request.POST.get("on") or request.GET.get("on", "")
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def _numbers(found: HandOut) -> dict[str, int]:
    """The number of each person at the door: it stays, whoever else is met there later."""
    numbers: dict[str, int] = {}
    at: Counter[int] = Counter()
    people = TurfPerson.objects.filter(household__turf=found.turf).order_by("pk")
    for household, key in people.values_list("household_id", "key"):
        at[household] += 1
        numbers[key] = at[household]
    return numbers


def _with_first(households: Any) -> list[tuple[Any, bool]]:
    """Each with whether it is the first of its stop."""
    stops = [one.stop for one in households]
    return [(one, not at or stops[at - 1] != one.stop) for at, one in enumerate(households)]


def _questions(script: dict[str, Any]) -> list[dict[str, Any]]:
    """The script's questions in its first language, as they are printed."""
    language = (script.get("languages") or ["en"])[0]
    return [
        {
            "text": _said(question["text"], language), "many": question["kind"] == "many",
            "answers": [_said(answer["text"], language) for answer in question["answers"]],
        }
        for question in script.get("questions", [])
    ]  # fmt: skip


def _said(text: Any, language: str) -> str:
    return str(text.get(language) or next(iter(text.values()), "")) if isinstance(text, dict) else str(text)


def _noted(met: doorsteps.Doorsteps, stop: int) -> str:
    return "\n".join(note["text"] for note in met.notes.get(stop, ()))
