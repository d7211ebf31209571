"""Events of the key's member, with their shifts, places and codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from commonroll.server.actor import Forbidden
from commonroll.server.models import Code, Event, EventShift, Location
from commonroll.server.van import codes
from commonroll.server.van.asked import Asked, created, nothing, one, paged
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.event_types import ROLES, TYPES, campaign_only, role
from commonroll.server.van.given import Given
from commonroll.server.van.locations import location_of
from commonroll.server.van.locations import told as location
from commonroll.server.van.routes import serves

EXPANDABLE = (
    "locations", "codes", "shifts", "roles", "notes", "financialProgram", "ticketCategories", "onlineForms",
    "voterRegistrationBatches", "eventCodes",
)  # fmt: skip
MOST = 50
"""Shifts, places and codes of one event."""


def told(found: Sequence[Event], expanded: frozenset[str]) -> list[dict[str, Any]]:
    """Events as the API has them, with places and codes that are read once for all."""
    wanted = {pk for event in found for pk in event.locations} if "locations" in expanded else set()
    places = Location.objects.in_bulk(wanted) if wanted else {}
    coded = "codes" in expanded and any(event.codes for event in found)
    known = codes.of(found[0].member) if coded else {}
    return [_told(event, expanded, places, known) for event in found]


def _told(
    event: Event, expanded: frozenset[str], places: Mapping[int, Location], known: Mapping[int, Code]
) -> dict[str, Any]:
    """Every key, null where a section was not asked for."""
    made: dict[str, tuple[str, Callable[[], Any]]] = {
        "locations": ("locations", lambda: [location(places[pk]) for pk in event.locations if pk in places]),
        "codes": ("codes", lambda: [codes.told(known[pk], known) for pk in event.codes if pk in known]),
        "shifts": ("shifts", lambda: [shift(each) for each in event.shifts.all()]),
        "roles": ("roles", lambda: _roles(event)),
        "notes": ("notes", lambda: event.notes),
        "ticketcategories": ("ticketCategories", list),
        "onlineforms": ("onlineForms", list),
        "voterregistrationbatches": ("voterRegistrationBatches", list),
    }
    sections: dict[str, Any] = {key: None for key, _ in made.values()} | {"financialProgram": None}
    sections |= {key: of() for name, (key, of) in made.items() if name in expanded}
    return {
        "eventId": event.pk, "name": event.name, "shortName": event.short_name or event.name[:12],
        "description": event.description or None, "startDate": instant(event.starts_at),
        "endDate": instant(event.ends_at),
        "eventType": {"eventTypeId": event.kind, "name": TYPES[event.kind].name},
        "isOnlyEditableByCreatingUser": event.creators_only, "isPubliclyViewable": event.public,
        "districtFieldValue": event.district or None, "createdDate": instant(event.at), **sections,
    }  # fmt: skip


def _roles(event: Event) -> list[dict[str, Any]]:
    goals = {one["roleId"]: one for one in event.roles}
    parts = ("min", "max", "goal")
    return [role(id) | {part: goals.get(id, {}).get(part) for part in parts} for id in ROLES]


def shift(of: EventShift) -> dict[str, Any]:
    return {
        "eventShiftId": of.pk, "name": of.name, "startTime": instant(of.starts_at),
        "endTime": instant(of.ends_at),
    }  # fmt: skip


def instant(at: Any) -> str:
    return str(at.isoformat(timespec="seconds")).replace("+00:00", "Z")


# Reading


@serves("GET", "events")
def events(asked: Asked) -> HttpResponse:
    """The member's events: by type, code, district, and when they begin."""
    campaign_only(asked)
    query, expanded = asked.query, asked.expand(EXPANDABLE)
    found = Event.objects.filter(member=asked.key.member, removed_at=None)
    found = found.select_related("member").prefetch_related("shifts")
    after, before = query.instant("startingAfter"), query.instant("startingBefore")
    if after:
        found = found.filter(starts_at__gte=after)
    if before:
        found = found.filter(starts_at__lt=before)
    if kinds := query.ids("eventTypeIds"):
        found = found.filter(kind__in=kinds)
    if district := query.text("districtFieldValue", most=100):
        found = found.filter(district=district)
    committee = query.integer("createdByCommitteeId", least=1)
    if committee not in (None, asked.key.member.pk) or query.integer("inRepetitionWithEventId", least=1):
        found = found.none()
    wanted = set(query.ids("codeIds"))
    kept = [each for each in found if not wanted or wanted & set(each.codes)]
    shown = asked.page(default=10, most=50)
    return paged(asked, shown, told(shown.of(kept), expanded), len(kept))


@serves("GET", "events/{id}")
def event(asked: Asked) -> HttpResponse:
    campaign_only(asked)
    expanded = asked.expand(EXPANDABLE)
    return one(told([needed(asked, asked.id())], expanded)[0])


def needed(asked: Asked, pk: int) -> Event:
    found = event_of(asked, pk)
    if found is None:
        raise not_found("There is no such event.")
    return found


def event_of(asked: Asked, pk: int) -> Event | None:
    found = Event.objects.filter(member=asked.key.member, removed_at=None, pk=pk)
    return found.select_related("member").first()


def _changed(asked: Asked) -> Event:
    """The event of a path, which this key may change."""
    found = needed(asked, asked.id())
    if found.creators_only and found.by != asked.by.label:
        raise Forbidden("this event is changed by the key that made it", next_step="ask with that key")
    return found


