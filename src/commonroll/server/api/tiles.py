"""The log as static files under /log/ (c2sp.org/tlog-tiles): members read their own, everybody the checkpoint
of the federation's and, signed in, its leaves. A program reads what its key's member may, by a key that may.

A member's checkpoint is its own people's alone: it grows with each use, so that a rival would see in it how
busy another is.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.accounts import came_from
from commonroll.server.actions import keys
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actor import Actor
from commonroll.server.api.access import refused
from commonroll.server.middleware import Acting
from commonroll.server.models import ApiKey
from commonroll.transparency.handover import is_handover
from commonroll.transparency.tiles import CHECKPOINT, ENTRIES, parse_name

FILES_A_MINUTE = 6_000
"""That a key copies: a log of a million entries in two minutes."""


@require_safe
def serve_log(request: HttpRequest, log: str, file: str) -> HttpResponseBase:
    """One file of a log; 404 for other paths, for files that are not there, and for logs of others."""
    if "Authorization" in request.headers:
        return _by_key(request, log, file)
    if not _may_read(request.acting, log, file):  # type: ignore[attr-defined]
        raise Http404
    return _file(request, log, file)


def _by_key(request: HttpRequest, log: str, file: str) -> HttpResponseBase:
    """For a program: 401 for a key that opens nothing, 403 for one that does not copy logs."""
    act, address, status = "log.get", came_from(request), 404
    try:
        key = keys.opened(
            authorization=request.headers["Authorization"], act=act, address=address,
            a_minute=FILES_A_MINUTE,
        )  # fmt: skip
    except Refusal as refusal:
        return refused(refusal)
    try:
        with wall.acting(key.member.key):
            Actor.of_key(key).require("log", key.member)
        response = _file(request, log, file) if _opens(key, log, file) else HttpResponse(status=status)
    except Http404:
        response = HttpResponse(status=status)
    except Refusal as refusal:
        response = refused(refusal)
    keys.note(key, act=act, status=response.status_code, address=address)
    return response


def _opens(key: ApiKey, log: str, file: str) -> bool:
    return log in (FEDERATION_LOG, key.member.key) and _is_file(file)


def _is_file(file: str) -> bool:
    """Whether a path follows the grammar; it touches no disk."""
    return file == CHECKPOINT or parse_name(file) is not None or is_handover(file)


def _may_read(acting: Acting | None, log: str, file: str) -> bool:
    """Whether a path follows the grammar, and whose it is; checked before the disk is touched."""
    if log == FEDERATION_LOG and file == CHECKPOINT:
        return True
    if acting is None or not _is_file(file):
        return False
    return log == FEDERATION_LOG or any(role.member.key == log for role in acting.roles)


def _file(request: HttpRequest, log: str, file: str) -> HttpResponseBase:
    path = settings.HOME.logs / log / file
    if not path.is_file():
        raise Http404
    return _checkpoint(path) if file == CHECKPOINT or is_handover(file) else _tile(request, path, file)


def _checkpoint(path: Path) -> HttpResponse:
    given = {"Cache-Control": "no-cache"}
    return HttpResponse(path.read_bytes(), content_type="text/plain; charset=utf-8", headers=given)


def _tile(request: HttpRequest, path: Path, file: str) -> HttpResponseBase:
    """Hashes as they are; entries, which are text, packed for whoever takes that."""
    if not file.startswith(f"tile/{ENTRIES}/"):
        response: HttpResponseBase = FileResponse(path.open("rb"), content_type="application/octet-stream")
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        packed = gzip.compress(path.read_bytes(), mtime=0)
        response = HttpResponse(packed, content_type="application/octet-stream")
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(path.read_bytes(), content_type="application/octet-stream")
    patch_vary_headers(response, ["Accept-Encoding"])
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
