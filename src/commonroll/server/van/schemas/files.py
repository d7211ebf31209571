"""Uploads, and the jobs over files: scores, saved lists, imports in bulk, and what changed since a day."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server.van.schemas.kinds import (
    AMOUNT,
    AMOUNT_OR,
    ANY_ID,
    AT,
    AT_OR,
    BOOLEAN,
    FLAG,
    IDS,
    INTEGER,
    INTEGER_OR,
    LIST_OR,
    NOTHING,
    NUMBER,
    SAID,
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
    listed_or,
    needed,
    one,
    page,
    paged,
    record,
    record_or,
    thing,
    things,
    words,
)

COLUMN = {"name": TEXT}
FILE: Fields = needed(
    {
        "columns": things(needed(COLUMN, "name")), "columnDelimiter": words("csv", "tab", "pipe"),
        "fileName": TEXT, "sourceUrl": TEXT, "hasHeader": FLAG, "hasQuotes": FLAG,
    },
    "columns", "fileName", "sourceUrl",
)  # fmt: skip
"""Where the rows lie, and how they are written."""

LOAD: Fields = needed(
    {
        "description": TEXT, "file": thing(FILE), "interventionCallbackUrl": TEXT,
        "listeners": things({"type": words("EMAIL", "URL"), "value": TEXT}),
        "actions": things(needed(
            {
                "actionType": words("score", "LoadSavedListFile"), "personIdColumn": TEXT,
                "personIdType": TEXT, "scoreId": WHOLE, "scoreColumn": TEXT,
                "approvalCriteria": thing({"average": NUMBER, "tolerance": NUMBER}),
                "listName": TEXT, "listDescription": TEXT, "folderId": WHOLE,
                "overwriteExistingListId": WHOLE,
            },
            "actionType", "personIdColumn",
        )),
    },
    "file", "actions",
)  # fmt: skip
MAPPING: Fields = needed(
    {
        "name": TEXT, "resultFileColumnName": TEXT,
        "fieldValueMappings": things(needed(
            {
                "fieldName": TEXT, "columnName": TEXT, "staticValue": TEXT,
                "values": things({"sourceValue": TEXT, "targetValue": TEXT}),
            },
            "fieldName",
        )),
    },
    "name",
)  # fmt: skip
BULK: Fields = needed(
    {
        "description": TEXT, "file": thing(FILE), "webhookUrl": TEXT,
        "actions": things(needed(
            {
                "actionType": words("loadMappedFile"), "resourceType": TEXT,
                "resultFileSizeKbLimit": WHOLE, "columnsToIncludeInResultsFile": things(COLUMN),
                "mappingTypes": things(MAPPING),
            },
            "actionType", "resourceType", "mappingTypes",
        )),
    },
    "file", "actions",
)  # fmt: skip
CHANGES: Fields = needed(
    {
        "resourceType": TEXT, "dateChangedFrom": WHEN, "dateChangedTo": WHEN, "fileSizeKbLimit": WHOLE,
        "includeInactive": FLAG, "excludeChangesFromSelf": FLAG, "contactMode": TEXT,
        "requestedCustomFieldIds": IDS,
        "requestedFields": {"type": ["array", "string", "null"], "items": TEXT},
    },
    "resourceType", "dateChangedFrom",
)  # fmt: skip

TAKES: Mapping[str, Takes] = {
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
}

SCORE: Fields = {
    "scoreId": INTEGER, "name": STRING, "shortName": STRING, "description": STRING, "scoreType": STRING,
    "minValue": AMOUNT, "maxValue": AMOUNT, "state": STRING_OR, "origin": STRING,
}  # fmt: skip
STATISTICS: Fields = dict.fromkeys(
    (
        "totalRows", "duplicateRows", "matchedRows", "increasedBy", "decreasedBy", "nulledOut", "added",
        "outOfRange", "badValues",
    ),
    INTEGER_OR,
) | dict.fromkeys(
    ("matchPercent", "maxValue", "minValue", "averageValue", "medianValue"), AMOUNT_OR
)  # fmt: skip
LISTED: Fields = {
    "savedListId": INTEGER, "originalRowCount": INTEGER, "matchedRowsCount": INTEGER,
    "unmatchedRowsCount": INTEGER,
}  # fmt: skip
WEBHOOK: Fields = {"webhook": record_or({"state": STRING, "tries": INTEGER, "said": STRING_OR})}
"""What came of the call about a job, for clients that take extensions."""

OBJECTS: Mapping[str, Schema] = {
    "Job": record({"jobId": INTEGER}),
    "Source": record({"sourceUrl": STRING}),
    "LoadingJob": record({
        "jobId": INTEGER, "description": STRING, "status": STRING, "dateCreated": AT, "dateCompleted": AT_OR,
        "message": STRING_OR, "savedList": record_or(LISTED),
        "scoreUpdates": listed_or({"scoreUpdateId": INTEGER, "scoreId": INTEGER, "loadStatus": STRING}),
        "errors": listed({"row": INTEGER, "code": STRING, "text": STRING}), "errorsTruncated": BOOLEAN,
    }, WEBHOOK),
    "Score": record(SCORE),
    "Committee": record({"committeeId": INTEGER, "committeeName": STRING}),
    "ScoreUpdate": record({
        "scoreUpdateId": INTEGER, "score": record(SCORE), "updateStatistics": record(STATISTICS),
        "loadStatus": STRING, "dateProcessed": AT_OR,
    }),
    "BulkImportJob": record({
        "id": INTEGER, "status": STRING, "resourceType": STRING, "webhookUrl": STRING_OR,
        "resultFileSizeLimitKb": INTEGER,
        "errors": listed({"code": STRING, "text": STRING, "referenceCode": STRING}),
        "resultFiles": listed({"url": STRING, "dateExpired": AT}),
    }, WEBHOOK),
    "MappingType": record({
        "name": STRING, "displayName": STRING, "allowMultipleMode": STRING,
        "resourceTypes": {"type": "array", "items": STRING}, "uploadType": STRING_OR,
        "fields": listed({
            "name": STRING, "description": STRING, "hasPredefinedValues": BOOLEAN, "isRequired": BOOLEAN,
            "canBeMappedToColumn": BOOLEAN, "canBeMappedByName": BOOLEAN,
            "parents": listed_or({"parentFieldName": STRING, "limitedToParentValues": LIST_OR}),
        }),
    }),
    "MappingValue": record({"id": STRING, "name": STRING, "parents": LIST_OR}),
    "ChangedField": record({
        "fieldName": STRING, "fieldType": STRING, "maxTextboxCharacters": INTEGER_OR, "isCoreField": BOOLEAN,
        "availableValues": LIST_OR, "bulkImportFields": listed({
            "mappingTypeName": STRING, "fieldName": STRING, "relationalMappings": LIST_OR,
        }),
    }),
    "ChangeType": record({"ChangeTypeID": STRING, "ChangeTypeName": STRING, "Description": STRING}),
    "ChangedEntityJob": record({
        "exportJobId": INTEGER, "jobStatus": STRING, "dateChangedFrom": AT, "dateChangedTo": AT,
        "files": listed({"downloadUrl": STRING, "dateExpired": AT}), "message": STRING_OR,
        "code": STRING_OR, "exportedRecordCount": INTEGER, "excludeChangesFromSelf": BOOLEAN,
    }),
}  # fmt: skip

GIVES: Mapping[str, Gives] = {
    "POST uploads": one("Source", 201),
    "POST fileLoadingJobs": one("Job", 201),
    "GET fileLoadingJobs": paged("LoadingJob"),
    "GET fileLoadingJobs/{id}": one("LoadingJob"),
    "GET fileLoadingJobs/{id}/stats": paged("Thing"),
    "GET scores": paged("Score"),
    "GET scores/{id}": one("Score"),
    "GET scores/{id}/committeeAccess": paged("Committee"),
    "GET scoreUpdates": paged("ScoreUpdate"),
    "GET scoreUpdates/{id}": one("ScoreUpdate"),
    "PATCH scoreUpdates/{id}": NOTHING,
    "GET bulkImportJobs/resources": TEXTS,
    "GET bulkImportJobs": paged("BulkImportJob"),
    "POST bulkImportJobs": one("Job", 201),
    "GET bulkImportJobs/{id}": one("BulkImportJob"),
    "DELETE bulkImportJobs/{id}": NOTHING,
    "GET bulkImportMappingTypes": paged("MappingType"),
    "GET bulkImportMappingTypes/{name}": one("MappingType"),
    "GET bulkImportMappingTypes/{name}/{field}/values": paged("MappingValue"),
    "GET changedEntityExportJobs/resources": TEXTS,
    "GET changedEntityExportJobs/fields/{name}": array("ChangedField"),
    "GET changedEntityExportJobs/changeTypes/{name}": array("ChangeType"),
    "GET changedEntityExportJobs": paged("ChangedEntityJob"),
    "POST changedEntityExportJobs": one("ChangedEntityJob", 201),
    "GET changedEntityExportJobs/{id}": one("ChangedEntityJob"),
}
