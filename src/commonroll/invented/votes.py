"""What history and absentee files say: one record per vote cast, or per ballot on its way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from commonroll.invented.draw import Bools, Ints, one_of
from commonroll.invented.facts import Facts, Kinds
from commonroll.invented.population import DEM, REP
from commonroll.invented.rolls import Population, Roll
from commonroll.invented.turnout import MAIL, Election, elections, method, voted
from commonroll.invented.write import look_up, pool

TYPES: dict[str, tuple[str, ...]] = {
    "general": ("general",),
    "primary": ("primary",),
    "preference": ("primary",),
    "municipal": ("municipal", "special", "other"),
    "special": ("special", "other", "municipal"),
}
METHODS: Kinds = (
    ("in_person", "unknown", "early", "mail"),
    ("early", "in_person", "mail", "unknown"),
    ("mail", "early", "in_person", "unknown"),
    ("provisional", "in_person", "unknown", "mail"),
    ("mail", "in_person", "unknown"),
    ("in_person", "mail", "unknown"),
)
NO_PARTY, DEMOCRAT, REPUBLICAN, MINOR_PARTY = range(4)
PARTIES: Kinds = (("", "NPA", "UNK"), ("DEM", ""), ("REP", ""), ("LIB", "GRN", "OTH", ""))
BALLOTS: Kinds = (
    ("accepted", "returned", "sent"),
    ("rejected", "returned", "sent"),
    ("sent", "requested", "accepted"),
)
ACCEPTED, REJECTED, SENT = range(3)
REASONS = ("", "SIGNATURE", "")


def attended(f: Facts, held: Sequence[Election]) -> Bools:
    """Who took part in which election: a row per voter, a column per election."""
    columns = [voted(f.people, f.roll, election) for election in held]
    return np.column_stack(columns) if columns else np.zeros((len(f), 0), dtype=bool)


def ways(f: Facts, held: Sequence[Election]) -> Ints:
    """How each voter votes in each election: positions in METHODS."""
    columns = [method(f.geo.state, f.people, f.roll, election) for election in held]
    return np.column_stack(columns) if columns else np.zeros((len(f), 0), dtype=np.int64)


def sides(f: Facts, held: Sequence[Election]) -> Ints:
    """The party of each voter's ballot in each election: positions in PARTIES, none but in primaries."""
    politics = f.people.politics[f.roll.person]
    side = np.where(politics == DEM, DEMOCRAT, np.where(politics == REP, REPUBLICAN, MINOR_PARTY))
    partisan = np.array([TYPES[election.kind][0] == "primary" for election in held], dtype=np.int64)
    return np.asarray(side[:, None] * partisan[None, :])


class Vote(Facts):
    """One row per vote: `election` is a position in `held`."""

    def __init__(
        self, whole: Population, state: str, roll: Roll, held: Sequence[Election], encoding: str
    ) -> None:
        voters = Facts(whole, state, roll, encoding=encoding)
        row, self.election = np.nonzero(attended(voters, held))
        self.held = held
        self.way = ways(voters, held)[row, self.election]
        self.side = sides(voters, held)[row, self.election]
        super().__init__(whole, state, roll.take(row), encoding=encoding)

    def text(self, field: str) -> pa.Array:
        if field == "election_name":
            return look_up(pool(election.name for election in self.held), self.election)
        if field == "code":
            return look_up(pool(election.code for election in self.held), self.election)
        return super().text(field)

    def day(self, field: str) -> Ints | None:
        if field == "election_date":
            return np.array([election.day for election in self.held], dtype=np.int64)[self.election]
        return super().day(field)

    def kind(self, field: str) -> tuple[Kinds, Ints] | None:
        if field == "election_type":
            return tuple(TYPES[election.kind] for election in self.held), self.election
        if field == "method":
            return METHODS, self.way
        if field == "party_voted":
            return PARTIES, self.side
        return super().kind(field)


class Ballot(Facts):
    """One row per ballot by mail of the latest election."""

    def __init__(self, whole: Population, state: str, roll: Roll, encoding: str) -> None:
        self.held = elections(state)[-1]
        people = whole.people
        by_mail = method(state, people, roll, self.held) == MAIL
        rows = np.flatnonzero(by_mail & (roll.registered < self.held.day - 60) & (roll.left > self.held.day))
        super().__init__(whole, state, roll.take(rows), encoding=encoding)

    @cached_property
    def fate(self) -> Ints:
        """Position in BALLOTS: those who took part were accepted."""
        took = voted(self.people, self.roll, self.held)
        return np.where(took, ACCEPTED, np.where(self.rare(131, 2_500), REJECTED, SENT))

    @property
    def requested(self) -> Ints:
        return np.asarray(self.held.day - 45 + one_of(self.luck, 132, 20))

    @property
    def sent(self) -> Ints:
        return self.requested + 2 + one_of(self.luck, 133, 5)

    @property
    def returned(self) -> Ints:
        return np.asarray(np.minimum(self.sent + 3 + one_of(self.luck, 134, 15), self.held.day))

    def text(self, field: str) -> pa.Array:
        if field == "reason":
            return look_up(pool(REASONS), self.fate)
        return super().text(field)

    def day(self, field: str) -> Ints | None:
        days = {"election_date": np.full(len(self), self.held.day), "requested_on": self.requested}
        days |= {"sent_on": self.sent, "returned_on": self.returned}
        return days.get(field, super().day(field))

    def blank(self, field: str) -> Bools | None:
        return self.fate == SENT if field == "returned_on" else None

    def kind(self, field: str) -> tuple[Kinds, Ints] | None:
        return (BALLOTS, self.fate) if field == "status" else super().kind(field)
