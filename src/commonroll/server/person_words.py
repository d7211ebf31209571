"""One person in words: name, birth, address, and the columns by which it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from commonroll.roll.lookup.texts import ADDRESS, ID, NAMES, PHONE
from commonroll.roll.schema import COLUMNS
from commonroll.server.templatetags.pages import moment, party

LABELS: Mapping[str, str] = {
    "first_name": "first name", "middle_name": "middle name", "last_name": "last name",
    "residence_line1": "street", "residence_unit": "unit", "residence_city": "city", "residence_zip5": "ZIP",
    PHONE: "phone", ID: "state's id", "email": "e-mail", "county_voter_id": "county's id",
}  # fmt: skip

KINDS: Mapping[str, Sequence[str]] = {
    "names": NAMES, "addresses": ADDRESS, "phones": (PHONE,), "e-mails": ("email",),
    "ids": (ID, "county_voter_id"),
}  # fmt: skip
"""What a roll is looked through for, in words."""

FULL_NAME = ("name_prefix", "first_name", "middle_name", "last_name", "name_suffix")


def name(seen: Mapping[str, Any]) -> str:
    return " ".join(str(seen[column]) for column in FULL_NAME if seen.get(column))


def born(seen: Mapping[str, Any]) -> str:
    if seen.get("birth_year"):
        return str(seen["birth_year"])
    return f"{seen['age']} years old" if seen.get("age") else ""


def address(seen: Mapping[str, Any]) -> str:
    street = " ".join(str(seen[c]) for c in ("residence_line1", "residence_unit") if seen.get(c))
    place = " ".join(str(seen[c]) for c in ("residence_city", "residence_zip5") if seen.get(c))
    return ", ".join(part for part in (street, place) if part)


def spoken(column: str, value: Any) -> str:
    if isinstance(value, date):
        return moment(value)
    if column == "party":
        return party(value)
    return str(value).replace("_", " ") if COLUMNS[f"voters.{column}"].values else str(value)
