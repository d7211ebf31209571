"""The closed vocabulary of `urn:commonroll:profile:agreement:1`, and an agreement's terms as typed values.

Profile of an ODRL 2.2 Agreement (W3C, 2018) inside the Dataspace Protocol 2025-1. Whatever is not listed here
is not a term: the parser refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from commonroll.roll.schema import CLASSES, GRANTABLE

PROFILE = "urn:commonroll:profile:agreement:1"
MEMBER_URN = "urn:commonroll:member:"
DATASET_URN = "urn:commonroll:dataset:"

PURPOSES: Mapping[str, str] = {
    "fundraising": "fundraising",
    "gotv": "get out the vote",
    "hygiene": "list hygiene",
    "list-building": "list building",
    "persuasion": "persuasion",
    "research": "research",
    "volunteer": "volunteer recruitment",
}
"""Every purpose and its name in plain English. There is none for challenging voters."""

Mode = Literal["count", "view", "contact", "export"]
MODES: Mapping[str, str] = {
    "count": "counts, crosstabs and maps",
    "view": "lists on a screen",
    "contact": "walk and call lists worked inside Commonroll",
    "export": "rows that leave, as a file or a share",
}

Mask = Literal["plain", "null", "year", "decade", "zip3", "last4", "bucket10", "marked", "token"]
MASKS: tuple[Mask, ...] = get_args(Mask)

PROHIBITIONS = ("distribute", "sell", "transfer", "cr:commercialUse", "cr:removeMarks", "cr:reidentify")
RETURNED_TABLES = ("attempts", "optouts", "responses")
MEMBER_KEY = re.compile(r"[a-z][a-z0-9-]{1,30}")
WHOLE_FILE = "member"
PERSON = "persons.person_id"
"""The column that makes one person's rows known as such, by a pseudonym of the recipient's own."""


@dataclass(frozen=True)
class ContactQuota:
    """At most `count` contacts per `voter` or `household` within any `days` days."""

    count: int
    per: Literal["voter", "household"]
    days: int


@dataclass(frozen=True)
class Terms:
    """The terms of one agreement.

    `owner` and `recipient` are member keys, `columns` and the keys of `masks` qualified (`voters.party`).
    `rows` maps a column of SCOPE_COLUMNS to the values that a row must have, all columns at once; empty is
    the whole file. Instants are aware, UTC, whole seconds; in force is `start <= now < until`.
    `rows_per_export` and `exports_per_day` (UTC days) are 0 where nothing is exported; `contact` is None
    where nobody is contacted and nothing exported. Names are sorted and unique.
    """

    id: str
    owner: str
    recipient: str
    purposes: tuple[str, ...]
    modes: tuple[str, ...]
    columns: tuple[str, ...]
    masks: Mapping[str, Mask]
    rows: Mapping[str, tuple[str, ...]]
    start: datetime
    until: datetime
    timestamp: datetime
    rows_per_export: int
    exports_per_day: int
    contact: ContactQuota | None
    law_packs: tuple[str, ...]
    return_within_days: int
    delete_within_days: int
    breach_within_hours: int
    notice_days: int


def columns_of(classes: Iterable[str]) -> tuple[str, ...]:
    """The grantable columns of these classes today, qualified and sorted: the editor's shortcut.

    An agreement never names a class: it can grow after signing. A person's id, by which rows of several
    owners can be put together, is in no class and is named by itself. Raises KeyError on an unknown one.
    """
    wanted = set(classes)
    if unknown := wanted - CLASSES.keys():
        raise KeyError(sorted(unknown)[0])
    return tuple(sorted(q for q, column in GRANTABLE.items() if column.cls in wanted and q != PERSON))


def scope_value_fits(column: str, value: str) -> bool:
    """Whether `value` can limit rows by `column`: a county is five digits, a status one of the roll's.

    The empty text stands for "unknown" in a view and can never be granted.
    """
    closed = GRANTABLE[f"voters.{column}"].values
    if closed is not None:
        return value in closed
    if column == "county_fips":
        return re.fullmatch(r"[0-9]{5}", value) is not None
    if column == "precinct":
        return 0 < len(value) <= 64 and value.isprintable() and value == value.strip()
    return re.fullmatch(r"0|[1-9][0-9]{0,3}[A-Z]?|[A-Z][A-Z0-9 .&/-]{0,30}", value) is not None
