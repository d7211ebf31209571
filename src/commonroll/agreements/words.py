"""Words of agreements in plain English: columns, days, numbers, lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from commonroll.agreements.profile import PURPOSES, Mask

MASK_WORDS: Mapping[Mask, str] = {
    "null": "never shown",
    "year": "as the year alone",
    "decade": "as a decade",
    "zip3": "as its first three digits",
    "last4": "as its last four characters",
    "bucket10": "in tens",
    "marked": "marked",
    "token": "as a pseudonym of this agreement",
    "initial": "as its first letter",
}
_SMALL = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_LABELS = {
    "persons.person_id": "one pseudonym for each person, across owners that share it",
    "voters.county_fips": "county code",
    "voters.state_voter_id": "state voter id",
    "voters.county_voter_id": "county voter id",
}
_TABLES = {"voters": "", "history": "vote history: ", "ballots": "ballots: ", "districts": "districts: ",
           "responses": "answers: ", "optouts": "opt-outs: "}  # fmt: skip


def spoken(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}"


def label(column: str) -> str:
    """A qualified column in words: `birth year`, `vote history: method`, `facts: turnout score`."""
    table, _, name = column.partition(".")
    return _LABELS.get(column) or _TABLES.get(table, f"{table}: ") + name.replace("_", " ")


def day(moment: datetime) -> str:
    """`1 December 2026`, with the time of day (UTC) where it is not midnight."""
    text = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return (
        text if (moment.hour, moment.minute, moment.second) == (0, 0, 0) else f"{text}, {moment:%H:%M:%S} UTC"
    )


def named(name: str) -> str:
    """A column, purpose or mode in words."""
    return label(name) if "." in name else PURPOSES.get(name, name)


def days(time: timedelta) -> str:
    """`7 days`"""
    return counted(time.days, "day")


def counted(number: int, unit: str) -> str:
    """`1 day`, `7 days`"""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def small(count: int) -> str:
    """`four`, `300`"""
    return _SMALL[count] if count < len(_SMALL) else f"{count:,}"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."
