"""Keys for the HTTP interfaces: made, shown once, listed, revoked; and what a request's key opens."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from commonroll.agreements.profile import PURPOSES
from commonroll.errors import Refusal
from commonroll.server import journal, wall
from commonroll.server.actor import SCOPES, Actor, Unknown, every_key
from commonroll.server.models import ApiKey, KeyUse, Member, ShareProfile

PREFIX = "crk"
LONGEST = 200
"""Characters of an Authorization header's key; a longer one is none."""

DAYS, MOST_DAYS = 90, 366
MOST_NOTE = 120
A_MINUTE = 60
"""Requests of one key."""

BAD_AT_MOST = 20
"""Wrong keys from one address within BAD_FOR; then it waits, whatever key it sends."""
BAD_FOR = timedelta(minutes=15)
BAD_KEPT = timedelta(days=30)
USES_SHOWN = 10
UNAUTHORIZED, TOO_MANY = 401, 429


class BadKey(Refusal):
    """The key opens nothing; HTTP 401. One sentence for all that may be wrong with it."""

    def __init__(self) -> None:
        super().__init__(
            "this key opens nothing: it is wrong, expired or revoked",
            where="Authorization",
            next_step="send `Authorization: Bearer KEY`; an owner makes keys with `commonroll key create`",
        )


