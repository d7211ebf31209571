"""What a client of the protocol is told where it gets nothing: a status, a code, a sentence for its user."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse

CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "METHOD_NOT_ALLOWED",
    413: "REQUEST_TOO_LARGE",
    416: "INVALID_RANGE",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}


class Declined(Exception):
    """An answer of the protocol's error shape. No decision is 429 or 5xx: clients would ask on and on."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self) -> HttpResponse:
        said = {"errorCode": CODES[self.status], "message": self.message}
        return JsonResponse(said, status=self.status, content_type="application/json; charset=utf-8")


def unknown() -> Declined:
    """What is not there, and what this token may not see."""
    return Declined(404, "There is no such share, schema or table for this profile.")
