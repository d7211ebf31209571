"""What a view reads of one owner: files of a snapshot, what its state publishes, who is left out today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

import pyarrow as pa

from commonroll.roll.layout.shape import Layout, Protected

PLACES = "places"
"""Folder of a vault: for each snapshot the addresses and households of its voters."""

SAYS_LEAST: tuple[Protected, ...] = get_args(Protected)
"""What a file says of protected voters, the most first: marked, withheld, nothing."""


@dataclass(frozen=True)
class OwnerTables:
    """What a view needs to read one owner: files of one snapshot, and who is left out of it today.

    `files`: table -> Parquet files (the roll tables of the snapshot, the event tables as they stand);
    at least one file per table, which may hold no rows. `published`: qualified columns that the state
    publishes at all. `statement`: the owner's signed statement that unknown means unprotected.
    `suppressed`: Arrow table state_voter_id, reason, channel ('' = every read). `adults`: whether the files
    let anybody be known to be 18, by a birth, an age, or the law they were registered under. `made_on`: the
    day of the snapshot. `places`: Parquet of the snapshot's addresses and households, where they were made.
    """

    member: str
    state: str
    snapshot: int
    files: Mapping[str, tuple[str, ...]]
    published: frozenset[str]
    protected: Protected
    statement: bool
    suppressed: pa.Table
    adults: bool = True
    made_on: date | None = None
    places: str | None = None


def protected(keys: Sequence[str], layouts: Iterable[Layout]) -> Protected:
    """How the layouts of the registration files treat protected voters: of several, the one that says least.

    `keys`: those that a snapshot was read with; `layouts`: those known today. Unstated where none was read,
    and where the layout is not here any more.
    """
    known = {one.key: one.protected for one in layouts}
    stated = [known.get(key) or "unstated" for key in keys if ".registration" in key]
    return max(stated, key=SAYS_LEAST.index, default="unstated")


def adults(keys: Sequence[str], layouts: Iterable[Layout]) -> bool:
    """Whether the layouts of the registration files let anybody be known to be 18. A layout that is not here
    any more is taken to: the roll says of each voter."""
    known = {one.key: one for one in layouts}
    read = [known.get(key) for key in keys if ".registration" in key]
    return any(one is None or one.adults is not None or one.has_births for one in read) or not read
