"""The one way into the API: whose key, in which mode, which route; and an error object for all that fails."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import secrets
import traceback
from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.accounts import came_from
from commonroll.server.actions import keys
from commonroll.server.actor import SCOPES, Actor, Forbidden
from commonroll.server.models import ApiKey
from commonroll.server.van import errors, limits, serving
from commonroll.server.van.asked import MY_CAMPAIGN, MY_VOTERS, Asked
from commonroll.server.van.errors import Declined, invalid
from commonroll.server.van.given import Given
from commonroll.server.van.routes import Answer, Found, Served, WrongMethod, find

_log = logging.getLogger(__name__)

MODES = {str(MY_VOTERS): MY_VOTERS, str(MY_CAMPAIGN): MY_CAMPAIGN}
NEEDED = ("ask", "answers")
"""A key that may neither is for other doors (`actor.SCOPES`)."""

assert set(NEEDED) <= SCOPES.keys()
assert serving.MODULES


@csrf_exempt
def door(request: HttpRequest, path: str = "") -> Answer:
    """Answer any request below `/v4/`."""
    try:
        return _answered(request, tuple(part for part in path.split("/") if part))
    except Refusal as refusal:
        return _refused(refusal)
    except Exception as error:
        return _failed(error)


def _answered(request: HttpRequest, parts: tuple[str, ...]) -> Answer:
    method, address = request.method or "", came_from(request)
    free = _free(method, parts)
    if free is not None:
        return free[0].by(Asked(request, ApiKey(), MY_VOTERS, free[1].words, Given({})))
    key, mode = _let_in(request, f"v4.{method.lower()}"[:40], address)
    act, status, left = f"v4.{parts[0] if parts else ''}.{method.lower()}"[:40], 500, None
    try:
        left = limits.held(key.pk, address)
        with wall.acting(key.member.key):
            response = _served(request, key, mode, parts)
        if isinstance(response, StreamingHttpResponse):
            streamed = iter(cast(Iterable[bytes], response.streaming_content))
            response.streaming_content = wall.pieces(key.member.key, streamed)
        status = response.status_code
    except Refusal as refusal:
        response = _refused(refusal)
        status = response.status_code
    finally:
        keys.note(key, act=act if act.isascii() else "v4", status=status, address=address)
    for name, value in (left.headers() if left else {}).items():
        response.headers.setdefault(name, value)
    return response


def _free(method: str, parts: tuple[str, ...]) -> tuple[Served, Found] | None:
    """A route that is answered without a key: a file whose address is the secret."""
    try:
        found = find(method, parts)
    except Declined:
        return None
    served = found.route.served
    return (served, found) if served and served.open else None


def _served(request: HttpRequest, key: ApiKey, mode: int, parts: tuple[str, ...]) -> Answer:
    if not set(NEEDED).intersection(key.scopes):
        raise Forbidden(
            "this key does not do this", next_step="make a key with `commonroll key create --may ask`"
        )
    found = find(request.method or "", parts)
    served = found.route.served_in(mode)
    if served is None:
        raise errors.not_found(
            f"{found.route.method} {found.route.path} is known and not served here.",
            hint="see the compatibility page",
        )
    if served.act:
        Actor.of_key(key).require(served.act, key.member)
    return served.by(Asked(request, key, mode, found.words, _body(request, served)))


# The key and its mode


def _let_in(request: HttpRequest, act: str, address: str | None) -> tuple[ApiKey, int]:
    """The key of a request and the mode that stands after it."""
    said = _password(request.headers.get("Authorization", ""))
    parts = said.split("|")
    rate = None if (address or "") in limits.LOOPBACK else limits.A_MINUTE
    try:
        key = keys.opened(authorization=f"Bearer {parts[0]}", act=act, address=address, a_minute=rate)
    except keys.BadKey:
        raise Declined(401, "The API key is missing, wrong, expired or revoked.", hint=_HOW) from None
    mode = MODES.get(parts[-1].strip()) if len(parts) > 1 else None
    if mode is None:
        keys.note(key, act=act, status=keys.UNAUTHORIZED, address=address)
        raise Declined(401, "This key is without a mode, or has not this one.", hint=_MODE)
    return key, mode


_MODE = "append |0 to the key for MyVoters, or |1 for MyCampaign"


_HOW = "HTTP Basic: any user name, and as the password the key and its mode, `KEY|0`"


def _password(authorization: str) -> str:
    """The password of Basic credentials; empty for anything else."""
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != "basic" or len(text) > 2 * keys.LONGEST:
        return ""
    try:
        return base64.b64decode(text.strip(), validate=True).decode("utf-8").partition(":")[2].strip()
    except (binascii.Error, ValueError):
        return ""


# The body


def _body(request: HttpRequest, served: Served) -> Given:
    """The object of a request; none where there is no body. Its length is looked at before it is read."""
    most = served.most
    stated = request.META.get("CONTENT_LENGTH") or "0"
    if not (stated.isascii() and stated.isdecimal()) or int(stated) > most:
        raise Declined(413, "The body is too large.", hint=f"at most {most:,} bytes")
    if not int(stated) or request.method in ("GET", "HEAD") or served.raw:
        return Given({})
    if request.content_type not in ("", "application/json", "text/json"):
        raise Declined(415, "The body is no JSON.", hint="Content-Type: application/json")
    data = request.read(most + 1)
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number) if data.strip() else {}
    except (ValueError, RecursionError):
        raise invalid("The body is no JSON in UTF-8.", "body") from None
    if served.array and isinstance(found, list):
        return Given({"body": found})
    if not isinstance(found, dict):
        raise invalid("The body is no object.", "body", hint="an object")
    return Given(found)


def _no_number(_: str) -> Any:
    raise ValueError


# What fails


def _refused(refusal: Refusal) -> Answer:
    response = errors.answer(refusal)
    if isinstance(refusal, limits.TooFast):
        for name, value in refusal.headers.items():
            response[name] = value
    if isinstance(refusal, keys.TooMany):
        response["Retry-After"] = str(refusal.seconds)
    if isinstance(refusal, WrongMethod):
        response["Allow"] = refusal.hint
    return response


def _failed(error: Exception) -> Answer:
    """HTTP 500, with a word by which the place of the failure is found in the log; no values are in it."""
    reference = secrets.token_hex(8)
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s: %s\n%s", reference, type(error).__name__, frames)
    said = {"code": "INTERNAL_SERVER_ERROR", "text": "Something failed here.", "referenceCode": reference}
    return errors.of(500, said)
