"""Who has which turf of a cut: its hand-outs as they stand now, and how far each turf is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from commonroll.server.actions import hand_outs
from commonroll.server.models import FieldEvent, HandOut, Turf, TurfCut

SILENT = timedelta(minutes=45)
"""A phone without contact for so long is marked: there may be no signal, or no walker."""


@dataclass(frozen=True)
class State:
    """How a turf stands, for a filter (`key`), in words, and as a mark whose shape says it without colour."""

    key: str
    words: str
    sign: str


FREE = State("free", "in nobody's hands", "○")
CODE = State("code", "code given", "◔")
CODE_OVER = State("code-over", "code not used", "◌")
OUT = State("out", "being walked", "◕")
SILENT_OUT = State("silent", "no contact", "◑")
EMPTY = State("empty", "phone is empty", "⊘")
PAPER = State("paper", "printed", "▤")
BACK = State("back", "handed back", "●")
EXPIRED = State("expired", "time is over", "◍")
REVOKED = State("revoked", "taken away, not heard yet", "⊗")
WIPED = State("wiped", "taken away, phone is empty", "⊝")
STATES = (FREE, CODE, CODE_OVER, OUT, SILENT_OUT, EMPTY, PAPER, BACK, EXPIRED, REVOKED, WIPED)
HELD = frozenset({"code", "code-over", "out", "silent", "empty", "paper"})
"""States in which somebody has the turf."""


@dataclass(frozen=True)
class Held:
    """One hand-out as a lead sees it."""

    hand_out: HandOut
    state: State

    @property
    def open(self) -> bool:
        return self.state.key in HELD

    @property
    def claimed(self) -> bool:
        return self.hand_out.claimed_at is not None


@dataclass(frozen=True)
class Standing:
    """One turf: who has it (the newest first, those whose hands it left after them), doors done of it."""

    turf: Turf
    held: Sequence[Held]
    done: int

    @property
    def state(self) -> State:
        """Of the hand-out that counts: an open one before one that is over."""
        known = next((one for one in self.held if one.open), self.held[0] if self.held else None)
        return known.state if known else FREE

    @property
    def free(self) -> bool:
        return not any(one.open for one in self.held)


def standing(cut: TurfCut, now: datetime | None = None) -> list[Standing]:
    """Every turf of a cut as it is now, by number."""
    now = now or timezone.now()
    given: dict[int, list[Held]] = {}
    rows = HandOut.objects.filter(turf__cut=cut).select_related("turf", "member")
    for one in rows.order_by("-made_at", "-pk"):
        given.setdefault(one.turf.number, []).append(Held(one, state(one, now)))
    done = doors_done(cut)
    found = []
    for turf in Turf.objects.filter(cut=cut, replaced_at=None).order_by("number"):
        held = sorted(given.get(turf.number, []), key=lambda one: not one.open)
        found.append(Standing(turf, held, min(done.get(turf.pk, 0), turf.doors)))
    return found


def state(one: HandOut, now: datetime) -> State:
    """How a hand-out stands."""
    if one.revoked_at is not None:
        return WIPED if one.wiped_at or one.device is None else REVOKED
    if one.returned_at is not None:
        return BACK
    if one.paper:
        return PAPER
    if now >= one.ends_at:
        return EXPIRED
    if one.claimed_at is None:
        return CODE if one.code_until is not None and now < one.code_until else CODE_OVER
    if one.wiped_at is not None:
        return EMPTY
    return SILENT_OUT if one.seen_at is None or now - one.seen_at > SILENT else OUT


def doors_done(cut: TurfCut) -> Mapping[int, int]:
    """By turf: doors at which somebody rang, as recorded and not taken back."""
    events = FieldEvent.objects.filter(turf__cut=cut, status=FieldEvent.Status.OK).order_by()
    undone = [str(d.get("replaces")) for d in events.filter(kind="undo").values_list("document", flat=True)]
    rang = events.filter(kind="attempt").exclude(event__in=[one for one in undone if hand_outs.is_uuid(one)])
    counted = rang.values("turf").annotate(n=Count("household", distinct=True))
    return {int(row["turf"]): int(row["n"]) for row in counted}


def as_dicts(one: Standing) -> list[dict[str, Any]]:
    """A turf's hand-outs as JSON documents, or one document of a turf that nobody has."""
    of: dict[str, Any] = {
        "turf": one.turf.number, "name": one.turf.name, "doors": one.turf.doors, "done": one.done
    }  # fmt: skip
    free = {"id": None, "walker": "", "state": FREE.words, "since": "", "last_contact": "", "ends_at": ""}
    return [of | _dict(held) for held in one.held] or [of | free]


def _dict(held: Held) -> dict[str, Any]:
    given = held.hand_out
    since, seen = given.claimed_at or given.made_at, given.seen_at
    return {
        "id": given.pk, "walker": given.walker, "state": held.state.words, "since": since.isoformat(),
        "last_contact": seen.isoformat() if seen else "", "ends_at": given.ends_at.isoformat(),
    }  # fmt: skip
