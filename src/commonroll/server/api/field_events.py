"""What phones send from their turf, and what the other half of a pair recorded there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field import sealing
from commonroll.server.actions import walked
from commonroll.server.api.body import TooLarge, an_object, no, received
from commonroll.server.api.field_access import methods, with_device
from commonroll.server.models import HandOut

BYTES_AT_MOST = walked.MOST_AT_ONCE * (sealing.MOST_BYTES * 4 // 3 + 500)
FIELDS = frozenset({"device", "events", "now"})


@methods("GET", "POST")
def events(request: HttpRequest) -> HttpResponse:
    """POST `{"device", "events": [{"id", "epk", "iv", "ct"}], "now"?}`: an answer to each record, by its id.

    `now` is what the phone's clock says. A phone whose turf has ended still sends what it has. GET
    `?after=CURSOR`: what others recorded in the same turf since.
    """
    return _sent(request) if request.method == "POST" else _asked(request)


@with_device(ended=True, sending=True)
def _sent(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    large = TooLarge(
        "These are too many records at once; none was taken.",
        next_step=f"Send them {walked.MOST_AT_ONCE} by {walked.MOST_AT_ONCE}.",
    )
    body = an_object(received(request, BYTES_AT_MOST, large))
    if not {"device", "events"} <= set(body) <= FIELDS:
        no("The body has device and events.", "body")
    if body["device"] != str(hand_out.device):
        no("This is another phone's token.", "device")
    if not isinstance(body["events"], list):
        no("This is no list of records.", "events")
    if len(body["events"]) > walked.MOST_AT_ONCE:
        raise large
    home = settings.HOME
    taken = walked.take(
        home=home, hand_out=hand_out, envelopes=body["events"], opened=walked.opened_by(home),
        now=timezone.now(), phone=_time(body.get("now")),
    )  # fmt: skip
    return JsonResponse(taken.as_dict())


@with_device()
def _asked(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    given = request.GET.get("after", "0")
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        no("This is no cursor.", "after")
    found, cursor = walked.of_others(hand_out, int(given))
    return JsonResponse({"events": found, "cursor": cursor})


def _time(given: Any) -> datetime | None:
    """With a zone; None where the phone says nothing."""
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
        if found.utcoffset() is None:
            raise ValueError
        return found
    except (TypeError, ValueError):
        raise Refusal("This is no time with a zone.", where="now", next_step="Leave it out.") from None
