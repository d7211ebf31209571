"""Events with shifts, who of a member's own people comes, and tags: the rows that the programs' API has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.lookup.keys import plain
from commonroll.server import field_facts
from commonroll.server.actions import canvassing, codes, contacts
from commonroll.server.actions.call_files import digits
from commonroll.server.actions.canvassing import Whom
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Code, Coded, Contact, Event, EventShift, Member, Signup
from commonroll.server.van.event_types import RESULTS, ROLES, STATUSES, TYPES
from commonroll.server.van.vocabularies import CANVASSED

MOST_SHIFTS = 24
SCHEDULED, DECLINED, NO_SHOW = 1, 4, 5
COMES = (1, 2, 3, 7)
"""Statuses of who comes or came: scheduled, confirmed, completed, walked in."""

_BY_HAND = 2
TAGGED = {"name": "Contacts", "isSearchable": True, "isApplicable": True}
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_SHIFT = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*(.*)")


def listed(member: Member, *, by: Actor, before: bool = False) -> list[Event]:
    """A member's events that are still to come, or are over, with `coming`: how many people come."""
    by.require("read", member)
    found = Event.objects.filter(member=member, removed_at=None)
    coming = Count("signups__person", filter=Q(signups__status__in=COMES), distinct=True)
    found = found.annotate(coming=coming)
    now = timezone.now()
    if before:
        return list(found.filter(ends_at__lt=now).order_by("-starts_at")[:50])
    return list(found.filter(ends_at__gte=now).order_by("starts_at"))


def event_of(*, member: Member, number: int, by: Actor) -> Event:
    """One of the member's events; Unknown for anybody else's."""
    by.require("read", member)
    found = Event.objects.filter(member=member, pk=number, removed_at=None).first()
    if found is None:
        raise Unknown("There is no such event.", next_step="See the page Events.")
    return found


def make(
    *, member: Member, name: str, kind: int, day: date, shifts: Sequence[str], place: str = "", by: Actor
) -> Event:
    """An event on one day, in the member's own zone, with shifts as `10:00-12:00 Morning`."""
    by.require("answers", member)
    name = " ".join(name.split())[:500]
    if not name or kind not in TYPES:
        raise Refusal("An event has a name and a kind.", next_step="Say what it is called and choose a kind.")
    times = [_shift(member, day, line) for line in shifts if line.strip()]
    if not 1 <= len(times) <= MOST_SHIFTS:
        raise Refusal(
            f"An event has 1 to {MOST_SHIFTS} shifts.", where="shifts",
            next_step="Write one a line: 10:00-12:00 Morning.",
        )  # fmt: skip
    with transaction.atomic():
        made = Event.objects.create(
            member=member, name=name, kind=kind, description=place.strip()[:500],
            starts_at=min(start for start, _, _ in times), ends_at=max(end for _, end, _ in times),
            by=by.label,
        )  # fmt: skip
        EventShift.objects.bulk_create(
            EventShift(event=made, name=words, starts_at=start, ends_at=end) for start, end, words in times
        )
    return made


def _shift(member: Member, day: date, line: str) -> tuple[datetime, datetime, str]:
    found = _SHIFT.fullmatch(line)
    try:
        if found is None:
            raise ValueError
        first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise Refusal(
            "A shift cannot be read.", where="shifts", next_step="Write one a line: 10:00-12:00 Morning."
        ) from None
    zone = field_facts.zone(member)
    start, end = (datetime.combine(day, at, zone).astimezone(UTC) for at in (first, last))
    end += timedelta(days=1) if end <= start else timedelta()
    return start, end, found[5].strip()[:100] or f"{first:%H:%M} to {last:%H:%M}"


def remove(*, event: Event, by: Actor) -> None:
    """The event is no more; who signed up for it stays with it."""
    by.require("answers", event.member)
    Event.objects.filter(pk=event.pk).update(removed_at=timezone.now())


def put_back(*, event: Event, by: Actor) -> None:
    """An event that was removed is there again."""
    by.require("answers", event.member)
    Event.objects.filter(pk=event.pk).update(removed_at=None)


def coming(*, event: Event, purpose: str, by: Actor) -> list[Signup]:
    """Who signed up, with names; the look is in the member's log first."""
    found = list(
        Signup.objects.filter(event=event, person__erased_at=None).select_related("person", "shift")
        .order_by("shift__starts_at", "pk")
    )  # fmt: skip
    contacts.looked(found=[one.person for one in found], purpose=purpose, by=by)
    return found


