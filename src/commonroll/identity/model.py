"""The model: how often one person's records show each level, and two people's; and its form for Splink."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import pyarrow as pa

from commonroll.identity.comparison import Comparison, Level
from commonroll.identity.comparisons import COMPARISONS, shape
from commonroll.identity.honest import Line

How = Literal["trained", "sampled", "counted", "assumed", "derived", "kept"]

Key = tuple[str, str]
"""Comparison and level by name."""


@dataclass(frozen=True)
class Chance:
    """How often a level is seen in two records of one person (m) and of two people (u), and how that is
    known."""

    m: float
    u: float
    how_m: How
    how_u: How


@dataclass(frozen=True)
class Fit:
    """What a model was fitted to: records on each side (right 0: one table against itself), expected
    matches."""

    left: int
    right: int
    expected: float


@dataclass(frozen=True)
class Model:
    """Chances of every level, the prior, and what is frozen with them so that a pair's score never depends
    on a run.

    `shares`: column, value, share of people that bear it, only names of many people; `rare` the share of
    any other value by column. `rules`: names of
    the blocking rules; `crowded`: rule, key of blocks too big to compare. `fitted` is None where u,
    prior, shares are still those of the training data: `link` fits them first. `honest`: what turns summed
    weights into honest ones.
    """

    chances: Mapping[Key, Chance]
    prior: float
    trained_at: str
    trained_on: Mapping[str, int]
    rare: Mapping[str, float]
    shares: pa.Table = field(compare=False)
    crowded: pa.Table = field(compare=False)
    fitted: Fit | None = None
    honest: tuple[Line, ...] = ()
    rules: tuple[str, ...] = ()
    note: str = ""

    @cached_property
    def version(self) -> str:
        """A hash of everything that a score depends on."""
        parts = [shape(), repr(sorted((k, c.m, c.u) for k, c in self.chances.items())), repr(self.prior)]
        parts += [repr(sorted(self.rare.items())), repr(self.fitted), repr(self.honest), repr(self.rules)]
        parts += [repr(table.to_pydict()) for table in (self.shares, self.crowded)]
        return sha256("\n".join(parts).encode()).hexdigest()[:16]

    def chance(self, comparison: str, level: str) -> Chance:
        """The chances of one level."""
        return self.chances[comparison, level]


SHARES = pa.schema({"field": pa.string(), "value": pa.string(), "share": pa.float64()})
CROWDED = pa.schema({"rule": pa.string(), "key": pa.uint64()})


def settings(
    chances: Mapping[Key, tuple[float | None, float | None]], prior: float, *, link_type: str = "dedupe_only"
) -> dict[str, Any]:
    """The model as Splink's settings. m or u that `chances` lacks is left for Splink to train."""
    return {
        "link_type": link_type,
        "sql_dialect": "duckdb",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
        "max_iterations": 15,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [_settings_of(comparison, chances) for comparison in COMPARISONS],
    }


def scoring(chances: Mapping[Key, Chance], prior: float) -> dict[str, Any]:
    """The model as Splink's settings for scoring alone.

    A level that counts by shares is weighed against the plain equality of its column. Splink would look for
    that equality by normalising the SQL of every level of the comparison, 1.4 s in each run. Here its u is
    said instead, and m in proportion (above 1 where it must be): a weight depends on nothing but their ratio.
    """
    given = {key: (chance.m, chance.u) for key, chance in chances.items()}
    made = settings(given, prior)
    for comparison, said in zip(COMPARISONS, made["comparisons"], strict=True):
        for level, known in zip(comparison.levels, said["comparison_levels"][1:], strict=True):
            if level.share:
                plain = given[comparison.name, _equality(comparison, level.share).name][1]
                known["m_probability"] *= plain / known["u_probability"]
                known |= {"u_probability": plain, "disable_tf_exact_match_detection": True}
    return made


def _equality(comparison: Comparison, column: str) -> Level:
    """The level of a comparison at which a column is equal and nothing else is asked."""
    equal = f"{column}_l = {column}_r"
    return next(level for level in comparison.levels if level.sql == equal)


def _settings_of(
    comparison: Comparison, chances: Mapping[Key, tuple[float | None, float | None]]
) -> dict[str, Any]:
    made = [{"sql_condition": comparison.unknown, "label_for_charts": "unknown", "is_null_level": True}]
    for level in comparison.levels:
        m, u = chances.get((comparison.name, level.name), (None, None))
        made.append(_level_settings(level, m, u))
    return {"output_column_name": comparison.name, "comparison_levels": made}


def _level_settings(level: Level, m: float | None, u: float | None) -> dict[str, Any]:
    made: dict[str, Any] = {"sql_condition": level.sql, "label_for_charts": level.name}
    if level.share:
        made["tf_adjustment_column"] = level.share
    if m is not None:
        made |= {"m_probability": m, "fix_m_probability": True}
    if u is not None:
        made |= {"u_probability": u, "fix_u_probability": True}
    return made
