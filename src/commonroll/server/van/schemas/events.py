"""Events, who signed up for them, and where they are held."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server.van.schemas.kinds import (
    ANY_ID,
    AT,
    BOOLEAN,
    EXPAND,
    FLAG,
    INTEGER,
    INTEGER_OR,
    LIST_OR,
    MADE,
    NOTHING,
    SAID,
    STRING,
    STRING_OR,
    TEXT,
    WHEN,
    WHOLE,
    Fields,
    Gives,
    Schema,
    Takes,
    array,
    listed,
    listed_or,
    needed,
    one,
    page,
    paged,
    record,
    thing,
    things,
)
from commonroll.server.van.schemas.people import ADDRESS

LINES = ("addressLine1", "addressLine2", "addressLine3", "city", "stateOrProvince", "zipOrPostalCode")

SHIFT: Fields = needed({"name": TEXT, "startTime": WHEN, "endTime": WHEN}, "startTime", "endTime")
EVENT: Fields = needed(
    {
        "name": TEXT, "shortName": TEXT, "description": TEXT, "startDate": WHEN, "endDate": WHEN,
        "eventType": thing({"eventTypeId": WHOLE}), "isOnlyEditableByCreatingUser": FLAG,
        "isPubliclyViewable": FLAG, "districtFieldValue": TEXT, "locations": things({"locationId": WHOLE}),
        "codes": things({"codeId": WHOLE}), "notes": things({"text": TEXT}),
        "shifts": things({"eventShiftId": WHOLE} | SHIFT),
        "roles": things({"roleId": WHOLE, "min": WHOLE, "max": WHOLE, "goal": WHOLE}),
    },
    "name", "startDate", "endDate",
)  # fmt: skip
SIGNUP: Fields = needed(
    {
        "person": thing({"vanId": WHOLE}), "event": thing({"eventId": WHOLE}),
        "shift": thing({"eventShiftId": WHOLE}), "role": thing({"roleId": WHOLE}),
        "status": thing({"statusId": WHOLE}), "location": thing({"locationId": WHOLE}),
        "startTimeOverride": WHEN, "endTimeOverride": WHEN,
    },
    "role", "status",
)  # fmt: skip
PLACE = {name: TEXT for name in ADDRESS if name not in ("type", "isPreferred")}
LOCATION: Fields = needed({"name": TEXT, "address": thing(PLACE)}, "name")

TAKES: Mapping[str, Takes] = {
    "GET events": Takes(page(
        50, codeIds=SAID, eventTypeIds=SAID, inRepetitionWithEventId=ANY_ID, startingAfter=SAID,
        startingBefore=SAID, districtFieldValue=SAID, createdByCommitteeId=ANY_ID,
    ) | EXPAND),
    "GET events/{id}": Takes(EXPAND),
    "POST events": Takes(body=EVENT),
    "PUT events/{id}": Takes(body=EVENT),
    "POST events/{id}/shifts": Takes(body=SHIFT),
    "GET signups": Takes(page(eventId=ANY_ID, vanId=ANY_ID)),
    "GET signups/statuses": Takes({"eventId": ANY_ID, "eventTypeId": ANY_ID}),
    "POST signups": Takes(body=SIGNUP),
    "PUT signups/{id}": Takes(body=SIGNUP),
    "GET locations": Takes(page(name=SAID)),
    "POST locations": Takes(body=LOCATION),
    "POST locations/findOrCreate": Takes(body=LOCATION),
}  # fmt: skip

PLACED: Fields = {
    "locationId": INTEGER, "name": STRING, "displayName": STRING,
    "address": record({**dict.fromkeys(LINES, STRING_OR), "countryCode": STRING, "preview": STRING}),
}  # fmt: skip

OBJECTS: Mapping[str, Schema] = {
    "EventType": record({
        "eventTypeId": INTEGER, "name": STRING, "canHaveMultipleShifts": BOOLEAN, "color": STRING,
        "canHaveMultipleLocations": BOOLEAN, "canHaveGoals": BOOLEAN, "canHaveRoleMaximums": BOOLEAN,
        "canHaveRoleMinimums": BOOLEAN, "canBeRepeatable": BOOLEAN, "isAtLeastOneLocationRequired": BOOLEAN,
        "roles": listed({"roleId": INTEGER, "name": STRING, "isEventLead": BOOLEAN}),
        "statuses": listed({"statusId": INTEGER, "name": STRING}),
    }),
    "Event": record({
        "eventId": INTEGER, "name": STRING, "shortName": STRING, "description": STRING_OR, "startDate": AT,
        "endDate": AT, "eventType": record({"eventTypeId": INTEGER, "name": STRING}),
        "isOnlyEditableByCreatingUser": BOOLEAN, "isPubliclyViewable": BOOLEAN, "createdDate": AT,
        "districtFieldValue": STRING_OR, "locations": listed_or(PLACED),
        "codes": listed_or({"codeId": INTEGER, "name": STRING}),
        "shifts": listed_or({"eventShiftId": INTEGER, "name": STRING, "startTime": AT, "endTime": AT}),
        "roles": listed_or({
            "roleId": INTEGER, "name": STRING, "isEventLead": BOOLEAN, "min": INTEGER_OR, "max": INTEGER_OR,
            "goal": INTEGER_OR,
        }),
        "notes": listed_or({"text": STRING}),
    }),
    "Location": record(PLACED),
    "Signup": record({
        "eventSignupId": INTEGER,
        "person": record({
            "vanId": INTEGER, "firstName": STRING_OR, "middleName": STRING_OR, "lastName": STRING_OR,
        }),
        "event": record({"eventId": INTEGER, "name": STRING, "shortName": STRING}),
        "shift": record({"eventShiftId": INTEGER_OR, "name": STRING_OR}),
        "role": record({"roleId": INTEGER, "name": STRING, "isEventLead": BOOLEAN}),
        "status": record({"statusId": INTEGER, "name": STRING}),
        "location": record({"locationId": INTEGER_OR, "name": STRING_OR, "displayName": STRING_OR}),
        "startTimeOverride": STRING_OR, "endTimeOverride": STRING_OR, "printedLists": LIST_OR,
        "minivanExports": LIST_OR,
    }),
    "Status": record({"statusId": INTEGER, "name": STRING}),
}  # fmt: skip

GIVES: Mapping[str, Gives] = {
    "GET events": paged("Event"),
    "POST events": MADE,
    "GET events/{id}": one("Event"),
    "GET events/types": array("EventType"),
    "GET events/types/{id}": one("EventType"),
    "POST events/{id}/shifts": MADE,
    "GET signups": paged("Signup"),
    "POST signups": MADE,
    "GET signups/{id}": one("Signup"),
    "GET signups/statuses": array("Status"),
    "GET locations": paged("Location"),
    "GET locations/{id}": one("Location"),
    "POST locations": MADE,
    "POST locations/findOrCreate": MADE,
    "PUT events/{id}": NOTHING,
    "DELETE events/{id}": NOTHING,
    "PUT signups/{id}": NOTHING,
    "DELETE signups/{id}": NOTHING,
    "DELETE locations/{id}": NOTHING,
}  # fmt: skip
