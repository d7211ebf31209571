"""Vocabularies of events: types with their roles, and the statuses of who signed up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from commonroll.server.van.asked import MY_CAMPAIGN, MY_VOTERS, Asked, one
from commonroll.server.van.errors import Declined, invalid, not_found
from commonroll.server.van.routes import serves

ROLES = {1: "Attendee", 2: "Volunteer", 3: "Host"}
LEADS = 3
STATUSES = {
    1: "Scheduled", 2: "Confirmed", 3: "Completed", 4: "Declined", 5: "No Show", 6: "Invited", 7: "Walk In",
    8: "Left Message",
}  # fmt: skip
RESULTS = {8: 19}
"""Statuses that say another result of a contact than that somebody was reached."""


@dataclass(frozen=True)
class EventType:
    """A type of event; `color` as web pages have it."""

    name: str
    color: str
    at_a_place: bool = False


TYPES = {
    1: EventType("Canvass", "#8FB8DE", at_a_place=True),
    2: EventType("Phone Bank", "#C6AFDA"),
    3: EventType("Text Bank", "#B9D8C2"),
    4: EventType("House Party", "#F2C6A0"),
    5: EventType("Meeting", "#D9D2C5"),
    6: EventType("Rally", "#E8A5A5"),
    7: EventType("Training", "#A8D0D0"),
    8: EventType("Voter Registration", "#E3DB9A"),
}


def campaign_only(asked: Asked) -> None:
    """Events are of the member's own people; raises 400 in MyVoters."""
    if asked.mode == MY_VOTERS:
        raise Declined(
            400, "Events are in MyCampaign alone.", code="EVENTS_NOT_SUPPORTED_IN_DB",
            hint=f"append |{MY_CAMPAIGN} to the key",
        )  # fmt: skip


def told(id: int) -> dict[str, Any]:
    """An EventType as the API has it."""
    of = TYPES[id]
    return {
        "eventTypeId": id, "name": of.name, "canHaveMultipleShifts": True, "canHaveMultipleLocations": True,
        "canHaveGoals": True, "canHaveRoleMaximums": True, "canHaveRoleMinimums": True,
        "canBeRepeatable": False, "roles": [role(each) for each in ROLES],
        "statuses": [status(each) for each in STATUSES], "color": of.color,
        "isAtLeastOneLocationRequired": of.at_a_place, "defaultLocation": None,
    }  # fmt: skip


def role(id: int) -> dict[str, Any]:
    return {"roleId": id, "name": ROLES[id], "isEventLead": id == LEADS}


def status(id: int) -> dict[str, Any]:
    return {"statusId": id, "name": STATUSES[id]}


@serves("GET", "events/types")
def types(asked: Asked) -> HttpResponse:
    campaign_only(asked)
    return one([told(id) for id in TYPES])


@serves("GET", "events/types/{id}")
def one_type(asked: Asked) -> HttpResponse:
    campaign_only(asked)
    if asked.id() not in TYPES:
        raise not_found("There is no such type of event.")
    return one(told(asked.id()))


@serves("GET", "signups/statuses")
def statuses(asked: Asked) -> HttpResponse:
    """Statuses for an event or a type of event; all types have the same."""
    campaign_only(asked)
    event, kind = (asked.query.integer(name, least=1) for name in ("eventId", "eventTypeId"))
    if (event is None) == (kind is None):
        raise invalid("Send exactly one of 'eventId' and 'eventTypeId'.", "eventId", "eventTypeId")
    if kind is not None and kind not in TYPES:
        raise invalid("There is no such type of event.", "eventTypeId", hint=", ".join(map(str, TYPES)))
    return one([status(id) for id in STATUSES])
