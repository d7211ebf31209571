"""A comparison: the levels at which a field agrees, each with its condition and its words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """How far a field agrees. `sql` speaks of columns with _l and _r; `words` finish "it is ...".

    `share`: column whose rarity counts too. `m`, `u`: assumed for the reason `why`, where training data
    rarely show the level. `sums`: m and u are the sums of other levels'. `counted`: u is counted on the
    data at hand. `like`: m is that of all levels that name this one. `least_m`: no training makes m
    smaller.
    """

    name: str
    sql: str
    words: str
    share: str | None = None
    m: float | None = None
    u: float | None = None
    why: str = ""
    sums: tuple[str, ...] = ()
    counted: bool = False
    like: str = ""
    least_m: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """One field or more, compared as one. Without a value on either side, `unknown`, it says nothing."""

    name: str
    words: str
    unknown: str
    levels: tuple[Level, ...]

    def level(self, gamma: int) -> Level | None:
        """The level of a Splink vector value: -1 is unknown, 0 the last."""
        return None if gamma < 0 else self.levels[len(self.levels) - 1 - gamma]


def missing(*columns: str) -> str:
    """Where one of the columns has no value on one side."""
    return " or ".join(f"{column}_{side} is null" for column in columns for side in "lr")


ELSE = "ELSE"
RARE = "too rare in training data"
SLIPS = "sex is written down wrongly in a few of a thousand records"
ONE_MAN = "the veto that tells a father from his son (specs/linkage.md, 2.4)"
SHARES_HOME = "a home shares it, so it says little about which of its people"
