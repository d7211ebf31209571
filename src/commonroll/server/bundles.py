"""The turf as a phone has it: made of the governed view's rows by a list of what is allowed in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from django.db.models import F
from django.utils import timezone

from commonroll.field.drawn import for_phone
from commonroll.field.files import walked
from commonroll.field.walks import Walk
from commonroll.server.actor import Actor
from commonroll.server.doorsteps import Doorsteps, Household, doorsteps
from commonroll.server.home import Home
from commonroll.server.models import HandOut

BUNDLE = frozenset(
    {
        "turf", "rev", "issued_at", "expires_at", "receipt", "member", "walker", "languages", "script",
        "stops", "households", "order", "walk", "streets", "drop",
    }
)  # fmt: skip
STOP = frozenset({"id", "lon", "lat", "side", "notes", "households"})
NOTE = frozenset({"id", "on", "text"})
HOUSEHOLD = frozenset({"id", "line", "unit", "floor", "people", "last"})
PERSON = frozenset({"id", "name", "age"})
"""And `language` where the script shows it."""
RESULT = frozenset({"on", "result"})
"""All that a bundle holds: keys that a test compares with what leaves."""


def bundle(home: Home, hand_out: HandOut, by: Actor) -> dict[str, Any]:
    """The turf of a hand-out as it may be walked now; what a lead reads of it is noted on the hand-out.

    Raises what `doorsteps` raises.
    """
    found = doorsteps(home, hand_out, by)
    now = timezone.now()
    given = {one.key for one in found.households}
    told = {
        "doors": len(found.households), "people": found.people, "left_out": found.left_out,
        "moved": found.moved, "gaps": list(found.told),
        "notes": [note["id"] for notes in found.notes.values() for note in notes],
    }  # fmt: skip
    HandOut.objects.filter(pk=hand_out.pk).update(revision=F("revision") + 1, bundled_at=now, told=told)
    hand_out.refresh_from_db(fields=["revision", "bundled_at", "told"])
    walk, kept = _walk(found)
    return {
        "turf": str(hand_out.urn),
        "rev": hand_out.revision,
        "issued_at": now.isoformat(timespec="seconds"),
        "expires_at": hand_out.ends_at.isoformat(timespec="seconds"),
        "receipt": found.receipts[0] if found.receipts else None,
        "member": hand_out.member.name,
        "walker": hand_out.walker,
        "languages": list(hand_out.script.get("languages", ["en"])),
        "script": hand_out.script,
        "stops": [_stop(found, stop) for stop in kept],
        "households": [_household(one) for one in found.households],
        "order": [stop for stop in found.walk.order if stop in set(kept)],
        "walk": base64.b64encode(walk.packed()).decode(),
        "streets": _streets(home, hand_out),
        "drop": sorted(found.keys - given),
    }


def _streets(home: Home, hand_out: HandOut) -> Mapping[str, Any]:
    """The streets around the turf as its cut has them; they are public, and of no person."""
    folder = home.turf / hand_out.turf.cut.folder
    return for_phone(folder, walked(folder, [hand_out.turf.number - 1]))


def _walk(found: Doorsteps) -> tuple[Walk, list[int]]:
    """The walk over the stops where somebody is met, in the order of sides and houses; and which they are."""
    there = {one.stop for one in found.households}
    by_side = [stop for side in found.walk.sides for stop in side]
    kept = [stop for stop in dict.fromkeys((*by_side, *range(len(found.walk.stops)))) if stop in there]
    metres = found.walk.metres[np.ix_(kept, kept)]
    return replace(found.walk, stops=tuple(found.walk.stops[at] for at in kept), metres=metres), kept


def _stop(found: Doorsteps, stop: int) -> Mapping[str, Any]:
    place, walk = found.walk.stops[stop], found.walk
    side = next((at for at, run in enumerate(walk.sides) if stop in run), None) if walk.by_side else None
    return {
        "id": stop,
        "lon": round(place.longitude, 6),
        "lat": round(place.latitude, 6),
        "side": side,
        "notes": [dict(note) for note in found.notes.get(stop, ())],
        "households": [one.key for one in found.households if one.stop == stop],
    }


def _household(one: Household) -> Mapping[str, Any]:
    return {
        "id": one.key,
        "line": one.line,
        "unit": one.unit,
        "floor": one.floor,
        "people": [dict(person) for person in one.people],
        "last": [dict(result) for result in one.last],
    }
