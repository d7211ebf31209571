"""The election codes that come in a delivery: one record per election, or per county and election."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from commonroll.invented.draw import Ints
from commonroll.invented.facts import Facts, Kinds
from commonroll.invented.rolls import Population, Roll
from commonroll.invented.turnout import Election
from commonroll.invented.votes import TYPES
from commonroll.invented.write import digits, look_up, pool

FIRST_CODE = 102_000_101


def with_codes(held: Sequence[Election]) -> tuple[Election, ...]:
    """The same elections, each with a code of its own where it has none."""
    return tuple(
        election if election.code else replace(election, code=str(FIRST_CODE + at))
        for at, election in enumerate(held)
    )


class Listing(Facts):
    """Elections, the newest first, for each of the counties of `roll` or for the whole state."""

    def __init__(
        self, whole: Population, state: str, roll: Roll, held: Sequence[Election], *, by_county: bool
    ) -> None:
        everyone = Facts(whole, state, roll)
        first = np.unique(everyone.county, return_index=True)[1] if by_county else np.arange(len(roll))[:1]
        self.held = tuple(reversed(held))
        self.election = np.tile(np.arange(len(self.held)), len(first))
        super().__init__(whole, state, roll.take(np.repeat(first, len(self.held))))

    def text(self, field: str) -> pa.Array:
        if field == "election_number":
            return digits(self.election + 1)
        if field in ("code", "election_name"):
            texts = (e.code if field == "code" else e.name for e in self.held)
            return look_up(pool(texts), self.election)
        return super().text(field)

    def day(self, field: str) -> Ints | None:
        if field == "election_date":
            return np.array([election.day for election in self.held], dtype=np.int64)[self.election]
        return super().day(field)

    def kind(self, field: str) -> tuple[Kinds, Ints] | None:
        if field == "election_type":
            return tuple(TYPES[election.kind] for election in self.held), self.election
        return super().kind(field)
