"""The closed vocabulary of `urn:commonroll:profile:agreement:3`, :2 and :1, and an agreement's terms, typed.

Profile of an ODRL 2.2 Agreement (W3C, 2018) inside the Dataspace Protocol 2025-1. Whatever is not listed here
is not a term: the parser refuses it. Documents of version 1 keep their bytes and their meaning; what version
2 added is refused in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from commonroll.agreements.universe import Universe
from commonroll.roll.counties import all_states
from commonroll.roll.schema import CLASSES, DISTRICT_TYPES, GRANTABLE, SCOPE_COLUMNS

Version = Literal[1, 2, 3]
PROFILES: Mapping[Version, str] = {
    1: "urn:commonroll:profile:agreement:1",
    2: "urn:commonroll:profile:agreement:2",
    3: "urn:commonroll:profile:agreement:3",
}
GROUP_URN = "urn:commonroll:group:"
MEMBER_URN = "urn:commonroll:member:"
DATASET_URN = "urn:commonroll:dataset:"

PURPOSES: Mapping[str, str] = {
    "ads": "ads",
    "fundraising": "fundraising",
    "gotv": "get out the vote",
    "hygiene": "list hygiene",
    "list-building": "list building",
    "mail": "mail",
    "persuasion": "persuasion",
    "research": "research",
    "volunteer": "volunteer recruitment",
}
"""Every purpose and its name in plain English. There is none for challenging voters."""

CARRIERS: Mapping[str, str] = {"ads": "audience file", "mail": "mail file"}
"""Purposes whose rows leave in one kind of file alone, for a cause that the same agreement grants too."""

CAUSES = ("fundraising", "gotv", "list-building", "persuasion", "volunteer")
"""What a file of CARRIERS can be for."""

PURPOSES_OF: Mapping[Version, tuple[str, ...]] = {
    1: tuple(name for name in PURPOSES if name not in CARRIERS),
    2: tuple(PURPOSES),
    3: tuple(PURPOSES),
}

Mode = Literal["count", "view", "contact", "export"]
MODES: Mapping[str, str] = {
    "count": "counts, crosstabs and maps",
    "view": "lists on a screen",
    "contact": "walk and call lists worked inside Commonroll",
    "export": "rows that leave, as a file or a share",
}

Mask = Literal[
    "plain", "null", "year", "decade", "zip3", "last4", "bucket10", "marked", "token", "initial"
]  # fmt: skip
MASKS: tuple[Mask, ...] = get_args(Mask)
MASKS_OF: Mapping[Version, tuple[Mask, ...]] = {1: MASKS[:-1], 2: MASKS, 3: MASKS}

PROHIBITIONS = ("distribute", "sell", "transfer", "cr:commercialUse", "cr:removeMarks", "cr:reidentify")
RETURNED_TABLES = ("attempts", "optouts", "responses")
"""What comes back under every agreement."""
ANSWERS = "responses"
FOUND_OUT = ("addresses", "bounces")
"""What else comes back where it is agreed."""
MADE = ("lists", "scores", "scripts")
"""What a recipient made of its own and hands over where it is agreed, from version 3 on."""
WAITING = frozenset((ANSWERS, *MADE))
"""What waits for the day that the terms name; it stands where these stand."""
RETURNABLE: Mapping[Version, tuple[str, ...]] = {
    1: RETURNED_TABLES,
    2: tuple(sorted((*RETURNED_TABLES, *FOUND_OUT))),
    3: tuple(sorted((*RETURNED_TABLES, *FOUND_OUT, *MADE))),
}
"""What can come back by a version. A text of an earlier one never means what a later one added."""

Channel = Literal["any", "door", "phone", "text", "mail", "email"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

DISTRICT = "district/"
ROW_LIMITS: Mapping[Version, tuple[str, ...]] = {
    1: SCOPE_COLUMNS,
    2: (*SCOPE_COLUMNS, "state", *(DISTRICT + kind for kind in DISTRICT_TYPES)),
    3: (*SCOPE_COLUMNS, "state", *(DISTRICT + kind for kind in DISTRICT_TYPES)),
}
"""What rows can be limited by: columns of `voters`, and `district/<type>` for any district of that type."""
MEMBER_KEY = re.compile(r"[a-z][a-z0-9-]{1,30}")
WHOLE_FILE = "member"
PERSON = "persons.person_id"
"""The column that makes one person's rows known as such, by a pseudonym of the recipient's own."""


@dataclass(frozen=True)
class ContactQuota:
    """At most `count` contacts by `channel` per `voter` or `household` within any `days` days."""

    count: int
    per: Literal["voter", "household"]
    days: int
    channel: Channel = "any"


@dataclass(frozen=True)
class Price:
    """US cents that the recipient owes once, within `days` days of the day from which the terms hold."""

    cents: int
    days: int


@dataclass(frozen=True)
class Terms:
    """The terms of one agreement.

    `owner` and `recipient` are member keys, `columns` and the keys of `masks` qualified (`voters.party`).
    `rows` maps what ROW_LIMITS names to the values that a row must have, all of them at once; empty is the
    whole file. `universe` limits the rows further. Instants are aware, UTC, whole seconds; in force is
    `start <= now < until`. `contact` is empty where nobody is contacted and nothing exported. `returns` maps
    what comes back to days, which for WAITING count from `release` where it is later. Names are sorted and
    unique. Version 3 says what 2 says and may name MADE in `returns`.

    Version 1 exports `rows_per_export` rows `exports_per_day` times a day (UTC), version 2 `rows_per_day` or,
    `export_free`, any number; all are 0 or false where nothing is exported. `approval`: each export waits for
    the owner's word. `group` names the group whose common text this is, `onward` the members to whom the
    recipient may license on. `royalty_percent` is due to the owner on any paid or onward licence. In
    `blackout` (from, until) a revocation for convenience takes no effect. `governing_law` is a state, "" in
    version 1, which did not say.
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
    contact: tuple[ContactQuota, ...]
    law_packs: tuple[str, ...]
    returns: Mapping[str, int]
    delete_within_days: int
    breach_within_hours: int
    notice_days: int
    profile: Version = 2
    rows_per_export: int = 0
    exports_per_day: int = 0
    rows_per_day: int = 0
    export_free: bool = False
    approval: bool = False
    universe: Universe | None = None
    group: str | None = None
    onward: tuple[str, ...] = ()
    price: Price | None = None
    royalty_percent: int = 0
    credit: bool = False
    appeal_days: int = 0
    blackout: tuple[datetime, datetime] | None = None
    governing_law: str = ""
    release: date | None = None


def version_for(returns: Iterable[str]) -> Version:
    """The earliest version that new terms with these returns can be written in."""
    return 3 if set(MADE) & set(returns) else 2


def answers_within(days: int) -> dict[str, int]:
    """What comes back under every agreement, within `days` days."""
    return dict.fromkeys(RETURNED_TABLES, days)


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
    if column == "state":
        return value in all_states()
    if column.startswith(DISTRICT):
        return 0 < len(value) <= 64 and value.isprintable() and value == value.strip()
    closed = GRANTABLE[f"voters.{column}"].values
    if closed is not None:
        return value in closed
    if column == "county_fips":
        return re.fullmatch(r"[0-9]{5}", value) is not None
    if column == "precinct":
        return 0 < len(value) <= 64 and value.isprintable() and value == value.strip()
    return re.fullmatch(r"0|[1-9][0-9]{0,3}[A-Z]?|[A-Z][A-Z0-9 .&/-]{0,30}", value) is not None
