"""Indexes of voters that a request may use: those that are made already. The worker makes the others."""

from __future__ import annotations

import time

from django.db import transaction

from commonroll.roll.lookup.index import Index, index_of, is_made
from commonroll.roll.lookup.words import words_of
from commonroll.roll.vault.vault import OwnerTables, Vault
from commonroll.server import members
from commonroll.server.home import Home
from commonroll.server.van import ids


def index(home: Home, tables: OwnerTables) -> Index | None:
    """The index of these files of an owner's voters; None where it is not made yet."""
    vault, files = home.vaults / tables.member, tables.files.get("voters", ())
    salt = ids.salt(home, members.of_key(tables.member))
    return index_of(vault, tables.member, files, salt) if is_made(vault, files, salt) else None


def make(home: Home, owner: str) -> None:
    """Make what finds the voters of an owner's roll of today, where it is missing."""
    vault = Vault(home.vaults, owner)
    head = vault.current()
    files = vault.files(head, "voters") if head is not None else ()
    if files:
        index_of(vault.path, owner, files, ids.salt(home, members.of_key(owner)))
        words_of(vault.path, owner, files)


def make_aside(owner: str) -> None:
    """Have the worker make it; asked for again while it waits, it is made once all the same."""
    from commonroll.server import jobs

    if time.monotonic() - _asked.get(owner, -AGAIN) >= AGAIN:
        _asked[owner] = time.monotonic()
        transaction.on_commit(lambda: jobs.make_lookup.enqueue(owner))


AGAIN = 600.0
"""Seconds after which it is asked for once more: the worker may have been stopped."""

_asked: dict[str, float] = {}
"""When this process asked for an owner's last."""
