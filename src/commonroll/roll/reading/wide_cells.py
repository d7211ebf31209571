"""The cells of elections that say anything, found among the bytes of a part's lines: no empty one is read.

A line has room for dozens of elections, of which a voter took part in a few; and few texts stand in their
cells. So a cell is a number here, the same for cells of one election that say the same, and what it means is
worked out once, for one line that has it (docs/adr/0027).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .representatives import Numbers, Spots, numbered
from .text_views import INLINE, MARGIN, Bytes, Places, Views, views

Keys = npt.NDArray[np.uint64]

ONE, TWO = (np.uint64(secrets.randbits(64) | 1) for _ in range(2))
"""Odd factors of the cells' numbers, new in every process, so that no file can be made to have two alike."""
ABSENT = -1


@dataclass(frozen=True)
class Elections:
    """Per election of a line, in order, the fields (from 0) that say anything of it."""

    fields: tuple[tuple[int, ...], ...]

    @cached_property
    def columns(self) -> Places:
        return np.array([field for one in self.fields for field in one], np.int64)

    @cached_property
    def starts(self) -> Places:
        counts = [len(one) for one in self.fields]
        return np.cumsum([0, *counts[:-1]], dtype=np.int64)

    @cached_property
    def counts(self) -> Places:
        return np.array([len(one) for one in self.fields], np.int64)


@dataclass(frozen=True)
class Filled:
    """Elections of some lines with a cell that is not empty, in the order of the lines, then of elections.

    `line`, `place`: numbers from 0. `key`: a number by election and texts. `short`: the keys tell cells
    apart, which they do where no text has more than INLINE bytes.
    """

    line: Places
    place: Places
    key: Keys
    short: bool

    def of(self, stays: npt.NDArray[np.bool_]) -> Filled:
        """Those of the lines that stay, which are numbered anew."""
        kept, numbers = stays[self.line], np.cumsum(stays) - 1
        return Filled(numbers[self.line[kept]], self.place[kept], self.key[kept], self.short)


def joined(blocks: Sequence[Filled]) -> Filled:
    """One after the other; lines are numbered as if each had those of the block before it added."""
    return Filled(
        np.concatenate([one.line for one in blocks] or [np.zeros(0, np.int64)]),
        np.concatenate([one.place for one in blocks] or [np.zeros(0, np.int64)]),
        np.concatenate([one.key for one in blocks] or [np.zeros(0, np.uint64)]),
        all(one.short for one in blocks),
    )


def filled(block: Bytes, edges: Places, elections: Elections, *, wrapped: bool, first: int) -> Filled:
    """Of one block. `edges`: where its fields end (see `fields.py`); `first`: its first line's number."""
    begin = edges[elections.columns] + (1 + wrapped)
    end = edges[elections.columns + 1] - int(wrapped)
    there = end > begin
    if len(elections.columns) > len(elections.fields):
        there = np.logical_or.reduceat(there, elections.starts, axis=0)
    line, place = np.divmod(np.flatnonzero(there.T), len(elections.fields))
    key, short = place.astype(np.uint64), True
    for nth in range(int(elections.counts.max())):
        has = nth < elections.counts[place]
        cell = np.where(has, elections.starts[place] + nth, 0) * edges.shape[1] + line
        from_, to = begin.take(cell), end.take(cell)
        if not has.all():
            from_, to = np.where(has, from_, MARGIN), np.where(has, to, MARGIN)
        short &= bool((to - from_).max(initial=0) <= INLINE)
        key = _mixed(key, views(block, from_, to, 0))
    return Filled(line + first, place, key, short)


def _mixed(key: Keys, text: Views) -> Keys:
    """The key so far with a text of at most INLINE bytes, which is all in its view."""
    made = (key ^ text[:, 0]) * ONE
    made ^= made >> np.uint64(32)
    made = (made ^ text[:, 1]) * TWO
    made ^= made >> np.uint64(29)
    return made


@dataclass(frozen=True)
class Kinds:
    """Different cells of a piece: `numbers`, per cell that of its kind; per kind `first`, a cell of it."""

    numbers: Numbers
    first: Spots


def kinds_of(cells: Filled) -> Kinds:
    """Cells of one election that say the same are of one kind."""
    return Kinds(*numbered(pa.chunked_array([cells.key]), np.arange(len(cells.key), dtype=np.int64)))


def entries(kinds: Kinds, cells: Filled, line: Places, few: pa.Table, elections: int) -> Places:
    """Per kind its row in `few`; ABSENT where its cell means no vote.

    `line`: per kind the line, of those that `few` was made of, that stands for it. `few`: `source_line`,
    `place` (from 1).
    """
    made = few["source_line"].to_numpy() * elections + few["place"].to_numpy() - 1
    order = np.argsort(made, kind="stable")
    wanted = line * elections + cells.place[kinds.first]
    at = np.searchsorted(made[order], wanted)
    at[at == len(made)] = 0
    if not len(made):
        return np.full(len(wanted), ABSENT)
    return np.where(made[order][at] == wanted, order[at], ABSENT)


def places_among(lines: Spots, among: Spots) -> tuple[Places, npt.NDArray[np.bool_]]:
    """Where each of the sorted `lines` stands in the sorted `among`, and whether it does."""
    at = np.searchsorted(among, lines)
    at[at == len(among)] = 0
    return at, among[at] == lines if len(among) else np.zeros(len(lines), np.bool_)
