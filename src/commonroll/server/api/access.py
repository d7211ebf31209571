"""Who may use our API: a key and nothing else, each use noted; every answer is JSON, refusals too."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.accounts import came_from
from commonroll.server.actions import keys
from commonroll.server.actions.batches import Conflict
from commonroll.server.actor import Forbidden, Unknown
from commonroll.server.api.body import TooLarge
from commonroll.server.decided import NotRecorded
from commonroll.server.receipts import LogBehind

STATUS: dict[type[Refusal], int] = {
    keys.BadKey: keys.UNAUTHORIZED,
    Forbidden: 403,
    Unknown: 404,
    Conflict: 409,
    TooLarge: 413,
    keys.TooMany: keys.TOO_MANY,
    LogBehind: 503,
    NotRecorded: 503,
}
"""Statuses of refusals; of every other 400."""


View = Callable[..., HttpResponse | StreamingHttpResponse]
"""Takes the request, its key, and the words of the address."""


def with_key(act: str) -> Callable[[View], View]:
    """A view that is given the request's key. Cookies open nothing here, so no form of another site does."""

    def of(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def run(request: HttpRequest, **words: object) -> HttpResponse | StreamingHttpResponse:
            asked, address = f"{act}.{(request.method or '').lower()}", came_from(request)
            try:
                key = keys.opened(
                    authorization=request.headers.get("Authorization", ""), act=asked, address=address
                )
            except Refusal as refusal:
                return refused(refusal)
            status = 500
            try:
                with wall.acting(key.member.key):
                    response = view(request, key, **words)
                if isinstance(response, StreamingHttpResponse):
                    pieces = wall.pieces(
                        key.member.key, iter(cast(Iterable[bytes], response.streaming_content))
                    )
                    response.streaming_content = pieces
                status = response.status_code
            except Refusal as refusal:
                response = refused(refusal)
                status = response.status_code
            finally:
                keys.note(key, act=asked, status=status, address=address)
            return response

        return run

    return of


def methods(*allowed: str) -> Callable[[View], View]:
    """A view that answers these methods alone; others get a refusal that names them, as JSON."""

    def of(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def run(request: HttpRequest, **words: object) -> HttpResponse | StreamingHttpResponse:
            if request.method in allowed:
                return view(request, **words)
            response = refused(
                Refusal("this is not done here", next_step=f"send {' or '.join(allowed)}"), 405
            )
            response["Allow"] = ", ".join(allowed)
            return response

        return run

    return of


@csrf_exempt
def unknown(request: HttpRequest, **_: object) -> HttpResponse:
    """Whatever else is asked for below /api/."""
    return refused(Unknown("there is no such address", next_step="see /api/openapi.json"))


def refused(refusal: Refusal, status: int = 0) -> HttpResponse:
    """A refusal with its three sentences and its status."""
    status = status or next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), 400)
    response = JsonResponse({"refused": refusal.as_dict()}, status=status)
    if isinstance(refusal, keys.BadKey):
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, keys.TooMany):
        response["Retry-After"] = str(refusal.seconds)
    return response
