"""The log as static files under /log/: members read their own log, everybody signed in the federation's."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.middleware import Acting

# the grammar of c2sp.org/tlog-tiles, checked before the disk is touched
FILE = re.compile(
    r"checkpoint|tile/(?:[0-9]|[1-5][0-9]|6[0-3]|entries)/(?:x[0-9]{3}/){0,6}[0-9]{3}"
    r"(?:\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


@require_safe
def serve_log(request: HttpRequest, log: str, file: str) -> HttpResponseBase:
    """One file of a log; 404 for strangers, other paths and files that are not there."""
    acting: Acting | None = request.acting  # type: ignore[attr-defined]
    if acting is None or not _may_read(acting, log) or not FILE.fullmatch(file):
        raise Http404
    path = settings.HOME.logs / log / file
    if not path.is_file():
        raise Http404
    if file == "checkpoint":
        response: HttpResponseBase = HttpResponse(
            path.read_bytes(), content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"}
        )
    else:
        response = FileResponse(path.open("rb"), content_type="application/octet-stream")
        response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _may_read(acting: Acting, log: str) -> bool:
    return log == FEDERATION_LOG or any(role.member.key == log for role in acting.roles)
