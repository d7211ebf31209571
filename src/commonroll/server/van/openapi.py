"""The OpenAPI 3.1 document of the VAN-compatible API: from the table of routes and the schemas."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse

from commonroll.server.van import schemas
from commonroll.server.van.asked import MY_CAMPAIGN, Asked, one
from commonroll.server.van.routes import Route, serves, table
from commonroll.server.van.schemas import kinds
from commonroll.server.van.schemas.kinds import Fields, Gives, Schema, Takes

ERRORS = {
    400: "a value is wrong: `properties` names it",
    401: "the key is missing, wrong or without a mode",
    403: "this key, or this mode, may not do it",
    404: "there is no such object",
    405: "the path has other methods: Allow",
    409: "it does not go with what stands",
    413: "the body is too large",
    415: "the body is no JSON",
    429: "too fast: Retry-After says when to come again",
    503: "the log is behind; come again",
}

ERROR: Schema = {
    "type": "object",
    "required": ["errors"],
    "properties": {"errors": {
        "type": "array", "minItems": 1,
        "items": {
            "type": "object",
            "required": ["code", "text"],
            "properties": {
                "code": kinds.STRING, "text": kinds.STRING, "hint": kinds.STRING,
                "properties": {"type": "array", "items": kinds.STRING}, "referenceCode": kinds.STRING,
            },
        },
    }},
}  # fmt: skip


BYTES: Schema = {"type": "string", "format": "binary"}


@serves("GET", "openapi.json", open=True)
def serve(asked: Asked) -> HttpResponse:
    return one(document())


@cache
def document() -> Schema:
    """The whole document; its paths are below `/v4`."""
    paths: dict[str, Schema] = {}
    shapes: dict[tuple[str, ...], str] = {}
    for route in table():
        if served(route):
            path = shapes.setdefault(shape(route.path), route.path)
            paths.setdefault(f"/{path}", {})[route.method.lower()] = _operation(route, path)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Commonroll, VAN-compatible",
            "version": "4",
            "description": "The password is the key and its mode: `KEY|0` MyVoters, `KEY|1` MyCampaign.",
        },
        "servers": [{"url": "/v4"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "basic"}},
            "schemas": {**schemas.OBJECTS, "Errors": ERROR},
        },
    }


def shape(path: str) -> tuple[str, ...]:
    """A path whose places have no names: two that differ in those alone are one to the document."""
    return tuple("{}" if part.startswith("{") else part for part in path.split("/"))


def served(route: Route) -> bool:
    return route.served is not None or route.served_in(MY_CAMPAIGN) is not None


def _operation(route: Route, path: str) -> Schema:
    name = f"{route.method} {route.path}"
    takes, gives = schemas.TAKES.get(name), schemas.GIVES[name]
    by = route.served_in(MY_CAMPAIGN) or route.served
    said = (by.by.__doc__ or "").split("\n\n")[0].split() if by else []
    told: Schema = {"operationId": _id(route), "tags": [route.parts[0]], "responses": _answers(gives)}
    if said:
        told["description"] = " ".join(said)
    if by and by.open:
        told["security"] = []
    parameters = [_place(part) for part in path.split("/") if part.startswith("{")]
    parameters += [_parameter(name, schema) for name, schema in (takes.query if takes else {}).items()]
    if parameters:
        told["parameters"] = parameters
    if by and by.raw:
        told["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": BYTES}}}
    elif route.method in ("POST", "PUT", "PATCH") or (takes and takes.body):
        told["requestBody"] = _body(takes or Takes(body={}))
    return told


def _id(route: Route) -> str:
    words = [part.strip("{}") for part in route.parts]
    return route.method.lower() + "".join(word[:1].upper() + word[1:] for word in words).replace(".", "")


def _place(part: str) -> Schema:
    name = part.strip("{}")
    number = name in ("vanId", "id")
    schema = kinds.ID if number else {"type": "string", "minLength": 1}
    told: Schema = {"name": name, "in": "path", "required": True, "schema": schema}
    if name == "p":
        told["description"] = "a VAN id, or a type of identifier and the id: `StateFileID:OH123`"
    return told


def _parameter(name: str, schema: Schema) -> Schema:
    plain = {key: value for key, value in schema.items() if key != "x-needed"}
    return {"name": name, "in": "query", "required": bool(schema.get("x-needed")), "schema": plain}


def _body(takes: Takes) -> Schema:
    body = takes.body or {}
    schema = _object(body)
    if takes.array:
        schema = {"type": "array", "minItems": 1, "items": schema}
    needed = takes.array or any("x-needed" in one for one in body.values())
    return {"required": needed, "content": {"application/json": {"schema": schema}}}


def _object(fields: Fields) -> Schema:
    needed = [name for name, schema in fields.items() if "x-needed" in schema]
    told: Schema = {"type": "object", "properties": {name: _plain(one) for name, one in fields.items()}}
    return told | {"required": needed} if needed else told


def _plain(schema: Schema) -> Schema:
    """A property, with what is needed in the objects of it."""
    told: dict[str, Any] = {key: value for key, value in schema.items() if key != "x-needed"}
    if "properties" in told:
        told |= {key: value for key, value in _object(told["properties"]).items() if key != "type"}
    if isinstance(told.get("items"), dict):
        told["items"] = _plain(told["items"])
    return told


def _answers(gives: Gives) -> Schema:
    told = {str(gives.status): _answer(gives.kind, gives.of)}
    told |= {str(status): _answer("one" if of else "nothing", of) for status, of in gives.also}
    refused = {"application/json": {"schema": _ref("Errors")}}
    told |= {str(status): {"description": why, "content": refused} for status, why in ERRORS.items()}
    return told


def _answer(kind: str, of: str) -> Schema:
    if kind == "nothing":
        return {"description": "done; no body"}
    if kind == "any":
        return {"description": "done"}
    schemas_of: dict[str, Schema] = {
        "texts": {"type": "array", "items": kinds.STRING},
        "id": kinds.INTEGER,
        "one": _ref(of),
        "array": {"type": "array", "items": _ref(of)},
        "page": _page(of),
    }
    schema = schemas_of[kind]
    return {"description": "done", "content": {"application/json": {"schema": schema}}}


def _page(of: str) -> Schema:
    return kinds.record(
        {
            "items": {"type": "array", "items": _ref(of)},
            "nextPageLink": kinds.STRING_OR,
            "count": {"type": "integer", "minimum": 0},
        }
    )


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
