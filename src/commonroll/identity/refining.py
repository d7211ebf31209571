"""Chances learned once more from all pairs that are compared, each weighed by the probability that it is one
person (EM over patterns of levels).

Splink's rules of training leave the comparison out that they are written on, and what speaks of the same
columns: where names are equal, neither names nor the place say which of the pairs are one person, and a
birth date written wrongly looks like another person's. Here every comparison has its say. What two people
show by chance (u) stays as it was counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from commonroll.identity.comparison import Comparison, Level
from commonroll.identity.comparisons import COMPARISONS, GAMMAS, levels
from commonroll.identity.model import Chance, Key, Model

ROUNDS = 60
CASES = 8.0
"""So many matches the chances that were learned before weigh."""
LEAST = 0.002
"""From this on a level's chance begins: nearer to 0 no evidence would lift it."""
LEFT = 0.05
"""Part of a share among all pairs that is two people's at the least."""
ASSUMED = (("first_name", "transposed"), ("first_name", "half transposed"))
"""Levels whose m is assumed before, being rare, and learned here."""
_STEPS = 4
"""Parts of a bit to which a pair's other evidence (how rare its names are) is rounded."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Seen:
    """Patterns of gammas (one row each), how many pairs show them, and their bits under the model."""

    gammas: NDArray[np.int64]
    pairs: Floats
    bits: Floats


@dataclass(frozen=True)
class _Group:
    """Levels of one comparison that share one chance m, and whether it is learned."""

    comparison: int
    gammas: tuple[int, ...]
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Learned:
    """m of levels that some pair shows, and the share of all pairs that are of one person."""

    m: Mapping[Key, float]
    prior: float

    def of_strangers(self, key: Key, u: float) -> float:
        """A share among all pairs, less the pairs of one person among them."""
        return max(u - self.prior * self.m.get(key, 0.0), u * LEFT)


def refined(pairs: Path, model: Model, *, veto: bool) -> Learned:
    """m of levels that some pair shows, learned from pairs that `model` scored (a file as `link` writes it,
    honest lines not applied). `veto`: the level that tells a father from his son stays as it is."""
    seen = _seen(pairs)
    groups = list(_groups(veto))
    m = np.array([model.chances[group.keys[0]].m for group in groups])
    base, start = m.copy(), np.maximum(m, LEAST)
    at = _places(seen, groups)
    m, shift = start, 0.0
    for _ in range(ROUNDS):
        bits = seen.bits + shift + _moved(at, np.log2(m) - np.log2(base))
        p = seen.pairs / (1 + np.exp2(-np.clip(bits, -500, 500)))
        shift = _shift(p.sum(), model)
        m = _learned(p, at, groups, base)
    shown = np.isin(np.arange(len(groups)), at)
    learned = {
        key: float(share)
        for group, share, known in zip(groups, m, shown, strict=True)
        if known
        for key in group.keys
    }
    return Learned(learned, _prior(p.sum(), model))


def _seen(pairs: Path) -> _Seen:
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT {', '.join(GAMMAS)}, count(*), avg(match_weight) FROM read_parquet($1) "
            f"GROUP BY {', '.join(GAMMAS)}, round(match_weight * {_STEPS})",
            [str(pairs)],
        ).fetchnumpy()
    columns = list(rows.values())
    return _Seen(
        np.stack([np.asarray(column, dtype=np.int64) for column in columns[: len(GAMMAS)]], axis=1),
        np.asarray(columns[-2], dtype=np.float64),
        np.asarray(columns[-1], dtype=np.float64),
    )


def _groups(veto: bool) -> Iterator[_Group]:
    for number, comparison in enumerate(COMPARISONS):
        alike: dict[str, list[tuple[int, str]]] = {}
        for at, level in enumerate(comparison.levels):
            if _is_learned(comparison, level, veto):
                gamma = len(comparison.levels) - 1 - at
                alike.setdefault(level.like or level.name, []).append((gamma, level.name))
        for members in alike.values():
            gammas = tuple(gamma for gamma, _ in members)
            yield _Group(number, gammas, tuple((comparison.name, name) for _, name in members))


def _is_learned(comparison: Comparison, level: Level, veto: bool) -> bool:
    if level.sums:
        return False
    key = comparison.name, level.name
    if key == ("birth", "gap"):
        return not veto
    return level.m is None or key in ASSUMED


def _places(seen: _Seen, groups: list[_Group]) -> NDArray[np.int64]:
    """For each pattern and comparison the number of the group that its level is in, or -1."""
    at = np.full(seen.gammas.shape, -1, dtype=np.int64)
    for number, group in enumerate(groups):
        at[np.isin(seen.gammas[:, group.comparison], group.gammas), group.comparison] = number
    return at


def _moved(at: NDArray[np.int64], bits: Floats) -> Floats:
    moved: Floats = np.where(at >= 0, bits[at], 0.0).sum(axis=1)
    return moved


def _shift(expected: float, model: Model) -> float:
    """Bits by which the odds of a match before any field move."""
    prior = _prior(expected, model)
    return float(np.log2(prior / (1 - prior)) - np.log2(model.prior / (1 - model.prior)))


def _prior(expected: float, model: Model) -> float:
    if model.fitted is None:
        return model.prior
    left, right = model.fitted.left, model.fitted.right
    pairs, most = (left * right, min(left, right)) if right else (left * (left - 1) / 2, 2.0 * left)
    return float(min(max(min(expected, most) / max(pairs, 1), 1e-15), 0.5))


def _learned(p: Floats, at: NDArray[np.int64], groups: list[_Group], base: Floats) -> Floats:
    """m as shares of the matches that show a level of their comparison, drawn to `base`, which stays where
    no pair shows a level."""
    weights = np.array([p[at[:, group.comparison] == number].sum() for number, group in enumerate(groups)])
    owners = np.array([group.comparison for group in groups])
    shown = np.isin(np.arange(len(groups)), at)
    fresh = base.copy()
    for owner in np.unique(owners):
        mine = (owners == owner) & shown
        whole = base[mine].sum()
        fresh[mine] = (weights[mine] + CASES * base[mine] / whole) / (weights[mine].sum() + CASES)
    return np.maximum(fresh, 1e-6)


def summed(chances: Mapping[Key, Chance]) -> dict[Key, Chance]:
    """`chances` with m of levels that are sums of others' added up anew."""
    made = dict(chances)
    for comparison, level in levels():
        if level.sums:
            m = sum(made[comparison.name, name].m for name in level.sums)
            made[comparison.name, level.name] = replace(made[comparison.name, level.name], m=min(m, 1.0))
    return made