# Writing


@serves("POST", "events", act="answers")
def make(asked: Asked) -> HttpResponse:
    campaign_only(asked)
    fields, shifts = _fields(asked, None), _shifts(asked.body)
    with transaction.atomic():
        made = Event.objects.create(member=asked.key.member, by=asked.by.label, **fields)
        EventShift.objects.bulk_create(EventShift(event=made, **each) for _, each in shifts)
    return created(asked, made.pk, f"events/{made.pk}")


@serves("PUT", "events/{id}", act="answers")
def replace(asked: Asked) -> HttpResponse:
    """All of an event anew. A shift with its id stays the same; one that has signups is not left out."""
    campaign_only(asked)
    found = _changed(asked)
    fields, shifts = _fields(asked, found), _shifts(asked.body)
    there = {each.pk: each for each in found.shifts.all()}
    if any(pk is not None and pk not in there for pk, _ in shifts):
        raise invalid("The event has no such shift.", "shifts")
    if asked.body.has("shifts"):
        kept = {pk for pk, _ in shifts}
        gone = [each for pk, each in there.items() if pk not in kept]
        if any(each.signups.exists() for each in gone):
            raise invalid("People signed up for a shift that is left out.", "shifts")
    else:
        gone = []
    with transaction.atomic():
        Event.objects.filter(pk=found.pk).update(**fields)
        for each in gone:
            each.delete()
        for pk, values in shifts:
            if pk is None:
                EventShift.objects.create(event=found, **values)
            else:
                EventShift.objects.filter(pk=pk).update(**values)
    return nothing()


@serves("DELETE", "events/{id}", act="answers")
def delete(asked: Asked) -> HttpResponse:
    """Remove an event with its signups."""
    campaign_only(asked)
    found = _changed(asked)
    with transaction.atomic():
        found.signups.all().delete()
        found.removed_at = timezone.now()
        found.save(update_fields=["removed_at"])
    return nothing()


@serves("POST", "events/{id}/shifts", act="answers")
def add_shift(asked: Asked) -> HttpResponse:
    campaign_only(asked)
    found = _changed(asked)
    if found.shifts.count() >= MOST:
        raise invalid(f"An event has at most {MOST} shifts.", "body")
    made = EventShift.objects.create(event=found, **_shift(asked.body))
    return created(asked, made.pk, f"events/{found.pk}/shifts/{made.pk}")


def _fields(asked: Asked, was: Event | None) -> dict[str, Any]:
    body = asked.body
    starts, ends = body.instant_needed("startDate"), body.instant_needed("endDate")
    if ends < starts:
        raise invalid("The event ends before it begins.", "endDate")
    return {
        "name": body.text_needed("name", most=500), "short_name": body.text("shortName", most=12),
        "description": body.text("description", most=500), "starts_at": starts, "ends_at": ends,
        "kind": _kind(body), "creators_only": body.flag("isOnlyEditableByCreatingUser"),
        "public": body.flag("isPubliclyViewable"), "district": body.text("districtFieldValue", most=100),
        "roles": [_role(each) for each in few(body, "roles")],
        "notes": [{"text": each.text_needed("text", most=4000)} for each in few(body, "notes")],
        "codes": [_code(asked, each) for each in few(body, "codes")],
        "locations": _places(asked, was),
    }  # fmt: skip


def few(body: Given, name: str) -> list[Given]:
    found = body.objects(name)
    if len(found) > MOST:
        raise invalid(f"An event has at most {MOST} {name}.", body.at(name))
    return found


def _kind(body: Given) -> int:
    given = body.object("eventType")
    kind = given.needed("eventTypeId") if given else body.needed("eventTypeId")
    if kind not in TYPES:
        place = given.at("eventTypeId") if given else "eventTypeId"
        raise invalid("There is no such type of event.", place, hint=", ".join(map(str, TYPES)))
    return kind


def _role(each: Given) -> dict[str, Any]:
    id = each.needed("roleId")
    if id not in ROLES:
        raise invalid("There is no such role.", each.at("roleId"), hint=", ".join(map(str, ROLES)))
    return {"roleId": id, **{part: each.integer(part) for part in ("min", "max", "goal")}}


def _code(asked: Asked, each: Given) -> int:
    pk = each.needed("codeId")
    if not Code.objects.filter(member=asked.key.member, pk=pk).exists():
        raise invalid("There is no such code.", each.at("codeId"))
    return pk


def _places(asked: Asked, was: Event | None) -> list[int]:
    """Ids of places; one that was removed stays where it was."""
    found = []
    for each in few(asked.body, "locations"):
        pk = each.needed("locationId")
        if location_of(asked.key.member, pk) is None and pk not in (was.locations if was else []):
            raise invalid("There is no such location.", each.at("locationId"))
        found.append(pk)
    return list(dict.fromkeys(found))


def _shifts(body: Given) -> list[tuple[int | None, dict[str, Any]]]:
    return [(each.integer("eventShiftId", least=1), _shift(each)) for each in few(body, "shifts")]


def _shift(each: Given) -> dict[str, Any]:
    starts, ends = each.instant_needed("startTime"), each.instant_needed("endTime")
    if ends < starts:
        raise invalid("The shift ends before it begins.", each.at("endTime"))
    return {"name": each.text("name", most=100) or "Shift", "starts_at": starts, "ends_at": ends}
