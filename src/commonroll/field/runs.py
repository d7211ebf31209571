"""Runs of doors along the sides of streets: as many in each as may be, none through a building."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.doors import Doors

MOST = 14
"""Doors in a run, unless one building has more."""


@dataclass(frozen=True)
class Runs:
    """Runs in the order of faces and along each: the run of each door; each run's face, and metres along it
    of its first and its last door. `order` sorts the doors along all faces, and so by run."""

    of_door: Ints
    order: Ints
    face: Ints
    begins: Floats
    ends: Floats

    def __len__(self) -> int:
        return len(self.face)


def runs_along(doors: Doors, longest: float) -> Runs:
    """The runs of doors on faces; where the next door is more than `longest` metres on, another begins."""
    order = np.lexsort((doors.building, doors.offset, doors.face))
    face, offset = doors.face[order], doors.offset[order]
    new = np.ones(len(doors), bool)
    new[1:] = (np.diff(face) != 0) | (np.diff(offset) > longest)
    stretch = np.empty(len(doors), np.int64)
    stretch[order] = np.cumsum(new) - 1
    along = stretch * (len(doors) + 1) + even_runs(stretch, doors.building, order)
    of_door = np.asarray(np.unique(along, return_inverse=True)[1], np.int64)
    first = np.flatnonzero(np.diff(of_door[order], prepend=-1))
    last = np.append(first[1:], len(doors)) - 1 if len(first) else first
    return Runs(of_door, order, face[first], offset[first], offset[last])


def even_runs(group: Ints, building: Ints, order: Ints) -> Ints:
    """Which run of its group each door is in, from 0: runs of near-equal size, at most MOST, none through a
    building. `order` sorts doors by group, and along it with a building's doors together."""
    count = np.bincount(group)
    along, homes = group[order], building[order]
    place = np.arange(len(along)) - (np.cumsum(count) - count)[along]
    new = np.ones(len(along), bool)
    new[1:] = (homes[1:] != homes[:-1]) | (along[1:] != along[:-1])
    runs = np.maximum(-(-count // MOST), 1)[along]
    found = np.empty(len(along), np.int64)
    share = _building_middle(place, new) / np.maximum(count[along], 1)
    found[order] = np.minimum((share * runs).astype(np.int64), runs - 1)
    return found


def _building_middle(place: Ints, new: Bools) -> Floats:
    """The middle place of each door's building among its face's doors."""
    of = np.cumsum(new) - 1
    size = np.bincount(of)
    begins = place[new]
    found: Floats = (begins + (size - 1) / 2)[of]
    return found
