"""What an owner's log says of those whom a trace accuses: what it committed to first, what it says left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from commonroll.notes import digest_text
from commonroll.server.models import ROWS_LEFT, Journal, Lent, Member
from commonroll.tracing import decoys
from commonroll.tracing.held import Held
from commonroll.tracing.marks import DECOY
from commonroll.tracing.standing import Signed, Standing
from commonroll.tracing.trace import LayerRead, Traced


@dataclass(frozen=True)
class Entry:
    """A leaf of the owner's log: its place in the order of writing, and when."""

    place: int
    at: datetime
    said: Mapping[str, Any]


def _entries(owner: Member, *types: str, **more: str) -> list[Entry]:
    rows = Journal.objects.filter(log=owner.key, type__in=types, **more).order_by("pk")
    return [Entry(row.pk, row.at, json.loads(bytes(row.leaf))) for row in rows]


def register_stands(owner: Member, register: Path | None) -> bool:
    """Whether the owner's log committed to this very register of decoys."""
    return register is not None and _register_entry(owner, register) is not None


def _register_entry(owner: Member, register: Path) -> Entry | None:
    now = decoys.committed(decoys.read(register))
    return next((one for one in _entries(owner, "decoys") if one.said["commitment"] == now), None)


def standings(owner: Member, traced: Traced, held: Held, seen_on: date | None) -> dict[str, Standing]:
    """By accused member: what its exports and receipts are, or why it cannot be accused.

    `seen_on`: the day on which the leak was seen; what the log says of later days proves nothing.
    """
    return {who: _standing(owner, traced, held, who, seen_on) for who in traced.accused}


def _standing(owner: Member, traced: Traced, held: Held, who: str, seen_on: date | None) -> Standing:
    intents = _entries(owner, *ROWS_LEFT, recipient=who)
    known = {one.said["commitment"]: one for one in _entries(owner, "mark.key")}
    began = [
        (mark, entry)
        for layer in traced.layers
        if layer.logs.get(who, 0.0) < traced.threshold
        for mark, entry in _begins(owner, held, layer, known)
    ]
    timely = [(mark, one) for mark, one in began if seen_on is None or one.at.date() <= seen_on]
    left = {
        intent.place: intent
        for mark, entry in timely
        for intent in intents
        if mark in intent.said.get("marks", ()) and intent.place > entry.place
        and (seen_on is None or intent.at.date() <= seen_on)
    }  # fmt: skip
    if not left:
        return Standing(refused=_why_not(began, timely, intents, seen_on))
    return _found(owner, who, list(left.values()), traced.leak.sha256)


def _begins(
    owner: Member, held: Held, layer: LayerRead, known: Mapping[str, Entry]
) -> Iterable[tuple[str, Entry]]:
    """The commitment of each key that a layer was read with, and the entry from which on it counts."""
    named = {key.name: key.commitment for key in held.keys}
    register = _register_entry(owner, held.decoys) if layer.layer == DECOY and held.decoys else None
    for name in layer.keys:
        entry = known.get(named[name])
        if entry is not None and (layer.layer != DECOY or register is not None):
            yield named[name], max((entry, register or entry), key=lambda one: one.place)


def _why_not(
    began: list[tuple[str, Entry]],
    timely: list[tuple[str, Entry]],
    intents: list[Entry],
    seen_on: date | None,
) -> str:
    if not timely and began and seen_on is not None:
        late = min(one.at for _, one in began)
        return (
            f"Refused: the log committed to these marks on {late:%Y-%m-%d}, after the leak was seen. Whoever "
            "commits afterwards can make any copy."
        )
    marks = {mark for mark, _ in began}
    named = [one for one in intents if marks & set(one.said.get("marks", ()))]
    if any(seen_on is None or one.at.date() <= seen_on for one in named):
        return "Refused: the log committed to these marks only after its exports to this recipient."
    if named:
        return "Refused: every export to this recipient under these marks left after the leak was seen."
    return (
        "Refused: the log has no export to this recipient under these marks, so nothing says that it ever "
        "had this copy. An owner that makes a recipient's copy itself leaves no such entry."
    )


def _found(owner: Member, who: str, left: list[Entry], sha256: str) -> Standing:
    files = {one.said["file"] for one in left}
    lent = Lent.objects.filter(
        agreement__owner=owner, agreement__recipient__key=who, file__in=files, received_at__isnull=False
    )
    leaked = digest_text(bytes.fromhex(sha256))
    same = [one for one in left if one.said["file"] == leaked]
    days = sorted(f"{one.at:%Y-%m-%d}" for one in left)
    return Standing(
        exports=len(left),
        first=days[0],
        last=days[-1],
        signed=tuple(
            Signed(one.file, one.receipt_hash, f"{one.received_at:%Y-%m-%dT%H:%M:%SZ}")
            for one in lent.order_by("received_at")
        ),
        same=f"{same[-1].at:%Y-%m-%d}" if same else "",
    )
