"""What a view reads of one owner: files of a snapshot, what its state publishes, who is left out today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from commonroll.roll import layout
from commonroll.roll.layout_shape import Protected


@dataclass(frozen=True)
class OwnerTables:
    """What a view needs to read one owner: files of one snapshot, and who is left out of it today.

    `files`: table -> Parquet files (the roll tables of the snapshot, the event tables as they stand);
    at least one file per table, which may hold no rows. `published`: qualified columns that the state
    publishes at all. `statement`: the owner's signed statement that unknown means unprotected.
    `suppressed`: Arrow table state_voter_id, reason, channel ('' = every read).
    """

    member: str
    state: str
    snapshot: int
    files: Mapping[str, tuple[str, ...]]
    published: frozenset[str]
    protected: Protected
    statement: bool
    suppressed: pa.Table


@lru_cache(maxsize=64)
def published(state: str) -> frozenset[str]:
    """Qualified columns that the state publishes at all."""
    return layout.published(state)


@lru_cache(maxsize=64)
def protected(layouts: tuple[str, ...]) -> Protected:
    """How the layout of the registration file treats protected voters; unstated where none was read."""
    for key in layouts:
        if key.endswith(".registration"):
            stated = layout.layout(key).protected
            return "unstated" if stated is None else stated
    return "unstated"
