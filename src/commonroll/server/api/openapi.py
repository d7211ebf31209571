"""The OpenAPI 3.1 document of our API, made of the limits that the code enforces."""

from __future__ import annotations

from typing import Any

from commonroll.identity.lists.headers import ROLES
from commonroll.insight.import_output import CHANNELS
from commonroll.insight.stops import CHANNELS as STOP_CHANNELS
from commonroll.roll.schema import IMPORT_KINDS
from commonroll.server.actions.batches import AN_HOUR, UNDONE
from commonroll.server.actions.keys import A_MINUTE
from commonroll.server.api import asking_schemas
from commonroll.server.api.match_body import (
    BYTES_AT_MOST,
    CELL_AT_MOST,
    FIELDS_AT_MOST,
    NAME_AT_MOST,
    ROWS_AT_MOST,
    TERMS,
)
from commonroll.server.models import ListImport

Schema = dict[str, Any]
VERDICTS = ("sure", "unsure", "household", "none")


def _text(meaning: str) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": 200, "description": meaning}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _answers(meaning: str, schema: str = "") -> Schema:
    body = {"content": {"application/json": {"schema": _ref(schema)}}} if schema else {}
    return {"description": meaning, **body}


_REFUSALS: dict[str, Schema] = {
    "400": _answers("refused: what, where, and what to do next", "Refused"),
    "401": _answers("the key is wrong, expired or revoked", "Refused"),
    "403": _answers("this key may not do this", "Refused"),
    "404": _answers("there is no such thing of this key", "Refused"),
    "405": _answers("this address takes other methods: Allow names them", "Refused"),
    "429": _answers(
        "too many requests, batches or wrong keys; Retry-After says when to come again", "Refused"
    ),
}
_CONFLICT = {"409": _answers("it does not go with the state the batch is in", "Refused")}


def batch_schema() -> Schema:
    """What a body is: the JSON Schema of a batch."""
    cell = {"type": ["string", "number", "boolean", "null"], "maxLength": CELL_AT_MOST}
    row = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": FIELDS_AT_MOST,
        "propertyNames": {"minLength": 1, "maxLength": NAME_AT_MOST},
        "additionalProperties": cell,
    }
    return {
        "type": "object",
        "required": [*TERMS, "rows"],
        "additionalProperties": False,
        "properties": {
            "kind": {
                "enum": list(IMPORT_KINDS),
                "description": "hygiene: with a key for hygiene, and only so",
            },
            "source": _text("who the list is from"),
            "licence": _text("what its source permits to do with it"),
            "basis": _text("why its people may be held: consent and how given, an agreement, a law"),
            "dated_on": {"type": "string", "format": "date", "description": "the day of which the list is"},
            "columns": {
                "type": "object",
                "description": "field -> what it holds, where its name does not say so",
                "additionalProperties": {"enum": list(ROLES)},
            },
            "again": {"type": "boolean", "description": "the same list came in before, and is meant"},
            "leave_alone": {
                "type": "array",
                "description": "for hygiene: channels on which its people are left alone",
                "items": {"enum": list(CHANNELS)},
            },
            "rows": {
                "type": "array",
                "minItems": 1,
                "maxItems": ROWS_AT_MOST,
                "description": "one object a person; numbers lose their zeros: send a ZIP as a text",
                "items": row,
            },
        },
    }


def _state_schema() -> Schema:
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "self": {"type": "string"},
            "rows": {"type": ["string", "null"], "description": "where the rows are, once they are"},
            "state": {"enum": [*ListImport.State.values, UNDONE]},
            "stage": {"type": "string"},
            "progress": {"type": "number", "minimum": 0, "maximum": 1},
            "message": {"type": "string"},
            "sent": {"type": "integer", "description": "rows that came"},
            "came_at": {"type": "string", "format": "date-time"},
            "ended_at": {"type": ["string", "null"], "format": "date-time"},
            "report": {"type": "object", "description": "the match report: rates, expected errors, counts"},
            "brought": {"type": "object", "description": "rows kept, by table"},
        },
    }


def _rows_schema() -> Schema:
    score = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    voter = {"type": ["string", "null"]}
    alternative = {"type": "object", "properties": {"voter_id": voter, "score": score}}
    row = {
        "line": {"type": "integer", "description": "the row's place in the batch, from 1"},
        "row": {"type": "object", "description": "the row as it came"},
        "voter_id": {**voter, "description": "the voter that the row surely is; unmatched rows have none"},
        "match": {"enum": list(VERDICTS)},
        "score": score,
        "reason": {"type": ["string", "null"]},
        "why": {"type": "string", "description": "the reason in words"},
        "alternatives": {"type": "array", "items": alternative},
    }
    return {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"type": "object", "properties": row}}},
    }


