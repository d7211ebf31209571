"""What each route takes and gives, as JSON Schema: the API's document and its page are made of it.

Requests are stated as wide as they are read (numbers as texts, null for what is left out, names in any case),
so that what the schema forbids is refused. Nothing of Django is here: the reference is made of this, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]
Fields = dict[str, Schema]

# What is read

TEXT: Schema = {"type": ["string", "number", "null"]}
WHOLE: Schema = {"type": ["integer", "string", "null"]}
NUMBER: Schema = {"type": ["number", "string", "null"]}
FLAG: Schema = {"type": ["boolean", "string", "integer", "null"]}
WHEN: Schema = {"type": ["string", "number", "null"], "description": "ISO 8601"}


def words(*allowed: str) -> Schema:
    """One of these, whatever its case."""
    return TEXT | {"description": "one of " + ", ".join(allowed)}


def thing(fields: Fields) -> Schema:
    return {"type": ["object", "null"], "properties": fields}


def things(fields: Fields) -> Schema:
    return {"type": ["array", "null"], "items": thing(fields)}


IDS: Schema = {"type": ["array", "null"], "items": WHOLE}


def needed(body: Fields, *names: str) -> Fields:
    """The same, with properties that must be there and say something."""

    def must(schema: Schema) -> Schema:
        return schema | {"type": [kind for kind in schema["type"] if kind != "null"]}

    return {
        name: must(schema) | {"x-needed": True} if name in names else schema for name, schema in body.items()
    }


@dataclass(frozen=True)
class Takes:
    """What a route reads: parameters of the query (always texts on the wire), and properties of the body."""

    query: Fields = field(default_factory=dict)
    body: Fields | None = None
    array: bool = False


SAID: Schema = {"type": "string"}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}


def number(least: int = 0, most: int = 2**31 - 1) -> Schema:
    """A whole number of the query; empty is as if it were not there."""
    whole = {"type": "integer", "minimum": least, "maximum": most}
    return {"anyOf": [whole, {"type": "string", "maxLength": 0}]}


SKIP, ANY_ID = number(), number(1)


def page(most: int = 200, **more: Schema) -> Fields:
    """`$top` and `$skip`, and more."""
    return {"$top": number(1, most), "$skip": SKIP} | more


EXPAND = {"$expand": SAID | {"description": "sections, with commas between them"}}

EMAIL = {"email": TEXT, "type": words("P", "W", "O"), "isPreferred": FLAG, "isSubscribed": FLAG}
PHONE = {
    "phoneNumber": TEXT, "phoneType": words("Cell", "Home", "Work", "Main", "Fax", "C", "H", "W", "M", "F"),
    "ext": TEXT, "isPreferred": FLAG, "smsOptInStatus": words("I", "O", "U"), "dialingPrefix": TEXT,
    "countryCode": TEXT,
}  # fmt: skip
ADDRESS = {
    "addressLine1": TEXT, "addressLine2": TEXT, "addressLine3": TEXT, "city": TEXT, "stateOrProvince": TEXT,
    "zipOrPostalCode": TEXT, "countryCode": TEXT, "type": words("Home", "Mailing", "Voting", "Work", "Other"),
    "isPreferred": FLAG,
}  # fmt: skip
CANDIDATE: Fields = {
    "vanId": WHOLE, "firstName": TEXT, "middleName": TEXT, "lastName": TEXT, "dateOfBirth": WHEN,
    "emails": things({"email": TEXT}), "phones": things({"phoneNumber": TEXT}),
    "addresses": things({"addressLine1": TEXT, "zipOrPostalCode": TEXT}),
    "identifiers": things({"type": TEXT, "externalId": TEXT}),
}  # fmt: skip
PERSON: Fields = CANDIDATE | {
    "sex": words("M", "F", "U"), "suffix": TEXT, "title": TEXT, "nickname": TEXT, "salutation": TEXT,
    "party": TEXT, "employer": TEXT, "occupation": TEXT, "jobTitle": TEXT, "website": TEXT,
    "emails": things(EMAIL), "phones": things(PHONE), "addresses": things(ADDRESS),
}  # fmt: skip
CODE: Fields = needed(
    {
        "name": TEXT, "description": TEXT, "codeType": words("Tag", "SourceCode"), "parentCodeId": WHOLE,
        "supportedEntities": things({"name": TEXT, "isSearchable": FLAG, "isApplicable": FLAG}),
    },
    "name",
)  # fmt: skip
SEARCHED = (
    "firstName", "middleName", "lastName", "streetAddress", "city", "stateOrProvince", "zipOrPostalCode",
    "phoneNumber", "email",
)  # fmt: skip
SEARCH: Fields = dict.fromkeys(SEARCHED, SAID)
CONTEXT = thing({
    "contactTypeId": WHOLE, "inputTypeId": WHOLE, "dateCanvassed": WHEN, "phoneId": WHOLE,
    "phone": thing({"dialingPrefix": TEXT, "phoneNumber": TEXT, "smsOptInStatus": words("I", "O", "U")}),
    "skipMatching": FLAG, "omitActivistCodeContactHistory": FLAG, "campaignId": WHOLE, "contentId": WHOLE,
})  # fmt: skip
RESPONSE: Fields = {
    "type": words("ActivistCode", "SurveyResponse"), "activistCodeId": WHOLE, "surveyQuestionId": WHOLE,
    "surveyResponseId": WHOLE, "action": words("Apply", "Remove"),
}  # fmt: skip
NOTE: Fields = {
    "text": TEXT, "isViewRestricted": FLAG, "category": thing({"noteCategoryId": WHOLE}),
}  # fmt: skip
JOB: Fields = needed(
    {
        "savedListId": WHOLE, "type": WHOLE, "webhookUrl": TEXT,
        **dict.fromkeys(("surveyQuestions", "activistCodes", "customFields", "districtFields"), things({})),
    },
    "savedListId", "type",
)  # fmt: skip
QUESTION: Fields = {"name": TEXT, "scriptQuestion": TEXT}
STATUSES = {"statuses": SAID, "name": SAID, "type": SAID}

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
LOAD: Fields = needed(
    {"description": TEXT, "file": thing({}), "actions": things({}), "listeners": things({})},
    "file", "actions",
)  # fmt: skip
BULK: Fields = needed({"description": TEXT, "file": thing({}), "actions": things({})}, "file", "actions")
CHANGES: Fields = needed(
    {
        "resourceType": TEXT, "dateChangedFrom": WHEN, "dateChangedTo": WHEN, "fileSizeKbLimit": WHOLE,
        "includeInactive": FLAG, "excludeChangesFromSelf": FLAG, "contactMode": TEXT,
    },
    "resourceType", "dateChangedFrom",
)  # fmt: skip

TAKES: Mapping[str, Takes] = {
    "GET apiKeyProfiles": Takes(page()),
    "POST echoes": Takes(body={"message": TEXT, "delayInMilliseconds": WHOLE}),
    "GET people": Takes(page(50) | SEARCH | EXPAND),
    "GET people/quickSearch": Takes(page(50, name=SAID | {"x-needed": True}) | EXPAND),
    "POST people/find": Takes(body=CANDIDATE),
    "POST people/findByPhone": Takes(body=needed({"phoneNumber": TEXT}, "phoneNumber")),
    "POST people/findOrCreate": Takes(body=PERSON),
    "GET people/{p}": Takes(EXPAND),
    "POST people/{p}": Takes(body=PERSON),
    "PATCH people/{vanId}/names": Takes(body=dict.fromkeys(("firstName", "middleName", "lastName"), TEXT)),
    "PUT people/{vanId}/mergeInto": Takes(body=needed({"vanId": WHOLE}, "vanId")),
    "GET people/{vanId}/activistCodes": Takes(page()),
    "GET people/{vanId}/canvassResponses": Takes(page()),
    "POST people/{p}/canvassResponses": Takes(
        body={"canvassContext": CONTEXT, "resultCodeId": WHOLE, "responses": things(RESPONSE)}
    ),
    "GET people/{vanId}/notes": Takes(page(50)),
    "POST people/{p}/notes": Takes(body=needed(
        NOTE | {"contactHistory": thing({"contactTypeId": WHOLE, "dateCanvassed": WHEN})}, "text"
    )),
    "PUT people/{vanId}/notes/{id}": Takes(body=NOTE),
    "GET people/{p}/codes": Takes(page()),
    "POST people/{p}/codes": Takes(body=needed({"codeId": WHOLE}, "codeId")),
    "GET surveyQuestions": Takes(page(question=SAID, cycle=SKIP) | STATUSES),
    "POST surveyQuestions": Takes(body=needed(
        QUESTION | {"type": TEXT, "cycle": WHOLE, "responses": things(needed({"name": TEXT}, "name"))},
        "name", "responses",
    )),
    "PUT surveyQuestions/{id}": Takes(
        body=QUESTION | {"status": words("Active", "Inactive", "Archived")}
    ),
    "GET activistCodes": Takes(page() | STATUSES),
    "GET codes": Takes(page(name=SAID, codeType=SAID, supportedEntities=SAID, parentCodeId=ANY_ID) | EXPAND),
    "POST codes": Takes(body=CODE),
    "PUT codes/{id}": Takes(body=CODE),
    "PATCH codes/{id}": Takes(body={"op": TEXT, "path": TEXT, "value": {}}, array=True),
    "PUT codes": Takes(body=needed({"codes": things({})}, "codes")),
    "DELETE codes": Takes(body=needed({"codeIds": IDS}, "codeIds")),
    "POST codes/batch": Takes(body=needed({"codes": things({})}, "codes")),
    "GET savedLists": Takes(page(100, folderId=ANY_ID, maxPeopleCount=SKIP)),
    "GET folders": Takes(page()),
    "GET exportJobTypes": Takes(page()),
    "GET exportJobs": Takes(page()),
    "POST exportJobs": Takes(body=JOB),
    "POST canvassFileRequests": Takes(body=JOB),
    "GET phones/isCellStatuses": Takes(page()),
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
    "POST fileLoadingJobs": Takes(body=LOAD),
    "GET scores": Takes(page()),
    "GET bulkImportJobs": Takes(page()),
    "POST bulkImportJobs": Takes(body=BULK),
    "GET bulkImportMappingTypes": Takes(page()),
    "GET bulkImportMappingTypes/{name}/{field}/values": Takes(page()),
    "GET changedEntityExportJobs": Takes(page()),
    "POST changedEntityExportJobs": Takes(body=CHANGES),
    "GET scoreUpdates": Takes(page(scoreId=ANY_ID, createdBefore=SAID, createdAfter=SAID)),
    "PATCH scoreUpdates/{id}": Takes(body=needed({"loadStatus": TEXT}, "loadStatus")),
    "GET customFields": Takes({"customFieldsGroupType": SAID}),
}  # fmt: skip
"""Method and path -> what it reads. A route that is not here reads nothing, or an object of its own."""

# What is given

STRING: Schema = {"type": "string"}
STRING_OR: Schema = {"type": ["string", "null"]}
INTEGER: Schema = {"type": "integer"}
INTEGER_OR: Schema = {"type": ["integer", "null"]}
BOOLEAN: Schema = {"type": "boolean"}
AT: Schema = {"type": "string", "format": "date-time"}
LIST_OR: Schema = {"type": ["array", "null"]}


def record(fields: Fields) -> Schema:
    """An object that has all of these keys in every answer."""
    return {"type": "object", "required": list(fields), "properties": fields}


def listed(fields: Fields) -> Schema:
    return {"type": "array", "items": record(fields)}


OBJECTS: Mapping[str, Schema] = {
    "ApiKeyProfile": record({
        "databaseName": STRING, "hasMyVoters": BOOLEAN, "hasMyCampaign": BOOLEAN, "committeeName": STRING,
        "committeeId": INTEGER, "apiKeyTypeName": STRING, "keyReference": STRING, "userFirstName": STRING,
        "userLastName": STRING, "username": STRING, "userId": INTEGER, "stateId": STRING,
    }),
    "Echo": record({"message": STRING, "dateSent": AT, "delayInMilliseconds": INTEGER_OR}),
    "Person": record({
        "vanId": INTEGER, "firstName": STRING_OR, "middleName": STRING_OR, "lastName": STRING_OR,
        "suffix": STRING_OR, "sex": STRING_OR, "party": STRING_OR, "dateOfBirth": STRING_OR,
        "emails": LIST_OR, "phones": LIST_OR, "addresses": LIST_OR, "identifiers": LIST_OR, "codes": LIST_OR,
        "notes": LIST_OR, "districts": LIST_OR, "suppressions": LIST_OR,
    }),
    "Created": record({"vanId": INTEGER, "status": STRING}),
    "VanId": record({"vanId": INTEGER}),
    "Mark": record({
        "activistCodeId": INTEGER, "activistCodeName": STRING, "dateCreated": AT, "canvassedBy": INTEGER_OR,
        "dateCanvassed": AT,
    }),
    "Response": record({
        "canvassResponseId": INTEGER, "dateCanvassed": AT, "contactTypeId": INTEGER_OR,
        "inputTypeId": INTEGER, "resultCodeId": INTEGER, "responses": {"type": "array"},
        "canvassedBy": INTEGER_OR,
    }),
    "Reference": record({"canvassResponseId": INTEGER}),
    "ContactType": record({"contactTypeId": INTEGER, "name": STRING, "channelTypeName": STRING}),
    "InputType": record({"inputTypeId": INTEGER, "name": STRING}),
    "ResultCode": record({
        "resultCodeId": INTEGER, "name": STRING, "mediumName": STRING, "shortName": STRING,
    }),
    "SurveyQuestion": record({
        "surveyQuestionId": INTEGER, "type": STRING, "cycle": INTEGER_OR, "name": STRING,
        "mediumName": STRING, "shortName": STRING, "scriptQuestion": STRING_OR, "status": STRING,
        "responses": listed({
            "surveyResponseId": INTEGER, "name": STRING, "mediumName": STRING, "shortName": STRING,
        }),
    }),
    "ActivistCode": record({
        "activistCodeId": INTEGER, "type": STRING, "name": STRING, "mediumName": STRING, "shortName": STRING,
        "description": STRING_OR, "scriptQuestion": STRING_OR, "status": STRING,
    }),
    "SavedList": record({
        "savedListId": INTEGER, "name": STRING, "description": STRING_OR, "listCount": INTEGER,
        "doorCount": INTEGER,
    }),
    "Folder": record({"folderId": INTEGER, "name": STRING}),
    "ExportJobType": record({"exportJobTypeId": INTEGER, "name": STRING}),
    "ExportJob": record({
        "exportJobId": INTEGER, "exportJobGuid": STRING, "savedListId": INTEGER, "webhookUrl": STRING_OR,
        "downloadUrl": STRING_OR, "status": STRING, "type": INTEGER, "dateExpired": STRING_OR,
        "errorCode": STRING_OR,
    }),
    "Note": record({
        "noteId": INTEGER, "text": STRING, "isViewRestricted": BOOLEAN,
        "category": {"type": ["object", "null"]}, "createdDate": AT,
    }),
    "NoteCategory": record({
        "noteCategoryId": INTEGER, "name": STRING, "assignableTypes": {"type": "array", "items": STRING},
    }),
    "Code": record({
        "codeId": INTEGER, "parentCodeId": INTEGER_OR, "name": STRING, "description": STRING_OR,
        "codePath": STRING, "createdByName": STRING, "codeType": STRING, "dateCreated": AT,
        "dateModified": AT, "supportedEntities": LIST_OR,
    }),
    "Outcome": record({"codeId": INTEGER, "message": STRING}),
    "CellStatus": record({"statusId": INTEGER, "statusName": STRING}),
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
        "districtFieldValue": STRING_OR, "locations": LIST_OR, "codes": LIST_OR, "shifts": LIST_OR,
        "roles": LIST_OR, "notes": LIST_OR,
    }),
    "Location": record({
        "locationId": INTEGER, "name": STRING, "displayName": STRING, "address": {"type": "object"},
    }),
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
    "Job": record({"jobId": INTEGER}),
    "Source": record({"sourceUrl": STRING}),
    "Thing": {"type": "object"},
    "Districts": record({"districts": {"type": "array", "items": {"type": "object"}}}),
}  # fmt: skip
"""What is answered, by name."""


@dataclass(frozen=True)
class Gives:
    """What a route answers: an object, a page or an array of them, an id (201), or nothing (204)."""

    kind: str
    of: str = ""
    status: int = 200
    also: Sequence[tuple[int, str]] = ()
    """Further statuses: object, or empty for no body."""


def one(of: str, status: int = 200, *also: tuple[int, str]) -> Gives:
    return Gives("one", of, status, also)


def paged(of: str) -> Gives:
    return Gives("page", of)


def array(of: str) -> Gives:
    return Gives("array", of)


MADE, NOTHING, TEXTS = Gives("id", status=201), Gives("nothing", status=204), Gives("texts")

GIVES: Mapping[str, Gives] = {
    "GET apiKeyProfiles": paged("ApiKeyProfile"),
    "POST echoes": one("Echo"),
    "GET people": paged("Person"),
    "GET people/quickSearch": paged("Person"),
    "POST people/find": one("Person"),
    "POST people/findByPhone": one("Person"),
    "POST people/findOrCreate": one("Person", 200, (201, "Created")),
    "GET people/{p}": one("Person"),
    "POST people/{p}": one("Person"),
    "PATCH people/{vanId}/names": one("Person"),
    "PUT people/{vanId}/mergeInto": one("VanId"),
    "GET people/{vanId}/activistCodes": paged("Mark"),
    "GET people/{vanId}/canvassResponses": paged("Response"),
    "POST people/{p}/canvassResponses": one("Reference", 200, (204, "")),
    "GET canvassResponses/contactTypes": array("ContactType"),
    "GET canvassResponses/inputTypes": array("InputType"),
    "GET canvassResponses/resultCodes": array("ResultCode"),
    "GET people/{vanId}/notes": paged("Note"),
    "POST people/{p}/notes": NOTHING,
    "GET people/{p}/codes": paged("Code"),
    "POST people/{p}/codes": NOTHING,
    "GET notes/categories": array("NoteCategory"),
    "GET notes/categories/{id}": one("NoteCategory"),
    "GET notes/categoryTypes": TEXTS,
    "GET surveyQuestions": paged("SurveyQuestion"),
    "POST surveyQuestions": MADE,
    "GET surveyQuestions/{id}": one("SurveyQuestion"),
    "GET activistCodes": paged("ActivistCode"),
    "GET activistCodes/{id}": one("ActivistCode"),
    "GET codes": paged("Code"),
    "POST codes": MADE,
    "GET codes/{id}": one("Code"),
    "PUT codes": array("Outcome"),
    "DELETE codes": array("Outcome"),
    "POST codes/batch": array("Outcome"),
    "GET codeTypes": TEXTS,
    "GET codes/supportedEntities": TEXTS,
    "GET savedLists": paged("SavedList"),
    "GET savedLists/{id}": one("SavedList"),
    "GET folders": paged("Folder"),
    "GET folders/{id}": one("Folder"),
    "GET exportJobTypes": paged("ExportJobType"),
    "GET exportJobs": paged("ExportJob"),
    "POST exportJobs": one("ExportJob", 201),
    "GET exportJobs/{id}": one("ExportJob"),
    "POST canvassFileRequests": one("ExportJob", 201),
    "GET canvassFileRequests/{id}": one("ExportJob"),
    "GET phones/isCellStatuses": paged("CellStatus"),
    "GET districtFields": one("Districts"),
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
    "POST fileLoadingJobs": one("Job", 201),
    "GET fileLoadingJobs": paged("Thing"),
    "GET fileLoadingJobs/{id}": one("Thing"),
    "GET scores": paged("Thing"),
    "GET scoreUpdates": paged("Thing"),
    "GET scores/{id}": one("Thing"),
    "GET scoreUpdates/{id}": one("Thing"),
    "POST uploads": one("Source", 201),
    "GET bulkImportJobs/resources": TEXTS,
    "GET bulkImportJobs": paged("Thing"),
    "POST bulkImportJobs": one("Job", 201),
    "GET bulkImportJobs/{id}": one("Thing"),
    "GET bulkImportMappingTypes": paged("Thing"),
    "GET bulkImportMappingTypes/{name}": one("Thing"),
    "GET bulkImportMappingTypes/{name}/{field}/values": paged("Thing"),
    "GET changedEntityExportJobs/resources": TEXTS,
    "GET changedEntityExportJobs/fields/{name}": array("Thing"),
    "GET changedEntityExportJobs/changeTypes/{name}": array("Thing"),
    "GET changedEntityExportJobs": paged("Thing"),
    "POST changedEntityExportJobs": one("Thing", 201),
    "GET changedEntityExportJobs/{id}": one("Thing"),
    "GET customFields": Gives("any"),
    "GET openapi.json": Gives("any"),
}
"""Method and path -> what it answers. What is not here: nothing for a change, any JSON for a reading."""
