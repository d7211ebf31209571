"""What changed in the links since the last run: a model that slowly stops fitting shows here first.

Needs no truth: counts by verdict and reason, and how the weights and the levels of each comparison are
distributed. Distributions are compared by the population stability index, the sum over bins of
(now - before) x ln(now / before).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

import ibis
import ibis.expr.types as ir

from commonroll.identity.accuracy import rounded

LOWEST, HIGHEST, BITS = -12, 60, 4
"""Match weights (bits) are counted in bins of BITS between these two."""
SHIFTED = 0.25
"""Index from which on two distributions are not the same; below .1 nothing changed (as in credit scoring)."""
TIMES = 1.5
"""A count by reason that grew or shrank by more is named; of pairs per record, since rolls grow."""
FEW = 50


@dataclass(frozen=True)
class Run:
    """What one run of linking found. `verdicts`: pairs by verdict, unsure ones by reason; `mean_bits`: mean
    weight by the same; `weights`: pairs by bin of weight; `levels`: pairs by comparison and level."""

    records: int = 0
    verdicts: Mapping[str, int] = field(default_factory=dict)
    mean_bits: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    model: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "model": self.model,
            "verdicts": dict(self.verdicts),
            "mean_bits": {name: round(bits, 2) for name, bits in self.mean_bits.items()},
            "weights": dict(self.weights),
            "levels": {name: dict(counts) for name, counts in self.levels.items()},
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Run:
        """From what `as_dict` wrote."""
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})


@dataclass(frozen=True)
class Drift:
    """`index` by distribution (weights, and each comparison); `per_thousand`: pairs per thousand records, by
    verdict, before and now; `sentences`: what a person should look at."""

    index: Mapping[str, float]
    per_thousand: Mapping[str, tuple[float, float]]
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "index": {name: rounded(value) for name, value in self.index.items()},
            "per_thousand": {name: [round(n, 3) for n in both] for name, both in self.per_thousand.items()},
            "sentences": list(self.sentences),
        }


def run(pairs: ir.Table, records: int, model: str = "") -> Run:
    """Count one run. `pairs`: verdict, reason, match_weight and any gamma_<comparison>; `records` that were
    linked; `model`: name of its version."""
    named = ibis.coalesce(pairs["verdict"] + ": " + pairs["reason"], pairs["verdict"])
    weight = pairs["match_weight"].clip(lower=LOWEST, upper=HIGHEST - BITS)
    bins = ((weight - LOWEST) / BITS).floor().cast("int64") * BITS + LOWEST
    seen = pairs.mutate(named=named, bin=bins)
    by_verdict = seen.group_by("named").agg(n=seen.count(), bits=seen["match_weight"].mean())
    rows = by_verdict.order_by("named").to_pyarrow().to_pylist()
    return Run(
        records=records,
        model=model,
        verdicts={row["named"]: row["n"] for row in rows},
        mean_bits={row["named"]: row["bits"] for row in rows},
        weights=_counts(seen, "bin"),
        levels={c.removeprefix("gamma_"): _counts(seen, c) for c in pairs.columns if c.startswith("gamma_")},
    )


def _counts(pairs: ir.Table, column: str) -> dict[str, int]:
    known = pairs.filter(pairs[column].notnull())
    rows = known.group_by(key=known[column].cast("int64")).agg(n=known.count()).order_by("key")
    return {str(row["key"]): row["n"] for row in rows.to_pyarrow().to_pylist()}


def drift(before: Run, now: Run) -> Drift:
    """Compare two runs; another model makes other weights, which the first sentence says."""
    shared = [name for name in now.levels if name in before.levels]
    index = {"weights": stability(before.weights, now.weights)}
    index |= {name: stability(before.levels[name], now.levels[name]) for name in shared}
    names = sorted({*before.verdicts, *now.verdicts})
    rates = {name: (_rate(before, name), _rate(now, name)) for name in names}
    return Drift(index, rates, tuple(_sentences(before, now, index, rates)))


def stability(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Population stability index of two counts by bin; half a pair is added to each, so none is empty."""
    bins = sorted({*before, *now})
    all_before = sum(before.values()) + len(bins) / 2
    all_now = sum(now.values()) + len(bins) / 2
    total = 0.0
    for one in bins:
        was, is_ = (before.get(one, 0) + 0.5) / all_before, (now.get(one, 0) + 0.5) / all_now
        total += (is_ - was) * log(is_ / was)
    return total


def _rate(of: Run, name: str) -> float:
    return 1000 * of.verdicts.get(name, 0) / max(1, of.records)


def _sentences(
    before: Run, now: Run, index: Mapping[str, float], rates: Mapping[str, tuple[float, float]]
) -> list[str]:
    said = []
    if before.model != now.model:
        said.append(f"The model changed from {before.model or 'none'} to {now.model or 'none'}.")
    for name, value in index.items():
        if value >= SHIFTED:
            said.append(f"The distribution of {name} shifted: stability index {value:.2f}.")
    for name, (was, is_) in rates.items():
        few = max(before.verdicts.get(name, 0), now.verdicts.get(name, 0)) < FEW
        if not few and not 1 / TIMES <= (is_ + 1e-9) / (was + 1e-9) <= TIMES:
            said.append(f"Pairs {name}: {is_:.2f} in a thousand records, before {was:.2f}.")
    return said
