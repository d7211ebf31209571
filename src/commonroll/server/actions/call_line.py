"""The line: one person of a list at a time to one caller, or some for a printed sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import called
from commonroll.server.actions.call_keeping import UNDO_WITHIN, keep
from commonroll.server.actor import Actor
from commonroll.server.called import Told
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallPerson

ON_THE_LINE = timedelta(minutes=30)
ON_A_SHEET = timedelta(days=3)
MOST_ON_A_SHEET = 60


@dataclass(frozen=True)
class OnLine:
    """Somebody whom a caller has, and what may be shown."""

    person: CallPerson
    told: Told


def next_one(*, home: Home, of: CallList, by: Actor) -> OnLine | None:
    """The person whom this caller has, or the next who waits; None where nobody does.

    Whoever may not be called any more since the list was made leaves it.
    """
    by.require("answers", of.member)
    _open(of)
    keep(home=home, of=of, before=timezone.now() - UNDO_WITHIN, by=by)
    while (person := _mine(of, by) or _take(of, by)) is not None:
        told, _ = called.people(home, of, [person], by)
        if person.pk in told:
            return OnLine(person, told[person.pk])
        _gone([person])
    return None


def _mine(of: CallList, by: Actor) -> CallPerson | None:
    mine = of.people.filter(state=CallPerson.State.OUT, caller=by.label, until__gt=timezone.now())
    return mine.filter(until__lte=timezone.now() + ON_THE_LINE).select_related("owner").first()


def _take(of: CallList, by: Actor) -> CallPerson | None:
    """The next who waits is this caller's: of two at once one has the person."""
    now = timezone.now()
    free = Q(state=CallPerson.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=now))
    late = Q(state=CallPerson.State.OUT, until__lte=now)
    while True:
        person = of.people.filter(free | late).select_related("owner").order_by("tries", "place").first()
        if person is None:
            return None
        mine = of.people.filter(free | late, pk=person.pk)
        if mine.update(state=CallPerson.State.OUT, caller=by.label, until=now + ON_THE_LINE):
            person.refresh_from_db()
            return person


def _gone(people: Sequence[CallPerson]) -> None:
    CallPerson.objects.filter(pk__in=[one.pk for one in people]).update(
        state=CallPerson.State.GONE, caller="", until=None
    )


def give_back(*, of: CallList, by: Actor) -> None:
    """Whom this caller has goes back to those who wait."""
    by.require("answers", of.member)
    person = _mine(of, by)
    if person is not None:
        CallPerson.objects.filter(pk=person.pk).update(state=CallPerson.State.WAITING, caller="", until=None)


def sheet(*, home: Home, of: CallList, many: int, by: Actor) -> list[OnLine]:
    """People for a printed sheet, which they are on for three days: nobody else calls them so long."""
    by.require("view", of.member)
    _open(of)
    if not 0 < many <= MOST_ON_A_SHEET:
        raise Refusal(f"A sheet has 1 to {MOST_ON_A_SHEET} people.", next_step="Say how many.")
    people: list[CallPerson] = []
    while len(people) < many and (person := _take(of, by)) is not None:
        person.until = timezone.now() + ON_A_SHEET
        person.save(update_fields=["until"])
        people.append(person)
    told, _ = called.people(home, of, people, by)
    _gone([one for one in people if one.pk not in told])
    return [OnLine(one, told[one.pk]) for one in people if one.pk in told]


def _open(of: CallList) -> None:
    if of.put_away_at is not None:
        raise Refusal("This list is put away.", where=of.name, next_step="Take it back to call.")
