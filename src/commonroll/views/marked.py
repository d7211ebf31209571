"""How a recipient's mark changes a score: the code's embedding (`tracing`) as expressions of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True)
class Marked:
    """What makes one recipient's copy of an owner's rows its own.

    `scores`: score -> Parquet of its marks (state_voter_id, layer, bit), sorted by id. `decoys`: table ->
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


def embedded(value: ir.NumericValue, layer: ir.StringValue, bit: ir.IntegerValue) -> ir.FloatingValue:
    """A score from 0.0 to 100.0 with one decimal, as a row of this layer and bit has it; without a layer as
    it is."""
    tenths = (value * 10).round().cast("int64")
    return ibis.cases(
        (layer == "tenth", _tenth(tenths, bit) / 10.0),
        (layer == "point", _point(tenths, bit) / 10.0),
        else_=value,
    )


def _tenth(tenths: ir.IntegerValue, bit: ir.IntegerValue) -> ir.IntegerValue:
    return ibis.ifelse(tenths < 1000, tenths - tenths % 2 + bit, 1000 - bit)


def _point(tenths: ir.IntegerValue, bit: ir.IntegerValue) -> ir.IntegerValue:
    odd = (tenths // 10) % 2
    return ibis.ifelse(tenths < 1000, tenths - odd * 10 + bit * 10, 1000 - bit * 10)
