"""Validation of Dataspace Protocol messages with the protocol's own schemas, shipped beside this file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft201909Validator
from referencing import Registry
from referencing.jsonschema import DRAFT201909

from commonroll.errors import Refusal

_NEGOTIATION = "https://w3id.org/dspace/2025/1/negotiation/"


def check_message(message: Mapping[str, Any], kind: str = "contract-agreement-message") -> None:
    """Raise Refusal, with the JSON path, unless `message` passes the schema of `kind`.

    Passing says nothing about meaning; that is the parser's and the compiler's part.
    """
    for error in _validator(kind).iter_errors(message):
        raise Refusal(
            "The message does not follow the Dataspace Protocol 2025-1.",
            where=error.json_path,
            next_step="Write it with `agreements.terms.message`, or ask the sender to correct it.",
        )


@cache
def _validator(kind: str) -> Draft201909Validator:
    folder = files("commonroll.agreements") / "dsp"
    schemas = [
        json.loads(file.read_bytes())
        for part in ("common", "negotiation")
        for file in (folder / part).iterdir()
        if file.name.endswith(".json")
    ]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], DRAFT201909.create_resource(schema)) for schema in schemas
    )
    return Draft201909Validator(registry.contents(f"{_NEGOTIATION}{kind}-schema.json"), registry=registry)
