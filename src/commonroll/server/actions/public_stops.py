"""The voter's own word, by the public form: no account, nothing told of the roll, and no flood of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from commonroll.errors import Refusal
from commonroll.insight.stops import CHANNELS, REACHED
from commonroll.server import wall
from commonroll.server.actions import stops
from commonroll.server.actions.keys import TooMany, network
from commonroll.server.actions.stops import Asked, Heard
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Knock, Stop

AN_HOUR = 10
"""What one place sends in an hour."""
A_DAY = 5_000
"""Requests by the form in a day, wherever they come from: more is somebody who silences others."""
LONGEST = 200
WAYS = tuple(way for way in CHANNELS if way != "all")


@dataclass(frozen=True)
class Said:
    """The form as it came: any of phone, email, address with its ZIP code; ways that are to stop."""

    phone: str = ""
    email: str = ""
    address: str = ""
    unit: str = ""
    zip5: str = ""
    ways: Collection[str] = WAYS


def hear(*, home: Home, said: Said, place: str | None) -> Heard:
    """Heed what a voter asks, whether or not anybody knows the number. Raises Refusal for what is none of
    its fields' kind, and TooMany; the answer depends on nothing that any roll holds."""
    asked = _asked(said)
    _knock(place)
    return stops.hear(
        home=home, asked=asked, source=Stop.Source.FORM, heard_by=None, by=Actor("the public form")
    )


def _asked(said: Said) -> list[Asked]:
    given = {"phone": said.phone, "email": said.email, "address": said.address}
    texts = (*given.values(), said.unit, said.zip5)
    if any(len(text) > LONGEST for text in texts):
        raise Refusal(f"a field is longer than {LONGEST} characters", next_step="write it shorter")
    if not any(text.strip() for text in given.values()):
        raise Refusal(
            "nothing was filled in",
            next_step="write a phone number, an e-mail, or an address with its ZIP code",
        )
    found: list[Asked] = []
    for kind, text in given.items():
        if text.strip():
            for way in _ways(kind, said.ways):
                found.append(stops.read(kind, text, way, unit=said.unit, zip5=said.zip5))
    return found


def _ways(kind: str, chosen: Collection[str]) -> Collection[str]:
    """The ways that lead to what is named and were chosen; all of them are `all`."""
    ways = [way for way in REACHED[kind] if way in chosen]
    if not ways:
        words = " or ".join(NAMES[way] for way in REACHED[kind])
        raise Refusal(
            f"what is to stop is not chosen for the {stops.WORDS[kind]}",
            next_step=f"choose {words}, or clear the field",
        )
    return ["all"] if len(ways) == len(REACHED[kind]) else ways


NAMES: Mapping[str, str] = {
    "phone": "calls",
    "text": "text messages",
    "email": "e-mails",
    "mail": "letters",
    "door": "visits at the door",
}


@wall.node()
def _knock(place: str | None) -> None:
    """Count what a place sends, and all places in a day; raises TooMany, and has counted all the same."""
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    keyed = salted_hmac("commonroll stops", network(place), algorithm="sha256").hexdigest()
    with transaction.atomic():
        Knock.objects.filter(hour__lt=now - timedelta(days=2)).delete()
        row, _ = Knock.objects.get_or_create(place=keyed, hour=hour)
        Knock.objects.filter(pk=row.pk).update(times=F("times") + 1)
    if row.times >= AN_HOUR:
        raise TooMany("too much came from this address", 3600 - int((now - hour).total_seconds()))
    today = Stop.objects.filter(source=Stop.Source.FORM, undoes=None, at__gt=now - timedelta(days=1))
    if today.count() >= A_DAY:
        raise TooMany("the form is closed for today: too much came by it", 3600)
