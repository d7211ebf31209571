"""One of the member's own people as the API's Person: every key in every answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from commonroll.server.models import Contact
from commonroll.server.van.contact_body import VOTER_ID
from commonroll.server.van.person import KEYS, SUPPRESSIONS

Statuses = Mapping[tuple[str, str], bool]
"""Whether a number or an e-mail asked to stop: by channel (phone, text, email) and its text."""

CHANNELS = (
    ("phones", "phoneNumber", "phone"),
    ("phones", "phoneNumber", "text"),
    ("emails", "email", "email"),
)
"""List of a person, the part of its items that is asked about, and the channel."""

PREFERENCES = ("nickname", "website", "contactMethodPreferenceCode", "jobTitle")


def person(
    contact: Contact, expanded: Collection[str], stopped: Statuses, voter: int | None,
    notes: Sequence[Mapping[str, Any]] = (), codes: Sequence[Mapping[str, Any]] = (),
    custom: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    """The Person of a contact; `expanded` are sections in lower case, `voter` its VAN id in MyVoters."""
    known = contact.known
    told: dict[str, Any] = dict.fromkeys(KEYS)
    hidden = () if "preferences" in expanded else PREFERENCES
    told |= {name: value for name, value in known.items() if name in told and name not in hidden}
    born = known.get("dateOfBirth")
    organized = known.get("organizationContactOfficialName") and not known.get("lastName")
    told |= {
        "vanId": contact.number,
        "contactMode": "Organization" if organized else "Person",
        "contactSource": contact.member.name,
        "dateOfBirth": f"{born}T00:00:00Z" if born else None,
        "isDeceased": False,
        "dateCreated": contact.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    sections: Mapping[str, tuple[str, Callable[[], Any]]] = {
        "phones": ("phones", lambda: [_phone(one, stopped) for one in contact.phones]),
        "emails": ("emails", lambda: [_email(one, stopped) for one in contact.emails]),
        "addresses": ("addresses", lambda: [_address(one) for one in contact.addresses]),
        "recordedaddresses": ("recordedAddresses", lambda: [_address(one) for one in contact.addresses]),
        "externalids": ("identifiers", lambda: _identifiers(contact, voter)),
        "suppressions": ("suppressions", lambda: _suppressions(contact, stopped)),
        "notes": ("notes", lambda: list(notes)),
        "codes": ("codes", lambda: list(codes)),
        "customfields": ("customFields", lambda: list(custom)),
        "districts": ("districts", list),
        "customproperties": ("customProperties", list),
    }
    return told | {key: made() for name, (key, made) in sections.items() if name in expanded}


def _phone(one: Mapping[str, Any], stopped: Statuses) -> dict[str, Any]:
    number = one["phoneNumber"]
    return {
        "phoneId": one["phoneId"], "phoneNumber": number, "ext": one.get("ext"),
        "dateCreated": one["dateCreated"], "phoneType": one.get("phoneType") or "Home",
        "isPreferred": bool(one.get("isPreferred")),
        "smsOptInStatus": "O" if stopped.get(("text", number)) else "U",
        "phoneOptInStatus": "O" if stopped.get(("phone", number)) else "U",
        "isCellStatus": None, "dialingPrefix": one.get("dialingPrefix") or "1",
        "countryCode": one.get("countryCode") or "US",
    }  # fmt: skip


def _email(one: Mapping[str, Any], stopped: Statuses) -> dict[str, Any]:
    return {
        "email": one["email"], "type": one.get("type") or "P", "isPreferred": bool(one.get("isPreferred")),
        "isSubscribed": False if stopped.get(("email", one["email"])) else one.get("isSubscribed"),
        "dateCreated": one["dateCreated"],
    }  # fmt: skip


def _address(one: Mapping[str, Any]) -> dict[str, Any]:
    parts = ("addressLine1", "addressLine2", "addressLine3", "city", "stateOrProvince", "zipOrPostalCode")
    said = {part: one.get(part) for part in parts}
    return {
        "addressId": one["addressId"], **said, "geoLocation": None,
        "countryCode": one.get("countryCode") or "US",
        "preview": " ".join(str(value) for value in said.values() if value),
        "type": one.get("type") or "Home", "isPreferred": bool(one.get("isPreferred")), "streetAddress": None,
        "displayMode": "AsEntered",
    }  # fmt: skip


def _identifiers(contact: Contact, voter: int | None) -> list[dict[str, str]]:
    mine = [{"type": one["type"], "externalId": one["externalId"]} for one in contact.identifiers]
    return mine + ([{"type": VOTER_ID, "externalId": str(voter)}] if voter else [])


def _suppressions(contact: Contact, stopped: Statuses) -> list[dict[str, str]]:
    """Channels that no number or e-mail of the person is open on."""
    found = []
    for items, part, channel in CHANNELS:
        texts = [one[part] for one in getattr(contact, items)]
        if channel in SUPPRESSIONS and texts and all(stopped.get((channel, text)) for text in texts):
            code, name = SUPPRESSIONS[channel]
            found.append({"suppressionCode": code, "suppressionName": name})
    return found
