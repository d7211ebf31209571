"""Whose ballot is back today: nobody rings there for a vote any more (`behind.Doors.dropped`)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import date
from functools import lru_cache

from commonroll.roll.engine import engine
from commonroll.roll.schema import BALLOTS
from commonroll.roll.vault.vault import Vault
from commonroll.server.home import Home
from commonroll.views.ballot_words import VOTED


def voted(home: Home, owner: str, ids: Iterable[str], day: date) -> frozenset[str]:
    """Those of an owner's voters `ids` whose ballot for an election of `day` or later is back and not known
    to be lost, by the newest snapshot."""
    vault = Vault(home.vaults, owner)
    head = vault.current()
    if head is None or not head.rows.get(BALLOTS.name):
        return frozenset()
    with vault.lease(head):
        return _voted(vault.files(head, BALLOTS.name), tuple(sorted(ids)), day)


@lru_cache(maxsize=512)
def _voted(files: tuple[str, ...], ids: tuple[str, ...], day: date) -> frozenset[str]:
    # a turf asks with every answer to its phones, and a snapshot's files never change
    asked = """
        SELECT state_voter_id FROM read_parquet($files)
        WHERE
            election_date >= $day AND list_contains($voted, status)
            AND state_voter_id IN (SELECT unnest($ids))"""
    with closing(engine()) as con:
        given = {"files": list(files), "ids": list(ids), "voted": list(VOTED), "day": day}
        return frozenset(str(one) for (one,) in con.execute(asked, given).fetchall())
