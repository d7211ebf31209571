"""Turf by time where houses stand far apart: doors and the walk between them weigh minutes.

What lies beyond a walk of 400 m is another piece. Pieces too small for a turf are joined into turfs by car.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.atoms import Atoms
from commonroll.field.cut import cut
from commonroll.field.joined import A_MINUTE, joined
from commonroll.field.points import COUNTRY_REACH, Points, around_points, walk
from commonroll.field.search import Window

AT_DOOR = 2.0
"""Minutes at a door: 30 to 50 doors in two hours in a suburb, 15 to 30 in the country."""

ROUNDABOUT = 1.3
"""How much longer a round is than the shortest net over its stops."""


@dataclass(frozen=True)
class Timed:
    """The turf of each door, each turf's minutes, and which are driven to."""

    of_door: Ints
    minutes: Floats
    car: Bools


def cut_by_minutes(
    points: Points,
    *,
    minutes: float = 120.0,
    at_door: float = AT_DOOR,
    seed: int = 1,
    along: Atoms | None = None,
) -> Timed:
    """Turfs of about so many minutes: most between 0.8 and 1.2 times it."""
    window = Window()
    unit = minutes / window.target
    atoms = by_minutes(points, minutes=minutes, at_door=at_door, along=along)
    turf = cut(atoms, window, seed=seed)
    whole = joined(turf, atoms, window, unit)
    there = whole.turf >= 0
    spent = np.bincount(whole.turf[there], weights=atoms.weight[there] * unit) + whole.minutes
    return Timed(whole.turf[atoms.of_door], spent, whole.car)


def by_minutes(points: Points, *, minutes: float, at_door: float, along: Atoms | None = None) -> Atoms:
    """The atoms of points, or those given `along` streets, each as heavy as its doors and the walk between
    them take time; a turf of so many `minutes` weighs what the window's target is."""
    found = around_points(points, reach=COUNTRY_REACH) if along is None else along
    metres = np.zeros(len(found))
    between = walk(points, found.of_door)
    metres[: len(between)] = between
    spent = at_door * found.weight + ROUNDABOUT * metres / A_MINUTE
    return Atoms(spent * Window().target / minutes, found.x, found.y, found.of_door, found.near)
