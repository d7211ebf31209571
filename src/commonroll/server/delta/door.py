"""The one way in: whose token, which route; whatever fails has the protocol's error shape.

No cookie counts here, no route ends with a slash, nothing is compressed or kept by whoever passes it on.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.accounts import came_from
from commonroll.server.actions import keys
from commonroll.server.delta import cutting, files, tables
from commonroll.server.delta.declined import Declined, unknown
from commonroll.server.delta.shares import Share, profile_of
from commonroll.server.models import ShareProfile
from commonroll.server.receipts import LogBehind

_log = logging.getLogger(__name__)

Answer = HttpResponse | StreamingHttpResponse
View = Callable[[HttpRequest, Share, tables.Words], HttpResponse]

_NAME = r"([^/]{1,255})"
_TABLE = rf"shares/(?P<share>{_NAME})/schemas/(?P<schema>{_NAME})/tables/(?P<table>{_NAME})"
ROUTES: tuple[tuple[str, str, str, View], ...] = (
    ("GET", "shares", "shares", tables.shares),
    ("GET", rf"shares/(?P<share>{_NAME})", "share", tables.one_share),
    ("GET", rf"shares/(?P<share>{_NAME})/schemas", "schemas", tables.schemas),
    ("GET", rf"shares/(?P<share>{_NAME})/all-tables", "tables", tables.tables),
    ("GET", rf"shares/(?P<share>{_NAME})/schemas/(?P<schema>{_NAME})/tables", "tables", tables.tables),
    ("GET", rf"{_TABLE}/version", "version", tables.version),
    ("HEAD", _TABLE, "version", tables.version),
    ("GET", rf"{_TABLE}/metadata", "metadata", tables.metadata),
    ("POST", rf"{_TABLE}/query", "query", tables.query),
    ("GET", rf"{_TABLE}/changes", "changes", tables.changes),
    ("POST", rf"{_TABLE}/temporary-table-credentials", "credentials", tables.credentials),
)
_FILE = re.compile(r"files/([0-9a-f]{32})\.parquet")


@csrf_exempt
def door(request: HttpRequest, path: str = "") -> Answer:
    """Answer any request below `/sharing`."""
    try:
        response = _file(request, path) or _answered(request, path)
    except Declined as declined:
        response = declined.answer()
    except LogBehind as behind:
        response = Declined(503, str(behind)).answer()
    except Refusal as refusal:
        response = cutting.refused(refusal).answer()
    except Exception as error:
        # neither the token nor a link stands in the log: frames alone, and no values
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("%s below /sharing\n%s", type(error).__name__, frames)
        response = Declined(500, "Something failed here; the operator finds it in the site's log.").answer()
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    if response.status_code == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _file(request: HttpRequest, path: str) -> Answer | None:
    found = _FILE.fullmatch(path)
    if found is None:
        return None
    if request.method not in ("GET", "HEAD"):
        raise Declined(405, "Files are read by GET and HEAD.")
    try:
        return files.serve(request, found[1])
    except Declined as declined:
        if declined.status != 416:
            keys.note(None, act="share.file", status=declined.status, address=came_from(request))
        raise


def _answered(request: HttpRequest, path: str) -> Answer:
    address = came_from(request)
    profile = _let_in(request, address)
    act, status = "share", 500
    try:
        with wall.acting(profile.member.key):
            name, view, words = _route(request.method or "", path)
            act = f"share.{name}"
            response = view(request, Share(profile), words)
        status = response.status_code
        return response
    except Declined as declined:
        status = declined.status
        raise
    except LogBehind:
        status = 503
        raise
    except Refusal:
        status = 403
        raise
    finally:
        keys.note(profile, act=act, status=status, address=address)


def _let_in(request: HttpRequest, address: str | None) -> ShareProfile:
    """The profile of a request. One sentence for all that may be wrong with a token."""
    wrong = Declined(401, "This token opens nothing: it is wrong, expired or revoked. Ask for a new profile.")
    if keys.too_many_wrong(address):
        raise wrong
    found = profile_of(request.headers.get("Authorization", ""))
    over = found is not None and found.agreement.until <= timezone.now()
    if found is None or found.revoked_at is not None or not (found.opens(timezone.now()) or over):
        keys.note(found, act="share", status=keys.UNAUTHORIZED, address=address)
        raise wrong
    return found


def _route(method: str, path: str) -> tuple[str, View, tables.Words]:
    allowed = []
    for verb, pattern, name, view in ROUTES:
        found = re.fullmatch(pattern, path)
        if found is None:
            continue
        if verb == method:
            return name, view, found.groupdict()
        allowed.append(verb)
    if allowed:
        raise Declined(405, f"This address takes {' or '.join(allowed)}.")
    raise unknown()
