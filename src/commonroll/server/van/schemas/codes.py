"""Codes (tags and source codes), on people and on their own."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server.van.schemas.kinds import (
    ANY_ID,
    AT,
    BOOLEAN,
    EXPAND,
    FLAG,
    IDS,
    INTEGER,
    INTEGER_OR,
    MADE,
    NOTHING,
    SAID,
    STRING,
    STRING_OR,
    TEXT,
    TEXTS,
    WHOLE,
    Fields,
    Gives,
    Schema,
    Takes,
    array,
    listed_or,
    needed,
    one,
    page,
    paged,
    record,
    things,
    words,
)

CODE: Fields = needed(
    {
        "name": TEXT, "description": TEXT, "codeType": words("Tag", "SourceCode"), "parentCodeId": WHOLE,
        "supportedEntities": things({"name": TEXT, "isSearchable": FLAG, "isApplicable": FLAG}),
    },
    "name",
)  # fmt: skip

TAKES: Mapping[str, Takes] = {
    "GET people/{p}/codes": Takes(page()),
    "POST people/{p}/codes": Takes(body=needed({"codeId": WHOLE}, "codeId")),
    "GET codes": Takes(page(name=SAID, codeType=SAID, supportedEntities=SAID, parentCodeId=ANY_ID) | EXPAND),
    "POST codes": Takes(body=CODE),
    "PUT codes/{id}": Takes(body=CODE),
    "PATCH codes/{id}": Takes(body={"op": TEXT, "path": TEXT, "value": {}}, array=True),
    "PUT codes": Takes(body=needed({"codes": things({})}, "codes")),
    "DELETE codes": Takes(body=needed({"codeIds": IDS}, "codeIds")),
    "POST codes/batch": Takes(body=needed({"codes": things({})}, "codes")),
}  # fmt: skip

ENTITY: Fields = {"name": STRING, "isSearchable": BOOLEAN, "isApplicable": BOOLEAN}

OBJECTS: Mapping[str, Schema] = {
    "Code": record({
        "codeId": INTEGER, "parentCodeId": INTEGER_OR, "name": STRING, "description": STRING_OR,
        "codePath": STRING, "createdByName": STRING, "codeType": STRING, "dateCreated": AT,
        "dateModified": AT, "supportedEntities": listed_or(ENTITY),
    }),
    "Outcome": record({"codeId": INTEGER, "message": STRING}),
}  # fmt: skip

GIVES: Mapping[str, Gives] = {
    "GET people/{p}/codes": paged("Code"),
    "POST people/{p}/codes": NOTHING,
    "GET codes": paged("Code"),
    "POST codes": MADE,
    "GET codes/{id}": one("Code"),
    "PUT codes": array("Outcome"),
    "DELETE codes": array("Outcome"),
    "POST codes/batch": array("Outcome"),
    "GET codeTypes": TEXTS,
    "GET codes/supportedEntities": TEXTS,
    "DELETE people/{p}/codes/{id}": NOTHING,
    "PUT codes/{id}": NOTHING,
    "PATCH codes/{id}": NOTHING,
    "DELETE codes/{id}": NOTHING,
}  # fmt: skip
