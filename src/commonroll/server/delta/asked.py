"""What a client sends: capabilities in a header, hints in a body, pages. Hints are never a boundary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest

from commonroll.server.delta.declined import Declined
from commonroll.server.delta.lines import Format

BODY_BYTES = 1 << 20
PAGE = 500
_SALT = "commonroll.delta.page"
BIGGEST = 1 << 62


@dataclass(frozen=True)
class Capabilities:
    """The format to answer in, and whether the client knows a last line that ends the stream."""

    format: Format
    ends: bool

    @property
    def header(self) -> str:
        said = f"responseformat={self.format}"
        return said + (";includeendstreamaction=true" if self.ends else "")


def capabilities(request: HttpRequest) -> Capabilities:
    """Delta only for who asks for nothing else: everybody reads Parquet."""
    pairs = [part.partition("=") for part in request.headers.get("Delta-Sharing-Capabilities", "").split(";")]
    known = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
    formats = {one.strip() for one in known.get("responseformat", "").split(",")} & {"parquet", "delta"}
    return Capabilities(
        "delta" if formats == {"delta"} else "parquet", known.get("includeendstreamaction") == "true"
    )


def file_id_hash(request: HttpRequest) -> str:
    """The header `fileidhash` to be echoed; empty where none was sent."""
    said = request.headers.get("fileidhash", "").strip().lower()
    if said not in ("", "parquet", "delta"):
        raise Declined(400, "fileidhash is parquet or delta.")
    return said


def body(request: HttpRequest) -> Mapping[str, Any]:
    """The object of a query; what is not known in it is ignored."""
    stated = request.META.get("CONTENT_LENGTH") or "0"
    if not (stated.isascii() and stated.isdecimal()) or int(stated) > BODY_BYTES:
        raise Declined(413, f"The body is longer than {BODY_BYTES:,} bytes.")
    data = request.read(BODY_BYTES + 1)
    try:
        found = json.loads(data.decode("utf-8")) if data.strip() else {}
    except (ValueError, RecursionError):
        raise Declined(400, "The body is no JSON in UTF-8.") from None
    if not isinstance(found, dict):
        raise Declined(400, "The body is no JSON object.")
    return found


def whole_number(value: object, name: str) -> int | None:
    """A number from 0, out of a body or an address; None where it is missing."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < BIGGEST:
        raise Declined(400, f"{name} is no whole number from 0.")
    return value


def texts(value: object, name: str) -> None:
    """Decline what is no list of texts."""
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise Declined(400, f"{name} is no list of texts.")


def text(value: object, name: str) -> str:
    if value is not None and not isinstance(value, str):
        raise Declined(400, f"{name} is no text.")
    return value or ""


def page(request: HttpRequest, items: Sequence[Any]) -> dict[str, Any]:
    """A page of a list, and the token of the next where there is one."""
    most = whole_number(request.GET.get("maxResults"), "maxResults")
    token, start = request.GET.get("pageToken", ""), 0
    if token:
        try:
            start = int(signing.loads(token, salt=_SALT)[request.path])
        except (signing.BadSignature, KeyError, TypeError, ValueError):
            raise Declined(400, "pageToken is not one that this list gave.") from None
    end = start + min(PAGE if most is None else most, PAGE)
    found: dict[str, Any] = {"items": list(items[start:end])}
    if end < len(items):
        found["nextPageToken"] = signing.dumps({request.path: end}, salt=_SALT)
    return found
