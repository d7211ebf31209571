"""Turfs that leave somebody's hands: handed back, taken away, lost with a phone, handed on; and had again."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.actions import hand_outs
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import HandOut

LOST = "the phone was lost"
HANDED_ON = "handed on to somebody else"
LEAST_LEFT = timedelta(hours=1)
"""A turf that ends sooner gets the usual time with its new code."""


def hand_back(*, hand_out: HandOut, by: Actor) -> None:
    """A lead says that a turf came back; what its phone still brings is looked at by a lead."""
    by.require("view", hand_out.member)
    if not returned(hand_out):
        raise _over(hand_out)
    _noted(hand_out, "handed back", by)


@wall.node()
def returned(hand_out: HandOut, *, why: str = "", by_phone: bool = False) -> bool:
    """The turf is handed back now; False where it was in nobody's hands any more. A phone that hands it back
    deletes it."""
    now = timezone.now()
    said = {"returned_at": now, "revoked_why": why, "code_until": None}
    found = _in_hands(hand_out).update(**said | ({"wiped_at": now} if by_phone else {}))
    hand_out.refresh_from_db()
    return bool(found)


def revoke(*, hand_out: HandOut, why: str, by: Actor) -> None:
    """Take a turf out of somebody's hands: its phone deletes it at its next contact, and what was recorded
    before stays."""
    by.require("view", hand_out.member)
    why = " ".join(why.split())[:200]
    if not why:
        raise Refusal("Say why it is taken away.", where="why", next_step="Whoever walks it may read this.")
    with transaction.atomic():
        if not _in_hands(hand_out).update(revoked_at=timezone.now(), revoked_why=why, code_until=None):
            raise _over(hand_out)
        hand_out.refresh_from_db()
        _noted(hand_out, "taken away", by, why=why)


def have_again(*, hand_out: HandOut, by: Actor) -> None:
    """Undo: the turf is in the same hands as before, as long as its phone has not heard of the end."""
    by.require("view", hand_out.member)
    ended = hand_out.revoked_at or hand_out.returned_at
    if ended is None:
        raise Refusal("This turf is in somebody's hands still.", next_step="Nothing is to be undone.")
    if hand_out.turf.replaced_at is not None:
        raise Refusal("This turf was changed since.", next_step="Give the turf of that number anew.")
    heard = hand_out.wiped_at is not None or (hand_out.seen_at is not None and hand_out.seen_at > ended)
    if hand_out.device is not None and heard:
        raise Refusal(
            "Its phone has deleted it already.",
            where=hand_out.walker,
            next_step="Give the turf anew; what was recorded stays.",
        )
    with transaction.atomic():
        HandOut.objects.filter(pk=hand_out.pk).update(returned_at=None, revoked_at=None, revoked_why="")
        hand_out.refresh_from_db()
        _noted(hand_out, "had again", by)


def lost(*, home: Home, hand_out: HandOut, by: Actor) -> tuple[HandOut, str]:
    """A phone is lost, or empty: it opens nothing any more, and the same walker has a new code for the same
    turf."""
    _on_a_phone(hand_out, by)
    with transaction.atomic():
        if _in_hands(hand_out).exists():
            revoke(hand_out=hand_out, why=LOST, by=by)
        return _anew(home, hand_out, hand_out.walker, by)


def hand_on(*, home: Home, hand_out: HandOut, walker: str, by: Actor) -> tuple[HandOut, str]:
    """Somebody else walks the rest: doors that were visited come with their results, and what the first
    phone recorded until now counts whenever it comes."""
    _on_a_phone(hand_out, by)
    with transaction.atomic():
        if returned(hand_out, why=HANDED_ON):
            _noted(hand_out, HANDED_ON, by)
        return _anew(home, hand_out, walker, by)


def _on_a_phone(hand_out: HandOut, by: Actor) -> None:
    by.require("view", hand_out.member)
    if hand_out.paper:
        raise Refusal("This turf is on paper.", next_step="Close the list; then give the turf anew.")


def _anew(home: Home, hand_out: HandOut, walker: str, by: Actor) -> tuple[HandOut, str]:
    ends = hand_out.ends_at if hand_out.ends_at > timezone.now() + LEAST_LEFT else None
    return hand_outs.give(
        home=home, turf=hand_out.turf, walker=walker, ends_at=ends, script=hand_out.script, by=by
    )


@wall.node()
def wiped(hand_out: HandOut) -> None:
    """The device says that it holds nothing any more."""
    HandOut.objects.filter(pk=hand_out.pk, wiped_at=None).update(wiped_at=timezone.now())


def _in_hands(hand_out: HandOut) -> QuerySet[HandOut]:
    return HandOut.objects.filter(pk=hand_out.pk, returned_at=None, revoked_at=None)


def _over(hand_out: HandOut) -> Refusal:
    return Refusal(
        "This turf is in nobody's hands any more.", where=hand_out.walker, next_step="Nothing is left to do."
    )


def _noted(hand_out: HandOut, what: str, by: Actor, **more: str) -> None:
    with transaction.atomic():
        hand_outs.noted(hand_out, "turf.ended", by, what=what, **more)
