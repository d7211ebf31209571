"""The voter's own form: leave me alone. No account, no script; its answer says nothing of any roll."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commonroll.errors import Refusal
from commonroll.server.accounts import TOO_MANY_REQUESTS, came_from
from commonroll.server.actions import public_stops
from commonroll.server.actions.federation import federation
from commonroll.server.actions.keys import TooMany
from commonroll.server.actions.public_stops import NAMES, WAYS, Said

LEAST_SECONDS = 0.4
"""How long an answer takes at least: it must not tell by its haste that nobody has the number."""


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form; sent, the same words for everybody."""
    context: dict[str, Any] = {"federation": federation(), "names": NAMES.items(), "chosen": WAYS}
    if request.method != "POST":
        return render(request, "stops/form.html", context)
    begun, status, headers = time.monotonic(), 200, {}
    said = Said(
        **{name: request.POST.get(name, "") for name in ("phone", "email", "address", "unit", "zip5")},
        ways=[way for way in request.POST.getlist("ways") if way in WAYS],
    )
    try:
        public_stops.hear(home=settings.HOME, said=said, place=came_from(request))
        page = "stops/heard.html"
    except Refusal as refusal:
        status = 400
        if isinstance(refusal, TooMany):
            status, headers = TOO_MANY_REQUESTS, {"Retry-After": str(refusal.seconds)}
        page = "stops/form.html"
        context |= {"refusal": refusal, "said": said, "chosen": said.ways, "status": status}
    time.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - begun)))
    answer = render(request, page, context, status=status)
    for name, value in headers.items():
        answer[name] = value
    return answer
