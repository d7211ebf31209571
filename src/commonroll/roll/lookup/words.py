"""The words of one snapshot's voters: which rows are meant by parts of a text, in some milliseconds.

Beside the index of exact keys, and made as that is. Each column has files of its own: the sorted words, and
for each word the places of its rows. A column that a reader may not see is not opened for it, so neither
what is found nor how long it takes depends on what stands there.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from commonroll.roll.lookup import grams
from commonroll.roll.lookup.aside import make_once
from commonroll.roll.lookup.texts import (
    BEGINS,
    BEGUN,
    DIGITS,
    EXACT,
    GRAM,
    ID,
    INSIDE,
    NAMES,
    PHONE,
    WITHIN,
    Part,
)  # fmt: skip
from commonroll.roll.lookup.word_files import FOLDER, write

Array = np.ndarray[Any, Any]
Hits = list[tuple[int, Array]]
"""Levels (`texts.level`) and the places that have them; a place may stand under several."""

_FORM = "2"
"""Of the files: another form is another folder."""

BLOCK = 1 << 20
SPARSE = 100_000
"""Places up to which they are looked at one by one; beyond, a number is kept for every row of the roll."""
LONG = 4_096
"""Rows of a word from which on its places are copied as a whole."""


@dataclass(frozen=True)
class Words:
    """The words that were made: `path` is their folder."""

    path: Path

    @cached_property
    def _mapped(self) -> Mapping[str, Array]:
        return {path.stem: np.load(path, mmap_mode="r") for path in self.path.glob("*.npy")}

    @cached_property
    def rows(self) -> int:
        return int(self._mapped["rows"][0])

    def find(
        self,
        wanted: Sequence[Part],
        columns: Sequence[str],
        seen: Array,
        hidden: Mapping[str, Array],
        most: int,
    ) -> list[tuple[int, int]]:
        """Score and place of the `most` rows that are meant first: by score, then in the roll's order.

        `columns` alone are looked at. `seen` says of every row whether it is in view; `hidden` has the
        places, sorted, of rows whose value of a column is not.
        """
        hits = [self.hits(part, columns, hidden) for part in wanted]
        sizes = [sum(len(places) for _, places in each) for each in hits]
        if not all(sizes):
            return []
        if min(sizes) <= SPARSE:
            return self._few(hits, sizes.index(min(sizes)), seen, most)
        scores, alive = np.zeros(self.rows, np.uint8), seen.copy()
        for each in hits:
            levels = self._levels(each)
            scores += levels
            alive &= levels > 0
        scores *= alive
        return list(_first(scores, len(wanted) * (EXACT + 1), most))

    def _few(self, hits: Sequence[Hits], rarest: int, seen: Array, most: int) -> list[tuple[int, int]]:
        places = np.unique(np.concatenate([places for _, places in hits[rarest]]))
        places = places[seen[places]]
        scores = np.zeros(len(places), np.uint8)
        for each in (hits[rarest], *(one for at, one in enumerate(hits) if at != rarest)):
            levels = self._levels(each)[places]
            places, scores = places[levels > 0], (scores + levels)[levels > 0]
        highest = len(hits) * (EXACT + 1)
        return [(score, int(places[at])) for score, at in _first(scores, highest, most)]

    def _levels(self, hits: Hits) -> Array:
        """The highest level of every row."""
        levels = np.zeros(self.rows, np.uint8)
        for level, places in sorted(hits, key=lambda hit: hit[0]):
            levels[places] = level
        return levels

    # One part

    def hits(self, part: Part, columns: Sequence[str], hidden: Mapping[str, Array]) -> Hits:
        """Rows that a part means, by level."""
        found: Hits = []
        for column in columns:
            of = self._of_column(part, column)
            if column in hidden:
                of = [(level, _without(places, hidden[column])) for level, places in of]
            found += [hit for hit in of if len(hit[1])]
        return found

    def _of_column(self, part: Part, column: str) -> Hits:
        if column == PHONE:
            return list(self._of_number(part.digits)) if part.digits else []
        if column in BEGUN:
            return list(self._beginning(column, part.text.encode()))
        if part.number:
            return []
        if column == ID:
            return list(self._of_id(part.text.encode())) if part.of_id else []
        if len(part.text) < INSIDE:
            return list(self._beginning(column, part.text.encode()))
        return list(self._inside(column, part.text.encode()))

    def _beginning(self, column: str, text: bytes) -> Iterator[tuple[int, Array]]:
        word = _Sorted(len(self._mapped[f"{column}_at"]) - 1, lambda at: self._word(column, at))
        name, first, last = column in NAMES, bisect_left(word, text), bisect_left(word, text + b"~")
        begins, places = self._mapped[f"{column}_first"], self._mapped[f"{column}_place"]
        if first < last:
            yield BEGINS + name, places[begins[first] : begins[last]]
            if word[first] == text:
                yield EXACT + name, places[begins[first] : begins[first + 1]]

    def _inside(self, column: str, text: bytes) -> Iterator[tuple[int, Array]]:
        at = self._mapped[f"{column}_at"]
        starts = np.fromiter(_found(self._text(column), text), np.int64)
        words = np.searchsorted(at, starts, "right") - 1
        begins = starts == at[words]
        exact = begins & (at[words + 1] - 1 - at[words] == len(text))
        for level, those in ((WITHIN, ~begins), (BEGINS, begins & ~exact), (EXACT, exact)):
            for places in self._places(column, np.unique(words[those])):
                yield level + (column in NAMES), places

    def _places(self, column: str, words: Array) -> Iterator[Array]:
        """The places of many words: of frequent ones as they lie, of the others together."""
        first, places = self._mapped[f"{column}_first"], self._mapped[f"{column}_place"]
        begins, long = first[words], first[words + 1] - first[words]
        for at in np.flatnonzero(long >= LONG):
            yield places[begins[at] : begins[at] + long[at]]
        begins, long = begins[long < LONG], long[long < LONG]
        if len(begins):
            before = np.cumsum(long) - long
            yield places[np.arange(long.sum()) + np.repeat(begins - before, long)]

    def _word(self, column: str, at: int) -> bytes:
        begins = self._mapped[f"{column}_at"]
        return self._text(column)[begins[at] : begins[at + 1] - 1]

    def _text(self, column: str) -> bytes:
        found = self._texts.get(column)
        if found is None:
            found = self._texts[column] = (self.path / f"{column}.txt").read_bytes()
        return found

    @cached_property
    def _texts(self) -> dict[str, bytes]:
        return {}

    def _of_number(self, digits: str) -> Iterator[tuple[int, Array]]:
        """Rows whose number has these digits: found by four of them at each place, then compared."""
        numbers = self._mapped["phone_number"]
        gram, long = int(digits[:GRAM]), len(digits)
        for at in range(DIGITS - long + 1):
            first = self._mapped[f"phone{at}_first"]
            places = self._mapped[f"phone{at}_place"][first[gram] : first[gram + 1]]
            if long > GRAM:
                rest = numbers[places] // np.uint64(10 ** (DIGITS - at - long)) % np.uint64(10**long)
                places = places[rest == int(digits)]
            last = at + long == DIGITS
            yield (EXACT if long == DIGITS else BEGINS if last else WITHIN) + 1, places

    def _of_id(self, text: bytes) -> Iterator[tuple[int, Array]]:
        ids, places = self._mapped["id"], self._mapped["id_place"]

        def plain(at: int) -> bytes:
            return bytes(ids[at])

        yield WITHIN + 1, places[grams.find(self._mapped, text)]
        forwards = _Sorted(len(ids), plain)
        first, last = bisect_left(forwards, text), bisect_left(forwards, text + b"~")
        yield BEGINS + 1, places[first:last]
        if first < last and plain(first) == text:
            yield EXACT + 1, places[first : bisect_left(forwards, text + b"!")]

    def places_of(self, ids: Sequence[str]) -> Array:
        """The places, sorted, of the voters with these ids in the state's own writing."""
        name = "own" if "own" in self._mapped else "id"
        known, places = self._mapped[name], self._mapped[f"{name}_place"]
        short = {one.encode() for one in ids if len(one.encode()) <= known.dtype.itemsize}
        asked = np.array(sorted(short), known.dtype)
        at = np.searchsorted(known, asked)
        asked, at = asked[at < len(known)], at[at < len(known)]
        return np.sort(places[at[known[at] == asked]])


