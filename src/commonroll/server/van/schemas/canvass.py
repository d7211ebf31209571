"""Contacts with people: results, answers, activist codes, notes, and the questions of a member."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server.van.schemas.kinds import (
    AT,
    BOOLEAN,
    FLAG,
    INTEGER,
    INTEGER_OR,
    MADE,
    NOTHING,
    SAID,
    SKIP,
    STRING,
    STRING_OR,
    TEXT,
    TEXTS,
    WHEN,
    WHOLE,
    Fields,
    Gives,
    Schema,
    Takes,
    array,
    listed,
    needed,
    one,
    page,
    paged,
    record,
    thing,
    things,
    words,
)

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
QUESTION: Fields = {"name": TEXT, "scriptQuestion": TEXT}
STATUSES = {"statuses": SAID, "name": SAID, "type": SAID}

TAKES: Mapping[str, Takes] = {
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
    "GET surveyQuestions": Takes(page(question=SAID, cycle=SKIP) | STATUSES),
    "POST surveyQuestions": Takes(body=needed(
        QUESTION | {"type": TEXT, "cycle": WHOLE, "responses": things(needed({"name": TEXT}, "name"))},
        "name", "responses",
    )),
    "PUT surveyQuestions/{id}": Takes(
        body=QUESTION | {"status": words("Active", "Inactive", "Archived")}
    ),
    "GET activistCodes": Takes(page() | STATUSES),
}  # fmt: skip

OBJECTS: Mapping[str, Schema] = {
    "Mark": record({
        "activistCodeId": INTEGER, "activistCodeName": STRING, "dateCreated": AT, "canvassedBy": INTEGER_OR,
        "dateCanvassed": AT,
    }),
    "Response": record({
        "canvassResponseId": INTEGER, "dateCanvassed": AT, "contactTypeId": INTEGER_OR,
        "inputTypeId": INTEGER, "resultCodeId": INTEGER, "canvassedBy": INTEGER_OR,
        "responses": {"type": "array", "items": {"type": "object"}},
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
    "Note": record({
        "noteId": INTEGER, "text": STRING, "isViewRestricted": BOOLEAN,
        "category": {"type": ["object", "null"]}, "createdDate": AT,
    }),
    "NoteCategory": record({
        "noteCategoryId": INTEGER, "name": STRING, "assignableTypes": {"type": "array", "items": STRING},
    }),
}  # fmt: skip

GIVES: Mapping[str, Gives] = {
    "GET people/{vanId}/activistCodes": paged("Mark"),
    "GET people/{vanId}/canvassResponses": paged("Response"),
    "POST people/{p}/canvassResponses": one("Reference", 200, (204, "")),
    "GET canvassResponses/contactTypes": array("ContactType"),
    "GET canvassResponses/inputTypes": array("InputType"),
    "GET canvassResponses/resultCodes": array("ResultCode"),
    "GET people/{vanId}/notes": paged("Note"),
    "POST people/{p}/notes": NOTHING,
    "GET notes/categories": array("NoteCategory"),
    "GET notes/categories/{id}": one("NoteCategory"),
    "GET notes/categoryTypes": TEXTS,
    "GET surveyQuestions": paged("SurveyQuestion"),
    "POST surveyQuestions": MADE,
    "GET surveyQuestions/{id}": one("SurveyQuestion"),
    "GET activistCodes": paged("ActivistCode"),
    "GET activistCodes/{id}": one("ActivistCode"),
    "DELETE people/{vanId}/canvassResponses/{id}": NOTHING,
    "PUT people/{vanId}/notes/{id}": NOTHING,
    "PUT surveyQuestions/{id}": NOTHING,
}  # fmt: skip
