"""Who lives behind a turf's keys, and whom of them nobody may call on any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from commonroll.roll.lookup.index import index_of
from commonroll.roll.vault import suppression
from commonroll.roll.vault.vault import Vault
from commonroll.server import ballot_drops, members
from commonroll.server.home import Home
from commonroll.server.models import Turf, TurfHousehold, TurfPerson
from commonroll.server.permits import grants_in_force
from commonroll.server.salts import salt
from commonroll.views.ballots import ASKING

DOOR = ("door", suppression.EVERYTHING)
"""Channels whose stop closes a door."""


@dataclass(frozen=True)
class Person:
    """A voter of a door: whose, under which number there (`roll.lookup`), behind which household's key."""

    household: str
    owner: str
    number: int


class Doors:
    """The doors and persons of one turf, by the keys that phones know them by, as of one moment."""

    def __init__(self, home: Home, turf: Turf, now: datetime) -> None:
        self.home, self.turf, self.now = home, turf, now

    @cached_property
    def households(self) -> Mapping[str, TurfHousehold]:
        return {one.key: one for one in TurfHousehold.objects.filter(turf=self.turf)}

    @cached_property
    def people(self) -> Mapping[str, Person]:
        found = TurfPerson.objects.filter(household__turf=self.turf)
        rows = found.values_list("key", "household__key", "owner__key", "number")
        return {key: Person(household, owner, number) for key, household, owner, number in rows}

    @cached_property
    def stops(self) -> frozenset[int]:
        return frozenset(one.stop for one in self.households.values())

    @cached_property
    def closed(self) -> frozenset[str]:
        """Owners that let nobody of this member call on their voters now."""
        viewer = self.turf.cut.member
        theirs = {one.owner for one in self.people.values()} - {viewer.key}
        if not theirs:
            return frozenset()
        granting = grants_in_force(viewer, self.turf.cut.purpose, self.now)
        return frozenset(one for one in theirs if "contact" not in getattr(granting.get(one), "modes", ()))

    @cached_property
    def left_alone(self) -> Mapping[str, datetime]:
        """Persons who asked not to be called on, or are protected, by key: since when."""
        found: dict[str, datetime] = {}
        for owner, theirs in self._by_owner().items():
            known = voters(self.home, owner, [number for _, number in theirs])
            since = suppression.since(Vault(self.home.vaults, owner).catalogue, list(known.values()), DOOR)
            found |= {key: since[known[n]] for key, n in theirs if n in known and known[n] in since}
        return found

    @cached_property
    def withheld(self) -> Mapping[str, list[str]]:
        """Persons whom nobody asks for any more, though they are on the phones: their keys by household's."""
        gone = {*self.left_alone, *self.voted}
        gone |= {key for key, one in self.people.items() if one.owner in self.closed}
        found: dict[str, list[str]] = {}
        for key in sorted(gone):
            found.setdefault(self.people[key].household, []).append(key)
        return found

    def dropped(self) -> list[str]:
        """Households at which nobody rings any more, since nobody of theirs is asked for: their keys."""
        many = Counter(one.household for one in self.people.values())
        return sorted(key for key, gone in self.withheld.items() if len(gone) == many[key])

    @cached_property
    def voted(self) -> frozenset[str]:
        """Persons whose ballot is back, where the walk asks for votes."""
        if self.turf.cut.purpose not in ASKING:
            return frozenset()
        back: set[str] = set()
        for owner, theirs in self._by_owner().items():
            known = voters(self.home, owner, [number for _, number in theirs])
            ids = ballot_drops.voted(self.home, owner, known.values(), self.now.date())
            back |= {key for key, number in theirs if known.get(number) in ids}
        return frozenset(back)

    def _by_owner(self) -> Mapping[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for key, one in self.people.items():
            found.setdefault(one.owner, []).append((key, one.number))
        return found


def voters(home: Home, owner: str, numbers: Iterable[int]) -> Mapping[int, str]:
    """The owner's own ids of the voters with these numbers; who is not on today's roll is not in it."""
    vault = Vault(home.vaults, owner)
    head = vault.current()
    if head is None:
        return {}
    files = vault.files(head, "voters")
    return _ids(vault.path, owner, files, salt(home, members.of_key(owner)), tuple(sorted(set(numbers))))


@lru_cache(maxsize=512)
def _ids(
    path: Path, owner: str, files: tuple[str, ...], salted: str, numbers: tuple[int, ...]
) -> Mapping[int, str]:
    index = index_of(path, owner, files, salted)
    places = index.places_of(np.array(numbers, np.int64))
    there = [(number, int(place)) for number, place in zip(numbers, places, strict=True) if place >= 0]
    rows = index.rows([place for _, place in there])
    ids: list[str] = rows["state_voter_id"].to_pylist() if there else []
    return {number: voter for (number, _), voter in zip(there, ids, strict=True)}
