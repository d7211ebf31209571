"""Which of the member's own people is meant: by a path's word, or by what is known of them."""

from __future__ import annotations

from collections.abc import Sequence

from commonroll.server.actions import contact_parts, contacts
from commonroll.server.models import Contact, Member
from commonroll.server.van import contact_body, matching
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.given import MOST, Given
from commonroll.server.van.people import MANY, NOBODY


def by_word(of: Member, word: str) -> Contact:
    """The person of a path: a VAN id, or a type of identifier and the id. Raises 404 for none and several."""
    kind, colon, value = word.rpartition(":")
    if colon and kind.lower() != "vanid":
        return alone(contacts.by_key(of, contact_parts.identifier_kind(kind), value.strip().lower()))
    number = int(value) if value.isascii() and value.isdecimal() and len(value) <= 10 else 0
    found = contacts.by_number(of, number) if 0 < number <= MOST else None
    if found is None:
        raise not_found(NOBODY)
    return found


def meant(of: Member, body: Given, *, creating: bool = False) -> list[Contact]:
    """People whom a match candidate means: by id, by identifier, or by what is known."""
    number, ids = contact_body.number(body), body.objects("identifiers")
    if number is not None:
        return [by_word(of, str(number))]
    for each in ids:
        kind, value = each.text("type", most=40), each.text("externalId", most=100)
        found = contacts.by_key(of, contact_parts.identifier_kind(kind), value.lower()) if kind else []
        if found:
            return found
    who = matching.candidate(body)
    if not creating and not ids and not any(
        (who.first_name, who.last_name, who.emails, who.phones, who.zips, who.birth_date)
    ):  # fmt: skip
        raise invalid(
            "The body has nothing by which a person is found.", "body",
            hint="names with email, phone, dateOfBirth and ZIP or addressLine1 and ZIP; or email alone",
        )  # fmt: skip
    return contacts.find(of, who.looks())


def alone(found: Sequence[Contact]) -> Contact:
    if not found:
        raise not_found("No person matches.")
    if len(found) > 1:
        raise not_found(MANY, hint="send also dateOfBirth, addressLine1, phoneNumber or email")
    return found[0]
