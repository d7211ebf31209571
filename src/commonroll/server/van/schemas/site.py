"""The key itself, and vocabularies that are of no other noun."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server.van.schemas.kinds import (
    AT,
    BOOLEAN,
    INTEGER,
    INTEGER_OR,
    SAID,
    STRING,
    TEXT,
    WHOLE,
    Gives,
    Schema,
    Takes,
    array,
    listed,
    listed_or,
    one,
    page,
    paged,
    record,
)
from commonroll.server.van.schemas.people import DISTRICT

TAKES: Mapping[str, Takes] = {
    "GET apiKeyProfiles": Takes(page()),
    "POST echoes": Takes(body={"message": TEXT, "delayInMilliseconds": WHOLE}),
    "GET phones/isCellStatuses": Takes(page()),
    "GET customFields": Takes({"customFieldsGroupType": SAID}),
}  # fmt: skip

OBJECTS: Mapping[str, Schema] = {
    "ApiKeyProfile": record({
        "databaseName": STRING, "hasMyVoters": BOOLEAN, "hasMyCampaign": BOOLEAN, "committeeName": STRING,
        "committeeId": INTEGER, "apiKeyTypeName": STRING, "keyReference": STRING, "userFirstName": STRING,
        "userLastName": STRING, "username": STRING, "userId": INTEGER, "stateId": STRING,
    }),
    "Echo": record({"message": STRING, "dateSent": AT, "delayInMilliseconds": INTEGER_OR}),
    "CellStatus": record({"statusId": INTEGER, "statusName": STRING}),
    "CustomField": record({
        "customFieldId": INTEGER, "customFieldParentId": INTEGER_OR, "customFieldName": STRING,
        "customFieldGroupId": INTEGER, "customFieldGroupName": STRING, "customFieldGroupType": STRING,
        "customFieldTypeId": STRING, "isEditable": BOOLEAN, "isExportable": BOOLEAN,
        "maxTextboxCharacters": INTEGER_OR,
        "availableValues": listed_or({"id": INTEGER, "name": STRING, "parentValueId": INTEGER_OR}),
    }),
    "Thing": {"type": "object"},
    "District": record(DISTRICT),
    "Districts": record({"districts": listed(DISTRICT)}),
}  # fmt: skip

GIVES: Mapping[str, Gives] = {
    "GET apiKeyProfiles": paged("ApiKeyProfile"),
    "POST echoes": one("Echo"),
    "GET phones/isCellStatuses": paged("CellStatus"),
    "GET districtFields": one("Districts"),
    "GET districtFields/{id}": one("District"),
    "GET customFields": array("CustomField"),
    "GET customFields/{id}": one("CustomField"),
    "GET openapi.json": one("Thing"),
}  # fmt: skip
