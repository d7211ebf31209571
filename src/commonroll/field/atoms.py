"""Atoms of turf: pieces of one side of a street that stay together, and how much they belong together.

With a street network an atom is a run of doors along a side (`runs.py`) and touches the runs that are a short
walk away (`ways.py`); without one it is what stands on one side of one hundred-block (`points.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.doors import Doors
from commonroll.field.runs import runs_along
from commonroll.field.streets import Streets
from commonroll.field.ways import Ways, ways_between

SAME_FACE, OPPOSITE = 100.0, 60.0
"""What two atoms lose that come into different turfs."""

AT_HAND, FADES = 80.0, 50.0
"""What is lost with a way of no length, and metres after which it is a third of it."""

GAP, TIED = 200.0, 400.0
"""Metres of the longest way inside a turf; and of one that ties on what is too light to be a turf."""

LIGHT = 40.0
"""Doors below which what is joined by ways without a gap is tied to something else."""


@dataclass(frozen=True)
class Atoms:
    """`weight` (doors, or units of time) and the middle of each atom, the atom of each door, and `near`: a
    symmetric matrix of what atoms lose when they are parted, nothing where they do not touch."""

    weight: Floats
    x: Floats
    y: Floats
    of_door: Ints
    near: sparse.csr_array

    def __len__(self) -> int:
        return len(self.weight)

    def scaled(self, by: float) -> Atoms:
        """The same atoms with other weights: turfs of other sizes are cut in the same window."""
        return Atoms(self.weight * by, self.x, self.y, self.of_door, self.near)

    def take(self, kept: Ints) -> Atoms:
        """The atoms at these places, numbered anew, without the doors that are in them."""
        near = sparse.csr_array(self.near[kept][:, kept])
        return Atoms(self.weight[kept], self.x[kept], self.y[kept], np.empty(0, np.int64), near)


def along_streets(streets: Streets, doors: Doors) -> Atoms:
    """The runs of every side on which a door stands.

    No two touch that are further apart than GAP on foot, but for pieces of fewer than LIGHT doors: each of
    those is tied to the nearest run within TIED.
    """
    runs = runs_along(doors, GAP)
    weight = np.bincount(runs.of_door, minlength=len(runs)).astype(np.float64)
    x, y = (np.bincount(runs.of_door, weights=v, minlength=len(runs)) / weight for v in (doors.x, doors.y))
    ways = ways_between(streets, doors, runs, TIED)
    kept = ways.take(_without_gap(ways, weight))
    worth = np.maximum(AT_HAND * np.exp(-kept.metres / FADES), 1.0)
    worth[runs.face[kept.left] == runs.face[kept.right]] = SAME_FACE
    return Atoms(weight, x, y, runs.of_door, affinities(len(runs), kept.left, kept.right, worth))


def _without_gap(ways: Ways, weight: Floats) -> Bools:
    """Ways of at most GAP, and the shortest out of each piece that those join which is too light."""
    kept = ways.metres <= GAP
    order = np.argsort(ways.metres, kind="stable")
    size = (len(weight), len(weight))
    while True:
        graph = sparse.coo_array((np.ones(int(kept.sum())), (ways.left[kept], ways.right[kept])), shape=size)
        _, piece = connected_components(graph, directed=False)
        light = np.bincount(piece, weights=weight) < LIGHT
        ends = piece[np.column_stack([ways.left, ways.right])[order]]
        apart = ends[:, 0] != ends[:, 1]
        pieces, first = np.unique(ends[apart], return_index=True)
        shortest = np.repeat(order[apart], 2)[first]
        if not light[pieces].any():
            return kept
        kept[shortest[light[pieces]]] = True


def affinities(count: int, left: Ints, right: Ints, worth: Floats) -> sparse.csr_array:
    """The symmetric matrix of these pairs; of a pair that stands several times, the greatest worth."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    apart = low != high
    low, high, worth = low[apart], high[apart], worth[apart]
    order = np.lexsort((-worth, high, low))
    low, high, worth = low[order], high[order], worth[order]
    new = np.ones(len(low), bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    half = sparse.coo_array((worth[new], (low[new], high[new])), shape=(count, count))
    found = sparse.csr_array(half + half.T)
    found.sort_indices()
    return found
