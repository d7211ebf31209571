"""Calls to the address that a job named: the job as JSON, signed for the key, tried five times.

A call that fails never fails the job; what came of it shows in the job for clients that take extensions.
Names that are nobody's are not called: Parsons sends one always.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import derived, outgoing, wall
from commonroll.server.actions.webhooks import signature
from commonroll.server.home import Home
from commonroll.server.models import JobCall, Member
from commonroll.server.van.errors import invalid
from commonroll.server.van.given import Given

WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 600, 3600))
"""After each failure; after one more nobody is called."""

AT_ONCE = 50
LASTS = timedelta(days=30)

Call = Callable[[JobCall], int]
Each = Callable[[Call, Iterable[JobCall]], Iterable[int]]


def address(given: Given, name: str) -> str:
    """An address that a request names; empty where it is left out. Raises 400 for one that is not called."""
    url = given.text(name, most=2000)
    if not url or _nobodys(url):
        return url[:500]
    try:
        outgoing.check(url)
    except Refusal as refusal:
        raise invalid(refusal.what, given.at(name), hint=refusal.next_step) from None
    return url


def _nobodys(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and outgoing.is_nobodys(host)


def later(*, member: Member, key: str, about: str, url: str, said: Mapping[str, Any]) -> None:
    """Note that the address is to be told this."""
    if not url:
        return
    call = JobCall(member=member, key=key, about=about, url=url, body=json.dumps(said, default=str))
    if _nobodys(url):
        call.state, call.said = JobCall.State.NOBODY, "the name is nobody's"
    call.save()


def outcome(member: Member, about: str) -> dict[str, Any] | None:
    """What came of the last call about a job, as clients that take extensions see it."""
    call = JobCall.objects.filter(member=member, about=about).last()
    return {"state": call.state, "tries": call.tries, "said": call.said or None} if call else None


def secret_of(home: Home, key: str) -> str:
    """The secret by which calls about a key's jobs are signed: of the site's key and the key's id."""
    made = hmac.digest(derived.behind(home), f"van key {key}".encode(), hashlib.sha256)
    return f"crw_{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


@wall.node()
def tell(home: Home, each: Each = map) -> int:
    """Make every call that waits; how many arrived. Old ones are forgotten."""
    now = timezone.now()
    JobCall.objects.exclude(state=JobCall.State.WAITING).filter(at__lt=now - LASTS).delete()
    waiting = JobCall.objects.filter(state=JobCall.State.WAITING, member__left_at=None)
    due = waiting.filter(Q(next_at=None) | Q(next_at__lte=now))
    return sum(each(lambda call: _tell(home, call), list(due[:AT_ONCE])))


@wall.node()
def _tell(home: Home, call: JobCall) -> int:
    body = call.body.encode()
    headers = {
        "Content-Type": "application/json",
        "X-Commonroll-Delivery": f"{call.about}/{call.pk}",
        "X-Commonroll-Signature": signature(secret_of(home, call.key), body),
    }
    try:
        said = str(outgoing.post(call.url, body, headers))
    except Refusal as refusal:
        said = refusal.what
    call.tries += 1
    arrived = said.isdecimal() and said.startswith("2")
    if arrived:
        call.state = JobCall.State.ARRIVED
    elif call.tries > len(WAITS):
        call.state = JobCall.State.GIVEN_UP
    else:
        call.next_at = timezone.now() + WAITS[call.tries - 1]
    call.said = said[:120]
    call.save(update_fields=["state", "tries", "said", "next_at"])
    return int(arrived)
