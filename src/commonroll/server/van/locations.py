"""Places of events: found or made, so that one place stands once."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from commonroll.roll.lookup.keys import plain
from commonroll.server.actions.contacts import locked
from commonroll.server.models import Location, Member
from commonroll.server.van.asked import Asked, all_paged, created, nothing, one
from commonroll.server.van.errors import not_found
from commonroll.server.van.given import Given
from commonroll.server.van.routes import serves

PARTS = ("addressLine1", "addressLine2", "addressLine3", "city", "stateOrProvince", "zipOrPostalCode")
STREET = re.compile(r"\s*[0-9]+[A-Za-z]?\s+\S")
"""A line that has a house number and a street."""


def location_of(of: Member, pk: int) -> Location | None:
    return Location.objects.filter(member=of, pk=pk, removed_at=None).first()


def told(location: Location) -> dict[str, Any]:
    """A Location as the API has it."""
    said = {part: location.address.get(part) for part in PARTS}
    preview = " ".join(str(value) for value in said.values() if value)
    address = {
        "addressId": None, **said, "geoLocation": None,
        "countryCode": location.address.get("countryCode") or "US", "preview": preview, "type": None,
        "isPreferred": None, "streetAddress": None, "displayMode": "AsEntered",
    }  # fmt: skip
    return {
        "locationId": location.pk, "id": location.pk, "name": location.name,
        "displayName": f"{location.name}, {preview}" if preview else location.name, "address": address,
        "notes": None, "codes": None,
    }  # fmt: skip


@serves("GET", "locations")
def locations(asked: Asked) -> HttpResponse:
    """The member's places, all or those whose name begins so."""
    found = Location.objects.filter(member=asked.key.member, removed_at=None)
    if name := asked.query.text("name", most=50):
        found = found.filter(name__istartswith=name)
    return all_paged(asked, [told(each) for each in found])


@serves("GET", "locations/{id}")
def location(asked: Asked) -> HttpResponse:
    return one(told(_needed(asked)))


@serves("POST", "locations", act="answers")
@serves("POST", "locations/findOrCreate", act="answers")
def find_or_create(asked: Asked) -> HttpResponse:
    """The id of the same place where there is one, else of a new one.

    The same: street, unit and ZIP; without a street the name with the ZIP, or with city and state.
    """
    of, name = asked.key.member, asked.body.text_needed("name", most=50)
    address = _address(asked.body.object("address") or Given({}, "address"))
    key = key_of(name, address)
    with transaction.atomic():
        locked(of)
        found = Location.objects.filter(member=of, key=key, removed_at=None).first()
        if found is None:
            asked.by.require("answers", of)
            found = Location.objects.create(member=of, name=name, address=address, key=key, by=asked.by.label)
    return created(asked, found.pk, f"locations/{found.pk}")


def _address(given: Given) -> dict[str, str]:
    said = {part: given.text(part, most=100) for part in PARTS}
    said["countryCode"] = given.text("countryCode", most=2).upper()
    return {part: value for part, value in said.items() if value}


def key_of(name: str, address: dict[str, str]) -> str:
    """What two of the same place have in common."""
    line, zip5 = address.get("addressLine1", ""), address.get("zipOrPostalCode", "")[:5]
    if STREET.match(line) and zip5:
        parts = ["street", line, address.get("addressLine2", ""), zip5]
    elif zip5:
        parts = ["zip", name, zip5]
    else:
        parts = ["city", name, address.get("city", ""), address.get("stateOrProvince", "")]
    # the name of a street that is written in other letters is what it is
    return "|".join(plain("residence_line1", part) or part.lower() for part in parts)[:300]


@serves("DELETE", "locations/{id}", act="answers")
def delete(asked: Asked) -> HttpResponse:
    """Remove a place; events that were there keep it."""
    found = _needed(asked)
    found.removed_at = timezone.now()
    found.save(update_fields=["removed_at"])
    return nothing()


def _needed(asked: Asked) -> Location:
    found = location_of(asked.key.member, asked.id())
    if found is None:
        raise not_found("There is no such location.")
    return found
