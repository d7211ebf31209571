"""The public form: a candidate or group without an account applies, learns what became of it, and appeals.

Everything here is asked by nobody that the site knows. A code, shown once, opens a newcomer's own page.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone
from django.utils.crypto import salted_hmac

from commonroll.agreements import admission
from commonroll.agreements.negotiation import OutOfTurn
from commonroll.agreements.reading import wrong
from commonroll.errors import Refusal
from commonroll.notes import canonical, sha256_text
from commonroll.server import wall
from commonroll.server.actions import admissions
from commonroll.server.actions.askings import (
    OPEN,
    State,
    asked,
    criteria_hash,
    every,
    keep_step,
    locked,
    note_overdue,
)
from commonroll.server.actions.decisions import reason_of
from commonroll.server.actions.keys import TooMany, network
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Application, Asking, Criteria, Knock, Member, Newcomer, Standard

AN_HOUR = 20
"""What one place sends to the form or to the page of a code in an hour."""
A_DAY = 300
"""Newcomers of a day, wherever they come from."""
MOST_WAITING = 200
"""Newcomers that one owner, or the federation, has waiting."""
LONGEST_NAME, LONGEST_CONTACT = 120, 200
CODE = 32
"""Characters of a code: 192 random bits."""
SENDER = Actor("a newcomer")
"""Who acts where somebody without an account does; names and contacts are in no log."""


# What is open


@dataclass(frozen=True)
class Open:
    """Criteria that stand open, and the races in which a newcomer is measured by this version."""

    criteria: Criteria
    said: admission.Criteria
    races: tuple[str, ...]


@wall.node()
def open_criteria() -> list[Open]:
    """What every owner here published and is in use for some race, owners by name, newest versions first."""
    every_one = Criteria.objects.filter(owner__left_at=None).select_related("owner")
    found: list[Open] = []
    for owner in sorted({one.owner for one in every_one}, key=lambda one: one.name):
        bound, taken = _bound(owner), set[str]()
        for one in sorted((c for c in every_one if c.owner == owner), key=lambda c: -c.version):
            said = admissions.read(one)
            races = tuple(
                r for r in said.races if bound.get(r, one.version) == one.version and r not in taken
            )
            taken.update(races)
            if races:
                found.append(Open(one, said, races))
    return found


def _bound(owner: Member) -> dict[str, int]:
    """Race -> the version of its first application, a member's or a newcomer's."""
    found: dict[str, int] = {}
    for model in (Application, Asking):
        firsts = (
            model.objects.filter(criteria__owner=owner).values_list("race").annotate(Min("criteria__version"))
        )
        for race, version in firsts:
            found[race] = min(version, found.get(race, version))
    return found


@wall.node()
def standard() -> Standard | None:
    """The federation's criteria for members as they stand; None where it has published none."""
    return Standard.objects.first()


# Applying


@dataclass(frozen=True)
class Said:
    """What a form says of whoever sends it."""

    kind: str
    name: str
    contact: str
    answers: Sequence[str]
    papers: Mapping[str, str]
    code: str = ""
    """Of an earlier application, so that both are of one newcomer."""


@wall.node()
def ask(
    *, said: Said, place: str | None, criteria: Criteria | None = None, race: str = ""
) -> tuple[Asking, str]:
    """Apply by an owner's criteria for a race, or without them to be a member: the asking, and the code.

    The code is empty where an earlier one was given. Raises TooMany, TermsRefused, OutOfTurn.
    """
    knock(place)
    with transaction.atomic():
        newcomer, code = _sender(said)
        made = Asking(newcomer=newcomer, criteria=criteria, race=race or "membership", id=uuid.uuid4())
        made.standard = None if criteria else standard()
        if criteria is None and made.standard is None:
            raise Unknown(
                "the federation has published no criteria for members",
                next_step="ask those who run it",
            )
        if criteria is not None:
            _of_the_race(criteria, made.race)
        _room(made)
        now = timezone.now().replace(microsecond=0)
        text = admission.application(
            asked(made), id=made.urn, criteria_hash=criteria_hash(made), applicant=newcomer.urn,
            race=made.race, answers=said.answers, papers=said.papers, applied=now,
        )  # fmt: skip
        made.document, made.due = canonical(text), now + timedelta(days=asked(made).decide_days)
        made.document_hash = sha256_text(made.document)
        made.save()
        keep_step(made, "applied", who=newcomer.name, by=SENDER, said=text)
    return made, code


