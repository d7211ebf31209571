"""For whom a person acts, under which purpose; and refusals turned into pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render

from commonroll.agreements.profile import CARRIERS, PURPOSES
from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Member, Role, User

DEFAULT_PURPOSE = "gotv"
WORKED_UNDER = {name: words for name, words in PURPOSES.items() if name not in CARRIERS}
"""Purposes that a person acts for; a file for mail or ads is made under one of them, for it."""

Respond = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True)
class Acting:
    """The signed-in person, the member acted for, the role there, and the purpose in force."""

    user: User
    member: Member
    role: Role.Name
    purpose: str
    roles: list[Role] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return Actor.of(self.user)

    def may(self, act: str) -> bool:
        return self.actor.may(act, self.member)


class ActingFor:
    """Puts `request.acting` in place: an `Acting`, or None for a person without a role or not signed in.

    The database answers for that member alone, until the last piece of the answer has left.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        acting = acting_of(request)
        request.acting = acting  # type: ignore[attr-defined]
        key = acting.member.key if acting else None
        with wall.acting(key):
            response = self.respond(request)
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = wall.pieces(key, iter(response.streaming_content))
        return response


def acting_of(request: HttpRequest) -> Acting | None:
    if not isinstance(request.user, User):
        return None
    roles = list(request.user.roles.select_related("member"))
    if not roles:
        return None
    chosen = next((r for r in roles if r.member.key == request.session.get("member")), roles[0])
    asked = request.session.get("purpose")
    purpose = str(asked) if asked in WORKED_UNDER else DEFAULT_PURPOSE
    return Acting(request.user, chosen.member, Role.Name(chosen.name), purpose, roles)


class NotKept:
    """No cache and no browser keeps an answer, unless its page says how (the log's tiles)."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class Refused:
    """Answers a `Refusal` raised by a page with its three sentences, in the form that the caller reads; a
    form that stays on its page (`stays.js`) is told as well where it leads."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        if request.method == "POST" and isinstance(response, HttpResponseRedirect) and _stays(request):
            # a script that followed the redirect itself would use up the page's messages unseen
            response.content = json.dumps({"to": response.url})
            response.status_code, response["Content-Type"] = 200, "application/json"
            del response["Location"]
        return response

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Turn a NUL away before any page reads it: PostgreSQL stores none, and no text has one."""
        if request.path.lstrip("/").lower().startswith(("api/", "v4", "sharing")):
            # nothing of a body is read before its key is known
            return None
        fields = (
            value for data in (request.GET, request.POST) for _, values in data.lists() for value in values
        )
        if not any(isinstance(value, str) and "\0" in value for value in fields):
            return None
        faulty = Refusal("a field holds a character that no text has", next_step="type it again")
        return self.process_exception(request, faulty)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        status = 403 if isinstance(exception, Forbidden) else 404 if isinstance(exception, Unknown) else 400
        if _stays(request):
            return JsonResponse({"refused": exception.as_dict()})  # a status of 4xx is noise on the console
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"refused": exception.as_dict()}, status=status)
        partial = getattr(request, "htmx", False)
        template = "parts/refusal.html" if partial else "refused.html"
        # htmx swaps only successful answers; the status stands in the body's data attribute
        return render(
            request, template, {"refusal": exception, "status": status}, status=200 if partial else status
        )


def _stays(request: HttpRequest) -> bool:
    return "X-Stays" in request.headers


def acting(request: HttpRequest) -> dict[str, Any]:
    """Template context: `acting`, and the purposes one can change to."""
    return {"acting": getattr(request, "acting", None), "purposes": WORKED_UNDER}
