"""Pieces too small for a turf are joined, nearest first; whoever walks them goes from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.atoms import Atoms
from commonroll.field.points import COUNTRY_REACH, DETOUR
from commonroll.field.search import Window

A_MINUTE, DRIVEN, FARTHEST = 75.0, 500.0, 5000.0
"""Metres walked and driven in a minute, and between the middles of two pieces of one turf."""


@dataclass(frozen=True)
class Joined:
    """The turf of each atom, numbered anew; of each turf the minutes between its pieces, and whether one
    drives between any two of them."""

    turf: Ints
    minutes: Floats
    car: Bools


def joined(turf: Ints, atoms: Atoms, window: Window, unit: float) -> Joined:
    """Join light turfs while the whole, with the ways between its pieces, is not too heavy.

    `unit`: minutes that one unit of the atoms' weight takes. A way of more than a walk is driven. Atoms of
    no turf (-1) stay in none.
    """
    kept = np.flatnonzero(turf >= 0)
    if len(kept) < len(turf):
        found = joined(turf[kept], atoms.take(kept), window, unit)
        whole = np.full(len(turf), -1, np.int64)
        whole[kept] = found.turf
        return Joined(whole, found.minutes, found.car)
    count = int(turf.max(initial=-1)) + 1
    weight = np.bincount(turf, weights=atoms.weight, minlength=count)
    x, y = (np.bincount(turf, weights=v * atoms.weight, minlength=count) / weight for v in (atoms.x, atoms.y))
    root, minutes, car = list(range(count)), np.zeros(count), np.zeros(count, bool)
    light = np.flatnonzero(weight < window.low)
    pairs = light[cKDTree(np.column_stack([x, y])[light]).query_pairs(FARTHEST, output_type="ndarray")]
    metres = np.hypot(x[pairs[:, 0]] - x[pairs[:, 1]], y[pairs[:, 0]] - y[pairs[:, 1]]) * DETOUR
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], metres)):
        low, high = sorted(_root(root, int(each)) for each in pairs[at])
        drives = bool(metres[at] > COUNTRY_REACH)
        way = float(metres[at]) / (DRIVEN if drives else A_MINUTE)
        between = minutes[low] + minutes[high] + way
        if low == high or weight[low] + weight[high] + between / unit > window.high:
            continue
        root[high] = low
        weight[low] += weight[high]
        minutes[low], car[low] = between, car[low] | car[high] | drives
    roots = np.array([_root(root, each) for each in range(count)], np.int64)
    kept, number = np.unique(roots, return_inverse=True)
    return Joined(np.asarray(number, np.int64)[turf], minutes[kept], car[kept])


def _root(root: list[int], at: int) -> int:
    while root[at] != at:
        root[at] = root[root[at]]
        at = root[at]
    return at
