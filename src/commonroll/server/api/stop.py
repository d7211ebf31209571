"""A bare STOP, as a texting tool or a mailer passes it on: heard at once, for every member."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from commonroll.errors import Refusal
from commonroll.server.actions import stops
from commonroll.server.actions.stops import Asked
from commonroll.server.actor import Actor
from commonroll.server.api.access import with_key
from commonroll.server.api.body import TooLarge, an_object, is_text, no, received
from commonroll.server.models import ApiKey, Stop

BYTES_AT_MOST = 1 << 20
AT_ONCE = 1_000
TEXT_AT_MOST = 2_000
VALUE_AT_MOST = 254
FIELDS = ("phone", "email", "text", "channel")
BARE = frozenset(
    {
        "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "opt out", "optout",
        "opt-out", "alto", "parar", "basta",
    }
)  # fmt: skip
"""Texts that are nothing but a STOP (47 CFR 64.1200(a)(10), and Spanish words for it)."""
NOT_BARE = "the text says more than STOP; somebody has to read it"


@require_http_methods(["POST"])
@with_key("stop")
def stop(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """POST `{"phone": ..., "text": "STOP"}`, or several as `{"stops": [...]}`: what was heard, one by one."""
    given = _several(an_object(received(request, BYTES_AT_MOST, _LARGE)))
    checked = [_checked(one, place) for place, one in enumerate(given, 1)]
    read = [_read(kind, one, place, alone=len(given) == 1) for place, (kind, one) in enumerate(checked, 1)]
    asked = [one for one in read if isinstance(one, Asked)]
    act = None
    if asked:
        source = Stop.Source.TEXT if any("text" in one for one in given) else Stop.Source.API
        heard = stops.hear(
            home=settings.HOME, asked=asked, source=source, heard_by=key.member, by=Actor.of_key(key)
        )
        act = str(heard.act)
    told = [{"stopped": False, "why": one} if isinstance(one, str) else {"stopped": True} for one in read]
    return JsonResponse({"stops": told, "act": act})


def bare(text: str) -> bool:
    """Whether a text is a STOP and nothing else: "we have to stop this bill" is none."""
    return " ".join(text.casefold().strip(" \t\r\n\"'.!*").split()) in BARE


def _several(body: dict[str, Any]) -> list[dict[str, Any]]:
    given = body["stops"] if set(body) == {"stops"} else [body]
    if not isinstance(given, list) or not 1 <= len(given) <= AT_ONCE:
        no(f"this is no list of 1 to {AT_ONCE:,}", "stops")
    if not all(isinstance(one, dict) for one in given):
        no("each of them is an object", "stops")
    return given


def _checked(one: dict[str, Any], place: int) -> tuple[str, dict[str, str]]:
    """Its kind, and its names with texts; raises Refusal for any other form."""
    unknown = sorted(set(one) - set(FIELDS))
    if unknown:
        no(f"{len(unknown)} names are not known", f"stops {place}")
    for name, most in zip(FIELDS, (VALUE_AT_MOST, VALUE_AT_MOST, TEXT_AT_MOST, 10), strict=True):
        value = one.get(name, "")
        if not (isinstance(value, str) and len(value) <= most and is_text(value)):
            no(f"this is no text of at most {most:,} characters", f"stops {place}, {name}")
    kinds = [kind for kind in ("phone", "email") if kind in one]
    if len(kinds) != 1:
        no("each names a phone or an e-mail", f"stops {place}")
    return kinds[0], one


def _read(kind: str, one: dict[str, str], place: int, *, alone: bool) -> Asked | str:
    """What is asked, or why nothing is; among several, one that is wrong takes no other along."""
    otherwise = "all" if "text" not in one else "text" if kind == "phone" else "email"
    channel = one.get("channel", otherwise)
    try:
        stops.named(kind, channel)
        if "text" in one and not bare(one["text"]):
            return NOT_BARE
        return stops.read(kind, one[kind], channel)
    except Refusal as refusal:
        if alone:
            raise Refusal(refusal.what, where=f"stops {place}, {kind}", next_step=refusal.next_step) from None
        return refusal.what


_LARGE = TooLarge("the body is larger than 1 MiB", next_step="send the stops in several requests")
