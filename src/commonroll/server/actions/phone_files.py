"""Records that a phone saved as a file and could not send, brought to the site by a lead.

Each is sealed to the site's key and judged as if the phone had sent it now: what counts, waits or does not
belong is decided by `walked`, and the same file twice changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server.actions import hand_outs, walked
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import HandOut, Member

MOST_BYTES = 16 << 20
"""Of a file: 20,000 records as phones seal them."""

_PARTS = ("id", "epk", "iv", "ct")
_KNOWN = frozenset({"device", "events", "token"})
_AGAIN = "Nothing was taken. Save the file on the phone once more, and bring it unchanged."


@dataclass(frozen=True)
class Brought:
    """What came of a file: how many of its records count now, were known, wait for a lead, were not taken
    (by reason). `over`: why the turf is in nobody's hands any more; empty while it is."""

    hand_out: HandOut
    fresh: int
    known: int
    held: int
    refused: Mapping[str, int]
    over: str

    @property
    def records(self) -> int:
        return self.fresh + self.known + self.held + sum(self.refused.values())


def bring(*, home: Home, member: Member, raw: bytes, opened: Callable[[Any], Any], by: Actor) -> Brought:
    """Take what a phone of the member's walks saved. `opened`: an envelope's document, or Refusal.

    Raises Refusal for what is no such file, is damaged, or is of a phone that is none of the member's.
    """
    by.require("answers", member)
    device, envelopes = _read(raw)
    known = HandOut.objects.filter(member=member, device=device).select_related("turf__cut", "member").first()
    if known is None:
        raise Refusal(
            f"This file is of no phone that walks for {member.name}.", where="the file",
            next_step="Ask whose turf it was: that campaign's lead takes it.",
        )  # fmt: skip
    acks = [
        ack
        for at in range(0, len(envelopes), walked.MOST_AT_ONCE)
        for ack in walked.take(
            home=home, hand_out=known, envelopes=envelopes[at : at + walked.MOST_AT_ONCE], opened=opened,
            now=timezone.now(),
        ).acks
    ]  # fmt: skip
    count = Counter(ack.status for ack in acks)
    refused = Counter(ack.reason for ack in acks if ack.status == walked.REJECTED)
    found = Brought(
        known, count[walked.OK], count[walked.DUP], count[walked.HELD], dict(refused), hand_outs.over(known)
    )
    with transaction.atomic():
        hand_outs.noted(known, "turf.brought", by, records=str(found.records), counted=str(found.fresh))
    return found


def _read(raw: bytes) -> tuple[str, list[Any]]:
    """The device and the sealed records of a file."""
    if len(raw) > MOST_BYTES:
        raise _no("This file is larger than any that a phone saves.", "Choose the file answers.json.")
    try:
        said = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _no("This file is damaged: it is cut off, or was changed on its way.", _AGAIN) from None
    right = isinstance(said, dict) and {"device", "events"} <= set(said) <= _KNOWN
    if not right or not isinstance(said["events"], list) or not isinstance(said["device"], str):
        raise _no("This is not a file that a phone saved.", "Choose the file answers.json.")
    if not hand_outs.is_uuid(said["device"]):
        raise _no("This file does not say which phone it is of.", _AGAIN)
    if len(said["events"]) > walked.MOST_OF_A_PHONE:
        raise _no(f"These are more than {walked.MOST_OF_A_PHONE:,} records.", "Choose the file of one phone.")
    return said["device"], [_sealed(one) for one in said["events"]]


def _sealed(one: Any) -> Any:
    """Without what the phone noted beside it."""
    return {name: one.get(name) for name in _PARTS} if isinstance(one, dict) else None


def _no(what: str, next_step: str) -> Refusal:
    return Refusal(what, where="the file", next_step=next_step)
