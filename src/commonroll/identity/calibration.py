"""Whether a probability means what it says: of pairs scored .7, seven in ten should be one person."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import ibis.expr.types as ir

from commonroll.identity.accuracy import rounded

LOW, HIGH, BINS = 0.05, 0.95, 10
"""Scores that are looked at: outside of them nearly every pair is clear, and would drown the others."""


@dataclass(frozen=True)
class Bin:
    """Pairs scored from `low` to below `high`: their mean probability and the share that is one person."""

    low: float
    high: float
    pairs: int
    expected: float
    observed: float

    def as_dict(self) -> dict[str, Any]:
        edges = {"low": round(self.low, 3), "high": round(self.high, 3), "pairs": self.pairs}
        return edges | {"expected": rounded(self.expected), "observed": rounded(self.observed)}


@dataclass(frozen=True)
class Calibration:
    """Bins of equal width, empty ones left out."""

    bins: tuple[Bin, ...]

    @property
    def pairs(self) -> int:
        return sum(one.pairs for one in self.bins)

    @property
    def error(self) -> float | None:
        """Expected calibration error (Naeini et al. 2015): how far bins lie off, weighted by their pairs."""
        if not self.pairs:
            return None
        return sum(one.pairs * abs(one.expected - one.observed) for one in self.bins) / self.pairs

    @property
    def chance(self) -> float | None:
        """The error to expect of scores that mean just what they say: few pairs never hit their share."""
        if not self.pairs:
            return None
        spread = sum(sqrt(one.pairs * one.expected * (1 - one.expected)) for one in self.bins)
        return sqrt(2 / pi) * spread / self.pairs

    def as_dict(self) -> dict[str, Any]:
        bins = [one.as_dict() for one in self.bins]
        errors = {"error": rounded(self.error), "chance": rounded(self.chance)}
        return {"pairs": self.pairs, **errors, "bins": bins}


def calibration(pairs: ir.Table) -> Calibration:
    """Of labelled pairs (columns probability, right) those scored from LOW to HIGH, in BINS bins."""
    width = (HIGH - LOW) / BINS
    seen = pairs.filter(pairs["probability"].between(LOW, HIGH))
    number = ((seen["probability"] - LOW) / width).floor().cast("int64").clip(upper=BINS - 1)
    seen = seen.mutate(bin=number)
    rows = (
        seen.group_by("bin")
        .agg(
            pairs=seen.count(),
            expected=seen["probability"].mean(),
            observed=seen["right"].cast("float64").mean(),
        )
        .order_by("bin")
        .to_pyarrow()
        .to_pylist()
    )
    return Calibration(tuple(_bin(width, **row) for row in rows))


def _bin(width: float, bin: int, pairs: int, expected: float, observed: float) -> Bin:
    low = LOW + bin * width
    return Bin(low, low + width, pairs, expected, observed)
