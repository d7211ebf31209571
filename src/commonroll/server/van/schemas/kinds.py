"""Kinds of values, as they are read and as they are given."""

from __future__ import annotations

from collections.abc import Sequence
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

# What is given

STRING: Schema = {"type": "string"}
STRING_OR: Schema = {"type": ["string", "null"]}
INTEGER: Schema = {"type": "integer"}
INTEGER_OR: Schema = {"type": ["integer", "null"]}
BOOLEAN: Schema = {"type": "boolean"}
BOOLEAN_OR: Schema = {"type": ["boolean", "null"]}
AT: Schema = {"type": "string", "format": "date-time"}
LIST_OR: Schema = {"type": ["array", "null"], "items": {}}
AMOUNT: Schema = {"type": "number"}
AMOUNT_OR: Schema = {"type": ["number", "null"]}
AT_OR: Schema = {"type": ["string", "null"], "format": "date-time"}


def record(fields: Fields, further: Fields | None = None) -> Schema:
    """An object that has all of these keys in every answer, and `further` ones in some."""
    return {"type": "object", "required": list(fields), "properties": fields | (further or {})}


def record_or(fields: Fields) -> Schema:
    return record(fields) | {"type": ["object", "null"]}


def listed(fields: Fields) -> Schema:
    return {"type": "array", "items": record(fields)}


def listed_or(fields: Fields) -> Schema:
    return listed(fields) | {"type": ["array", "null"]}


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
