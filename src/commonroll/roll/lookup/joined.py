"""An index over a snapshot's voters and further rows beside it: one to whoever looks, two on disk.

The snapshot's index is everybody's; the further rows are one reader's alone, and theirs is small. Rows of the
second stand after those of the first, as their files do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from commonroll.roll.lengths import begins
from commonroll.roll.lookup.index import Index
from commonroll.roll.lookup.texts import Part
from commonroll.roll.lookup.words import Words

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class JoinedIndex(Index):
    """`first` and after it `second`; `path` is the second's, which no other reader has."""

    first: Index
    second: Index

    @classmethod
    def of(cls, first: Index, second: Index) -> JoinedIndex:
        return cls(second.path, first.salt, (*first.files, *second.files), first, second)

    @property
    def size(self) -> int:
        """Rows of the first."""
        return begins(self.first.files)[-1]

    def places(self, key: str, values: Mapping[str, str], most: int = 1000) -> list[int]:
        more = (self.size + one for one in self.second.places(key, values, most))
        return [*self.first.places(key, values, most), *more][:most]

    def beginning(self, last_name: str, most: int) -> list[int] | None:
        found, more = self.first.beginning(last_name, most), self.second.beginning(last_name, most)
        if found is None or more is None or len(found) + len(more) > most:
            return None
        return [*found, *(self.size + one for one in more)]

    def place_of(self, number: int) -> int | None:
        found = self.first.place_of(number)
        if found is not None:
            return found
        more = self.second.place_of(number)
        return None if more is None else self.size + more

    def places_of(self, numbers: Array) -> Array:
        found, more = self.first.places_of(numbers), self.second.places_of(numbers)
        joined: Array = np.where((found < 0) & (more >= 0), more + self.size, found)
        return joined

    def numbers(self, places: Sequence[int] | Array) -> Array:
        at = np.asarray(places, np.int64)
        found = np.zeros(len(at), np.uint32)
        beyond = at >= self.size
        found[~beyond] = self.first.numbers(at[~beyond])
        found[beyond] = self.second.numbers(at[beyond] - self.size)
        return found

    def rows(self, places: Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
        if not len(places):
            return self.first.rows(places, columns)
        parts = (
            self.first.rows([at], columns) if at < self.size else self.second.rows([at - self.size], columns)
            for at in places
        )
        return pa.concat_tables(parts)

    def of_voters(self, voters: Sequence[str], columns: Sequence[str]) -> tuple[pa.Table, list[int]]:
        (rows, at), (more, further) = (one.of_voters(voters, columns) for one in (self.first, self.second))
        return pa.concat_tables([rows, more]), [*at, *(self.size + one for one in further)]


@dataclass(frozen=True)
class JoinedWords(Words):
    """The same for words. Rows of one score come by their ids, so that none stands out by coming last."""

    first: Words
    second: Words
    index: Index

    @classmethod
    def of(cls, first: Words, second: Words, index: Index) -> JoinedWords:
        return cls(second.path, first, second, index)

    def find(
        self,
        wanted: Sequence[Part],
        columns: Sequence[str],
        seen: Array,
        hidden: Mapping[str, Array],
        most: int,
    ) -> list[tuple[int, int]]:
        size = self.first.rows
        cut = {name: int(np.searchsorted(places, size)) for name, places in hidden.items()}
        before = {name: places[: cut[name]] for name, places in hidden.items()}
        after = {name: places[cut[name] :] - size for name, places in hidden.items()}
        found = self.first.find(wanted, columns, seen[:size], before, most)
        more = self.second.find(wanted, columns, seen[size:], after, most)
        return by_id(self.index, [*found, *((score, size + place) for score, place in more)])[:most]

    def places_of(self, ids: Sequence[str]) -> Array:
        more = self.second.places_of(ids).astype(np.int64) + self.first.rows
        return np.concatenate([self.first.places_of(ids), more])


def by_id(index: Index, hits: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Score and place of rows, the best first, those of one score by the voter's id."""
    ids = index.rows([place for _, place in hits], ["state_voter_id"])["state_voter_id"].to_pylist()
    named = sorted((-score, voter, place) for voter, (score, place) in zip(ids, hits, strict=True))
    return [(-score, place) for score, _, place in named]
