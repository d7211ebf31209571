"""A member's own people: found, made, changed, merged, erased (docs/adr/0087).

They are the member's alone: no agreement reaches them, and who asks is always the member itself. Each look
and each change is a leaf of its log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.lookup.keys import plain
from commonroll.server import journal
from commonroll.server.actions import custom_values, stops
from commonroll.server.actions.contact_parts import IDS, LISTS, SAME, Items, held, keys, named, together
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import (
    CanvassResponse,
    Coded,
    Contact,
    ContactKey,
    ContactListed,
    ContactNote,
    ContactVoter,
    Marked,
    Member,
    Signup,
    Stop,
)

MOST_FOUND = 500
"""People who are looked at for one key; more of one key decide nothing."""


@dataclass(frozen=True)
class Told:
    """What is said of a person: texts by the API's names, lists, values of custom fields by number; empty
    where nothing is said."""

    known: Mapping[str, str] = field(default_factory=dict)
    emails: Items = field(default_factory=list)
    phones: Items = field(default_factory=list)
    addresses: Items = field(default_factory=list)
    identifiers: Items = field(default_factory=list)
    custom: Mapping[int, str] = field(default_factory=dict)
    voter: tuple[Member, int] | None = None
    """Owner and number of the voter that it is."""


# Finding


def by_number(of: Member, number: int) -> Contact | None:
    return Contact.objects.filter(member=of, number=number, erased_at=None).first()


def still_there(of: Member, numbers: Iterable[int]) -> set[int]:
    """Those of these people who are not erased."""
    found = Contact.objects.filter(member=of, number__in=list(numbers), erased_at=None)
    return set(found.values_list("number", flat=True))


def by_key(of: Member, kind: str, value: str, *, begins: bool = False) -> list[Contact]:
    """People who have this key, or one that begins so, by number; at most MOST_FOUND."""
    if not value:
        return []
    wanted = {"value__startswith": value} if begins else {"value": value}
    known = ContactKey.objects.filter(member=of, kind=kind, **wanted)
    numbers = list(known.values_list("number", flat=True).distinct().order_by("number")[:MOST_FOUND])
    found = Contact.objects.filter(member=of, number__in=numbers, erased_at=None).select_related("voter")
    return list(found.select_related("member", "voter__owner").order_by("number"))


def find(of: Member, looks: Iterable[tuple[str, Mapping[str, str]]]) -> list[Contact]:
    """Those whom the most of the combinations mean (`van.matching.Candidate.looks`)."""
    met: dict[int, int] = {}
    found: dict[int, Contact] = {}
    for key, values in looks:
        kind = key if key in ("email", "phone") else "named"
        said = plain(key, values[key]) if kind == key else named(values)
        for contact in by_key(of, kind, said):
            if all(plain(column, value) in held(contact, column) for column, value in values.items()):
                found[contact.number] = contact
                met[contact.number] = met.get(contact.number, 0) + 1
    most = max(met.values(), default=0)
    return [found[number] for number, times in met.items() if times == most]


# Writing


@transaction.atomic
def make(*, home: Home, of: Member, told: Told, by: Actor) -> Contact:
    """A new person of the member's, with the next number; a number is never given twice."""
    by.require("answers", of)
    locked(of)
    last = Contact.objects.filter(member=of).aggregate(last=Max("number"))["last"] or 0
    contact = Contact(member=of, number=last + 1, by=by.label)
    _apply(contact, told)
    contact.save()
    _kept(contact, told, "contacts.made", by)
    _hear(home, of, told, by)
    return contact


@transaction.atomic
def change(*, home: Home, contact: Contact, told: Told, by: Actor) -> Contact:
    """Set what is said and add to the lists; what is not said stays, and nothing is taken away."""
    by.require("answers", contact.member)
    locked(contact.member)
    contact = Contact.objects.select_related("voter").get(pk=contact.pk)
    _apply(contact, told)
    contact.save()
    _kept(contact, told, "contacts.changed", by)
    _hear(home, contact.member, told, by)
    return contact


def locked(of: Member) -> None:
    """One writer of a member's people at a time, so that two programs do not make one person twice."""
    list(Member.objects.select_for_update().filter(pk=of.pk).values_list("pk"))


def _apply(contact: Contact, told: Told) -> None:
    contact.known = {**contact.known, **{name: value for name, value in told.known.items() if value}}
    for name in LISTS:
        setattr(contact, name, together(name, getattr(contact, name), getattr(told, name)))


def _kept(contact: Contact, told: Told, action: str, by: Actor) -> None:
    if told.voter is not None:
        owner, number = told.voter
        ContactVoter.objects.update_or_create(contact=contact, defaults={"owner": owner, "number": number})
    _index(contact)
    if told.custom:
        custom_values.put(of=contact.member, said={contact.number: told.custom}, by=by)
    parts = sorted({*told.known, *(name for name in (*LISTS, "custom") if getattr(told, name))})
    journal.operator(contact.member, action, {"contact": str(contact.number), "parts": parts})


