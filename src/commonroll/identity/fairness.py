"""No group of people is matched markedly worse unseen: groups that lie below everybody else are named.

Errors by group are what harms: of people flagged as moved in one state who had not, minorities were twice as
likely (Huber et al. 2021; linkage.md 9). A gap is named whatever explains it; the slices beside it may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Any

from commonroll.identity.accuracy import Accuracy, rounded
from commonroll.identity.slices import UNKNOWN, Slice

OF_PEOPLE = ("origin", "age", "sex")
"""Slices whose values nobody should be matched worse for."""
MARGINS: Mapping[str, float] = {"precision": 0.002, "recall": 0.02}
"""How far below everybody else a group may lie."""
TESTED_FROM = 400
"""Pairs from which on a group is tested; chance explains anything in smaller ones."""
CHANCE = 0.01
"""One-sided level of the test, shared out over the groups that are tested (Bonferroni)."""


@dataclass(frozen=True)
class Gap:
    """A group that is matched markedly worse: its `rate` (precision or recall), that of everybody else, and
    how likely a gap so wide is by chance."""

    name: str
    value: str
    measure: str
    rate: float
    others: float
    chance: float

    def as_dict(self) -> dict[str, Any]:
        found = {"slice": self.name, "value": self.value, "measure": self.measure}
        return found | {
            "rate": rounded(self.rate), "others": rounded(self.others), "chance": self.chance
        }  # fmt: skip


def gaps(
    slices: Sequence[Slice], margins: Mapping[str, float] = MARGINS, names: Sequence[str] = OF_PEOPLE
) -> tuple[Gap, ...]:
    """Groups that are matched markedly worse than everybody else: by more than the margin, and by more than
    chance explains (two proportions, one-sided; the level is shared by all groups that are tested)."""
    tested = [
        one for one in slices
        if one.name in names and one.value != UNKNOWN and one.accuracy.size >= TESTED_FROM
    ]  # fmt: skip
    level = CHANCE / max(1, len(tested) * len(margins))
    found = []
    for one in tested:
        others = [s.accuracy for s in tested if s.name == one.name and s.value != one.value]
        for measure, margin in margins.items():
            gap = _gap(one, others, measure)
            if gap is not None and gap.others - gap.rate > margin and gap.chance < level:
                found.append(gap)
    return tuple(found)


def _gap(one: Slice, others: Sequence[Accuracy], measure: str) -> Gap | None:
    of = "linked" if measure == "precision" else "true"
    right, all_ = one.accuracy.right, getattr(one.accuracy, of)
    right_else, all_else = sum(o.right for o in others), sum(getattr(o, of) for o in others)
    if not all_ or not all_else:
        return None
    rate, rest, pooled = right / all_, right_else / all_else, (right + right_else) / (all_ + all_else)
    error = sqrt(pooled * (1 - pooled) * (1 / all_ + 1 / all_else))
    chance = erfc((rest - rate) / error / sqrt(2)) / 2 if error else 1.0
    return Gap(one.name, one.value, measure, rate, rest, chance)
