"""What lists call their columns: names, in letters, and the role that each says (headers.csv)."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files as resources

from .table_shape import letters

ROLES: dict[str, str] = {
    "voter_id": "the state's id of the voter",
    "first_name": "first name",
    "middle_name": "middle name or initial",
    "last_name": "last name",
    "suffix": "Jr, Sr, II and the like",
    "full_name": "the whole name in one cell",
    "birth_date": "date of birth",
    "birth_year": "year of birth",
    "age": "age in years",
    "sex": "sex",
    "address": "house number and street",
    "unit": "apartment or unit",
    "house_number": "house number alone",
    "street_name": "street alone",
    "city": "city",
    "state": "state",
    "zip": "ZIP code",
    "place": "city, state and ZIP in one cell",
    "full_address": "the whole address in one cell",
    "county": "county",
    "phone": "phone number",
    "email": "e-mail address",
    "optout": "asks to be left alone everywhere: yes or no",
    "optout_phone": "asks not to be called",
    "optout_text": "asks for no text messages",
    "optout_email": "asks for no e-mails",
    "optout_mail": "asks for no letters",
    "optout_door": "asks for nobody at the door",
    "outcome": "what became of a call: wrong number, disconnected, moved",
    "fact": "kept as a fact of its own",
    "household_fact": "kept as a fact of the household",
    "leave": "kept with the row, used for nothing",
}
"""Every role that a column may have."""

OPTOUTS = {"optout": "all"} | {
    f"optout_{channel}": channel for channel in ("phone", "text", "email", "mail", "door")
}
"""Roles of opt-outs -> the channel on which somebody asks to be left alone."""

SEVERAL = frozenset({"phone", "email", "fact", "household_fact", "leave", *OPTOUTS})
"""Roles that more than one column may have."""

_NOISE = frozenset(
    {
        "donor", "voter", "contact", "contributor", "primary", "res", "residence", "residential", "home",
        "mail", "mailing", "legal", "current", "my", "your", "please", "enter", "the", "of", "person",
        "member", "customer", "supporter", "signer", "constituent", "client", "registrant", "owner",
        "preferred", "best", "main", "permanent", "physical",
    }
)  # fmt: skip
"""Words in a column's name that only say whose it is."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@cache
def words() -> dict[str, str]:
    """A column's name in letters -> the role that it says."""
    text = (resources(__package__) / "headers.csv").read_text("utf-8")
    found: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        for name in row["words"].split("|"):
            found.setdefault(letters(name), row["role"])
    return found


def known_words() -> frozenset[str]:
    """Names that a header may hold, in letters."""
    return frozenset(words())


def role_said(name: str) -> str | None:
    """The role that a column's name says; None where it says none of them.

    Words that only say whose it is do not count: "Donor First Name", "Mailing Zip". So does a number behind
    it: "Phone (2)", "Address 1".
    """
    dictionary = words()
    if role := dictionary.get(letters(name)):
        return role
    parts = words_of(name)
    while parts and parts[-1].isdigit():
        parts.pop()
    kept = [word for word in parts if word not in _NOISE]
    return dictionary.get("".join(parts)) or dictionary.get("".join(kept))


def words_of(name: str) -> list[str]:
    """The words of a column's name, in small letters: two of "RegZip" and of "REG_ZIP"."""
    return [word.casefold() for word in _WORD.findall(name)]
