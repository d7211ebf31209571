"""Reproducible chance: named streams of integers, and a hash that gives one person the same luck every time.

Everything is drawn as integers or compared as plain fractions. No logarithm, power or normal is taken, since
their last bits differ between processors and the files must be the same bytes everywhere.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Luck = NDArray[np.uint64]

PARTS = 10_000


def stream(seed: int, topic: str, *parts: int) -> np.random.Generator:
    """A generator that belongs to one topic, so that a new topic never shifts the others."""
    entropy = [seed, zlib.crc32(topic.encode("ascii")), *parts]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def pick(rng: np.random.Generator, weights: ArrayLike, n: int) -> Ints:
    """`n` positions in `weights` (whole numbers), each as often as its weight says."""
    return pick_edges(rng, np.cumsum(np.asarray(weights, dtype=np.int64)), n)


def pick_edges(rng: np.random.Generator, edges: Ints, n: int) -> Ints:
    """As `pick`, over weights already summed up."""
    return np.searchsorted(edges, rng.integers(0, edges[-1], n), side="right").astype(np.int64)


def chance(rng: np.random.Generator, n: int, per_ten_thousand: int | Ints) -> Bools:
    """`n` coins, true `per_ten_thousand` times in 10,000."""
    return np.asarray(rng.integers(0, PARTS, n) < per_ten_thousand)


def mixed(luck: Luck, salt: int) -> Luck:
    """Another 64 random bits from a person's own, the same in every delivery (finaliser of SplitMix64)."""
    step = np.uint64((salt * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    z = luck + step
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def one_of(luck: Luck, salt: int, sides: int) -> Ints:
    """A whole number below `sides` for each person."""
    return np.asarray((mixed(luck, salt) >> np.uint64(33)) % np.uint64(sides)).astype(np.int64)


def rank_within(keys: NDArray[Any]) -> Ints:
    """0, 1, 2 ... for the first, second, third row of each key, in row order."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]] if len(keys) else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.arange(len(keys)) - start
    return rank


def coprime_step(wanted: int, length: int) -> int:
    """The first step from `wanted` on that walks through all of `length` before it repeats."""
    step = wanted
    while np.gcd(step, length) != 1:
        step += 1
    return step


def spread(weights: Sequence[int] | Ints, total: int) -> Ints:
    """`total` things dealt out by weight, at least one to each."""
    share = np.asarray(weights, dtype=np.int64) * total // max(int(np.sum(weights)), 1)
    return np.maximum(share, 1)
