"""What the OpenAPI document says of questions: columns, counts, extracts."""

from __future__ import annotations

from typing import Any, get_args

from commonroll.agreements.profile import Mode
from commonroll.field.standard import KINDS
from commonroll.roll.lookup.texts import INSIDE, LONGEST
from commonroll.server.actions.search import SHOWN
from commonroll.server.api.body import TEXT_AT_MOST
from commonroll.server.models import Extract
from commonroll.views.derived import Kind
from commonroll.views.question import MOST_BY

Schema = dict[str, Any]
COLUMNS_AT_MOST = 100

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_NAMES: Schema = {"type": "array", "uniqueItems": True, "items": _TEXT}
_BY_OWNER: Schema = {"type": "object", "additionalProperties": _NUMBER}
_WHERE: Schema = {
    "type": "string",
    "maxLength": TEXT_AT_MOST,
    "default": "",
    "description": "a condition as in SQL, over the names of /api/columns; empty means everybody",
}


def _closed(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    asked = {"type": "object", "additionalProperties": False, "properties": properties}
    return asked | ({"required": list(required)} if required else {})


def _whole(properties: Schema) -> Schema:
    """An answer: every property is there."""
    return {"type": "object", "required": list(properties), "properties": properties}


GAP = _whole(
    {
        "owner": _TEXT,
        "reason": {"type": "string", "description": "why this owner's voters are missing"},
        "columns": {"type": "array", "items": _TEXT},
        "agreement": {"type": ["integer", "null"]},
        "sentence": _TEXT,
    }
)

COLUMN = _whole(
    {
        "name": _TEXT,
        "kind": {"enum": list(get_args(Kind))},
        "class": _TEXT,
        "meaning": _TEXT,
        "values": {
            "type": "array",
            "items": _TEXT,
            "description": "all it can hold, if closed",
        },
        "owners": _whole(dict.fromkeys(get_args(Mode), _NUMBER)),
    }
)

COUNTED = _whole(
    {
        "total": _NUMBER,
        "by": _NAMES,
        "rows": {
            "type": "array",
            "description": "a number `n` for each combination of the values of `by`",
            "items": {"type": "object", "required": ["n"], "properties": {"n": _NUMBER}},
        },
        "by_owner": _BY_OWNER,
        "gaps": {"type": "array", "items": {"$ref": "#/components/schemas/Gap"}},
    }
)

EXTRACT = _whole(
    {
        "id": {"type": "string", "format": "uuid"},
        "self": _TEXT,
        "file": {"type": ["string", "null"], "description": "where the rows are, once they are"},
        "state": {"enum": list(Extract.State.values)},
        "message": {"type": "string", "description": "why it was refused, or whose word it waits for"},
        "format": {"enum": list(Extract.Format.values)},
        "where": _TEXT,
        "columns": _NAMES,
        "rows": {"type": ["integer", "null"]},
        "rows_by_owner": _BY_OWNER,
        "sha256": {"type": "string", "description": "of the file; empty before it is there"},
        "gaps": {"type": "array", "items": {"$ref": "#/components/schemas/Gap"}},
        "receipts": {"type": "integer", "description": "how many owners have a receipt in their log"},
        "came_at": {"type": "string", "format": "date-time"},
        "ended_at": {"type": ["string", "null"], "format": "date-time"},
    }
)

STANDARD = _whole(
    {
        "question": _TEXT,
        "version": _NUMBER,
        "name": _TEXT,
        "kind": {"enum": list(KINDS)},
        "answers": {"type": "array", "items": _whole({"answer": _TEXT, "name": _TEXT})},
        "retired": {"type": "boolean", "description": "not asked any more; answers still add up"},
    }
)

RESULTS = _whole(
    {
        "question": _TEXT,
        "version": _NUMBER,
        "name": _TEXT,
        "purpose": _TEXT,
        "total": {**_NUMBER, "description": "of all that is told"},
        "smallest": {**_NUMBER, "description": "fewer people of another member are null"},
        "answers": {
            "type": "array",
            "items": _whole(
                {
                    "answer": _TEXT,
                    "name": _TEXT,
                    "total": _NUMBER,
                    "by_owner": {
                        "type": "object",
                        "additionalProperties": {"type": ["integer", "null"], "minimum": 0},
                    },
                }
            ),
        },
        "gaps": {"type": "array", "items": {"$ref": "#/components/schemas/Gap"}},
    }
)

SAID_OF = "parts of a name, an address, a phone number or an id, in any order"

PERSON = _whole(
    {
        "van_id": _NUMBER,
        "owner": _TEXT,
        "seen": {"type": "object", "description": "columns as they may be seen, by name"},
        "found_by": {"type": "object", "additionalProperties": _NAMES},
    }
)

_RECEIPTS: Schema = {"type": "array", "items": {"type": "object", "additionalProperties": _TEXT}}

SCHEMAS: dict[str, Schema] = {
    "Gap": GAP,
    "Columns": _whole(
        {"purpose": _TEXT, "columns": {"type": "array", "items": {"$ref": "#/components/schemas/Column"}}}
    ),
    "Column": COLUMN,
    "Count": _closed({"where": _WHERE, "by": {**_NAMES, "maxItems": MOST_BY}}),
    "Counted": COUNTED,
    "Standards": _whole({"questions": {"type": "array", "items": STANDARD}}),
    "ResultsAsked": _closed({"question": _TEXT, "where": _WHERE}, required=("question",)),
    "Results": RESULTS,
    "ExtractAsked": _closed(
        {
            "where": _WHERE,
            "columns": {**_NAMES, "minItems": 1, "maxItems": COLUMNS_AT_MOST},
            "format": {"enum": list(Extract.Format.values), "default": "parquet"},
        },
        required=("columns",),
    ),
    "Extract": EXTRACT,
    "Extracts": _whole({"extracts": {"type": "array", "items": {"$ref": "#/components/schemas/Extract"}}}),
    "PeopleAsked": _closed(
        {"text": {**_TEXT, "minLength": INSIDE, "maxLength": LONGEST, "description": SAID_OF}},
        required=("text",),
    ),
    "People": _whole(
        {
            "people": {"type": "array", "maxItems": SHOWN, "items": PERSON},
            "more": {"type": "boolean", "description": "more are meant; type more of them"},
            "searched": {"type": "object", "additionalProperties": _NAMES},
            "gaps": {"type": "array", "items": {"$ref": "#/components/schemas/Gap"}},
            "waiting": _NAMES | {"description": "owners found by whole ids and names, for now"},
        }
    ),
    "Received": _whole({"receipts": _RECEIPTS, "signed": {"type": "object", "additionalProperties": _TEXT}}),
    "SignedReceipts": _whole({"receipts": _RECEIPTS, "lines": _NAMES}),
    "Receipts": _whole({"receipts": {"type": "object", "additionalProperties": _TEXT}}),
}


def paths(refusals: Schema, conflict: Schema, large: Schema, named: Schema) -> Schema:
    """The addresses of questions, with what a key is refused for."""

    def answer(status: str, meaning: str, schema: str) -> Schema:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
        return {status: {"description": meaning, "content": content}}

    def body(schema: str) -> Schema:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
        return {"required": True, "content": content}

    def act(name: str, summary: str, responses: Schema, **more: Any) -> Schema:
        return {"operationId": name, "summary": summary, **more, "responses": responses | refusals}

    octets = {"schema": {"type": "string", "format": "binary"}}
    file = {"content": {"application/vnd.apache.parquet": octets, "text/csv": octets}}
    people = answer("200", "the first who are meant, a receipt with each owner", "People") | large
    counted = answer("200", "counted, a receipt with each owner", "Counted") | large
    taken = answer("202", "taken; ask for its state", "Extract") | large
    got = {
        "/api/columns": act("columns", "The names to ask with", answer("200", "names", "Columns")),
        "/api/vocabulary": act(
            "vocabulary",
            "The federation's questions",
            answer("200", "newest versions", "Standards"),
        ),
        "/api/extracts": act(
            "extracts", "The key's newest extracts", answer("200", "newest first", "Extracts")
        ),
        "/api/extracts/{id}": act("extract", "How far it is", answer("200", "its state", "Extract")),
        "/api/extracts/{id}/file": act(
            "extract_file",
            "The rows; their receipts are in the logs first",
            {"200": {"description": "the file", **file}} | conflict,
        ),
        "/api/extracts/{id}/receipts": act(
            "extract_receipts", "The proof of each owner's receipt", answer("200", "by owner", "Receipts")
        ),
    }
    got["/api/extracts/{id}/received"] = act(
        "extract_received", "What is to be signed of the file", answer("200", "by owner", "Received")
    )
    posted = {
        "/api/extracts/{id}/received": act(
            "sign_extract_received",
            "Receipts that the member signed offline",
            answer("200", "what is left to sign", "Received") | large,
            requestBody=body("SignedReceipts"),
        ),
        "/api/count": act("count", "Count voters, split or not", counted, requestBody=body("Count")),
        "/api/results": act(
            "results",
            "Voters by their last answer to a question of the federation",
            answer("200", "added up, a receipt with each owner for each answer", "Results") | large,
            requestBody=body("ResultsAsked"),
        ),
        "/api/people": act("people", "Look for one person", people, requestBody=body("PeopleAsked")),
        "/api/extracts": act("ask_extract", "Ask for rows", taken, requestBody=body("ExtractAsked")),
    }
    found: Schema = {}
    for method, acts in (("get", got), ("post", posted)):
        for path, said in acts.items():
            found.setdefault(path, {"parameters": [named]} if "{id}" in path else {})[method] = said
    return found