def _index(contact: Contact) -> None:
    mine = ContactKey.objects.filter(member=contact.member, number=contact.number)
    wanted = set() if contact.erased_at else keys(contact)
    there = {(row.kind, row.value): row.pk for row in mine}
    mine.filter(pk__in=[pk for key, pk in there.items() if key not in wanted]).delete()
    ContactKey.objects.bulk_create(
        ContactKey(member=contact.member, number=contact.number, kind=kind, value=value)
        for kind, value in sorted(wanted - there.keys())
    )


def _hear(home: Home, of: Member, told: Told, by: Actor) -> None:
    """Who says no to texts or mails says it to every member."""
    asked = [
        *stopping([one for one in told.phones if one.get("smsOptInStatus") == "O"], "text"),
        *stopping([one for one in told.emails if one.get("isSubscribed") is False], "email"),
    ]
    if asked:
        stops.hear(home=home, asked=asked, source=Stop.Source.API, heard_by=of, by=by)


def stopping(items: Items, channel: str) -> list[stops.Asked]:
    """Requests to stop of numbers or e-mails; one that no stop can be of (a number abroad) is left out."""
    asked = []
    for one in items:
        kind, text = ("email", one["email"]) if "email" in one else ("phone", one["phoneNumber"])
        try:
            asked.append(stops.read(kind, text, channel))
        except Refusal:
            continue
    return asked


# Taking away


@transaction.atomic
def empty_field(*, contact: Contact, field: int, by: Actor) -> None:
    """The person has no value in a custom field any more."""
    change_log = {"contact": str(contact.number), "parts": ["custom"]}
    locked(contact.member)
    if custom_values.put(of=contact.member, said={contact.number: {field: ""}}, by=by):
        custom_values.touch(contact.member, [contact.number])
        journal.operator(contact.member, "contacts.changed", change_log)


@transaction.atomic
def erase(*, contact: Contact, by: Actor) -> None:
    """Take all that is known of a person away; its number stays taken."""
    by.require("answers", contact.member)
    locked(contact.member)
    _emptied(contact, None)
    for model in (CanvassResponse, Coded, ContactListed, ContactNote, ContactVoter, Marked, Signup):
        column = "contact" if model is ContactVoter else "person"
        model._default_manager.filter(**{column: contact}).delete()
    custom_values.forget_person(contact.member, contact.number)
    journal.operator(contact.member, "contacts.erased", {"contact": str(contact.number)})


@transaction.atomic
def merge(*, into: Contact, source: Contact, by: Actor) -> Contact:
    """One person of two: the survivor's values win, lists and all that was noted come together."""
    of = into.member
    by.require("answers", of)
    locked(of)
    into.known = {**source.known, **into.known}
    for name in LISTS:
        setattr(into, name, together(name, getattr(into, name), _others(name, into, source)))
    into.save()
    moved = {"person": into, "number": into.number}
    CanvassResponse.objects.filter(person=source).update(**moved)
    ContactNote.objects.filter(person=source).update(**moved)
    Signup.objects.filter(person=source).update(person=into)
    for model in (Coded, Marked):
        standing = model._default_manager.filter(person=into).values_list("code", flat=True)
        theirs = model._default_manager.filter(person=source)
        theirs.exclude(code__in=list(standing)).update(**moved)
        theirs.delete()
    lists = ContactListed.objects.filter(person=into).values_list("listed", flat=True)
    ContactListed.objects.filter(person=source).exclude(listed__in=list(lists)).update(person=into)
    ContactListed.objects.filter(person=source).delete()
    if not ContactVoter.objects.filter(contact=into).exists():
        ContactVoter.objects.filter(contact=source).update(contact=into)
    ContactVoter.objects.filter(contact=source).delete()
    custom_values.merge(of, into=into.number, source=source.number)
    _emptied(source, into.number)
    _index(into)
    journal.operator(of, "contacts.merged", {"contact": str(into.number), "source": str(source.number)})
    return Contact.objects.select_related("voter").get(pk=into.pk)


def _others(name: str, into: Contact, source: Contact) -> Items:
    """The source's items that the survivor has not; they get numbers among its own, and none is preferred."""
    there, left = {SAME[name](one) for one in getattr(into, name)}, ("isPreferred", IDS.get(name))
    return [
        {part: value for part, value in one.items() if part not in left}
        for one in getattr(source, name)
        if SAME[name](one) not in there
    ]


def _emptied(contact: Contact, merged_into: int | None) -> None:
    contact.known, contact.erased_at, contact.merged_into = {}, timezone.now(), merged_into
    contact.emails, contact.phones, contact.addresses, contact.identifiers = [], [], [], []
    contact.save()
    _index(contact)


# Reading


def looked(*, found: Sequence[Contact], purpose: str, by: Actor) -> None:
    """A look at people: a leaf of the member's log, before they are answered."""
    if not found:
        return
    by.require("export", found[0].member)
    numbers = [str(one.number) for one in found]
    with transaction.atomic():
        journal.operator(found[0].member, "contacts.read", {"contacts": numbers, "purpose": purpose})
