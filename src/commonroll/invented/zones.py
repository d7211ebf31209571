"""Lists of places that come in a delivery: precincts with their districts, or a county's numbered columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from commonroll.invented.draw import Ints
from commonroll.invented.facts import Facts
from commonroll.invented.rolls import Population, Roll
from commonroll.roll.layout.layout import Layout
from commonroll.roll.schema import DISTRICT_TYPES

KINDS = (
    ("USC", "congressional"),
    ("STS", "state_senate"),
    ("STH", "state_house"),
    ("SC", "school"),
    ("WD", "ward"),
)
"""Short names of a numbered column's districts, and the type of what stands in it."""

SHIFTS = 8
"""Counties fill some of so many columns, each in an order of its own."""


def kind_at(number: int, county: Ints) -> Ints:
    """Which of KINDS a county has under this number; as many as there are where it has none."""
    kinds = np.minimum((number - 1 - county) % SHIFTS, len(KINDS))
    return kinds if number <= SHIFTS else np.full(len(county), len(KINDS))


def zone_code(f: Facts, number: int) -> pa.Array:
    """What stands in the column of this number; null where the voter has no such district."""
    said = [f.district(kind).to_pylist() for _, kind in KINDS]
    kinds = kind_at(number, f.county).tolist()
    codes = [said[kind][row] if kind < len(KINDS) else None for row, kind in enumerate(kinds)]
    return pa.array(codes, pa.string())


def listing(whole: Population, layout: Layout, roll: Roll) -> Facts:
    """What a list of places has one line for: precincts, numbered columns, or their districts."""
    columns = layout.columns["place"].columns
    if len(columns) == 1:
        return Precincts(whole, layout.state, roll)
    return Zones(whole, layout.state, roll, coded=len(columns) > 2)


class Precincts(Facts):
    """The precincts of `roll`, by county."""

    def __init__(self, whole: Population, state: str, roll: Roll) -> None:
        first = np.unique(Facts(whole, state, roll).precinct, return_index=True)[1]
        super().__init__(whole, state, roll.take(first))

    def text(self, field: str) -> pa.Array:
        if field == "place":
            numbers = self.county.tolist()
            precincts = super().text("precinct").to_pylist()
            return pa.array([f"{n + 1:02}{code}" for n, code in zip(numbers, precincts, strict=True)])
        return self.district(field) if field in DISTRICT_TYPES else super().text(field)


class Zones(Facts):
    """The numbered columns of each county of `roll`; `coded`: each district that stands in one of them."""

    def __init__(self, whole: Population, state: str, roll: Roll, *, coded: bool) -> None:
        everyone = Facts(whole, state, roll)
        few = roll.take(np.unique(everyone.precinct, return_index=True)[1])
        each = Facts(whole, state, few)
        said: dict[tuple[int, int, str], int] = {}
        for number in range(1, SHIFTS + 1):
            kinds, codes = kind_at(number, each.county).tolist(), zone_code(each, number).to_pylist()
            for row, (county, kind, code) in enumerate(zip(each.county.tolist(), kinds, codes, strict=True)):
                if kind < len(KINDS) and (code or not coded):
                    said.setdefault((county, number, (code or "") if coded else ""), row)
        self.listed: Sequence[tuple[int, int, str]] = sorted(said)
        rows = np.array([said[one] for one in self.listed], dtype=np.int64)
        super().__init__(whole, state, few.take(rows))
        self.short = [
            KINDS[int(kind_at(number, np.array([county]))[0])][0] for county, number, _ in self.listed
        ]

    def text(self, field: str) -> pa.Array:
        told = {
            "zone_number": [str(number) for _, number, _ in self.listed],
            "zone_code": [code for _, _, code in self.listed],
            "type": self.short,
            "label": self.short,
            "name": [f"{short} {code}" for short, (_, _, code) in zip(self.short, self.listed, strict=True)],
        }
        return pa.array(told[field], pa.string()) if field in told else super().text(field)