class TooMany(Refusal):
    """Too many requests; HTTP 429. `seconds`: when to come again."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(what, next_step=f"come again in {seconds:,} seconds")
        self.seconds = seconds


# Made and revoked


def create(
    *,
    of: Member,
    purpose: str,
    scopes: Sequence[str] = ("lists",),
    days: int = DAYS,
    note: str = "",
    by: Actor,
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown once and kept nowhere. `scopes`: what it may do."""
    by.require("keys", of)
    if not scopes or not SCOPES.keys() >= set(scopes):
        raise Refusal("the key may do nothing that is known", next_step=f"it may: {', '.join(SCOPES)}")
    if purpose not in PURPOSES:
        raise Refusal("there is no such purpose", next_step=f"purposes: {', '.join(sorted(PURPOSES))}")
    if not 1 <= days <= MOST_DAYS:
        raise Refusal(f"a key lasts 1 to {MOST_DAYS} days", next_step="make a new one when it ends")
    if len(note) > MOST_NOTE or not note.isprintable():
        raise Refusal(f"the note is no line of at most {MOST_NOTE} characters", next_step="say it shorter")
    secret, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        key = ApiKey.objects.create(
            id=secrets.token_hex(6), member=of, purpose=purpose, scopes=sorted(set(scopes)),
            note=note.strip(), secret_hash=_hash(secret),
            made_by=by.label, made_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        said = {
            "key": key.pk,
            "purpose": purpose,
            "may": key.scopes,
            "until": key.expires_at.isoformat(timespec="seconds"),
        }
        journal.operator(of, "api-key.made", said | {"by": by.label})
    return key, f"{PREFIX}_{key.pk}_{secret}"


def revoke(*, of: Member, key_id: str, by: Actor) -> ApiKey:
    """The key opens nothing any more, work of it that waits included."""
    by.require("keys", of)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(member=of, pk=key_id.removeprefix("key:")).first()
        if key is None:
            raise Unknown("there is no such key", next_step=f"see `commonroll key list --member {of.key}`")
        if key.revoked_at is not None:
            raise Refusal("this key was revoked already", next_step="nothing is left to do")
        key.revoked_at, key.revoked_by = timezone.now(), by.label
        key.save(update_fields=["revoked_at", "revoked_by"])
        journal.operator(of, "api-key.revoked", {"key": key.pk, "by": by.label})
    return key


def keys_of(*, of: Member, purpose: str = "", by: Actor) -> list[dict[str, Any]]:
    """A member's keys, the newest first, JSON-ready, each with its last uses; no secret among them."""
    by.require("keys", of)
    known = ApiKey.objects.filter(member=of)
    return [_told(key) for key in (known.filter(purpose=purpose) if purpose else known)]


def _told(key: ApiKey) -> dict[str, Any]:
    now = timezone.now()
    uses = KeyUse.objects.filter(key_id=key.pk)
    state = "revoked" if key.revoked_at else "in force" if key.opens(now) else "expired"
    return {
        "id": key.pk,
        "purpose": key.purpose,
        "may": key.scopes,
        "note": key.note,
        "state": state,
        "made_by": key.made_by,
        "made_at": _instant(key.made_at),
        "expires_at": _instant(key.expires_at),
        "revoked_at": _instant(key.revoked_at) if key.revoked_at else None,
        "requests": uses.exclude(status=UNAUTHORIZED).aggregate(n=Sum("times"))["n"] or 0,
        "refused": uses.filter(status=UNAUTHORIZED).aggregate(n=Sum("times"))["n"] or 0,
        "last_uses": [
            {"at": _instant(use.at), "act": use.act, "status": use.status, "times": use.times}
            | {"address": use.address}
            for use in uses[:USES_SHOWN]
        ],
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


# What a request's key opens


@wall.node()
def opened(*, authorization: str, act: str, address: str | None, a_minute: int | None = A_MINUTE) -> ApiKey:
    """The key of a request; its use is noted by `note` once the answer is known.

    Raises BadKey, which is noted here, and TooMany for an address with too many of them, or a key that asks
    more than `a_minute` times a minute (None: as often as it likes).
    """
    now = timezone.now()
    if too_many_wrong(address):
        raise TooMany("too many wrong keys came from this address", int(BAD_FOR.total_seconds()))
    found, right = _found(authorization)
    if found is None or not right or not found.opens(now):
        note(found, act=act, status=UNAUTHORIZED, address=address)
        _forget(now)
        raise BadKey
    if a_minute is not None:
        asked = KeyUse.objects.filter(key_id=found.pk, at=_minute(now)).exclude(status=UNAUTHORIZED)
        if sum(asked.order_by().values_list("times", flat=True)) >= a_minute:
            note(found, act=act, status=TOO_MANY, address=address)
            raise TooMany(f"a key asks at most {a_minute} times a minute", 60)
    return found


@wall.node()
def too_many_wrong(address: str | None) -> bool:
    """Whether an address sent so many wrong keys that it waits, whatever it sends."""
    since = timezone.now() - BAD_FOR
    bad = KeyUse.objects.filter(address=network(address), status=UNAUTHORIZED, at__gt=since).order_by()
    return sum(bad.values_list("times", flat=True)) >= BAD_AT_MOST


def _found(authorization: str) -> tuple[ApiKey | None, bool]:
    """The key that a header names, and whether its secret is right; compared in constant time."""
    scheme, _, text = authorization.strip().partition(" ")
    prefix, _, rest = text.strip().partition("_")
    key_id, _, secret = rest.partition("_")
    if scheme.lower() != "bearer" or prefix != PREFIX or len(text) > LONGEST or not text.isascii():
        return None, False
    found = every_key().get(key_id[:12])
    kept = found.secret_hash if found else _hash("")
    return found, secrets.compare_digest(kept, _hash(secret))


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: nobody tries them all
    return hashlib.sha256(secret.encode()).hexdigest()


def network(address: str | None) -> str:
    """What is counted as one place: an IPv4 address, or the /64 that an IPv6 customer has."""
    try:
        known = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    if isinstance(known, ipaddress.IPv4Address) or mapped:
        return str(mapped or known)
    return str(ipaddress.ip_network((known, 64), strict=False))


@wall.node()
def note(key: ApiKey | ShareProfile | None, *, act: str, status: int, address: str | None) -> None:
    """Count one use, before its answer leaves."""
    of: Mapping[str, Any] = {
        "key_id": key.pk if key else "", "address": network(address), "at": _minute(timezone.now()),
        "act": act, "status": status,
    }  # fmt: skip
    if not KeyUse.objects.filter(**of).update(times=F("times") + 1):
        found, _ = KeyUse.objects.get_or_create(**of, defaults={"member": key.member.key if key else ""})
        KeyUse.objects.filter(pk=found.pk).update(times=F("times") + 1)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _forget(now: datetime) -> None:
    """Wrong keys of nobody are kept a month."""
    KeyUse.objects.filter(key_id="", at__lt=now - BAD_KEPT).delete()