def sign_up(
    *, home: Home, event: Event, name: str, email: str = "", phone: str = "", shift: int = 0, role: int = 2,
    by: Actor,
) -> Signup:  # fmt: skip
    """Somebody comes: one of the member's people with this e-mail or phone, or a new one.

    Who is signed up for the shift and role already is scheduled anew.
    """
    by.require("answers", event.member)
    of = EventShift.objects.filter(event=event, pk=shift).first()
    if role not in ROLES or of is None:
        raise Refusal("That is no shift of this event.", next_step="Choose a shift and a role.")
    with transaction.atomic():
        contacts.locked(event.member)
        person = _person(home, event.member, " ".join(name.split())[:200], email.strip(), phone.strip(), by)
        same = {"member": event.member, "event": event, "person": person, "role": role, "shift": of}
        made, _ = Signup.objects.update_or_create(
            **same,
            defaults={"status": SCHEDULED},
            create_defaults={"status": SCHEDULED, "by": by.label} | same,
        )
        _reached(home, made, by)
    return made


def _person(home: Home, of: Member, name: str, email: str, phone: str, by: Actor) -> Contact:
    phone = digits(phone)
    if (email and not _EMAIL.fullmatch(email)) or (phone and not 10 <= len(phone) <= 15):
        raise Refusal("That is no e-mail or no phone number.", next_step="Write it anew, or leave it out.")
    found = contacts.by_key(of, "email", plain("email", email)) if email else []
    found = found or (contacts.by_key(of, "phone", plain("phone", phone)) if phone else [])
    if found:
        return found[0]
    first, _, last = name.rpartition(" ")
    if not name or not (email or phone):
        raise Refusal(
            "Nobody is known by that.", where="who comes",
            next_step="Say a name, and an e-mail or a phone number.",
        )  # fmt: skip
    told = contacts.Told(
        known={"firstName": first, "lastName": last},
        emails=[{"email": email}] if email else [],
        phones=[{"phoneNumber": phone}] if phone else [],
    )
    return contacts.make(home=home, of=of, told=told, by=by)


def set_status(*, home: Home, event: Event, signup: int, status: int, by: Actor) -> Signup:
    """Whether somebody comes, came or does not."""
    by.require("answers", event.member)
    found = Signup.objects.filter(event=event, pk=signup).select_related("person", "member").first()
    if found is None or status not in STATUSES:
        raise Unknown("There is no such signup.", next_step="See who comes on the event's page.")
    found.status = status
    found.save(update_fields=["status"])
    _reached(home, found, by)
    return found


def _reached(home: Home, signup: Signup, by: Actor) -> None:
    """That somebody signed up, or did not, is a contact of its own, as for programs."""
    canvassing.record(
        home=home, gathered_by=signup.member,
        whom=Whom(signup.member, signup.person.number, "", signup.person),
        contact=canvassing.Contact(None, _BY_HAND, "other", timezone.now()),
        result_code=RESULTS.get(signup.status, CANVASSED), by=by,
    )  # fmt: skip


# Tags


def tags(people: Sequence[Contact]) -> dict[int, list[Code]]:
    """The codes that stand on people, by the person's row."""
    found: dict[int, list[Code]] = {}
    for one in Coded.objects.filter(person__in=people).select_related("code").order_by("code__name"):
        found.setdefault(one.person_id or 0, []).append(one.code)
    return found


def tag(*, event: Event, signup: int, name: str, by: Actor) -> None:
    """Put a tag on somebody who signed up; one of this name is made where there is none."""
    by.require("answers", event.member)
    name = " ".join(name.split())[:200]
    found = Signup.objects.filter(event=event, pk=signup).select_related("person").first()
    if found is None or not name:
        raise Refusal("A tag has a name, and stands on somebody who comes.", next_step="Say its name.")
    of = event.member
    code = Code.objects.filter(member=of, name__iexact=name, type=Code.Type.TAG).first()
    code = code or codes.make(of=of, by=by, name=name, entities=[TAGGED])
    codes.put(of=of, code=code, whom=Whom(of, found.person.number, "", found.person), by=by)


def untag(*, event: Event, signup: int, code: int, by: Actor) -> None:
    """Take a tag off somebody who signed up."""
    by.require("answers", event.member)
    found = Signup.objects.filter(event=event, pk=signup).select_related("person").first()
    if found is not None:
        whom = Whom(event.member, found.person.number, "", found.person)
        codes.take_off(of=event.member, code=code, whom=whom, by=by)
