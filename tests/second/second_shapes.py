"""What the second opinion decides about: owners, their agreements as signed, questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Row = Mapping[str, Any]
Rule = Mapping[str, Any]


class _Hidden:
    def __repr__(self) -> str:
        return "HIDDEN"


HIDDEN = _Hidden()
"""The answer where the recipient may not look: neither a value nor its absence."""


@dataclass(frozen=True)
class Key:
    """A member's key in the register: it signs from `since`, to the second `retired`, until `withdrawn`."""

    vkey: str
    since: datetime
    withdrawn: datetime | None = None
    retired: datetime | None = None


@dataclass(frozen=True)
class Said:
    """An event as it came in: its bytes, its note, and when."""

    document: bytes
    note: str
    arrived: datetime


@dataclass(frozen=True)
class Signed:
    """An agreement as both parties keep it, and what was said of it, in the order in which it came in."""

    document: bytes
    note: str
    owner_key: Key
    recipient_key: Key
    node_vkey: str
    said: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Aside:
    """An override of law as it was kept: its bytes, its note, and the key that its owner signs with."""

    document: bytes
    note: str
    vkey: str


@dataclass(frozen=True, eq=False)
class Owner:
    """One owner: its agreements, what its state's file says of itself, the law over it, and who is left out.

    `law` are the rules that nobody sets aside, federal ones and the default, as their files hold them,
    `own_law` those of its state's pack, whose name and version is `pack`, `aside` what it signed about them.
    `elections` are the days on which its voters vote, `suppressed` pairs of an id and a channel ("" is every
    one), `published` the columns that its state publishes, `floor` the last time in its log, `suspended`
    whether the federation suspends it now.
    """

    key: str
    state: str
    protected: str
    statement: bool
    published: frozenset[str]
    law: tuple[Rule, ...]
    own_law: tuple[Rule, ...]
    pack: str
    elections: tuple[date, ...]
    agreements: tuple[Signed, ...]
    suppressed: frozenset[tuple[str, str]]
    voters: tuple[Row, ...]
    districts: tuple[Row, ...]
    history: tuple[Row, ...]
    floor: datetime | None = None
    aside: tuple[Aside, ...] = ()
    suspended: bool = False


@dataclass(frozen=True)
class Asked:
    """A question: who asks, for what, how, when, of which columns (bare names), about whom.

    `fields` are shown (in lists) or split by (in counts). `about` is a column (bare, or `voted`) that the
    condition compares, `presence` whether it only asks if there is a value. `suspended`: whether the
    federation suspends who asks now.
    """

    recipient: str
    kind: str
    purpose: str
    mode: str
    clock: datetime
    fields: tuple[str, ...]
    about: str = ""
    presence: bool = False
    suspended: bool = False
