"""Requests to the VAN-compatible API as its clients send them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, cast

import van_document
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from world import MACHINE, World

from commonroll.server.actions import keys


def key_of(
    world: World, member: str, purpose: str = "gotv", scopes: tuple[str, ...] = ("ask", "answers")
) -> str:
    """A new key's text."""
    return keys.create(of=world.member(member), purpose=purpose, scopes=scopes, note="a script", by=MACHINE)[
        1
    ]


def basic(password: str, user: str = "default") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def ask(key: str, method: str, path: str, body: Any = None, mode: str = "|0", **more: Any) -> HttpResponse:
    """`path` is below /v4/; a body that is bytes is sent as it is. Answers are held against the document."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    answer: Any = Client(raise_request_exception=False).generic(
        method, f"/v4/{path}", data, content_type=more.pop("content_type", "application/json"),
        headers=basic(key + mode), **more,
    )  # fmt: skip
    van_document.check(method, path, answer)
    return cast(HttpResponse, answer)


def queries(act: Callable[[], object]) -> int:
    """Questions that the database is asked meanwhile; not for the first time, of which there are notes, and
    the fewer of two times: what is kept for a minute may end between."""
    act()
    counted = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            act()
        counted.append(len(asked))
    return min(counted)


def told(response: HttpResponse, status: int = 200) -> Any:
    assert response.status_code == status, response.content[:500]
    return json.loads(response.content)


def error(response: HttpResponse, status: int, *properties: str) -> dict[str, Any]:
    """The one error of an answer, whose properties are these."""
    errors = told(response, status)["errors"]
    assert len(errors) == 1 and errors[0]["code"] and errors[0]["text"]
    assert errors[0].get("properties", []) == list(properties), errors
    found: dict[str, Any] = errors[0]
    return found
