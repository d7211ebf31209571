"""The canvasser's phone: a page that is kept on the device with all it needs, the same bytes for everybody.

Nothing of a turf, a person or a session is in these answers. What the page asks the server for stands in
`server/api/field_*.py`. The worker keeps this shell alone, by its version; turf lies sealed in the page's own
database.
"""

from __future__ import annotations

import json
from hashlib import sha256

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from commonroll.server.settings import PACKAGE

STATIC = PACKAGE / "static"
FOLDER = STATIC / "phone"
BESIDE = ("field/order.js", "field/script.js", "mark.svg")
"""What the shell needs besides its folder."""

SERVED_ELSEWHERE = ("sw.js", "worker.js")
"""Files of the folder that have an address below /f/: a worker is kept only below its page's own."""

POLICY = {"default-src": [SELF], "base-uri": [NONE], "form-action": [NONE], "frame-ancestors": [NONE]}
"""The page takes nothing from anywhere else, without an exception; nothing frames it."""

MANIFEST = {
    "id": "/f/",
    "name": "Commonroll at the door",
    "short_name": "At the door",
    "start_url": "/f/",
    "scope": "/f/",
    "display": "standalone",
    "orientation": "portrait",
    "background_color": "#f5f6f8",
    "theme_color": "#2348a8",
}


def modules() -> list[str]:
    """Names of the shell's static files, below the folder of static files."""
    own = [f"phone/{file.name}" for file in sorted(FOLDER.iterdir()) if file.name not in SERVED_ELSEWHERE]
    return own + [name for name in BESIDE if (STATIC / name).exists()]


def version() -> str:
    """Changes with any byte of the shell."""
    files = [STATIC / name for name in modules()] + [FOLDER / name for name in SERVED_ELSEWHERE] + [_PAGE]
    digest = sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


_PAGE = PACKAGE / "templates" / "field" / "phone.html"


@require_safe
@csp(POLICY)
def page(request: HttpRequest) -> HttpResponse:
    scripts = [static(name) for name in modules() if name.endswith(".js") and "look.js" not in name]
    return _fresh(render(request, "field/phone.html", {"modules": scripts}))


@require_safe
@csp(POLICY)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of what it keeps and the version of that before it."""
    shell = ["/f/", "/f/app.webmanifest", "/f/order.js", *(static(name) for name in modules())]
    head = f"const VERSION = {json.dumps(version())}, SHELL = {json.dumps(shell)};\n"
    answer = _script(head + (FOLDER / "sw.js").read_text())
    answer["Service-Worker-Allowed"] = "/f/"
    return answer


@require_safe
@csp(POLICY)
def order(request: HttpRequest) -> HttpResponse:
    """The worker that orders a walk again."""
    return _script((FOLDER / "worker.js").read_text())


@require_safe
@csp(POLICY)
def manifest(request: HttpRequest) -> HttpResponse:
    icons = [
        {
            "src": static("phone/icon-192.png"),
            "sizes": "192x192",
            "type": "image/png",
            "purpose": "any maskable",
        },
        {
            "src": static("phone/icon-512.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "any maskable",
        },
    ]
    return _fresh(JsonResponse(MANIFEST | {"icons": icons}, content_type="application/manifest+json"))


def _script(text: str) -> HttpResponse:
    return _fresh(HttpResponse(text, content_type="text/javascript; charset=utf-8"))


def _fresh(answer: HttpResponse) -> HttpResponse:
    """Asked for again each time there is a network: the worker, not the browser's cache, keeps the shell."""
    answer["Cache-Control"] = "no-cache"
    return answer
