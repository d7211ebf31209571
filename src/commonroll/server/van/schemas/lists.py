"""Saved lists in their folders, and the files that are made of them."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server.van.schemas.kinds import (
    ANY_ID,
    INTEGER,
    SKIP,
    STRING,
    STRING_OR,
    TEXT,
    WHOLE,
    Fields,
    Gives,
    Schema,
    Takes,
    needed,
    one,
    page,
    paged,
    record,
    things,
)

JOB: Fields = needed(
    {
        "savedListId": WHOLE, "type": WHOLE, "webhookUrl": TEXT,
        "surveyQuestions": things(needed({"surveyQuestionId": WHOLE}, "surveyQuestionId")),
        "activistCodes": things(needed({"activistCodeId": WHOLE}, "activistCodeId")),
        "districtFields": things(needed({"districtFieldId": WHOLE}, "districtFieldId")),
        "customFields": things(needed({"customFieldId": WHOLE}, "customFieldId")),
    },
    "savedListId", "type",
)  # fmt: skip

TAKES: Mapping[str, Takes] = {
    "GET savedLists": Takes(page(100, folderId=ANY_ID, maxPeopleCount=SKIP)),
    "GET folders": Takes(page()),
    "GET exportJobTypes": Takes(page()),
    "GET exportJobs": Takes(page()),
    "POST exportJobs": Takes(body=JOB),
    "POST canvassFileRequests": Takes(body=JOB),
}  # fmt: skip

OBJECTS: Mapping[str, Schema] = {
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
}  # fmt: skip

GIVES: Mapping[str, Gives] = {
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
    "GET files/{token}": Gives("any"),
}  # fmt: skip
