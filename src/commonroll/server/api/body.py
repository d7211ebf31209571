"""The JSON body of a request: its length stated and under a cap, an object, nothing named twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from django.http import HttpRequest

from commonroll.errors import Refusal

SMALL = 256 << 10
"""Bytes at most of a question."""

TEXT_AT_MOST = 20_000
"""Characters of a text in it."""

_HERE = "see /api/openapi.json"


class TooLarge(Refusal):
    """The body is larger than is taken; HTTP 413."""


def received(request: HttpRequest, at_most: int, too_large: TooLarge) -> bytes:
    """The body under its cap: refused by its stated length before a byte is read."""
    if request.content_type != "application/json":
        raise Refusal("the body is JSON", where="Content-Type", next_step="send application/json")
    stated = request.META.get("CONTENT_LENGTH") or ""
    if not stated:
        raise Refusal("the body's length is not stated", where="Content-Length", next_step="send it whole")
    if not (stated.isascii() and stated.isdecimal()) or int(stated) > at_most:
        raise too_large
    data: bytes = request.read(at_most + 1)
    if len(data) > at_most:
        raise too_large
    return data


def an_object(data: bytes) -> dict[str, Any]:
    """The object that the bytes are; raises Refusal, which says nothing of the values."""
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        no("the body is not JSON in UTF-8, or names something twice", "body")
    if not isinstance(found, dict):
        no("the body is no object", "body")
    return found


def question(request: HttpRequest, *known: str) -> dict[str, Any]:
    """The small body of a question, whose names are among `known`."""
    large = TooLarge(f"a question is at most {SMALL >> 10} KiB", next_step="say it shorter, or save a list")
    asked = an_object(received(request, SMALL, large))
    unknown = len(set(asked) - set(known))
    if unknown:
        no(f"{unknown} names in the body are not known; known are {', '.join(known)}", "body")
    return asked


def text(asked: dict[str, Any], name: str, otherwise: str = "") -> str:
    """A text of the body; raises Refusal for anything else."""
    given = asked.get(name, otherwise)
    if not isinstance(given, str) or not is_text(given):
        no("this is no text", name)
    if len(given) > TEXT_AT_MOST:
        no(f"this is longer than {TEXT_AT_MOST:,} characters", name)
    return given


def texts(asked: dict[str, Any], name: str, at_most: int) -> list[str]:
    """A list of different texts; empty where the body has none."""
    given = asked.get(name, [])
    if not isinstance(given, list) or not all(isinstance(one, str) and is_text(one) for one in given):
        no("this is no list of texts", name)
    if len(given) > at_most or len(set(given)) != len(given):
        no(f"these are more than {at_most}, or one stands twice", name)
    return given


def is_text(given: str) -> bool:
    """Whether it can be stored: no NUL, no half of a surrogate pair."""
    return not re.search("[\x00\ud800-\udfff]", given)


def no(what: str, where: str) -> NoReturn:
    raise Refusal(what, where=where, next_step=_HERE)


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    given = list(pairs)
    found = dict(given)
    if len(found) != len(given):
        raise ValueError
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError
