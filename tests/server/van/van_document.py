"""Answers of the VAN-compatible API, held against its own document."""

from __future__ import annotations

import json
from functools import cache

import jsonschema_rs
from django.http import HttpResponse

from commonroll.server.van import openapi, routes
from commonroll.server.van.errors import Declined


def check(method: str, path: str, response: HttpResponse) -> None:
    """Fail where an answer is none that the document states: its status, its type, its shape."""
    try:
        route = routes.find(method, tuple(path.split("?")[0].strip("/").split("/"))).route
    except Declined:
        return
    if not openapi.served(route):
        return
    answers = _answers(route.method, route.path)
    status = str(response.status_code).replace("500", "400")  # of the same shape, and promised by nobody
    assert status in answers, f"{route.method} {route.path} answers {status}, which its document does not say"
    if (shape := answers[status]) is not None:
        said = json.loads(response.content)
        wrong = [f"{'/'.join(map(str, one.instance_path))}: {one.message}" for one in shape.iter_errors(said)]
        assert not wrong, f"{route.method} {route.path} {status}: {wrong[:5]}"


@cache
def _answers(method: str, path: str) -> dict[str, jsonschema_rs.Validator | None]:
    """By status: the shape of the body; None where it has none or any."""
    document = openapi.document()
    for at, operations in document["paths"].items():
        if openapi.shape(at.lstrip("/")) == openapi.shape(path) and method.lower() in operations:
            responses = operations[method.lower()]["responses"]
            return {status: _shape(answer, document) for status, answer in responses.items()}
    raise AssertionError(f"{method} {path} is not in the document")


def _shape(answer: openapi.Schema, document: openapi.Schema) -> jsonschema_rs.Validator | None:
    content = answer.get("content", {}).get("application/json")
    if content is None:
        return None
    return jsonschema_rs.validator_for({**content["schema"], "components": document["components"]})
