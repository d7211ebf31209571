"""What leakers who know the method and no key do to their copies, and whom a trace names then.

Attacks are drawn by a seed. Whatever they do to a value they do to marked and unmarked rows alike, except
where copies differ: that leakers see. The reader is `tracing/bits_read.sql` in numpy, bounds are the
product's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bench.leak_world import Bits, Decoys, Flags, Floats, Ints, Score, World, point

from commonroll.tracing.score import Bound, line, weights

MIXES = ("rows", "districts", "least", "most", "middle", "mean", "one", "seldom")
KEPT = ("any", "block", "districts", "alike", "high")


@dataclass(frozen=True)
class Verdict:
    """Whom a leak's layers name, and by which; `leakers`: whose copies it was made of."""

    leakers: frozenset[int]
    named: frozenset[int]

    @property
    def caught(self) -> bool:
        return bool(self.named & self.leakers)

    @property
    def innocents(self) -> int:
        return len(self.named - self.leakers)


# Which rows are kept


def kept(draw: np.random.Generator, world: World, how: str, share: float) -> Flags:
    """Which rows of the file are in the leak: about a share of them; `high` is decided by values later."""
    found = np.zeros(world.size, bool)
    if how == "block":
        size = int(world.size * share)
        begin = int(draw.integers(0, world.size - size + 1))
        found[begin : begin + size] = True
    elif how == "districts":
        several = draw.permutation(int(world.district.max()) + 1)
        found = np.isin(world.district, several[: max(1, round(len(several) * share))])
    else:
        found = draw.random(world.size) < (1.0 if how == "high" else share)
    return found


def differing(world: World, leakers: Sequence[int]) -> Flags:
    """Rows in which the leakers' copies differ anywhere: all of these carry a mark."""
    found = np.zeros(world.size, bool)
    for score in world.scores:
        bits = score.bits[list(leakers)]
        found[score.rows[: score.marked][(bits != bits[0]).any(axis=0)]] = True
    return found


# What becomes of the values


def mixed(draw: np.random.Generator, copies: Floats, district: Ints, how: str) -> Floats:
    """One value a row out of several copies' (copies x rows)."""
    number, rows = copies.shape
    if how == "rows":
        return np.asarray(copies[draw.integers(0, number, rows), np.arange(rows)])
    if how == "districts":
        of = draw.integers(0, number, int(district.max()) + 1)
        return np.asarray(copies[of[district], np.arange(rows)])
    if how == "seldom":
        # of each row the value that fewer copies have
        middle = np.median(copies, axis=0)
        return np.asarray(copies.min(axis=0) + copies.max(axis=0) - middle)
    if how == "mean":
        return np.asarray(np.round(copies.mean(axis=0), draw.choice([1, 2])))
    several = {"least": np.min, "most": np.max, "middle": np.median}
    return np.asarray(several[how](copies, axis=0) if how in several else copies[0])


def blurred(draw: np.random.Generator, values: Floats, differ: Flags) -> Floats:
    """Jitter of at most half a point, of some rows or of those that differ; then perhaps fewer digits."""
    if draw.random() < 0.6:
        share = draw.choice([0.1, 0.3, 1.0, -1.0])
        where = differ if share < 0 else draw.random(len(values)) < share
        values = values + where * np.round(draw.uniform(-0.5, 0.5, len(values)), draw.choice([1, 3]))
    how = draw.choice(("as it is", "as it is", "down", "nearest", "nearest", "half up", "up", "tenths"))
    return {
        "as it is": lambda: values, "down": lambda: np.floor(values), "nearest": lambda: np.rint(values),
        "half up": lambda: np.floor(values + 0.5), "up": lambda: np.ceil(values),
        "tenths": lambda: np.floor(values * 10 + 1e-9) / 10,
    }[str(how)]()  # fmt: skip


# What a trace reads


def read(score: Score, values: Floats, seen: Flags) -> dict[str, tuple[Ints, Flags]]:
    """Layer -> the leak's bits at all marks, and at which they can be read. `values`: at `score.rows`."""
    m, whole = score.marked, np.mean(values[seen] % 1 == 0) if seen.any() else 1.0
    found = {"point": _points(score, values, seen)}
    if whole <= 0.98:
        bits = np.floor(values[:m] * 10 + 0.5).astype(np.int64) % 2
        found["tenth"] = bits, seen[:m] & ~score.points
    return found


def _points(score: Score, values: Floats, seen: Flags) -> tuple[Ints, Flags]:
    m = score.marked
    free, true = seen[m:], score.truth[:m]
    of = score.truth[m:][free] % 10 * 2 + score.truth[m:][free] // 10 % 2
    away = values[m:][free] - score.truth[m:][free] / 10
    far = np.array([np.median(away[of == n]) if (of == n).sum() >= 3 else np.nan for n in range(20)])
    off = [
        np.abs(values[:m] - point(true, np.full(m, bit)) / 10 - far[true % 10 * 2 + bit]) for bit in (0, 1)
    ]
    clear = np.abs(off[0] - off[1]) > 1e-6
    return (off[1] < off[0]).astype(np.int64), seen[:m] & score.points & clear


