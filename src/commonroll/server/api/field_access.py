"""Who may use the doors for phones: a device's token and nothing else; every answer is JSON, refusals too."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.actions import hand_outs, keys
from commonroll.server.actor import Actor
from commonroll.server.api.access import STATUS
from commonroll.server.buckets import Buckets, Empty
from commonroll.server.models import HandOut

LONGEST_TOKEN = 200
SEEN_AGAIN = timedelta(seconds=20)
"""A contact within this time of the last is not written down."""

RATE, BURST = 2.0, 60.0
"""Requests a second of one device in the long run, and at once."""

HEAVY = 9
"""Other requests that one for a bundle counts as much as."""

METHOD_NOT_ALLOWED = 405
STATUSES: dict[type[Refusal], int] = {
    hand_outs.NoSuchCode: hand_outs.NOT_FOUND,
    hand_outs.Gone: hand_outs.GONE,
}
"""Beside `api.access.STATUS`."""


class BadToken(Refusal):
    """The token opens nothing; HTTP 401. The phone locks: what it holds is not deleted for a site's fault."""

    def __init__(self) -> None:
        super().__init__(
            "this phone is not known here", next_step="ask whoever gave you the turf for a new code"
        )


class Ended(hand_outs.Gone):
    """The device's turf is in its hands no more; HTTP 410, and the phone deletes the turf."""


Door = Callable[..., HttpResponse]
"""Takes the request, its hand-out, and the words of the address."""


def device_of(request: HttpRequest, *, ended: bool = False, sending: bool = False) -> HandOut:
    """The hand-out that a request's token is of; its contact is noted.

    `ended`: one that was returned, revoked or is too old passes too (`hand_outs.over` says why). `sending`:
    the token that opens nothing but what a locked phone sends will do. Raises BadToken, Ended, and
    keys.TooMany for a device that asks too often.
    """
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    token = token.strip()
    plain = scheme.lower() == "bearer" and len(token) <= LONGEST_TOKEN and token.isascii()
    found = hand_outs.of_token(token, sending=sending) if plain else None
    if found is None:
        raise BadToken
    _take(str(found.device))
    why = hand_outs.over(found)
    _seen(found, heard=bool(why))
    if why and not ended:
        raise Ended(why, next_step="what you recorded is kept; ask for another turf")
    return found


def with_device(*, ended: bool = False, sending: bool = False) -> Callable[[Door], Door]:
    """A view that is given the request's hand-out, for whose member the database answers."""

    def of(view: Door) -> Door:
        @csrf_exempt
        @functools.wraps(view)
        def run(request: HttpRequest, **words: object) -> HttpResponse:
            try:
                found = device_of(request, ended=ended, sending=sending)
                with wall.acting(found.member.key):
                    return view(request, found, **words)
            except Refusal as refusal:
                return refused(refusal)

        return run

    return of


def methods(*allowed: str) -> Callable[[Door], Door]:
    """A view that answers these methods alone; `api.access.methods` in the words of phones."""

    def of(view: Door) -> Door:
        @csrf_exempt
        @functools.wraps(view)
        def run(request: HttpRequest, **words: object) -> HttpResponse:
            if request.method in allowed:
                return view(request, **words)
            response = refused(
                Refusal("this is not done here", next_step=f"send {' or '.join(allowed)}"), METHOD_NOT_ALLOWED
            )
            response["Allow"] = ", ".join(allowed)
            return response

        return run

    return of


def actor(hand_out: HandOut) -> Actor:
    """Who acts where a device does: it may nothing that asks for a role."""
    return Actor(f"device:{hand_out.device}", device=True)


def refused(refusal: Refusal, status: int = 0, do: Sequence[str] = ()) -> HttpResponse:
    """`{"error", "next", "do"}` with the refusal's status; `do`: what the phone does with its turf."""
    known = STATUSES | STATUS
    status = status or next((code for kind, code in known.items() if isinstance(refusal, kind)), 0)
    if isinstance(refusal, BadToken):
        status, do = keys.UNAUTHORIZED, ["lock"]
    elif isinstance(refusal, Ended):
        do = ["wipe"]
    said: dict[str, Any] = {"error": refusal.what, "next": refusal.next_step, "do": list(do)}
    response = JsonResponse(said, status=status or 400)
    if isinstance(refusal, BadToken):
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, keys.TooMany):
        response["Retry-After"] = str(refusal.seconds)
    return response


def _seen(found: HandOut, *, heard: bool) -> None:
    """`heard`: the phone hears now that its turf is over."""
    now = timezone.now()
    if heard or found.seen_at is None or now - found.seen_at >= SEEN_AGAIN:
        found.seen_at = now
        with wall.node():
            HandOut.objects.filter(pk=found.pk).update(seen_at=now)


_buckets = Buckets(RATE, BURST)


def _take(device: str, cost: float = 1) -> None:
    """Requests of a device, from what this process lets it have."""
    try:
        _buckets.take(device, time.monotonic(), cost)
    except Empty:
        raise keys.TooMany("this phone asks too often", 5) from None


def heavy(hand_out: HandOut) -> None:
    """Take what HEAVY requests more cost. Raises keys.TooMany."""
    _take(str(hand_out.device), HEAVY)
