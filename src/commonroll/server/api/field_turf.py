"""A turf comes to a phone and leaves it: claimed by a code, read, handed back."""

from __future__ import annotations

import gzip
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from commonroll.errors import Refusal
from commonroll.server import bundles, field_keys, wall
from commonroll.server.accounts import came_from
from commonroll.server.actions import hand_out_ends, hand_outs, keys
from commonroll.server.api import body
from commonroll.server.api.field_access import actor, heavy, methods, refused, with_device
from commonroll.server.models import HandOut

MOST_BUNDLES = 500
"""Of one hand-out: each has receipts in its owners' logs."""


@methods("POST")
def claim(request: HttpRequest) -> HttpResponse:
    """POST `{"code", "key"?, "device_name"?}`: the device's tokens, and what it has from now on. `key` is
    the device's own; the same again is answered the same."""
    try:
        asked = body.question(request, "code", "key", "device_name")
        body.text(asked, "device_name")
        code, key = body.text(asked, "code"), body.text(asked, "key")
        got = hand_outs.claim(home=settings.HOME, code=code, key=key, address=came_from(request))
    except Refusal as refusal:
        return refused(refusal)
    return JsonResponse(_told(got.hand_out) | {"token": got.token, "send_token": got.send_token})


def _told(hand_out: HandOut) -> dict[str, object]:
    with wall.acting(hand_out.member.key):
        turf = hand_out.turf
        return {
            "device": str(hand_out.device),
            "server_key": field_keys.public_key(settings.HOME),
            "member": hand_out.member.name,
            "turf": turf.name,
            "walker": hand_out.walker,
            "ends_at": hand_out.ends_at.isoformat(timespec="seconds"),
            "doors": turf.doors,
            "people": turf.people,
        }


@methods("POST")
@with_device()
def bundle(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    """POST: the turf as it may be walked now; receipts are in their owners' logs before it leaves."""
    heavy(hand_out)
    if hand_out.revision >= MOST_BUNDLES:
        raise keys.TooMany("this phone fetched its turf too often", 3600)
    made = bundles.bundle(settings.HOME, hand_out, actor(hand_out))
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
    response = HttpResponse(gzip.compress(text), content_type="application/json")
    response["Content-Encoding"] = "gzip"
    return response


@methods("POST")
@with_device(ended=True, sending=True)
def hand_back(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    """POST: the turf is handed back; once more changes nothing."""
    hand_out_ends.returned(hand_out, by_phone=True)
    return JsonResponse({"do": ["wipe"]})


@methods("POST")
@with_device(ended=True, sending=True)
def wiped(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    """POST: the phone holds nothing of the turf any more."""
    hand_out_ends.wiped(hand_out)
    return JsonResponse({"do": []})