def _refused_schema() -> Schema:
    texts = {name: {"type": "string"} for name in ("what", "where", "next")}
    return {"type": "object", "properties": {"refused": {"type": "object", "properties": texts}}}


def _stop_schema() -> Schema:
    one = {
        "type": "object",
        "additionalProperties": False,
        "oneOf": [{"required": ["phone"]}, {"required": ["email"]}],
        "properties": {
            "phone": {"type": "string", "maxLength": 254, "description": "as people write it"},
            "email": {"type": "string", "maxLength": 254},
            "text": {
                "type": "string",
                "maxLength": 2000,
                "description": "what came; only a bare STOP counts",
            },
            "channel": {"enum": list(STOP_CHANNELS), "description": "text for a text, else every way"},
        },
    }
    several = {"type": "array", "minItems": 1, "maxItems": 1000, "items": one}
    many = {"type": "object", "required": ["stops"], "properties": {"stops": several}}
    return {"anyOf": [one, many | {"additionalProperties": False}]}


def _stopped_schema() -> Schema:
    one = {
        "type": "object",
        "required": ["stopped"],
        "properties": {"stopped": {"type": "boolean"}, "why": {"type": "string"}},
    }
    act = {"type": ["string", "null"], "format": "uuid", "description": "by which a lead takes it back"}
    listed = {"type": "array", "items": one}
    return {"type": "object", "required": ["stops", "act"], "properties": {"stops": listed, "act": act}}


def document() -> Schema:
    """The whole document."""
    named = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    token = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200}}
    reason = {"name": "reason", "in": "query", "schema": {"type": "string", "maxLength": 500}}
    body = {"required": True, "content": {"application/json": {"schema": _ref("Batch")}}}
    same = {"200": _answers("this batch came before; it was not taken twice", "State")}
    large = {"413": _answers(f"the body is larger than {BYTES_AT_MOST >> 20} MiB", "Refused")}
    post = {"202": _answers("taken; ask for its state", "State")} | same | _REFUSALS | _CONFLICT | large
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Commonroll",
            "version": "1",
            "description": f"At most {A_MINUTE} requests a minute of a key, {AN_HOUR} batches an hour of a "
            f"member, {ROWS_AT_MOST:,} rows and {BYTES_AT_MOST >> 20} MiB a batch.",
        },
        "security": [{"key": []}],
        "paths": {
            "/api/match": {
                "post": {"operationId": "match",
                         "summary": "Match rows to the member's roll and keep what they say",
                         "parameters": [token], "requestBody": body, "responses": post},
                "get": {"operationId": "batches",
                         "summary": "The key's newest batches", "responses":
                        {"200": _answers("batches, the newest first", "Batches")} | _REFUSALS},
            },
            "/api/match/{id}": {
                "parameters": [named],
                "get": {"operationId": "batch",
                         "summary": "How far a batch is, and its report",
                        "responses": {"200": _answers("its state", "State")} | _REFUSALS},
                "delete": {"operationId": "undo_batch",
                         "summary": "Undo: nothing that the batch brought counts any more",
                           "parameters": [reason],
                           "responses": {"204": _answers("undone")} | _REFUSALS | _CONFLICT},
            },
            "/api/match/{id}/rows": {
                "parameters": [named],
                "get": {"operationId": "batch_rows",
                         "summary": "The rows with what they were matched to; a receipt is in the log first",
                        "responses": {"200": _answers("every row", "Rows")} | _REFUSALS | _CONFLICT},
            },
            **asking_schemas.paths(_REFUSALS, _CONFLICT, large, named),
            "/api/stop": {
                "post": {"summary": "A bare STOP: no member comes there any more, from the next question on",
                         "requestBody": {"required": True, "content":
                                         {"application/json": {"schema": _ref("Stop")}}},
                         "responses": {"200": _answers("what was heard, one by one", "Stopped")}
                         | {code: told for code, told in _REFUSALS.items() if code != "404"}
                         | {"413": _answers("the body is larger than 1 MiB", "Refused")}},
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Batch": batch_schema(),
                "State": _state_schema(),
                "Rows": _rows_schema(),
                "Batches": {"type": "object", "required": ["batches"], "properties":
                            {"batches": {"type": "array", "items": _ref("State")}}},
                "Refused": _refused_schema(),
                **asking_schemas.SCHEMAS,
                "Stop": _stop_schema(),
                "Stopped": _stopped_schema(),
            },
        },
    }  # fmt: skip
