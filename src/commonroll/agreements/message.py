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

_SCHEMA = "https://w3id.org/dspace/2025/1/negotiation/contract-agreement-message-schema.json"


def check_message(message: Mapping[str, Any]) -> None:
    """Raise Refusal, with the JSON path, unless `message` is a ContractAgreementMessage by its schema.

    Passing says nothing about meaning; that is the parser's and the compiler's part.
    """
    for error in _validator().iter_errors(message):
        raise Refusal(
            "The message does not follow the Dataspace Protocol 2025-1.",
            where=error.json_path,
            next_step="Write it with `agreements.terms.message`, or ask the sender to correct it.",
        )


@cache
def _validator() -> Draft201909Validator:
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
    return Draft201909Validator(registry.contents(_SCHEMA), registry=registry)
