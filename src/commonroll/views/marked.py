"""What makes a recipient's copy its own, and how a mark (`tracing`) changes a score in the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True)
class Marked:
    """What makes one recipient's copy of an owner's rows its own.

    `scores`: score -> Parquet of its marks (state_voter_id, shift: in tenths), by id. `decoys`: table ->
    Parquet files of the invented voters in this recipient's view. `commitments`: what the log says of the
    mark keys behind them, hexadecimal.
    """

    scores: Mapping[str, str] = field(default_factory=dict)
    decoys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    commitments: tuple[str, ...] = ()

    @property
    def given(self) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, tuple[str, ...]]]]:
        """All that an expression over it follows from."""
        return frozenset(self.scores.items()), frozenset(self.decoys.items())


UNMARKED = Marked()


def embedded(value: ir.NumericValue, shift: ir.IntegerValue) -> ir.NumericValue:
    """A score from 0.0 to 100.0 with one decimal, moved by so many tenths; without a mark as it is."""
    moved = ((value * 10).round().cast("int64") + shift) / 10.0
    found: ir.NumericValue = ibis.ifelse(shift.notnull(), moved, value)
    return found