class _Sorted(Sequence[bytes]):
    """A sorted row of texts that are looked up as they are needed."""

    def __init__(self, count: int, get: Callable[[int], bytes]) -> None:
        self.long, self.get = count, get

    def __len__(self) -> int:
        return self.long

    def __getitem__(self, at: Any) -> Any:
        return self.get(at)


def _found(text: bytes, wanted: bytes) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _first(scores: Array, highest: int, most: int) -> Iterator[tuple[int, int]]:
    """The first places of the highest scores, block by block: a frequent score is not looked through."""
    for score in range(highest, 0, -1):
        for begin in range(0, len(scores), BLOCK):
            for at in np.flatnonzero(scores[begin : begin + BLOCK] == score)[:most]:
                yield score, begin + int(at)
                most -= 1
            if not most:
                return


def _without(places: Array, gone: Array) -> Array:
    if not len(gone):
        return places
    at = np.minimum(np.searchsorted(gone, places), len(gone) - 1)
    left: Array = places[gone[at] != places]
    return left


def words_of(vault: Path, member: str, files: Sequence[str]) -> Words:
    """The words of these files of a vault's voters, made now where there are none yet.

    `vault`: or a folder of it whose files they are. Raises VaultBusy where another takes long.
    """
    path = _path(vault, files)
    known = _open.get(vault)
    if known is not None and known.path == path and path.exists():
        return known
    if not path.exists():
        make_once(path, member, doing="indexing its words", write=lambda aside: write(aside, files))
    found = _open[vault] = Words(path)
    return found


def is_made(vault: Path, files: Sequence[str]) -> bool:
    """Whether there are words of these files already."""
    return _path(vault, files).exists()


def _path(vault: Path, files: Sequence[str]) -> Path:
    name = hashlib.sha256("\n".join((_FORM, *files)).encode()).hexdigest()[:24]
    return vault / FOLDER / name


_open: dict[Path, Words] = {}
"""What this process has mapped, by vault: the last of each."""
