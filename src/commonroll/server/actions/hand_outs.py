"""Turfs in somebody's hands: given by a code that works once, claimed by a device."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import field_keys, journal, wall
from commonroll.server.actions import keys
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import HandOut, KeyUse, Member, Turf, TurfCut

LETTERS = "BCDFGHJKMNPQRSTVWXYZ"
"""Letters of codes: none looks like another or like a figure, and without vowels no code says a word."""
LETTERS_IN_CODE = 8
CODE_LIVES = timedelta(minutes=30)

SHIFT = timedelta(hours=4)
AFTER_SHIFT = timedelta(hours=12)
LONGEST = timedelta(days=14)
"""A turf is out for so long at most, a printed one too."""

WRONG_AT_MOST = 20
"""Wrong codes from one address within WRONG_FOR; then it waits."""
WRONG_AT_ALL = 500
"""Wrong codes from everywhere within WRONG_FOR; then everybody waits: 20^8 codes are not guessed so."""
WRONG_FOR = timedelta(minutes=15)
WRONG_KEPT = timedelta(days=30)
CLAIM = "field.claim"
DEVICE_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 random bits in base64url."""
NOT_FOUND, GONE = 404, 410


class NoSuchCode(Refusal):
    """The code opens nothing; HTTP 404."""


class Gone(Refusal):
    """The code, or the turf in somebody's hands, is over; HTTP 410."""


@dataclass(frozen=True)
class Claimed:
    """A turf that a device has now, and the device's tokens, which are kept nowhere here. The one for sending
    lies open on the phone: it brings what was recorded and reads nothing."""

    hand_out: HandOut
    token: str
    send_token: str


# Given


def give(
    *,
    home: Home,
    turf: Turf,
    walker: str,
    ends_at: datetime | None = None,
    script: Mapping[str, Any] | None = None,
    by: Actor,
) -> tuple[HandOut, str]:
    """Give a turf to a named walker; the hand-out and its code, which is kept nowhere.

    `ends_at`: when it leaves the device, by default twelve hours after a shift of four.
    """
    member = turf.cut.member
    by.require("view", member)
    _given_still(turf)
    now = timezone.now()
    ends_at = ends_at or now + SHIFT + AFTER_SHIFT
    if not now < ends_at <= now + LONGEST:
        raise Refusal(
            f"A turf is out for {LONGEST.days} days at most, and ends later than now.",
            where="until when",
            next_step="Say the end of the shift; it leaves the phone twelve hours after that.",
        )
    with transaction.atomic():
        made = HandOut.objects.create(
            member=member, turf=turf, walker=_walker(walker), script=dict(script or {}), by=by.label,
            made_at=now, ends_at=ends_at,
        )  # fmt: skip
        code = _new_code(home, made)
        noted(made, "turf.given", by)
    return made, code


def new_code(*, home: Home, hand_out: HandOut, by: Actor) -> str:
    """Another code for a turf that nobody has claimed yet; the one before is dead."""
    by.require("view", hand_out.member)
    if hand_out.claimed_at is not None or hand_out.paper:
        raise Refusal(
            "This turf is on a phone already.",
            next_step="If the phone is lost or another is to have it: say so, and a new code is made.",
        )
    _open_still(hand_out)
    with transaction.atomic():
        return _new_code(home, hand_out)


def turf_of(cut: TurfCut, number: int) -> Turf:
    """A turf of a cut as it is now; Unknown where there is none of that number."""
    found = (
        Turf.objects.filter(cut=cut, number=number, replaced_at=None).select_related("cut__member").first()
    )
    if found is None:
        raise Unknown("There is no such turf.", next_step="See which there are: `commonroll turf show`.")
    return found


def hand_out_of(*, member: Member, number: int, by: Actor) -> HandOut:
    """One of the member's hand-outs; Unknown for whoever is none of its people."""
    by.require("read", member)
    found = HandOut.objects.filter(member=member, pk=number)
    one = found.select_related("member", "turf__cut__member").first()
    if one is None:
        raise Unknown("There is no such turf in hand.", next_step="See who has which on the cut's page.")
    return one


def _given_still(turf: Turf) -> None:
    if turf.replaced_at is not None:
        raise Refusal("This turf was changed.", next_step="Give the turf of that number as it is now.")
    if turf.cut.put_away_at is not None or not turf.cut.folder:
        raise Refusal(
            "This cut's doors are not here any more." if not turf.cut.folder else "This cut is put away.",
            where=turf.cut.gone or turf.cut.name,
            next_step="Cut again, or take it back.",
        )


def _walker(name: str) -> str:
    name = " ".join(name.split())[:120]
    if not name or not name.isprintable():
        raise Refusal(
            "A turf is given to somebody.", where="walker", next_step="Say the name of whoever walks it."
        )
    return name


def _new_code(home: Home, hand_out: HandOut) -> str:
    code = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_IN_CODE))
    hand_out.code_hash = field_keys.code_hash(home, code)
    hand_out.code_until = min(timezone.now() + CODE_LIVES, hand_out.ends_at)
    hand_out.save(update_fields=["code_hash", "code_until"])
    return code


def noted(hand_out: HandOut, action: str, by: Actor, **more: str) -> None:
    """Write down in the member's log what was done with a turf, inside the caller's transaction."""
    said = {"turf": str(hand_out.urn), "cut": str(hand_out.turf.cut.urn), "by": by.label} | more
    journal.operator(hand_out.member, action, said)


