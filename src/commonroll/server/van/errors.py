"""The API's error object, which every answer of 400 and more carries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse

from commonroll.errors import Refusal
from commonroll.server.actions.batches import Conflict
from commonroll.server.actions.keys import BadKey, TooMany
from commonroll.server.actor import Forbidden, Unknown
from commonroll.server.api.body import TooLarge
from commonroll.server.decided import NotRecorded
from commonroll.server.receipts import LogBehind, WordWanted
from commonroll.views.question import NothingGranted

CODES = {
    400: "INVALID_PARAMETER",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
    503: "SERVICE_UNAVAILABLE",
}

STATUS: dict[type[Refusal], int] = {
    BadKey: 401,
    Forbidden: 403,
    NothingGranted: 403,
    WordWanted: 403,
    Unknown: 404,
    Conflict: 409,
    TooLarge: 413,
    TooMany: 429,
    LogBehind: 503,
    NotRecorded: 503,
}
"""Statuses of refusals of other parts; of every other 400."""


class Declined(Refusal):
    """An error of this API: its status, the properties at fault (`phones[1].extension`), what would do."""

    def __init__(
        self, status: int, text: str, *, properties: Sequence[str] = (), hint: str = "", code: str = ""
    ) -> None:
        super().__init__(text, where=", ".join(properties), next_step=hint)
        self.status = status
        self.text = text
        self.properties = tuple(properties)
        self.hint = hint
        self.code = code or CODES[status]


def invalid(text: str, *properties: str, hint: str = "") -> Declined:
    """HTTP 400 on account of these properties."""
    return Declined(400, text, properties=properties, hint=hint)


def not_found(text: str = "There is no such object.", *, hint: str = "") -> Declined:
    """HTTP 404: also for what others may see."""
    return Declined(404, text, hint=hint)


def answer(refusal: Refusal) -> HttpResponse:
    """The error object of a refusal, with its status and headers."""
    if not isinstance(refusal, Declined):
        refusal = _declined(refusal)
    error: dict[str, Any] = {"code": refusal.code, "text": refusal.text}
    if refusal.properties:
        error["properties"] = list(refusal.properties)
    if refusal.hint:
        error["hint"] = refusal.hint
    return of(refusal.status, error)


def of(status: int, error: dict[str, Any]) -> HttpResponse:
    """An answer with one error in it."""
    response = JsonResponse({"errors": [error]}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Commonroll", charset="UTF-8"'
    return response


def _declined(refusal: Refusal) -> Declined:
    status = next((number for kind, number in STATUS.items() if isinstance(refusal, kind)), 400)
    said = refusal.as_dict()
    where = said.get("where") or ""
    properties = (where,) if status == 400 and where else ()
    return Declined(status, str(said["what"]), properties=properties, hint=str(said.get("next") or ""))