def totals(p: Floats, bits: Bits, y: Ints) -> Floats:
    """Each recipient's score at some positions (`bits`: recipients x positions)."""
    one, zero = weights(p, y)
    return np.asarray(bits.astype(np.float64) @ (one - zero) + zero.sum())


def named(world: World, p: Floats, bits: Bits, y: Ints, seen: Flags) -> set[int]:
    """Who is accused by a layer of which some positions were seen."""
    if not seen.any():
        return set()
    p, y, threshold = p[seen], y[seen], line(world.recipients, world.layers)
    bound = Bound.of(p, y)
    found = totals(p, bits[:, seen], y)
    return {who for who, total in enumerate(found) if bound.log(float(total)) < threshold}


def _by_scores(world: World, values: Sequence[tuple[Score, Floats]], rows: Flags) -> set[int]:
    found: set[int] = set()
    for score, said in values:
        for bits, clear in read(score, said, rows[score.rows]).values():
            found |= named(world, score.p, score.bits, bits, clear)
    return found


def by_decoys(world: World, decoys: Decoys, there: Flags) -> set[int]:
    """Whom the decoys name that stand in a leak: each a 1, of the others nothing is concluded."""
    return named(world, decoys.p, decoys.bits, np.ones(len(there), np.int64), there)


# Trials


def with_scores(world: World, seed: int, leakers: int = 3) -> Verdict:
    """A leak that keeps one usable score or more: whole points or finer, jitter of half a point."""
    draw = np.random.default_rng(seed)
    whose = draw.choice(world.recipients, leakers, replace=False)
    how, share = str(draw.choice(KEPT)), float(draw.choice([0.2, 0.2, 0.5, 1.0]))
    rows, differ = kept(draw, world, how, share), differing(world, whose)
    if how == "alike":
        rows &= ~differ
    several = draw.permutation(len(world.scores))[: draw.integers(1, len(world.scores) + 1)]
    made = []
    for score in (world.scores[n] for n in several):
        copies = np.vstack([score.copy(int(one)) for one in draw.permutation(whose)])
        values = mixed(draw, copies, world.district[score.rows], str(draw.choice(MIXES)))
        made.append((score, blurred(draw, values, differ[score.rows])))
    if how == "high":
        best = made[0]
        rows[best[0].rows[best[1] < np.quantile(best[1], 1 - share)]] = False
    return Verdict(frozenset(whose.tolist()), frozenset(_by_scores(world, made, rows)))


def without_scores(
    world: World, seed: int, *, decoys: int, leakers: int = 3, share: float = 0.2
) -> Verdict:  # fmt: skip
    """A leak of rows alone: those of any copy, of all, of most, of one, of a copy a row or district."""
    draw = np.random.default_rng(seed)
    whose = draw.choice(world.recipients, leakers, replace=False)
    held = world.decoys.first(decoys)
    have, district = held.bits[whose], world.district[held.rows]
    how = str(draw.choice(("any", "all", "rows", "most", "districts", "one")))
    there = {
        "any": lambda: have.max(axis=0), "all": lambda: have.min(axis=0), "one": lambda: have[0],
        "rows": lambda: have[draw.integers(0, leakers, decoys), np.arange(decoys)],
        "most": lambda: have.mean(axis=0) > 0.5,
        "districts": lambda: have[draw.integers(0, leakers, 1 + max(district))[district], np.arange(decoys)],
    }[how]()  # fmt: skip
    rows = kept(draw, world, str(draw.choice(KEPT[:3])), share)
    found = by_decoys(world, held, there.astype(bool) & rows[held.rows])
    return Verdict(frozenset(whose.tolist()), frozenset(found))


def not_ours(world: World, seed: int) -> Verdict:
    """The owner's own file, a copy of another federation's with marks of another key, or drawn numbers."""
    draw = np.random.default_rng(seed)
    how = ("own", "other", "drawn")[seed % 3]
    rows = kept(draw, world, str(draw.choice(KEPT[:3])), float(draw.choice([0.2, 1.0])))
    made = []
    for score in world.scores:
        values = score.truth / 10
        if how == "other":
            bits = draw.integers(0, 2, len(values))
            strange = draw.random(len(values)) < 0.01
            values = np.where(strange, point(score.truth, bits) / 10, values)
        elif how == "drawn":
            values = np.rint(draw.beta(2, 2, len(values)) * 1000) / 10
        made.append((score, blurred(draw, values, np.zeros(len(values), bool))))
    there = draw.random(len(world.decoys.rows)) < (0.01 if how == "drawn" else 0)
    found = _by_scores(world, made, rows) | by_decoys(world, world.decoys, there)
    return Verdict(frozenset(), frozenset(found))