def spaced(code: str) -> str:
    """A code as people read and type it."""
    return f"{code[: LETTERS_IN_CODE // 2]}-{code[LETTERS_IN_CODE // 2 :]}"


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


# Claimed


@wall.node()
def claim(*, home: Home, code: str, key: str = "", address: str | None) -> Claimed:
    """The turf of a code is on a device from now on, and the code is dead; of two at once one has it.

    `key` is the device's own, made there before it asked: whoever brings it again with the same code lost the
    reply, and gets the same once more, until the turf was fetched. Raises NoSuchCode, Gone (used or too
    late), Refusal for a key that is none, and keys.TooMany where too many wrong codes came.
    """
    if key and not DEVICE_KEY.fullmatch(key):
        raise Refusal("This is no key of a device.", where="key", next_step="Load the page again.")
    now = timezone.now()
    _may_try(address, now)
    typed = "".join(code.upper().split()).replace("-", "")
    right = len(typed) == LETTERS_IN_CODE and set(typed) <= set(LETTERS)
    known = HandOut.objects.filter(code_hash=field_keys.code_hash(home, typed)) if right else None
    found = known.select_related("member", "turf__cut").order_by("-pk").first() if known is not None else None
    if found is None:
        keys.note(None, act=CLAIM, status=NOT_FOUND, address=address)
        KeyUse.objects.filter(key_id="", at__lt=now - WRONG_KEPT).delete()
        raise NoSuchCode("there is no such code", next_step="type it again, or ask whoever gave it to you")
    secret = _secret(key) if key else secrets.token_urlsafe(32)
    sends = _sends(secret)
    if key and _claimed_by(found, sends):
        _open_still(found)
        return _claimed(found, secret, sends)
    _claimable(found, now)
    device = uuid.uuid4()
    free = HandOut.objects.filter(pk=found.pk, code_hash=found.code_hash, claimed_at=None, revoked_at=None)
    if not free.update(claimed_at=now, device=device, token_hash=_hash(sends), seen_at=now):
        raise _used()
    found.refresh_from_db()
    return _claimed(found, secret, sends)


def _claimed(found: HandOut, secret: str, sends: str) -> Claimed:
    assert found.device is not None
    return Claimed(found, f"{found.device.hex}.{secret}", f"{found.device.hex}.{SENDS}.{sends}")


def _claimed_by(found: HandOut, sends: str) -> bool:
    """Whether the same device asks again. Once it fetched the turf it has its reply, and the code is dead."""
    same = secrets.compare_digest(found.token_hash, _hash(sends))
    return found.claimed_at is not None and found.bundled_at is None and same


def _may_try(address: str | None, now: datetime) -> None:
    wrong = KeyUse.objects.filter(key_id="", act=CLAIM, status=NOT_FOUND, at__gt=now - WRONG_FOR).order_by()
    here = wrong.filter(address=keys.network(address)).aggregate(n=Sum("times"))["n"] or 0
    if here >= WRONG_AT_MOST or (wrong.aggregate(n=Sum("times"))["n"] or 0) >= WRONG_AT_ALL:
        raise keys.TooMany("too many wrong codes were tried", int(WRONG_FOR.total_seconds()))


def _claimable(found: HandOut, now: datetime) -> None:
    if found.claimed_at is not None:
        raise _used()
    if found.code_until is None or now >= found.code_until:
        raise Gone("this code is too old", next_step="ask whoever gave it to you for a new one")
    _open_still(found)


def _used() -> Gone:
    return Gone(
        "this code was used already, on this phone or another",
        next_step="if it was not you, tell whoever gave it to you; else ask for a new one",
    )


def _open_still(hand_out: HandOut) -> None:
    why = over(hand_out)
    if why:
        raise Gone(why, next_step="ask whoever gave it to you for another turf")


def over(hand_out: HandOut) -> str:
    """Why a turf is in nobody's hands any more; empty while it is."""
    if hand_out.revoked_at is not None:
        return "this turf was taken out of your hands"
    if hand_out.returned_at is not None:
        return "this turf was handed back"
    if hand_out.member.left_at is not None:
        return "the campaign of this turf has left"
    if not hand_out.turf.cut.folder:
        return "an agreement that this turf was made under is over"
    return "the time for this turf is over" if timezone.now() >= hand_out.ends_at else ""


# The device's tokens


SENDS = "s"
"""Stands in a token that may send alone."""


def _secret(key: str) -> str:
    """The device's secret, from the key that it made itself: neither is kept here."""
    return hashlib.sha256(b"commonroll device v1\n" + key.encode()).hexdigest()


def _sends(secret: str) -> str:
    """The secret that may send alone; whoever has it does not have the other."""
    return hashlib.sha256(b"commonroll send v1\n" + secret.encode()).hexdigest()


def _hash(sends: str) -> str:
    # 256 random bits need no slow hash: nobody tries them all
    return hashlib.sha256(sends.encode()).hexdigest()


@wall.node()
def of_token(token: str, *, sending: bool = False) -> HandOut | None:
    """Whose hands a token is of; compared in constant time. `sending`: the one that may only send will do."""
    device, _, secret = token.partition(".")
    kind, _, sends = secret.partition(".")
    if not (sending and kind == SENDS):
        sends = _sends(secret)
    try:
        named = uuid.UUID(hex=device)
    except ValueError:
        named = uuid.UUID(int=0)
    found = HandOut.objects.filter(device=named).select_related("member", "turf__cut__member").first()
    kept = found.token_hash if found else _hash("")
    return found if secrets.compare_digest(kept, _hash(sends)) and found else None
