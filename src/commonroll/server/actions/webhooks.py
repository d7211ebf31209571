"""Webhooks: another program is told, in order, what happens in a member's log; the log stays the record.

A message is sent once its entry is in the log, so that its receipt can be asked for. It holds the entry, and
no more: codes, counts and names of columns, never a person's data. Each is tried again after WAITS, then the
webhook stops, and goes on where it stood when it is resumed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import derived, journal, outgoing, wall
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import ROWS_LEFT, Journal, Member, Webhook

EVENTS: Mapping[str, str] = {
    "load": "a delivery of the roll was loaded or refused",
    "agreement": "an agreement was offered, signed, amended, suspended, revoked or ended",
    "list": "a list came in, or was undone",
    "export": "rows of the member's roll left",
    "response": "answers came back",
    "alarm": "an invented voter was rung up or written to, or a use of the roll looks unusual",
}
LIST_ACTIONS = ("list.imported", "list.undone", "list.restored")
ALARM = "alarm"
ALARM_ACTIONS = ("canary.heard", "alarm.raised")
AGREEMENTS = "agreement"
"""The one event of which a recipient hears from the owner's log."""

PREFIX = "crw"
MOST = 10
"""Webhooks of one member."""
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""After each failure; after one more the webhook stops."""
AT_ONCE = 20
"""Entries told to one webhook in a turn."""
PASSED = 500
"""Entries looked at in a turn."""

Hook = Callable[[Webhook], int]
Each = Callable[[Hook, Iterable[Webhook]], Iterable[int]]


# Made and ended


def create(*, home: Home, of: Member, url: str, events: Sequence[str], by: Actor) -> tuple[Webhook, str]:
    """A new webhook and the secret by which its messages are signed, which is shown once."""
    by.require("keys", of)
    outgoing.check(url)
    if not events or not EVENTS.keys() >= set(events):
        raise Refusal("there is no such event", where="event", next_step=f"events: {', '.join(EVENTS)}")
    if Webhook.objects.filter(member=of).exclude(state=Webhook.State.ENDED).count() >= MOST:
        raise Refusal(f"a member has {MOST} webhooks at most", next_step="end one that is not needed")
    with transaction.atomic():
        hook = Webhook.objects.create(
            id=secrets.token_hex(6), member=of, url=url, events=sorted(set(events)), made_by=by.label,
            made_at=timezone.now(), told=_heads(), salt=derived.new_salt(home),
        )  # fmt: skip
        said = {"webhook": hook.pk, "url": url, "events": hook.events, "by": by.label}
        journal.operator(of, "webhook.made", said)
    return hook, secret_of(home, hook)


@wall.node()
def _heads() -> dict[str, int]:
    """The index of each log's last entry: what was before is not told."""
    heads = Journal.objects.filter(index__isnull=False).values("log").annotate(last=Max("index"))
    return {head["log"]: head["last"] for head in heads}


def end(*, of: Member, hook_id: str, by: Actor) -> Webhook:
    """It is told nothing any more."""
    by.require("keys", of)
    with transaction.atomic():
        hook = _one(of, hook_id)
        hook.state = Webhook.State.ENDED
        hook.save(update_fields=["state"])
        journal.operator(of, "webhook.ended", {"webhook": hook.pk, "by": by.label})
    return hook


def renew(*, home: Home, of: Member, hook_id: str, by: Actor) -> tuple[Webhook, str]:
    """Another secret, shown once; the one before it signs nothing from now on."""
    by.require("keys", of)
    with transaction.atomic():
        hook = _one(of, hook_id)
        hook.salt = derived.new_salt(home)
        hook.save(update_fields=["salt"])
        journal.operator(of, "webhook.renewed", {"webhook": hook.pk, "by": by.label})
    return hook, secret_of(home, hook)


def resume(*, of: Member, hook_id: str, by: Actor) -> Webhook:
    """It is told again, from the entry at which it stopped."""
    by.require("keys", of)
    with transaction.atomic():
        hook = _one(of, hook_id)
        hook.state, hook.failures, hook.next_at = Webhook.State.ON, 0, None
        hook.save(update_fields=["state", "failures", "next_at"])
    return hook


def hooks_of(*, of: Member, by: Actor) -> list[dict[str, Any]]:
    """A member's webhooks, the newest first, JSON-ready; no secret among them."""
    by.require("keys", of)
    return [_told(hook) for hook in Webhook.objects.filter(member=of).exclude(state=Webhook.State.ENDED)]


def ping(*, home: Home, of: Member, hook_id: str, by: Actor) -> str:
    """Send a message of no entry at once; what was answered, in words."""
    by.require("keys", of)
    return _send(home, _one(of, hook_id), "ping", {"event": "ping", "log": of.key})


def _one(of: Member, hook_id: str) -> Webhook:
    hook = Webhook.objects.filter(member=of, pk=hook_id).exclude(state=Webhook.State.ENDED).first()
    if hook is None:
        raise Unknown(
            "there is no such webhook", next_step=f"see `commonroll webhook list --member {of.key}`"
        )
    return hook


