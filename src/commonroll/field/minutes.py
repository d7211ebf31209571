"""Turf by time where houses stand far apart: doors and the walk between them weigh minutes.

What lies beyond a walk of 400 m is another piece. Pieces too small for a turf are joined into turfs by car.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.atoms import Atoms
from commonroll.field.cut import cut
from commonroll.field.points import COUNTRY_REACH, DETOUR, Points, around_points, walk
from commonroll.field.search import Window

AT_DOOR = 2.0
"""Minutes at a door: 30 to 50 doors in two hours in a suburb, 15 to 30 in the country."""

A_MINUTE, ROUNDABOUT = 75.0, 1.3
"""Metres walked in a minute, and how much longer a round is than the shortest net over its stops."""

DRIVEN, FARTHEST = 500.0, 5000.0
"""Metres driven in a minute, and between two pieces of one turf."""


@dataclass(frozen=True)
class Timed:
    """The turf of each door, each turf's minutes, and which are driven to."""

    of_door: Ints
    minutes: Floats
    car: Bools


def cut_by_minutes(
    points: Points, *, minutes: float = 120.0, at_door: float = AT_DOOR, seed: int = 1
) -> Timed:
    """Turfs of about so many minutes: most between 0.8 and 1.2 times it."""
    found = around_points(points, reach=COUNTRY_REACH)
    weight = at_door * found.weight + ROUNDABOUT * walk(points, found.of_door) / A_MINUTE
    window = Window()
    unit = minutes / window.target
    atoms = Atoms(weight / unit, found.x, found.y, found.of_door, found.near)
    turf = cut(atoms, window, seed=seed)
    turf, car, drive = _driven(turf, atoms, window, unit)
    spent = np.bincount(turf, weights=weight) + drive
    return Timed(turf[found.of_door], spent, car)


def _driven(turf: Ints, atoms: Atoms, window: Window, unit: float) -> tuple[Ints, Bools, Floats]:
    """Join light turfs, nearest first, while the whole with its drives is not too heavy.

    Gives the atoms' turfs numbered anew, which are driven to, and minutes of driving in each.
    """
    count = int(turf.max(initial=-1)) + 1
    weight = np.bincount(turf, weights=atoms.weight, minlength=count)
    x, y = (np.bincount(turf, weights=v * atoms.weight, minlength=count) / weight for v in (atoms.x, atoms.y))
    root, drive = list(range(count)), np.zeros(count)
    light = np.flatnonzero(weight < window.low)
    pairs = cKDTree(np.column_stack([x, y])[light]).query_pairs(FARTHEST, output_type="ndarray")
    pairs = light[pairs]
    metres = np.hypot(x[pairs[:, 0]] - x[pairs[:, 1]], y[pairs[:, 0]] - y[pairs[:, 1]]) * DETOUR
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], metres)):
        one, other = (_root(root, int(each)) for each in pairs[at])
        way = float(metres[at]) / DRIVEN
        whole = weight[one] + weight[other] + (drive[one] + drive[other] + way) / unit
        if one == other or whole > window.high:
            continue
        low, high = min(one, other), max(one, other)
        root[high] = low
        weight[low] += weight[high]
        drive[low] += drive[high] + way
    roots = np.array([_root(root, each) for each in range(count)], np.int64)
    kept, number = np.unique(roots, return_inverse=True)
    return np.asarray(number, np.int64)[turf], drive[kept] > 0, drive[kept]


def _root(root: list[int], at: int) -> int:
    while root[at] != at:
        root[at] = root[root[at]]
        at = root[at]
    return at
