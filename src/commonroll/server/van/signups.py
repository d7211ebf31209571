"""Who of the member's own people comes to which event, for which role and shift."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from commonroll.server.actions import canvassing, contacts
from commonroll.server.actions.canvassing import Whom
from commonroll.server.models import Contact, Event, EventShift, Location, Signup
from commonroll.server.van.asked import Asked, created, nothing, one, paged
from commonroll.server.van.contact_words import by_word
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.event_types import RESULTS, ROLES, STATUSES, campaign_only, role, status
from commonroll.server.van.events import event_of, instant, needed
from commonroll.server.van.given import Given
from commonroll.server.van.locations import location_of
from commonroll.server.van.routes import serves
from commonroll.server.van.vocabularies import CANVASSED, INPUT_API


def told(signup: Signup) -> dict[str, Any]:
    """A Signup as the API has it; its objects are there in every row."""
    known, event, shift, at = signup.person.known, signup.event, signup.shift, signup.location
    return {
        "eventSignupId": signup.pk,
        "person": {
            "vanId": signup.person.number,
            **{name: known.get(name) for name in ("firstName", "middleName", "lastName")},
        },
        "event": {
            "eventId": event.pk, "name": event.name, "shortName": event.short_name or event.name[:12],
        },
        "shift": {"eventShiftId": shift.pk if shift else None, "name": shift.name if shift else None},
        "role": role(signup.role),
        "status": status(signup.status),
        "location": {
            "locationId": at.pk if at else None, "name": at.name if at else None,
            "displayName": at.name if at else None,
        },
        "startTimeOverride": instant(signup.starts_at) if signup.starts_at else None,
        "endTimeOverride": instant(signup.ends_at) if signup.ends_at else None,
        "printedLists": None,
        "minivanExports": None,
    }  # fmt: skip


@serves("GET", "signups", act="export")
def signups(asked: Asked) -> HttpResponse:
    """Signups of an event, or of a person."""
    campaign_only(asked)
    event, person = (asked.query.integer(name, least=1) for name in ("eventId", "vanId"))
    if (event is None) == (person is None):
        raise invalid("Send exactly one of 'eventId' and 'vanId'.", "eventId", "vanId")
    found = Signup.objects.filter(member=asked.key.member, event__removed_at=None)
    if event is not None:
        found = found.filter(event=needed(asked, event))
    else:
        found = found.filter(person=by_word(asked.key.member, str(person)))
    shown = asked.page()
    part = shown.of(list(found.select_related("person", "event", "shift", "location")))
    contacts.looked(found=[each.person for each in part], purpose=asked.key.purpose, by=asked.by)
    return paged(asked, shown, [told(each) for each in part], found.count())


@serves("GET", "signups/{id}", act="export")
def signup(asked: Asked) -> HttpResponse:
    campaign_only(asked)
    found = _needed(asked)
    contacts.looked(found=[found.person], purpose=asked.key.purpose, by=asked.by)
    return one(told(found))


@serves("POST", "signups", act="answers")
def make(asked: Asked) -> HttpResponse:
    """Sign somebody up; who is signed up for this role and shift already gets what is new of it. The id."""
    campaign_only(asked)
    of = asked.key.member
    event, person = _event(asked), _person(asked)
    fields = _fields(asked, event)
    with transaction.atomic():
        contacts.locked(of)
        same = Signup.objects.filter(
            member=of, event=event, person=person, role=fields["role"], shift=fields["shift"]
        ).first()
        kept = same or Signup(member=of, event=event, person=person, by=asked.by.label)
        _set(kept, fields)
        _reached(asked, kept)
    return created(asked, kept.pk, f"signups/{kept.pk}")


@serves("PUT", "signups/{id}", act="answers")
def replace(asked: Asked) -> HttpResponse:
    """Role, shift, status, place and times anew; who and which event stay."""
    campaign_only(asked)
    found, body = _needed(asked), asked.body
    for name, key, is_there in (
        ("event", "eventId", found.event.pk),
        ("person", "vanId", found.person.number),
    ):
        said = body.object(name)
        if said and said.integer(key) not in (None, is_there):
            raise invalid("A signup is not moved to another event or person.", said.at(key))
    fields = _fields(asked, found.event)
    with transaction.atomic():
        _set(found, fields)
        _reached(asked, found)
    return nothing()


@serves("DELETE", "signups/{id}", act="answers")
def delete(asked: Asked) -> HttpResponse:
    campaign_only(asked)
    _needed(asked).delete()
    return nothing()


def _needed(asked: Asked) -> Signup:
    found = (
        Signup.objects.filter(member=asked.key.member, pk=asked.id(), event__removed_at=None)
        .select_related("person", "event", "shift", "location")
        .first()
    )
    if found is None:
        raise not_found("There is no such signup.")
    return found


def _set(signup: Signup, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(signup, name, value)
    signup.save()


def _reached(asked: Asked, signup: Signup) -> None:
    """That somebody signed up, or did not, is a contact of its own."""
    canvassing.record(
        home=settings.HOME, gathered_by=asked.key.member,
        whom=Whom(asked.key.member, signup.person.number, "", signup.person),
        contact=canvassing.Contact(None, INPUT_API, "other", timezone.now()),
        result_code=RESULTS.get(signup.status, CANVASSED), by=asked.by,
    )  # fmt: skip


# What a body says


def _event(asked: Asked) -> Event:
    given = asked.body.object("event") or Given({}, "event")
    found = event_of(asked, given.needed("eventId"))
    if found is None:
        raise invalid("There is no such event.", given.at("eventId"))
    return found


def _person(asked: Asked) -> Contact:
    given = asked.body.object("person") or Given({}, "person")
    found = contacts.by_number(asked.key.member, given.needed("vanId"))
    if found is None:
        raise invalid("There is no such person.", given.at("vanId"))
    return found


def _fields(asked: Asked, event: Event) -> dict[str, Any]:
    body = asked.body
    return {
        "role": _of(body, "role", "roleId", ROLES),
        "status": _of(body, "status", "statusId", STATUSES),
        "shift": _shift(body, event),
        "location": _location(asked, event),
        "starts_at": body.instant("startTimeOverride"),
        "ends_at": body.instant("endTimeOverride"),
    }


def _of(body: Given, name: str, key: str, known: dict[int, str]) -> int:
    given = body.object(name) or Given({}, name)
    id = given.needed(key)
    if id not in known:
        raise invalid(f"There is no such {name}.", given.at(key), hint=", ".join(map(str, known)))
    return id


def _shift(body: Given, event: Event) -> EventShift | None:
    """The shift; of an event with one shift that one, where none is named."""
    given = body.object("shift") or Given({}, "shift")
    pk, there = given.integer("eventShiftId", least=1), list(event.shifts.all())
    if pk is None:
        return there[0] if len(there) == 1 else None
    found = next((each for each in there if each.pk == pk), None)
    if found is None:
        raise invalid("The event has no such shift.", given.at("eventShiftId"))
    return found


def _location(asked: Asked, event: Event) -> Location | None:
    given = asked.body.object("location") or Given({}, "location")
    pk = given.integer("locationId", least=1)
    if pk is None:
        return None
    found = location_of(asked.key.member, pk)
    if found is None or (event.locations and pk not in event.locations):
        raise invalid("The event is not at this location.", given.at("locationId"))
    return found
