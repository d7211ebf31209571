"""Atoms of turf where streets are known: runs along them, and what stands at none tied to what is near."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sparse
from scipy.spatial import cKDTree

from commonroll.field.arrays import Floats, Ints
from commonroll.field.atoms import Atoms, affinities, along_streets
from commonroll.field.net import At, Net
from commonroll.field.points import COUNTRY_REACH, Points, around_points
from commonroll.field.streets import Streets

_TIED = 3
_OTHER, _FADES = 30.0, 45.0


def networked(net: Net, points: Points, at: At) -> Atoms:
    """The runs of streets within COUNTRY_REACH of a door, and the blocks of doors that stand at no street.

    What no street joins within that reach stays in separate pieces, whatever the distance.
    """
    on, off = np.flatnonzero(at.face >= 0), np.flatnonzero(at.face < 0)
    kept = _near(net.streets, points, at.face[on] // 2)
    number = np.full(len(net.streets), -1)
    number[kept] = np.arange(len(kept))
    doors = at.doors(points, on)
    doors = replace(doors, face=number[doors.face // 2] * 2 + doors.face % 2)
    along = along_streets(net.streets.take(kept), doors)
    if not len(off):
        return along
    return _both(along, around_points(points.take(off)), on, off)


def _near(streets: Streets, points: Points, held: Ints) -> Ints:
    """The streets that hold doors, and those whose middle is near one."""
    x = (streets.x[streets.start] + streets.x[streets.end]) / 2
    y = (streets.y[streets.start] + streets.y[streets.end]) / 2
    metres = cKDTree(np.column_stack([points.x, points.y])).query(np.column_stack([x, y]))[0]
    near = metres <= COUNTRY_REACH + streets.length / 2
    near[held] = True
    return np.flatnonzero(near)


def _both(along: Atoms, others: Atoms, on: Ints, off: Ints) -> Atoms:
    """One graph: each block that stands at no street is tied to the runs with doors nearest to it."""
    count = len(along)
    of_door = np.empty(len(on) + len(off), np.int64)
    of_door[on], of_door[off] = along.of_door, count + others.of_door
    near = sparse.block_diag([along.near, others.near]).tocoo()
    left, right, worth = _ties(along, others)
    held = near.row < near.col
    pairs = affinities(
        count + len(others),
        np.concatenate([near.row[held], left]).astype(np.int64),
        np.concatenate([near.col[held], count + right]).astype(np.int64),
        np.concatenate([near.data[held], worth]),
    )
    return Atoms(
        np.concatenate([along.weight, others.weight]), np.concatenate([along.x, others.x]),
        np.concatenate([along.y, others.y]), of_door, pairs,
    )  # fmt: skip


def _ties(along: Atoms, others: Atoms) -> tuple[Ints, Ints, Floats]:
    runs = np.flatnonzero(along.weight > 0)
    if not len(runs):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    places = np.column_stack([along.x, along.y])[runs]
    many = min(_TIED, len(runs))
    metres, nearest = cKDTree(places).query(np.column_stack([others.x, others.y]), k=[*range(1, many + 1)])
    close = metres <= COUNTRY_REACH
    right = np.repeat(np.arange(len(others)), close.sum(axis=1))
    worth = np.maximum(_OTHER * np.exp(-metres[close] / _FADES), 1.0)
    return runs[nearest[close]], right, worth


def spread(near: sparse.csr_array, turf: Ints) -> Ints:
    """With each atom of no turf (-1) in that of a neighbour, so that turfs hold what connects them."""
    found, pairs = turf.copy(), near.tocoo()
    while True:
        ends = (found[pairs.row] < 0) & (found[pairs.col] >= 0)
        if not ends.any():
            break
        row, col, worth = pairs.row[ends], pairs.col[ends], pairs.data[ends]
        order = np.lexsort((col, -worth, row))
        fresh = np.append(True, row[order][1:] != row[order][:-1])
        found[row[order][fresh]] = found[col[order][fresh]]
    return found
