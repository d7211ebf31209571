"""Why two records are taken for one person: a scored pair as steps of bits, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log2
from typing import Any

from commonroll.identity.comparisons import COMPARISONS
from commonroll.identity.honest import ALONE, CELL, undated_home
from commonroll.identity.model import Model

SMALL = 0.05
"""Bits below which a step is not worth a line."""


@dataclass(frozen=True)
class Step:
    """What one field says: its words, what was found, and bits for (above 0) or against one person.

    `comparison` is the model's name of the field; `start`, `alone`, `rarity` and `together` are none: the
    odds of any two records, that nobody else bears the name at the address, how rare the names are, and
    what fields that go together claim too much or too little.
    """

    comparison: str
    field: str
    found: str
    bits: float


@dataclass(frozen=True)
class Evidence:
    """Steps in the order of the model; their bits add up to `weight`. `probability` that it is one person."""

    steps: tuple[Step, ...]
    weight: float
    probability: float


def evidence(pair: Mapping[str, Any], model: Model) -> Evidence:
    """The evidence in a scored pair (`match_weight` and gammas, as `link` writes them) under its model.

    Fields that a record lacks are left out. No value of a record is repeated.
    """
    weight = float(pair["match_weight"])
    steps = [
        Step("start", "before any field", "two records picked at random", _start(model)),
        *_fields(pair, model),
    ]
    alone = _alone(pair, weight, model, sum(step.bits for step in steps))
    summed = _summed(pair, weight - alone, model)
    rarity = summed - sum(step.bits for step in steps)
    for name, field, found, bits in (
        ("alone", "namesakes", "nobody else of this name is known at the address", alone),
        ("rarity", "rarity", "how rare these names are", rarity),
        (
            "together",
            "fields together",
            "what fields that often go together say twice or miss",
            weight - alone - summed,
        ),
    ):
        if abs(bits) >= SMALL:
            steps.append(Step(name, field, found, bits))
    return Evidence(tuple(steps), weight, 1 / (1 + 2.0**-weight))


def _start(model: Model) -> float:
    return log2(model.prior / (1 - model.prior))


def _fields(pair: Mapping[str, Any], model: Model) -> Iterator[Step]:
    for comparison in COMPARISONS:
        level = comparison.level(pair[f"gamma_{comparison.name}"])
        if level is not None:
            chance = model.chance(comparison.name, level.name)
            yield Step(comparison.name, comparison.words, level.words, log2(chance.m / chance.u))


def _alone(pair: Mapping[str, Any], weight: float, model: Model, fields: float) -> float:
    """Bits for a name that stands alone at its address: no name is rare at these levels, so they are what is
    left over."""
    if tuple(pair[f"gamma_{name}"] for name in CELL) != undated_home():
        return 0.0
    over = weight - ALONE
    return ALONE if abs(_summed(pair, over, model) - fields) < SMALL else 0.0


def _summed(pair: Mapping[str, Any], weight: float, model: Model) -> float:
    """The sum of weights that the model's line for these levels made honest."""
    gammas = tuple(pair[f"gamma_{name}"] for name in CELL)
    for line in model.honest:
        if line.gammas == gammas:
            return (weight - line.offset) / line.slope
    return weight
