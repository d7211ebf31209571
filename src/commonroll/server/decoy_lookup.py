"""Where a recipient finds one voter by words, keys or numbers: its own copy, with the decoys of it.

The roll's index is made once for all; each recipient's decoys have a small one beside their files. A look-up
that lacked what a file has would list the decoys.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commonroll.roll.lookup.index import Index, index_of
from commonroll.roll.lookup.joined import JoinedIndex, JoinedWords
from commonroll.roll.lookup.words import Words, words_of
from commonroll.roll.vault.vault import OwnerTables
from commonroll.server import decoying
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.salts import salt
from commonroll.views.marked import Marked


def own(files: Sequence[str], marked: Marked) -> Sequence[str]:
    """Of a copy's files of voters those that are the roll's."""
    added = set(_of(marked))
    return [file for file in files if file not in added]


def _of(marked: Marked) -> tuple[str, ...]:
    return marked.decoys.get("voters", ())


def index(home: Home, owner: Member, roll: Index, marked: Marked) -> Index:
    """The roll's index, and with it that of the decoys in a copy."""
    more = _of(marked)
    if not more:
        return roll
    vault, under = home.vaults / owner.key, Path(more[0]).parent
    return JoinedIndex.of(roll, index_of(vault, owner.key, more, salt(home, owner), under))


def words(owner: Member, roll: Words, marked: Marked, index: Index) -> Words:
    """The same for words."""
    more = _of(marked)
    return JoinedWords.of(roll, words_of(Path(more[0]).parent, owner.key, more), index) if more else roll


def of_viewer(home: Home, owner: Member, viewer: Member, tables: OwnerTables) -> Index:
    """The index of an owner's voters (`tables` without decoys) and of the decoys in a viewer's copy."""
    roll = index_of(home.vaults / owner.key, owner.key, tables.files["voters"], salt(home, owner))
    if owner == viewer:
        return roll
    found, _ = decoying.of_copy(home.vaults, tables, viewer.key)
    return index(home, owner, roll, Marked(decoys=found))
