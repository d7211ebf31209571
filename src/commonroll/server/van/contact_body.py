"""What a body says of one of the member's own people, read with the place of whatever is wrong."""

from __future__ import annotations

from typing import Any

from commonroll.roll.lookup.keys import plain
from commonroll.server.actions.contact_parts import Items
from commonroll.server.actions.contacts import Told
from commonroll.server.van.errors import invalid
from commonroll.server.van.given import MOST, Given

TEXTS = (
    "firstName", "middleName", "lastName", "suffix", "title", "salutation", "formalSalutation",
    "additionalSalutation", "preferredPronoun", "namePronunciation", "envelopeName", "formalEnvelopeName",
    "additionalEnvelopeName", "contactMethodPreferenceCode", "assistantName", "nickname", "website",
    "professionalSuffix", "party", "employer", "occupation", "jobTitle", "organizationContactCommonName",
    "organizationContactOfficialName",
)  # fmt: skip
"""Keys of a Person that are texts, and may be written."""

NAMES = TEXTS[:14]
MOST_TEXT = 200

PHONE_TYPES = {"c": "Cell", "h": "Home", "w": "Work", "m": "Main", "f": "Fax"}
EMAIL_TYPES = ("P", "W", "O", "Personal", "Work", "Other")
ADDRESS_TYPES = ("Home", "Mailing", "Voting", "Work", "Other", "Custom")
VOTER_ID = "votervanid"
"""The type of identifier that says which voter a person is: the key's own VAN id in MyVoters."""


def told(body: Given) -> Told:
    """What a match candidate says; the voter that it may name is not looked up here."""
    known = {name: said for name in TEXTS if (said := body.text(name, most=MOST_TEXT))}
    if sex := body.word("sex", ("M", "F", "U")):
        known["sex"] = sex
    if born := body.day("dateOfBirth"):
        known["dateOfBirth"] = born.isoformat()
    return Told(
        known=known,
        emails=[_email(one) for one in body.objects("emails")] + _single(body, "email"),
        phones=[_phone(one) for one in body.objects("phones")] + _single(body, "phoneNumber"),
        addresses=[found for one in body.objects("addresses") if (found := _address(one))],
        identifiers=[one for one in _identifiers(body) if one["type"].lower() != VOTER_ID],
    )


def names(body: Given) -> Told:
    """The names of a body alone."""
    return Told(known={name: said for name in NAMES if (said := body.text(name, most=MOST_TEXT))})


def voter_of(body: Given) -> str:
    """The VAN id of the voter that a person is; empty where none is named."""
    said = (one["externalId"] for one in _identifiers(body) if one["type"].lower() == VOTER_ID)
    return next(said, "")


def _single(body: Given, name: str) -> Items:
    """Clients send one e-mail or number also beside the lists."""
    if not body.has(name):
        return []
    return [_email(body)] if name == "email" else [_phone(body)]


def _email(one: Given) -> dict[str, Any]:
    said = one.text_needed("email", most=254)
    name, at, host = said.partition("@")
    if not (name and at and "." in host and "@" not in host) or any(map(str.isspace, said)):
        raise invalid("'email' is no e-mail address.", one.at("email"), hint="name@example.org")
    kind = one.word("type", EMAIL_TYPES, "P") if one.place else "P"
    preferred = one.flag("isPreferred") if one.has("isPreferred") else None
    subscribed = one.flag("isSubscribed") if one.has("isSubscribed") else None
    return {"email": said, "type": kind[0], "isPreferred": preferred, "isSubscribed": subscribed}


def _phone(one: Given) -> dict[str, Any]:
    said = one.text_needed("phoneNumber", most=40)
    digits = "".join(each for each in said if each.isascii() and each.isdecimal())
    if not 10 <= len(digits) <= 15 or len(said) > len(digits) + 15:
        raise invalid("'phoneNumber' is no phone number.", one.at("phoneNumber"), hint="10 to 15 digits")
    kinds = {**{kind.lower(): kind for kind in PHONE_TYPES.values()}, **PHONE_TYPES}
    kind = one.text("phoneType", most=20)
    if kind and kind.lower() not in kinds:
        raise invalid(
            "'phoneType' has no such value.", one.at("phoneType"), hint=", ".join(PHONE_TYPES.values())
        )
    if digits.startswith("1") and len(digits) == 11:
        digits = digits[1:]
    return {
        "phoneNumber": digits, "phoneType": kinds.get(kind.lower()), "ext": one.text("ext", most=10) or None,
        "isPreferred": one.flag("isPreferred") if one.has("isPreferred") else None,
        "smsOptInStatus": one.word("smsOptInStatus", ("I", "O", "U")) or None,
        "dialingPrefix": one.text("dialingPrefix", most=5) or None,
        "countryCode": one.text("countryCode", most=2).upper() or None,
    }  # fmt: skip


def _address(one: Given) -> dict[str, Any] | None:
    parts = ("addressLine1", "addressLine2", "addressLine3", "city", "stateOrProvince", "zipOrPostalCode")
    said: dict[str, Any] = {part: one.text(part, most=MOST_TEXT) or None for part in parts}
    kind = one.word("type", ADDRESS_TYPES)
    preferred = one.flag("isPreferred") if one.has("isPreferred") else None
    country = one.text("countryCode", most=2).upper()
    if not any(plain("city", value) for value in said.values() if value):
        return None
    return said | {"countryCode": country or "US", "type": kind or "Home", "isPreferred": preferred}


def _identifiers(body: Given) -> Items:
    return [
        {
            "type": one.text_needed("type", most=40),
            "externalId": one.text_needed("externalId", most=100),
        }
        for one in body.objects("identifiers")
    ]


def number(body: Given) -> int | None:
    """The `vanId` of a body."""
    return body.integer("vanId", least=1, most=MOST)
