"""MyCampaign: the member's own people, as the same paths have voters in MyVoters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse

from commonroll.roll.lookup.keys import plain
from commonroll.server.actions import contact_parts, contacts, stops
from commonroll.server.actions.contacts import Told
from commonroll.server.models import Contact
from commonroll.server.van import contact_body, custom_fields
from commonroll.server.van.asked import MY_CAMPAIGN, Asked, created, nothing, one, paged
from commonroll.server.van.contact_person import CHANNELS, Statuses, person
from commonroll.server.van.contact_words import alone, by_word, meant
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.people import CRITERIA, NOBODY, SEARCHED, place_of
from commonroll.server.van.person import EXPANDABLE
from commonroll.server.van.reading import Reading
from commonroll.server.van.routes import serves
from commonroll.server.van.sections import sections

UNMATCHED = "UnmatchedStored"


# Reading


@serves("GET", "people/{p}", act="export", mode=MY_CAMPAIGN)
def read(asked: Asked) -> HttpResponse:
    expanded = asked.expand(EXPANDABLE)
    return _answer(asked, by_word(asked.key.member, asked.words["p"]), expanded)


@serves("POST", "people/find", act="export", mode=MY_CAMPAIGN)
def find(asked: Asked) -> HttpResponse:
    """The one person whom the body means; 404 for none and for several."""
    return _answer(asked, alone(meant(asked.key.member, asked.body)))


@serves("POST", "people/findByPhone", act="export", mode=MY_CAMPAIGN)
def find_by_phone(asked: Asked) -> HttpResponse:
    number = plain("phone", asked.body.text_needed("phoneNumber", most=40))
    return _answer(asked, alone(contacts.by_key(asked.key.member, "phone", number)))


@serves("GET", "people", act="export", mode=MY_CAMPAIGN)
def search(asked: Asked) -> HttpResponse:
    """People whose values begin as is asked; one of last name, phone and e-mail finds them."""
    query, expanded = asked.query, asked.expand(SEARCHED)
    query.word("contactMode", ("Person", "Organization", "1", "2"))
    values = {column: said for name, column in CRITERIA.items() if (said := query.text(name, most=200))}
    kinds = [name for name in ("phone", "email", "last_name") if plain(name, values.get(name, ""))]
    if not kinds:
        raise invalid(
            "People are searched by the beginning of a last name, by a phone number or by an e-mail.",
            "lastName", "phoneNumber", "email",
        )  # fmt: skip
    kind = kinds[0]
    known = contacts.by_key(
        asked.key.member, "last" if kind == "last_name" else kind, plain(kind, values[kind]), begins=True
    )
    return _page(asked, [one for one in known if _begins(one, values)], expanded)


def _begins(contact: Contact, values: Mapping[str, str]) -> bool:
    return all(
        any(held.startswith(plain(column, value)) for held in contact_parts.held(contact, column))
        for column, value in values.items()
    )


@serves("GET", "people/quickSearch", act="export", mode=MY_CAMPAIGN)
def quick_search(asked: Asked) -> HttpResponse:
    """People by the beginnings of their names, in either order; those named so exactly come first."""
    words = [plain("last_name", one) for one in asked.query.text_needed("name", most=200).split()]
    words, expanded = [one for one in words if one], asked.expand(EXPANDABLE)
    found: dict[int, Contact] = {}
    for kind in ("last", "first"):
        for word in words:
            for contact in contacts.by_key(asked.key.member, kind, word, begins=True):
                found[contact.number] = contact

    def exact(contact: Contact) -> int:
        return sum(_names(contact).count(word) for word in words)

    meant = [one for one in found.values() if all(_has(one, word) for word in words)]
    return _page(asked, sorted(meant, key=lambda one: (-exact(one), one.number)), expanded)


def _names(contact: Contact) -> list[str]:
    said = (contact.known.get(one, "") for one in ("firstName", "middleName", "lastName"))
    return [plain("last_name", one) for one in said]


def _has(contact: Contact, word: str) -> bool:
    return any(name.startswith(word) for name in _names(contact))


# Writing


@serves("POST", "people/findOrCreate", act="answers", mode=MY_CAMPAIGN)
def find_or_create(asked: Asked) -> HttpResponse:
    """The person whom the body means, with what it says besides; a new one where it means nobody."""
    of, told = asked.key.member, _told(asked)
    if not (told.known or told.emails or told.phones or told.identifiers or asked.body.has("vanId")):
        raise invalid("The body says nothing of a person.", "body", hint="a name, an e-mail or a phone")
    with transaction.atomic():
        contacts.locked(of)
        found = meant(of, asked.body, creating=True)
        if found:
            changed = contacts.change(home=settings.HOME, contact=alone(found), told=told, by=asked.by)
            return _answer(asked, changed)
        made = contacts.make(home=settings.HOME, of=of, told=told, by=asked.by)
    return created(asked, {"vanId": made.number, "status": UNMATCHED}, f"people/{made.number}")


@serves("POST", "people/{p}", act="answers", mode=MY_CAMPAIGN)
def update(asked: Asked) -> HttpResponse:
    """Set and add what is said; what is blank overwrites nothing."""
    told = _told(asked)
    found = by_word(asked.key.member, asked.words["p"])
    return _answer(asked, contacts.change(home=settings.HOME, contact=found, told=told, by=asked.by))


@serves("PATCH", "people/{vanId}/names", act="answers", mode=MY_CAMPAIGN)
def rename(asked: Asked) -> HttpResponse:
    told = contact_body.names(asked.body)
    found = by_word(asked.key.member, asked.words["vanId"])
    return _answer(asked, contacts.change(home=settings.HOME, contact=found, told=told, by=asked.by))


@serves("DELETE", "people/{vanId}", act="answers", mode=MY_CAMPAIGN)
def delete(asked: Asked) -> HttpResponse:
    contacts.erase(contact=by_word(asked.key.member, asked.words["vanId"]), by=asked.by)
    return nothing()


@serves("PUT", "people/{vanId}/mergeInto", act="answers", mode=MY_CAMPAIGN)
def merge(asked: Asked) -> HttpResponse:
    """Two persons become the one in the body; `whatIf`: only whether they would."""
    of, survivor = asked.key.member, asked.body.needed("vanId")
    test = asked.query.flag("whatIf")
    source = by_word(of, asked.words["vanId"])
    into = contacts.by_number(of, survivor)
    if into is None or into.pk == source.pk:
        raise invalid("These are not two people of yours.", "vanId", hint="the vanId of who remains")
    if not test:
        contacts.merge(into=into, source=source, by=asked.by)
    return one({"vanId": survivor})


def _told(asked: Asked) -> Told:
    """What the body says; the voter that it names must be one that the key may see."""
    custom = custom_fields.said(asked.key.member, asked.body)
    told = replace(contact_body.told(asked.body), custom=custom)
    voter = contact_body.voter_of(asked.body)
    if not voter:
        return told
    of, place = place_of(Reading(asked.key), voter)
    if not of.voters([place], columns=(), leaves=False):
        raise not_found(NOBODY)
    return replace(told, voter=(of.owner, int(of.index.numbers([place])[0])))


# Answers


def _answer(asked: Asked, contact: Contact, expanded: frozenset[str] = frozenset()) -> HttpResponse:
    contacts.looked(found=[contact], purpose=asked.key.purpose, by=asked.by)
    return one(_people(asked, [contact], expanded)[0])


def _page(asked: Asked, found: Sequence[Contact], expanded: frozenset[str]) -> HttpResponse:
    shown = asked.page(default=50, most=50)
    part = shown.of(found)
    contacts.looked(found=part, purpose=asked.key.purpose, by=asked.by)
    return paged(asked, shown, _people(asked, part, expanded), len(found))


def _people(asked: Asked, found: Sequence[Contact], expanded: frozenset[str]) -> list[dict[str, object]]:
    stopped, beside = _stopped(found, expanded), sections(asked, found, expanded)
    return [
        person(
            one, expanded, stopped, beside.voters.get(one.pk), beside.notes.get(one.pk, ()),
            beside.codes.get(one.pk, ()), beside.custom.get(one.pk, ()),
        )
        for one in found
    ]  # fmt: skip


def _stopped(found: Iterable[Contact], expanded: frozenset[str]) -> Statuses:
    """Which of their numbers and e-mails asked to stop, where a section shows it."""
    told: dict[tuple[str, str], bool] = {}
    everybody = list(found)
    for items, part, channel in CHANNELS:
        if not expanded & {items, "suppressions"}:
            continue
        texts = [each[part] for contact in everybody for each in getattr(contact, items)]
        kind = "email" if channel == "email" else "phone"
        if texts:
            said = stops.status_of(home=settings.HOME, kind=kind, texts=texts, channel=channel)
            told |= {(channel, text): state == "O" for text, state in zip(texts, said, strict=True)}
    return told
