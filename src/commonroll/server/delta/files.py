"""Bytes of cut files: whole or in ranges, each piece only while its agreement is in force."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from commonroll.server import wall
from commonroll.server.delta import links
from commonroll.server.delta.declined import Declined
from commonroll.server.delta.shares import Share
from commonroll.server.delta.versions import present
from commonroll.server.models import CutPart, ShareProfile, ShareVersion

PIECE = 1 << 20
ASK_EVERY = 0.25
"""Seconds for which a yes holds, for a running download and for the next range; a second is promised."""

_lately: OrderedDict[tuple[str, str, str], tuple[float, str]] = OrderedDict()
_MOST = 1000

Answer = HttpResponse | StreamingHttpResponse


def standing(name: str, agreement: str, profile: str) -> str:
    """The file below the home's extracts that a link names, if it may be read now; a client asks for many
    ranges within a moment, and all of them are answered by one look."""
    at, asked = time.monotonic(), (name, agreement, profile)
    before, file = _lately.get(asked, (-ASK_EVERY, ""))
    if at - before < ASK_EVERY:
        return file
    _lately.pop(asked, None)
    file = _standing(*asked).file
    _lately[asked] = (at, file)
    while len(_lately) > _MOST:
        _lately.popitem(last=False)
    return file


@wall.node()
def _standing(name: str, agreement: str, profile: str) -> CutPart:
    by = ShareProfile.objects.select_related("agreement__owner", "agreement__recipient")
    known = by.filter(pk=profile).first()
    if known is None or Share(known).id != agreement:
        raise Declined(404, "There is no such file.")
    share = Share(known)
    share.need()
    if not known.opens(timezone.now()):
        raise Declined(403, "The profile is revoked or has expired.")
    found = CutPart.objects.select_related("cut__version").filter(pk=name).first()
    if found is None or found.cut.lent_at is None or found.cut.version.agreement_id != known.agreement_id:
        raise Declined(403, "The file is gone; ask for the table again.")
    _is_present(share, found)
    return found


def _is_present(share: Share, found: CutPart) -> None:
    version = found.cut.version
    if version.purpose not in share.schemas:
        raise Declined(403, "This purpose is not granted any more.")
    last = ShareVersion.objects.filter(agreement=share.agreement, purpose=version.purpose).last()
    if last != version or present(settings.HOME, share).content != version.content:
        raise Declined(403, "The table has changed since; ask for it again.")


def serve(request: HttpRequest, name: str) -> Answer:
    """A file or a range of it. The link is all that opens it: no token, no cookie."""
    agreement, profile = links.check(name, request.GET)
    path = settings.HOME.extracts / standing(name, agreement, profile)
    if not path.is_file():
        raise Declined(403, "The file is gone; ask for the table again.")
    size = path.stat().st_size
    span = _span(request.headers.get("Range", ""), size)
    first, last = span or (0, size - 1)
    status = 206 if span else 200
    response: Answer
    if request.method == "HEAD":
        response = HttpResponse(b"", status=status)
    else:
        still = partial(standing, name, agreement, profile)
        response = StreamingHttpResponse(_pieces(path, first, last, still), status=status)
    response["Content-Type"] = "application/octet-stream"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    if span:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _span(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a range; None for the whole file. Several ranges are answered by the whole."""
    if not header or "," in header:
        return None
    found = re.fullmatch(r"bytes=(\d{0,19})-(\d{0,19})", header.strip(), re.ASCII)
    if found is None or found.groups() == ("", ""):
        raise _Unsatisfiable(size)
    start, end = found.groups()
    if not start:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(start), min(int(end or size - 1), size - 1)
    if first > last:
        raise _Unsatisfiable(size)
    return first, last


class _Unsatisfiable(Declined):
    def __init__(self, size: int) -> None:
        super().__init__(416, "The file has no such range.")
        self.size = size

    def answer(self) -> HttpResponse:
        response = super().answer()
        response["Content-Range"] = f"bytes */{self.size}"
        return response


def _pieces(path: Path, first: int, last: int, still: Callable[[], object]) -> Iterator[bytes]:
    """The bytes of a range; the stream breaks off where they may not be read any more."""
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left and (piece := _read(file, left)):
            still()
            left -= len(piece)
            yield piece


def _read(file: BinaryIO, left: int) -> bytes:
    return file.read(min(PIECE, left))