def _told(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.pk,
        "url": hook.url,
        "events": hook.events,
        "state": hook.state,
        "made_by": hook.made_by,
        "made_at": hook.made_at.isoformat(timespec="seconds"),
        "sent": hook.sent,
        "failures": hook.failures,
        "last_at": hook.last_at.isoformat(timespec="seconds") if hook.last_at else None,
        "last_said": hook.last_said,
    }


def secret_of(home: Home, hook: Webhook) -> str:
    """The secret of a webhook: of the site's key, the webhook's id and its salt (older ones had none)."""
    said = f"webhook {hook.pk} {hook.salt}".rstrip()
    made = hmac.digest(derived.behind(home, hook.salt), said.encode(), hashlib.sha256)
    return f"{PREFIX}_{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def signature(secret: str, body: bytes) -> str:
    """What stands in `X-Commonroll-Signature`: HMAC-SHA256 of the body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


# Told


@wall.node()
def tell(home: Home, each: Each = map) -> int:
    """Tell every webhook what waits for it; how many messages arrived. `each` may work side by side."""
    now = timezone.now()
    due = Webhook.objects.filter(state=Webhook.State.ON, member__left_at=None)
    waiting = due.filter(Q(next_at=None) | Q(next_at__lte=now)).select_related("member")
    return sum(each(lambda hook: _tell_one(home, hook), list(waiting)))


@wall.node()
def _tell_one(home: Home, hook: Webhook) -> int:
    arrived = 0
    for entry in _entries(hook):
        said = message(hook, entry)
        if said is not None:
            if arrived == AT_ONCE:
                break
            answer = _send(home, hook, entry.leaf_id, said)
            if not _note(hook, entry, answer):
                break
            arrived += 1
        hook.told[entry.log] = entry.index
        Webhook.objects.filter(pk=hook.pk).update(told=hook.told)
    return arrived


def _entries(hook: Webhook) -> list[Journal]:
    """The next entries that are in the member's log, and its agreements in the logs of others."""
    mine = _after(hook, hook.member.key)
    if AGREEMENTS in hook.events:
        theirs = Q(recipient=hook.member.key, type__startswith="agreement.")
        logs = Journal.objects.filter(theirs).order_by().values_list("log", flat=True).distinct()
        for log in logs:
            mine |= theirs & _after(hook, log)
    return list(Journal.objects.filter(mine).order_by("pk")[:PASSED])


def _after(hook: Webhook, log: str) -> Q:
    return Q(log=log, index__gt=hook.told.get(log, -1))


def message(hook: Webhook, entry: Journal) -> dict[str, Any] | None:
    """What is sent of an entry; nothing where the webhook does not want it."""
    leaf = json.loads(bytes(entry.leaf))
    event = event_of(leaf)
    if event not in hook.events:
        return None
    return {"event": event, "log": entry.log, "index": entry.index, "entry": leaf}


def event_of(leaf: Mapping[str, Any]) -> str:
    """The event that an entry is; empty for one of which nobody is told."""
    kind = str(leaf["type"])
    if kind == "operator":
        if leaf["action"] in ALARM_ACTIONS:
            return ALARM
        return "list" if leaf["action"] in LIST_ACTIONS else ""
    if kind.startswith("agreement."):
        return AGREEMENTS
    if kind in ROWS_LEFT:
        return "export"
    return {"load": "load", "responses.returned": "response"}.get(kind, "")


def _send(home: Home, hook: Webhook, about: str, said: Mapping[str, Any]) -> str:
    """Send one message; the status that was answered, or in words why there is none."""
    sent = {"webhook": hook.pk, "sent_at": timezone.now().isoformat(timespec="seconds"), **said}
    body = json.dumps(sent, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Commonroll-Event": str(said["event"]),
        "X-Commonroll-Delivery": about,
        "X-Commonroll-Signature": signature(secret_of(home, hook), body),
    }
    try:
        return str(outgoing.post(hook.url, body, headers))
    except Refusal as refusal:
        return refusal.what


def _note(hook: Webhook, entry: Journal, answer: str) -> bool:
    """Note what was answered; whether the message arrived."""
    now = timezone.now()
    arrived = answer.startswith("2") and answer.isdecimal()
    if arrived:
        hook.sent, hook.failures, hook.next_at = hook.sent + 1, 0, None
    else:
        hook.failures += 1
        hook.next_at = _later(now, hook.failures)
        hook.state = Webhook.State.ON if hook.next_at else Webhook.State.STOPPED
    hook.last_at, hook.last_said = now, answer[:120]
    # whether it was ended in between is nobody's but its owner's to say
    known = Webhook.objects.filter(pk=hook.pk, state=Webhook.State.ON)
    known.update(
        sent=hook.sent, failures=hook.failures, next_at=hook.next_at, state=hook.state,
        last_at=hook.last_at, last_said=hook.last_said,
    )  # fmt: skip
    return arrived


def _later(now: datetime, failures: int) -> datetime | None:
    return now + WAITS[failures - 1] if failures <= len(WAITS) else None
