"""Parts of one of a member's own people: lists that come together, and the keys by which it is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.lookup.keys import plain
from commonroll.server.models import Contact

Items = list[dict[str, Any]]

LISTS = ("emails", "phones", "addresses", "identifiers")
MOST_OF_EACH = 100
"""Numbers, e-mails, addresses or identifiers of one person."""

SAME: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "emails": lambda one: plain("email", one["email"]),
    "phones": lambda one: plain("phone", one["phoneNumber"]),
    "addresses": lambda one: (
        plain("residence_line1", one.get("addressLine1") or ""),
        plain("residence_line1", one.get("addressLine2") or ""),
        (one.get("zipOrPostalCode") or "")[:5] or plain("residence_city", one.get("city") or ""),
    ),
    "identifiers": lambda one: (one["type"].lower(), one["externalId"].lower()),
}
IDS = {"phones": "phoneId", "addresses": "addressId"}


def together(name: str, held: Items, said: Items) -> Items:
    """The list with what is said: the same one gets what is new of it, another stands at the end.

    One alone is preferred: the last that is said to be.
    """
    found = {SAME[name](one): dict(one) for one in held}
    today = timezone.now().date().isoformat()
    for one in said:
        key = SAME[name](one)
        new = {part: value for part, value in one.items() if value is not None}
        if new.get("isPreferred"):
            found = {at: {**other, "isPreferred": False} for at, other in found.items()}
        if key in found:
            found[key] |= new
            continue
        if name in IDS:
            new[IDS[name]] = max((other[IDS[name]] for other in found.values()), default=0) + 1
        found[key] = new if name == "identifiers" else {"dateCreated": f"{today}T00:00:00Z", **new}
    if len(found) > MOST_OF_EACH:
        raise Refusal(f"a person has at most {MOST_OF_EACH} {name}", where=name, next_step="send fewer")
    return list(found.values())


# Keys


def held(contact: Contact, column: str) -> set[str]:
    """What a person has for a column of voters, as keys compare it."""
    name = {"first_name": "firstName", "last_name": "lastName", "middle_name": "middleName",
            "birth_date": "dateOfBirth"}.get(column)  # fmt: skip
    if name is not None:
        values = [contact.known.get(name)]
    else:
        items, part = _PARTS[column]
        values = [one.get(part) for one in getattr(contact, items)]
    return {bare for value in values if value and (bare := plain(column, str(value)))}


_PARTS = {
    "email": ("emails", "email"), "phone": ("phones", "phoneNumber"),
    "residence_zip5": ("addresses", "zipOrPostalCode"), "residence_line1": ("addresses", "addressLine1"),
    "residence_city": ("addresses", "city"), "residence_state": ("addresses", "stateOrProvince"),
}  # fmt: skip


def named(values: Mapping[str, str]) -> str:
    parts = [plain(one, values[one]) for one in ("last_name", "first_name", "residence_zip5")]
    return "|".join(parts) if all(parts) else ""


def identifier_kind(kind: str) -> str:
    return f"id:{kind.strip().lower()}"[:48]


def keys(contact: Contact) -> set[tuple[str, str]]:
    """Every key of a person: kind and value."""
    first, last = (plain("last_name", contact.known.get(one, "")) for one in ("firstName", "lastName"))
    named = {("last", last), ("first", first)}
    if first and last:
        named |= {("named", f"{last}|{first}|{zip5}") for zip5 in held(contact, "residence_zip5")}
    each = {(column, value) for column in ("email", "phone") for value in held(contact, column)}
    ids = {(identifier_kind(one["type"]), one["externalId"].lower()) for one in contact.identifiers}
    return {(kind, value[:400]) for kind, value in named | each | ids if value}
