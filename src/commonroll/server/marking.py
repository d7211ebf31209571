"""What makes a recipient's copy its own: marks under keys that the owner's log committed to beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection, transaction

from commonroll.errors import Refusal
from commonroll.roll.vault import scores
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal, members, wall
from commonroll.server.home import Home
from commonroll.server.models import Journal
from commonroll.tracing import marks
from commonroll.tracing.keys import FOLDER, MarkKey, MarkKeys
from commonroll.views.derived import Visible
from commonroll.views.marked import UNMARKED, Marked
from commonroll.views.score_words import ScoreField


def marked(home: Home, owner: str, viewer: str, fields: Iterable[Visible]) -> Marked:
    """The viewer's marks in what `fields` show of an owner's scores, made where they are not there yet.

    A key that is used for the first time stands in the owner's journal before anything is marked with it.
    """
    scored = [field for field in fields if isinstance(field, ScoreField)]
    if not scored or viewer == owner:
        return UNMARKED
    told = members.told_to(members.of_key(viewer))
    codes = {field.score for field in scored if field.known_to(viewer, told)}
    if not codes:
        return UNMARKED
    vault = Vault(home.vaults, owner)
    standing = {code: name for code, name in scores.standing(vault.catalogue).items() if code in codes}
    files: dict[str, str] = {}
    keys: dict[str, MarkKey] = {}
    for code, name in sorted(standing.items()):
        table = vault.path / scores.FOLDER / name
        used = {year: ready_key(home, owner, year) for year in years_of(table)}
        keys |= used
        files[code] = str(_of(vault.path, table, code, viewer, used))
    return Marked(files, {}, tuple(sorted(key.commitment for key in keys.values())))


_WAY = 2
"""Counts the ways in which marks were made: files of a former one are made anew."""


def _of(vault: Path, table: Path, code: str, viewer: str, used: Mapping[str, MarkKey]) -> Path:
    """The file of a viewer's marks: the same as long as the values and the keys are."""
    keys = "-".join(key.name for _, key in sorted(used.items()))
    named = f"{table.stem}--{keys}--{_WAY}.parquet"
    to = vault / FOLDER / "given" / viewer / named
    if not to.exists():
        kept = vault / FOLDER / "positions" / named
        marks.marks(list(used.values()), viewer, code, table, kept, to)
    return to


@cache
def years_of(table: Path) -> tuple[str, ...]:
    """The years of the versions in a file of values, which never changes."""
    versions = pc.unique(pc.utf8_slice_codeunits(pq.read_table(table, columns=["version"])["version"], 0, 4))
    return tuple(sorted(versions.to_pylist()))


def ready_key(home: Home, owner: str, year: str) -> MarkKey:
    """The owner's mark key of a year, made where there is none, and in its journal."""
    key = MarkKeys(home.vaults / owner).make(year)
    if not is_committed(owner, key.commitment):
        with transaction.atomic():
            journal.record(log=owner, type="mark.key", keys={"commitment": key.commitment}, owner=owner)
    return key


@wall.node()
def committed(owner: str) -> frozenset[str]:
    """Commitments to mark keys in an owner's journal."""
    said = Journal.objects.filter(log=owner, type="mark.key").values_list("leaf", flat=True)
    return frozenset(json.loads(bytes(leaf))["commitment"] for leaf in said)


@wall.node()
def burnt(owner: str) -> frozenset[str]:
    """Commitments to mark keys of an owner that are burnt, as its journal says."""
    said = Journal.objects.filter(log=owner, type="mark.burnt").values_list("leaf", flat=True)
    return frozenset(json.loads(bytes(leaf))["commitment"] for leaf in said)


def refuse_burnt(home: Home, used: Mapping[str, Iterable[str]]) -> None:
    """Refuse files that are marked under a key which was burnt while they were made. `used`: owner -> marks.

    Asked once the receipts of the files are written: whoever writes a journal holds up the others, so what is
    burnt is said either before this or after the receipt. In a home from a backup the vault may not know it.
    """
    for owner, named in used.items():
        gone = burnt(owner) & set(named)
        if gone:
            keys = MarkKeys(home.vaults / owner)
            for key in keys.every():
                if key.commitment in gone:
                    keys.burn(key.name)
            raise Refusal("the marks of this file changed while it was made", next_step="ask again")


def is_committed(owner: str, commitment: str) -> bool:
    """Whether an owner's journal has this commitment. What is in a journal stays, so each is looked for once
    and not again at every question, however long the log."""
    place = (str(connection.settings_dict["NAME"]), owner, commitment)
    if place in _in_journal:
        return True
    found = commitment in committed(owner)
    if found and not connection.in_atomic_block:  # what this transaction wrote may be taken back
        _in_journal.add(place)
    return found


_in_journal: set[tuple[str, str, str]] = set()
"""Database, owner and commitment of what was found in a journal."""
