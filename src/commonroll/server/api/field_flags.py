"""What is asked about a walk, for the phone of whoever walked it: seen there, and answered there.

A turf that was handed back or whose time is over may still be answered for; a lost phone shows nothing.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from commonroll.server.actions import field_flags, hand_outs
from commonroll.server.api import body
from commonroll.server.api.field_access import Ended, methods, with_device
from commonroll.server.models import HandOut


@methods("GET")
@with_device(ended=True)
def flags(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    """GET: `{"flags": [{"id", "on", "sentence", "may_be", "rule", "numbers", "settled", "so", "words"}]}`."""
    _still(hand_out)
    return JsonResponse({"flags": [field_flags.as_dict(one) for one in field_flags.own(hand_out)]})


@methods("POST")
@with_device(ended=True)
def reply(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    """POST `{"flag", "text"}`: the flag with all words on it."""
    _still(hand_out)
    asked = body.question(request, "flag", "text")
    number = asked.get("flag")
    found = field_flags.reply(
        hand_out=hand_out,
        flag=number if isinstance(number, int) and not isinstance(number, bool) else 0,
        text=body.text(asked, "text"),
    )
    return JsonResponse({"flag": field_flags.as_dict(found)})


def _still(hand_out: HandOut) -> None:
    if hand_out.revoked_at is not None:
        raise Ended(hand_outs.over(hand_out), next_step="speak with your lead")
