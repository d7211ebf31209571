"""Events: shifts, who of a member's own people comes, and tags."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server import field_facts
from commonroll.server.actions import gatherings
from commonroll.server.models import Contact, Event
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.server.van.event_types import ROLES, STATUSES, TYPES


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, by = request.acting.member, request.acting.actor
    context = {
        "coming": [(one, TYPES[one.kind].name) for one in gatherings.listed(me, by=by)],
        "before": [(one, TYPES[one.kind].name) for one in gatherings.listed(me, by=by, before=True)],
        "just_gone": Event.objects.filter(member=me, pk=number(request.GET.get("gone")) or 0)
        .exclude(removed_at=None).first(),
        "kinds": [(key, one.name) for key, one in TYPES.items()],
        "zone": field_facts.zone(me),
        "may_make": request.acting.may("answers"),
    }  # fmt: skip
    return render(request, "calls/events.html", context)


@require_POST
@member_page("answers")
def make(request: ActingRequest) -> HttpResponse:
    given = request.POST
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        raise Refusal("An event has a day.", next_step="Choose one.") from None
    made = gatherings.make(
        member=request.acting.member, name=given.get("name", ""), day=day,
        kind=number(given.get("kind")) or 0, shifts=given.get("shifts", "").splitlines(),
        place=given.get("place", ""), by=request.acting.actor,
    )  # fmt: skip
    return redirect("event", made.pk)


@member_page()
def one(request: ActingRequest, pk: int) -> HttpResponse:
    """An event; the names of who comes for those who may see them, each look logged."""
    event, may = _of(request, pk), request.acting.may("export")
    shifts = list(event.shifts.order_by("starts_at"))
    context: dict[str, Any] = {
        "event": event, "kind": TYPES[event.kind].name, "zone": field_facts.zone(event.member),
        "shifts": shifts, "roles": ROLES.items(), "statuses": STATUSES.items(), "may_see": may,
        "may_make": request.acting.may("answers"),
    }  # fmt: skip
    if may:
        signups = gatherings.coming(event=event, purpose=request.acting.purpose, by=request.acting.actor)
        tags = gatherings.tags([each.person for each in signups])
        context["signups"] = [
            (each, name(each.person), ROLES.get(each.role, ""), tags.get(each.person.pk, []))
            for each in signups
        ]
        context["per_shift"] = [
            (shift, sum(each.shift == shift and each.status in gatherings.COMES for each in signups))
            for shift in shifts
        ]
    answer = render(request, "calls/event.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def name(person: Contact) -> str:
    said = (person.known.get(part, "") for part in ("firstName", "lastName"))
    return " ".join(part for part in said if part) or f"Person {person.number}"


@require_POST
@member_page("answers")
def remove(request: ActingRequest, pk: int) -> HttpResponse:
    gatherings.remove(event=_of(request, pk), by=request.acting.actor)
    return redirect(f"{reverse('events')}?gone={pk}")


@require_POST
@member_page("answers")
def put_back(request: ActingRequest, pk: int) -> HttpResponse:
    found = Event.objects.filter(member=request.acting.member, pk=pk).first()
    if found is not None:
        gatherings.put_back(event=found, by=request.acting.actor)
    return redirect("events")


@require_POST
@member_page("answers")
def sign_up(request: ActingRequest, pk: int) -> HttpResponse:
    given = request.POST
    gatherings.sign_up(
        home=settings.HOME, event=_of(request, pk), name=given.get("name", ""), email=given.get("email", ""),
        phone=given.get("phone", ""), shift=number(given.get("shift")) or 0,
        role=number(given.get("role")) or 0, by=request.acting.actor,
    )  # fmt: skip
    return redirect("event", pk)


@require_POST
@member_page("answers")
def change(request: ActingRequest, pk: int) -> HttpResponse:
    """The status of a signup, or a tag put on or taken off."""
    event, given, by = _of(request, pk), request.POST, request.acting.actor
    signup = number(given.get("signup")) or 0
    if "untag" in given:
        gatherings.untag(event=event, signup=signup, code=number(given.get("untag")) or 0, by=by)
    elif given.get("tag", "").strip():
        gatherings.tag(event=event, signup=signup, name=given["tag"], by=by)
    else:
        status = number(given.get("status")) or 0
        gatherings.set_status(home=settings.HOME, event=event, signup=signup, status=status, by=by)
    return redirect("event", pk)


def _of(request: ActingRequest, pk: int) -> Event:
    return gatherings.event_of(member=request.acting.member, number=pk, by=request.acting.actor)
