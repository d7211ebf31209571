"""Which lines of large rolls are inside what their owners agreed to: one bit each, worked out once.

A line's bit follows from a snapshot's files, which never change, from the terms, and from the day on which
the voter has to be 18: that is what it is kept under, and nothing of today is in it, no list and no state.
Whether the agreement is in force is asked at every question as before; without a grant nobody asks for bits.
They stay in memory. To join a question to other tables for each voter takes ten times as long
(docs/adr/0070).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend

from commonroll.roll.lengths import rows_in
from commonroll.roll.schema import VOTERS
from commonroll.views.access import Access
from commonroll.views.laid import Laid
from commonroll.views.protection import DECIDES, includes_removed, readable
from commonroll.views.question import Checked
from commonroll.views.scan import FILE, LINE, Files, scan
from commonroll.views.within import Scan, Within

LEAST = 200_000
"""Voters below which a question is held against the terms anew: that takes no longer than to keep bits."""

SHIFT = 6
WORD = 1 << SHIFT
"""Lines to a number."""

MOST_KEPT = 8 << 20
"""Words that are kept, 64 MB for 537 million lines; what was asked for last stays."""

_TABLES = ("voters", "districts", "history")

Words = tuple[np.ndarray[Any, np.dtype[np.uint64]], ...]
"""For each file of voters, a number for each WORD lines of it."""

_kept: OrderedDict[Any, Words] = OrderedDict()
_lock = threading.Lock()


def limited(access: Access) -> bool:
    """Whether the owner's agreement says anything about rows."""
    return bool(access.scope) or access.universe is not None


def large(owners: Sequence[Access]) -> bool:
    """Whether bits are worth it: some rows are limited, and there are many."""
    if not any(map(limited, owners)):
        return False
    return sum(rows_in(path) for a in owners for path in a.tables.files.get("voters", ())) >= LEAST


class Inside:
    """What `Within` is for small rolls: rows inside their owners' limits, here by a look at a bit."""

    columns: tuple[str, ...] = ()
    read: frozenset[str] = frozenset()
    limits: Mapping[str, list[int]] = {}
    carried: tuple[str, ...] = ()
    lines = True

    def __init__(self, con: Backend, owners: Sequence[Access], asked: Checked) -> None:
        self.con = con
        self.owners = owners
        self.asked = asked

    def values(self, voters: ir.Table) -> dict[str, ir.Value]:
        """What a selection carries along: where the voter stands in the files."""
        return {FILE: voters[FILE], LINE: voters[LINE]}

    def with_bits(self, rows: ir.Table, scan: Scan) -> ir.Table:
        """The rows whose bit is set."""
        most, table = self._table()
        word_no = rows[FILE] * ibis.literal(most, "int64") + (rows[LINE] >> SHIFT)
        found = rows.mutate(of_word=word_no).inner_join(table, [ibis._.of_word == table.word_no])
        bit = (found.word >> (found[LINE] & (WORD - 1)).cast("uint64")) & ibis.literal(1, "uint64")
        gone = {"of_word", "word_no", "word", FILE, LINE}.difference(self.placed)
        return found.filter(bit == 1).drop(*gone)

    def _table(self) -> tuple[int, ir.Table]:
        """The places that each file has in it, and word_no, word: all words in which a bit is set."""
        words = self.words
        most = max(len(each) for each in words)
        laid = Laid.of(self.con)
        key = tuple(_key(access, self.asked) for access in self.owners)
        return most, laid.table(key, lambda: _numbered(words, most))

    def keep(self, rows: ir.Table) -> ir.Table:
        """All of them: `with_bits` has left the others out."""
        return rows

    @cached_property
    def placed(self) -> tuple[str, ...]:
        """FILE, unless an owner's voters lie in several files: their ids are in order across them."""
        several = any(len(access.tables.files["voters"]) > 1 for access in self.owners)
        return () if several else (FILE,)

    @cached_property
    def words(self) -> list[np.ndarray[Any, np.dtype[np.uint64]]]:
        """The words of every file of voters, in the scan's order."""
        keys = [_key(access, self.asked) for access in self.owners]
        with _lock:
            found = {key: _kept[key] for key in keys if key in _kept}
        missing = [access for access, key in zip(self.owners, keys, strict=True) if key not in found]
        if missing:
            made = _made(self.con, missing, self.asked)
            found |= dict(zip((_key(access, self.asked) for access in missing), made, strict=True))
        with _lock:
            for key in keys:
                _kept[key] = found[key]
                _kept.move_to_end(key)
            _forget()
        return [words for key in keys for words in found[key]]


def _key(access: Access, asked: Checked) -> Any:
    """All that the bits follow from."""
    files = tuple(access.tables.files.get(table, ()) for table in _TABLES)
    day = access.election_day, includes_removed(asked)
    return files, frozenset(access.scope.items()), access.universe, day


def _forget() -> None:
    kept = sum(len(each) for words in _kept.values() for each in words)
    while kept > MOST_KEPT and len(_kept) > 1:
        kept -= sum(map(len, _kept.popitem(last=False)[1]))


def _made(con: Backend, owners: Sequence[Access], asked: Checked) -> list[Words]:
    """The words of these owners, by the same rules as for small rolls."""
    numbered = [replace(access, number=at) for at, access in enumerate(owners, 1)]
    within = Within(numbered, {column.name: column.type for column in VOTERS})
    columns = [name for name in VOTERS.names if name in within.read.union(DECIDES)]
    scanned = scan(con, "voters", _files(numbered, "voters"), columns, within.limits, lines=True)
    voters = readable(scanned, asked, numbered)
    rows = voters.select("owner_no", FILE, LINE, **within.values(voters))

    def of_owners(table: str, names: Sequence[str], of: Any) -> ir.Table:
        return scan(con, table, [file for file in _files(numbered, table) if file[0] in of], names)

    inside = con.to_pyarrow(within.keep(within.with_bits(rows, of_owners)).select(FILE, LINE))
    files, lines = (inside.column(name).to_numpy() for name in (FILE, LINE))
    order = np.argsort(files, kind="stable")
    files, lines = files[order], lines[order]
    found, at = [], 0
    for access in numbered:
        words = []
        for path in access.tables.files["voters"]:
            first, last = np.searchsorted(files, [at, at + 1])
            bits = np.zeros(rows_in(path), bool)
            bits[lines[first:last]] = True
            words.append(_packed(bits))
            at += 1
        found.append(tuple(words))
    return found


def _files(owners: Sequence[Access], table: str) -> Files:
    return [(a.number, path) for a in owners for path in a.tables.files.get(table, ())]


def _numbered(words: Sequence[np.ndarray[Any, np.dtype[np.uint64]]], most: int) -> pa.Table:
    """word_no, word: a file's words begin at its place times `most`; empty ones join nothing, and are out."""
    numbers = [np.flatnonzero(each) + at * most for at, each in enumerate(words)]
    return pa.table({"word_no": np.concatenate(numbers), "word": np.concatenate([w[w > 0] for w in words])})


def _packed(bits: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """A number for each WORD lines; a roll without lines has one word."""
    padded = np.zeros(max(1, -(-len(bits) // WORD)) * WORD, bool)
    padded[: len(bits)] = bits
    return np.packbits(padded, bitorder="little").view("<u8").astype(np.uint64)