def _of_the_race(criteria: Criteria, race: str) -> None:
    Member.objects.select_for_update().get(pk=criteria.owner_id)
    now = admissions.of_race(criteria.owner, race)
    if now != criteria:
        raise wrong(
            f"version {criteria.version}",
            f"Everybody in this race is measured by version {now.version} of the criteria.",
            f"Read version {now.version}, then apply by it.",
        )


def _room(made: Asking) -> None:
    to = every().filter(criteria__owner=made.owner) if made.owner else every().filter(criteria=None)
    if to.filter(state__in=OPEN).count() >= MOST_WAITING:
        raise TooMany("more applications wait for a word here than anybody can read", 86_400)
    earlier = to.filter(newcomer=made.newcomer, race=made.race)
    if earlier.exclude(state__in=(State.DECLINED, State.UPHELD)).exists():
        raise OutOfTurn("there is an application for this already", next_step="wait for the word on it")


def _sender(said: Said) -> tuple[Newcomer, str]:
    if said.code:
        return by_code(said.code), ""
    name = _line(said.name, LONGEST_NAME, "name")
    contact = _line(said.contact, LONGEST_CONTACT, "way to reach you")
    if said.kind not in Newcomer.Kind.values:
        raise Refusal("the kind is missing", next_step="say whether a candidate or a group applies")
    now = timezone.now()
    if Newcomer.objects.filter(at__gt=now - timedelta(days=1)).count() >= A_DAY:
        raise TooMany("too many applied here today", 86_400)
    code = secrets.token_urlsafe(CODE * 3 // 4)
    made = Newcomer.objects.create(kind=said.kind, name=name, contact=contact, code_hash=_hash(code), at=now)
    return made, code


def _line(text: str, longest: int, what: str) -> str:
    found = " ".join(text.split())
    if not 2 <= len(found) <= longest or not found.isprintable():
        raise Refusal(f"this is no {what}", next_step=f"write 2 to {longest} characters on one line")
    return found


def _hash(code: str) -> str:
    # 192 random bits need no slow hash: nobody tries them all
    return hashlib.sha256(code.encode()).hexdigest()


def by_code(code: str) -> Newcomer:
    """The newcomer whose code this is; raises Unknown."""
    text = code.strip()
    found = Newcomer.objects.filter(code_hash=_hash(text)).first() if len(text) <= 2 * CODE else None
    if found is None:
        raise Unknown("this code opens nothing", next_step="copy it whole, from the page that showed it")
    return found


def knock(place: str | None) -> None:
    """Count what a place sends; raises TooMany. Kept where the sending is refused, too."""
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    keyed = salted_hmac("commonroll newcomers", network(place), algorithm="sha256").hexdigest()
    with transaction.atomic():
        Knock.objects.filter(hour__lt=now - timedelta(days=2)).delete()
        row, _ = Knock.objects.get_or_create(place=keyed, hour=hour)
        Knock.objects.filter(pk=row.pk).update(times=F("times") + 1)
    if row.times >= AN_HOUR:
        raise TooMany("too much came from this address", 3600 - int((now - hour).total_seconds()))


# What became of it


@wall.node()
def status(*, code: str, place: str | None) -> tuple[Newcomer, list[Asking]]:
    """A newcomer and what it asked, for whoever has the code. Raises TooMany, and Unknown for a wrong one."""
    knock(place)
    found = by_code(code)
    note_overdue()
    return found, list(every().filter(newcomer=found).prefetch_related("steps"))


def may_appeal(asking: Asking) -> bool:
    """Against a no within the days for it, or against silence beyond the days for a word."""
    if asking.state == State.WAITING:
        return asking.due <= timezone.now()
    return asking.state == State.DECLINED and timezone.now() <= _last_day(asking)


def _last_day(asking: Asking) -> datetime:
    return asking.steps.filter(step="declined").latest("pk").at + timedelta(days=asked(asking).appeal_days)


@wall.node()
def appeal(*, code: str, asking: str, reason: str, place: str | None) -> Asking:
    """Ask for a second decision by others than whoever decides first."""
    knock(place)
    newcomer, said = by_code(code), reason_of(reason)
    note_overdue()
    with transaction.atomic():
        known = every().filter(newcomer=newcomer, pk=asking).first()
        if known is None:
            raise Unknown("there is no such application", next_step="see the page of your code")
        found = locked(known)
        if not may_appeal(found):
            raise OutOfTurn(
                "an appeal is against a no within its days, or against silence beyond them",
                next_step="see the days on the page of your code",
            )
        found.state, found.overdue_at = State.APPEALED, None
        found.due = timezone.now() + timedelta(days=asked(found).decide_days)
        found.save()
        keep_step(found, "appealed", who=newcomer.name, by=SENDER, reason=said)
        return found
