"""One owner's voters for somebody who looks for one person: where they stand, and what may be seen of them.

Which rows are in view, and which columns, is settled first; words are looked up in these alone. What is found
is read through the governed view as any other row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commonroll.agreements.profile import Mode
from commonroll.flow import Permitted
from commonroll.roll.engine import ibis_engine
from commonroll.roll.lengths import begins
from commonroll.roll.lookup.index import Index, index_of
from commonroll.roll.lookup.joined import by_id
from commonroll.roll.lookup.keys import KEYS
from commonroll.roll.lookup.texts import EXACT, SEARCHED, Part, keys
from commonroll.roll.lookup.words import Words, is_made, words_of
from commonroll.server import decoy_lookup, looked
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.van import ids
from commonroll.views.derived import AGE
from commonroll.views.few import Few, plan_few
from commonroll.views.found import closed, in_view, left_out, opened, plain
from commonroll.views.question import Owned, Question
from commonroll.views.relation import KEY

Array = np.ndarray[Any, Any]


LARGE = 100_000
"""Voters of a roll from which on nobody waits in a request until its words are made."""

MOST_OF_KEY = 100


@dataclass(frozen=True)
class Asking:
    """Who asks, for what, as of when."""

    home: Home
    viewer: Member
    purpose: str
    mode: Mode
    now: datetime
    patient: bool = False
    """Whether it waits until a large roll's words are made."""


