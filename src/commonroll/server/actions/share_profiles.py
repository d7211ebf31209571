"""Profiles of Delta Sharing: made by the recipient, shown once, listed, revoked by either side."""

from __future__ import annotations

import ipaddress
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import journal, wall
from commonroll.server.actions.keys import MOST_NOTE, USES_SHOWN
from commonroll.server.actor import Actor, Unknown
from commonroll.server.delta.shares import PREFIX, Share, hashed
from commonroll.server.models import Agreement, KeyUse, Member, ShareProfile

MOST_DAYS = 366
Profile = dict[str, Any]
"""The profile file, as clients of the protocol read it."""


def create(
    *, of: Member, number: int, endpoint: str, days: int = MOST_DAYS, note: str = "", by: Actor
) -> tuple[ShareProfile, Profile]:
    """A new token for agreement `number`, of which `of` is the recipient, and its file, kept nowhere.

    Both signed the agreement and that rows leave by it; no further consent is asked. It ends with the
    agreement at the latest. `endpoint`: the address of `/sharing` as the recipient's programs reach it.
    """
    by.require("keys", of)
    agreement = _agreement(of, number)
    if agreement.recipient_id != of.pk:
        raise Refusal("who reads makes the profile", next_step="ask the recipient to make it")
    if not 1 <= days <= MOST_DAYS:
        raise Refusal(f"a profile lasts 1 to {MOST_DAYS} days", next_step="make a new one when it ends")
    if len(note) > MOST_NOTE or not note.isprintable():
        raise Refusal(f"the note is no line of at most {MOST_NOTE} characters", next_step="say it shorter")
    where = checked(endpoint)
    token, now = PREFIX + secrets.token_urlsafe(32), timezone.now()
    made = ShareProfile(
        id=secrets.token_hex(6), agreement=agreement, note=note.strip(), token_hash=hashed(token),
        made_by=by.label, made_at=now, expires_at=min(now + timedelta(days=days), agreement.until),
    )  # fmt: skip
    if not Share(made).schemas:
        raise Refusal(
            f"by agreement {number} no row leaves now",
            next_step="it is not in force, or gives no export: read its page",
        )
    with transaction.atomic():
        made.save(force_insert=True)
        _note(made, "share-profile.made", by, {"until": made.expires_at.isoformat(timespec="seconds")})
    return made, {
        "shareCredentialsVersion": 1,
        "endpoint": where,
        "bearerToken": token,
        "expirationTime": made.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def revoke(*, of: Member, profile: str, by: Actor) -> ShareProfile:
    """The token opens nothing any more, nor does any link that it was given; by recipient or owner."""
    by.require("keys", of)
    with transaction.atomic():
        found = _of(of).select_for_update(of=("self",)).filter(pk=profile).first()
        if found is None:
            raise Unknown(
                "there is no such profile", next_step=f"see `commonroll share list --member {of.key}`"
            )
        if found.revoked_at is not None:
            raise Refusal("this profile was revoked already", next_step="nothing is left to do")
        found.revoked_at, found.revoked_by = timezone.now(), by.label
        found.save(update_fields=["revoked_at", "revoked_by"])
        _note(found, "share-profile.revoked", by, {})
    return found


def profiles_of(*, of: Member, by: Actor) -> list[dict[str, Any]]:
    """Profiles by which the member reads, and by which others read its roll, the newest first, JSON-ready."""
    by.require("keys", of)
    return [_told(one) for one in _of(of)]


def readable(*, of: Member, by: Actor) -> list[Agreement]:
    """Agreements for which the member can make a profile now."""
    by.require("keys", of)
    final = Agreement.objects.filter(recipient=of, state=Agreement.State.FINAL, until__gt=timezone.now())
    return [a for a in final.select_related("owner", "recipient") if Share(ShareProfile(agreement=a)).schemas]


def checked(endpoint: str) -> str:
    """An address at which tokens may be sent: https, or this machine itself; without a slash at its end."""
    address = urlsplit(endpoint)
    if address.scheme != "https" and not (address.scheme == "http" and _is_loopback(address.hostname or "")):
        raise Refusal(
            "a token is sent over https alone", where="endpoint",
            next_step="give the site's https address, such as https://node.example.org/sharing",
        )  # fmt: skip
    if not address.hostname or address.query or address.fragment or address.username:
        raise Refusal("this is no address of a site", where="endpoint", next_step="give https://HOST/sharing")
    return endpoint.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _agreement(of: Member, number: int) -> Agreement:
    parties = Agreement.objects.select_related("owner", "recipient").filter(Q(owner=of) | Q(recipient=of))
    found = parties.filter(number=number).first()
    if found is None:
        raise Unknown("there is no such agreement", next_step="see the list of your agreements")
    return found


def _of(member: Member) -> QuerySet[ShareProfile]:
    known = ShareProfile.objects.select_related("agreement__owner", "agreement__recipient")
    return known.filter(Q(agreement__owner=member) | Q(agreement__recipient=member))


@wall.node()
def _note(profile: ShareProfile, action: str, by: Actor, said: dict[str, str]) -> None:
    """In both logs: whose rows are read sees who may read them."""
    told = {"profile": profile.pk, "agreement": profile.agreement.urn, "by": by.label, **said}
    for member in (profile.agreement.owner, profile.agreement.recipient):
        if member.left_at is None:
            journal.operator(member, action, told)


@wall.node()
def _told(profile: ShareProfile) -> dict[str, Any]:
    share, now = Share(profile), timezone.now()
    uses = KeyUse.objects.filter(key_id=profile.pk)
    state = "revoked" if profile.revoked_at else "in force" if profile.opens(now) else "expired"
    return {
        "id": profile.pk,
        "agreement": profile.agreement.number,
        "owner": share.owner.key,
        "recipient": share.recipient.key,
        "share": share.name,
        "note": profile.note,
        "state": "agreement over" if state == "in force" and share.grant is None else state,
        "made_by": profile.made_by,
        "made_at": profile.made_at.isoformat(timespec="seconds"),
        "expires_at": profile.expires_at.isoformat(timespec="seconds"),
        "requests": uses.aggregate(n=Sum("times"))["n"] or 0,
        "last_uses": [
            {
                "at": use.at.isoformat(timespec="seconds"),
                "act": use.act,
                "status": use.status,
                "times": use.times,
            }
            for use in uses[:USES_SHOWN]
        ],
    }
