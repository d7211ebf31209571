"""The log as static files under /log/: members read their own log, everybody signed in the federation's."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.middleware import Acting
from commonroll.transparency.tiles import CHECKPOINT, parse_name


@require_safe
def serve_log(request: HttpRequest, log: str, file: str) -> HttpResponseBase:
    """One file of a log; 404 for strangers, other paths and files that are not there."""
    acting: Acting | None = request.acting  # type: ignore[attr-defined]
    if acting is None or not _may_read(acting, log) or not _names_a_file(file):
        raise Http404
    path = settings.HOME.logs / log / file
    if not path.is_file():
        raise Http404
    if file == CHECKPOINT:
        response: HttpResponseBase = HttpResponse(
            path.read_bytes(), content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"}
        )
    else:
        response = FileResponse(path.open("rb"), content_type="application/octet-stream")
        response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _may_read(acting: Acting, log: str) -> bool:
    return log == FEDERATION_LOG or any(role.member.key == log for role in acting.roles)


def _names_a_file(file: str) -> bool:
    """Whether a path follows the grammar of c2sp.org/tlog-tiles; checked before the disk is touched."""
    return file == CHECKPOINT or parse_name(file) is not None