class Shelf:
    """One owner's voters under the viewer's grant; raises NothingGranted where nothing can be looked for."""

    def __init__(self, asking: Asking, owner: Member, owned: Owned, said: Permitted) -> None:
        self.asking, self.owner, self.owned, self.said = asking, owner, owned, said
        self.searched = plain(owned, SEARCHED, asking.mode)
        # the widest question: what is missing of the owner's is said of all columns where it grants none
        self.few = self.plan((*(self.searched or SEARCHED), *self.born))

    @cached_property
    def born(self) -> tuple[str, ...]:
        """The year of birth where it is granted, else the age where that can be told."""
        if plain(self.owned, ("birth_year",), self.asking.mode):
            return ("birth_year",)
        grant, published = self.owned.grant, self.owned.tables.published
        masks = {source: grant.columns.get(source, "null") if grant else "plain" for source in AGE.sources}
        known = any(mask != "null" and source in published for source, mask in masks.items())
        return (AGE.name,) if known else ()

    def question(self, columns: Sequence[str]) -> Question:
        asking = self.asking
        return Question(asking.viewer.key, asking.purpose, asking.mode, columns=tuple(columns) or ("state",))

    def plan(self, columns: Sequence[str]) -> Few:
        said = self.said
        return plan_few(
            ibis_engine(), self.question(columns), self.owned, denied=said.denied, names=said.names,
            now=self.asking.now, pseudonyms=said.pseudonyms, person_key=said.person_key,
        )  # fmt: skip

    # Where they stand

    @property
    def _vault(self) -> Path:
        return self.asking.home.vaults / self.owner.key

    @cached_property
    def words(self) -> Words:
        roll = words_of(self._vault, self.owner.key, self._files)
        return decoy_lookup.words(self.owner, roll, self.owned.marked, self.index)

    @property
    def _files(self) -> Sequence[str]:
        """The roll's own; the decoys of a copy are looked up beside them."""
        return decoy_lookup.own(self.owned.tables.files["voters"], self.owned.marked)

    @cached_property
    def waits(self) -> bool:
        """Whether a large roll's words are not made yet, and this question does not wait for it."""
        known = is_made(self._vault, self._files) or begins(self._files)[-1] <= LARGE
        return not (known or self.asking.patient)

    @cached_property
    def index(self) -> Index:
        home = self.asking.home
        roll = index_of(self._vault, self.owner.key, self._files, ids.salt(home, self.owner))
        return decoy_lookup.index(home, self.owner, roll, self.owned.marked)

    def find(self, text: str, wanted: Sequence[Part], most: int) -> list[tuple[int, int]]:
        """Score and place of the rows that are meant first, at most so many; by exact keys alone where the
        words are not there."""
        if self.waits:
            return self._exact(text, wanted)[:most]
        return self.words.find(wanted, self.searched, self.in_view, self._gone.closed, most)

    def _exact(self, text: str, wanted: Sequence[Part]) -> list[tuple[int, int]]:
        """Rows of a key that the text may be, where there is an index; who reads them compares."""
        home = self.asking.home
        roll = looked.index(home, replace(self.owned.tables, files={"voters": tuple(self._files)}))
        looked.make_aside(self.owner.key)
        if roll is None:
            return []
        index = decoy_lookup.index(home, self.owner, roll, self.owned.marked)
        known = [(key, said) for key, said in keys(text, wanted) if set(KEYS[key]).issubset(self.searched)]
        places = {place for key, said in known for place in index.places(key, said, MOST_OF_KEY)}
        return by_id(index, [(EXACT * len(wanted), place) for place in places])

    @cached_property
    def in_view(self) -> Array:
        """Of every row whether it may be shown."""
        question, said = self.question((*self.searched, *self.born)), self.said
        seen = in_view(
            ibis_engine(), question, self.owned, denied=said.denied, names=said.names, now=self.asking.now
        )
        seen[self._gone.nobody] = False
        return seen

    @property
    def _gone(self) -> Gone:
        """Kept until anybody opts out or comes back."""
        told = self.owned.tables.suppressed
        key = (self.words.path, self.asking.mode, self.searched)
        kept = _gone.get(key)
        if kept is None or not kept.told.equals(told):
            if len(_gone) >= MOST_GONE:
                _gone.clear()
            kept = _gone[key] = self._find_gone()
        return kept

    def _find_gone(self) -> Gone:
        places = self.words.places_of
        shut = {column: places(left_out(self.owned, self.opened(column))) for column in self.searched}
        hidden = {column: of for column, of in shut.items() if len(of)}
        return Gone(self.owned.tables.suppressed, places(left_out(self.owned)), hidden)

    def opened(self, column: str) -> frozenset[str]:
        return opened(self.question((column,)), self.asking.now)

    # What may be seen of them

    def read(self, places: Sequence[int], columns: Sequence[str]) -> list[dict[str, Any]]:
        """What may be seen of the rows at these places, each with its `place`; the receipt is its caller's.

        A column is left out of a voter who closed the channel that it opens.
        """
        if not places:
            return []
        raw = self.index.rows(places)
        found: list[dict[str, Any]] = []
        for kept, spots in self._groups(raw["state_voter_id"].to_pylist(), columns).items():
            standing = [places[at] for at in spots]
            rows = self.plan(kept).rows(raw.take(spots), standing).to_pylist()
            of = dict(zip(raw["state_voter_id"].take(pa.array(spots)).to_pylist(), standing, strict=True))
            found += [{**row, "place": of[row[KEY]]} for row in rows]
        return found

    def _groups(self, voters: Sequence[str], columns: Iterable[str]) -> dict[tuple[str, ...], list[int]]:
        """Rows by the columns that may be seen of them."""
        shut, reach = closed(self.owned, voters), {column: self.opened(column) for column in columns}
        groups: dict[tuple[str, ...], list[int]] = {}
        for at, voter in enumerate(voters):
            kept = tuple(column for column, by in reach.items() if not by & shut.get(voter, set()))
            groups.setdefault(kept, []).append(at)
        return groups

    def stopped(self, place: int) -> tuple[str, ...]:
        """Channels on which the voter wants to be left alone."""
        (voter,) = self.index.rows([place])["state_voter_id"].to_pylist()
        return tuple(sorted(closed(self.owned, [voter]).get(voter, set())))

    def van_ids(self, places: Sequence[int]) -> list[int]:
        numbers = self.index.numbers(places)
        return [int(one) for one in ids.van_ids(self.asking.home, self.asking.viewer, self.owner, numbers)]


@dataclass(frozen=True)
class Gone:
    """Places, sorted, of voters who are in no view, and by column of those who keep that column closed."""

    told: pa.Table
    nobody: Array
    closed: Mapping[str, Array]


_gone: dict[tuple[Path, str, tuple[str, ...]], Gone] = {}
MOST_GONE = 64
