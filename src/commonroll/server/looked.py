"""Indexes of voters that a request may use: those that are made already."""

from __future__ import annotations

from commonroll.roll.lookup.index import Index, index_of, is_made
from commonroll.roll.vault.vault import OwnerTables
from commonroll.server import members
from commonroll.server.home import Home
from commonroll.server.van import ids


def index(home: Home, tables: OwnerTables) -> Index | None:
    """The index of these files of an owner's voters; None where it is not made yet."""
    vault, files = home.vaults / tables.member, tables.files.get("voters", ())
    salt = ids.salt(home, members.of_key(tables.member))
    return index_of(vault, tables.member, files, salt) if is_made(vault, files, salt) else None
