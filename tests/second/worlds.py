"""Worlds drawn at random: rolls, agreements as signed JSON, events, law, lists, and questions about them.

One seed gives one world. Nothing in it is anybody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from drawn import FIELDS, KINDS, PURPOSES, RECIPIENT, SPLIT, STATES, Clerk
from drawn_law import law_of, made_law
from drawn_lives import agreements
from drawn_overrides import overrides
from drawn_rolls import districts, history, voters
from second_shapes import Asked, Owner, Row

from commonroll.roll.schema import COLUMNS

# A condition of a question: its text, the field it compares, whether it only asks for presence, its meaning
ABOUT: tuple[tuple[str, str, bool, Any], ...] = (
    ("", "", False, None),
    ("party = 'DEM'", "party", False, lambda v: v == "DEM"),
    ("NOT party = 'DEM'", "party", False, lambda v: v is not None and v != "DEM"),
    ("party IS NULL", "party", True, lambda v: v is None),
    ("status = 'removed'", "status", False, lambda v: v == "removed"),
    ("phone IS NOT NULL", "phone", True, lambda v: v is not None),
    ("phone LIKE '%01%'", "phone", False, lambda v: v is not None and "01" in v),
    ("birth_date >= '1985-06-15'", "birth_date", False, lambda v: v is not None and v >= date(1985, 6, 15)),
    ("NOT age >= 60", "age", False, lambda v: v is not None and v < 60),
    ("county_fips IN ('39001', '39005')", "county_fips", False, lambda v: v in ("39001", "39005")),
    ("voted('2024-11-05')", "voted", False, None),
)


@dataclass(frozen=True)
class World:
    """One draw: `seed` makes it again; `moments` are those at which something begins or ends."""

    seed: int
    owners: tuple[Owner, ...]
    moments: tuple[datetime, ...]


Roll = tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]
"""Voters, districts, history of one owner."""

EVERYTHING = frozenset(
    name for name, column in COLUMNS.items() if column.table in ("voters", "districts", "history")
)


def roll(clerk: Clerk, rows: int) -> Roll:
    people = voters(clerk, rows)
    return people, districts(clerk, people), history(clerk, people)


def world(seed: int, rolls: Mapping[str, Roll]) -> World:
    """Agreements, law and lists over these rolls."""
    clerk = Clerk(seed)
    # election day ends at midnight: from then on the next one decides who is 18
    moments = tuple(sorted({datetime(2026, 11, 4, tzinfo=UTC), *(_moment(clerk) for _ in range(5))}))
    owners = tuple(_owner(clerk, key, rolls[key], moments) for key in sorted(rolls))
    return World(seed, owners, moments)


def _moment(clerk: Clerk) -> datetime:
    return datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=clerk.random.randrange(15_000_000))


def _owner(clerk: Clerk, key: str, of: Roll, moments: Sequence[datetime]) -> Owner:
    people, lives, voted = of
    state = clerk.one(STATES)
    rules, days, own = law_of(state)
    ids = [row["state_voter_id"] for row in people]
    channels = ("", "phone", "text", "email", "door", "mail")
    signed = agreements(clerk, key, moments)
    own, pack = own if clerk.chance(0.25) else made_law(clerk), f"law:us-{state.lower()}:2026.1"
    published = EVERYTHING - ({f"voters.{clerk.one(FIELDS)}"} if clerk.chance(0.3) else set())
    return Owner(
        key=key,
        state=state,
        protected=clerk.one(("flagged", "flagged", "withheld", "unstated")),
        statement=clerk.chance(0.7),
        published=frozenset(published),
        law=rules,
        own_law=own,
        pack=pack,
        elections=days,
        agreements=signed,
        suppressed=frozenset((clerk.one(ids), clerk.one(channels)) for _ in range(clerk.one((0, 2, 5)))),
        voters=people,
        districts=lives,
        history=voted,
        floor=clerk.near(moments) if clerk.chance(0.25) else None,
        aside=overrides(clerk, key, pack, own, signed, moments),
        suspended=clerk.chance(0.05),
    )


def question(clerk: Clerk, made: World) -> tuple[Asked, str, Any]:
    """A question of the recipient, or of an owner about its own rows; the text of its condition, and the
    condition's meaning over the value that is seen."""
    moments = made.moments
    mode = clerk.one(("view", "view", "contact", "export", "count"))
    purpose = clerk.one((*PURPOSES[:1] * 5, *PURPOSES))
    about = clerk.one((ABOUT[0],) * 6 + ABOUT[1:])
    fields = clerk.random.sample(SPLIT if mode == "count" else FIELDS, clerk.one((1, 1, 2, 3)))
    asked = Asked(
        clerk.one(made.owners).key if clerk.chance(0.05) else RECIPIENT,
        clerk.one(KINDS),
        purpose,
        mode,
        clerk.near(moments[1:-1] * 3 + moments),
        tuple(fields),
        about[1],
        about[2],
        clerk.chance(0.04),
    )
    return asked, about[0], about[3]
