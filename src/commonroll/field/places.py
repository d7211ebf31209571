"""Doors put on the sides of streets: the nearest street of the same name, else the nearest one.

Where a door stands is known from its address (`roll/places/`); on which side of which street it is decides
with whom it is walked. Everything is in metres on one plane.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.doors import Doors
from commonroll.field.streets import Kind, Streets

FARTHEST = 80.0
"""Metres from a door to its street: beyond, it stands at no street that is known."""

OTHER_NAME = 60.0
"""Metres that a street of the door's own name may be further away than another one."""

_EVERY = 20.0
_TRIED = 12


@dataclass(frozen=True)
class Placed:
    """Doors on faces, which of those asked about they are, and which stand at no street."""

    doors: Doors
    kept: Ints
    lost: Ints


def on_faces(
    streets: Streets,
    x: Floats,
    y: Floats,
    building: Ints,
    name: Ints | None = None,
    *,
    farthest: float = FARTHEST,
    own: float = FARTHEST,
) -> Placed:
    """The face of each door and how far along it; all doors of a building go with its first one.

    `name`: the number that the door's street has among `streets.name`, -1 where it has none; `farthest` and
    `own`: metres to a street beyond which the door stands at none, of another name and of its own.
    """
    _, first, of = np.unique(building, return_index=True, return_inverse=True)
    wanted = np.full(len(first), -1) if name is None else name[first]
    face, offset, metres = _nearest(streets, x[first], y[first], wanted)
    same: Bools = (wanted >= 0) & (streets.name[face // 2] == wanted) if len(streets) else wanted >= 0
    near: Bools = (metres <= np.where(same, own, farthest))[of]
    kept, lost = np.flatnonzero(near), np.flatnonzero(~near)
    doors = Doors(face[of][kept], offset[of][kept], building[kept], x[kept], y[kept])
    return Placed(doors, kept, lost)


def _nearest(streets: Streets, x: Floats, y: Floats, name: Ints) -> tuple[Ints, Floats, Floats]:
    """Face, offset and metres to the best street of each place; infinitely far where there is none."""
    walked = np.flatnonzero(streets.kind != Kind.BARRIER)
    if not len(walked) or not len(x):
        return np.zeros(len(x), np.int64), np.zeros(len(x)), np.full(len(x), np.inf)
    tree, street = _marks(streets, walked)
    tried = min(_TRIED, len(street))
    found = street[tree.query(np.column_stack([x, y]), k=tried)[1].reshape(len(x), tried)]
    share, left, metres = _projected(streets, found, x[:, None], y[:, None])
    other = (name[:, None] >= 0) & (streets.name[found] != name[:, None])
    best = np.argmin(metres + np.where(other, OTHER_NAME, 0.0), axis=1)
    row = np.arange(len(x))
    chosen = found[row, best]
    face = 2 * chosen + np.where(left[row, best], 0, 1)
    return face, share[row, best] * streets.length[chosen], metres[row, best]


def _marks(streets: Streets, walked: Ints) -> tuple[cKDTree, Ints]:
    """Places along the streets, and the street of each."""
    pieces = np.maximum(np.ceil(streets.length[walked] / _EVERY).astype(np.int64), 1)
    street = np.repeat(walked, pieces)
    place = np.arange(len(street)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = (place + 0.5) / np.repeat(pieces, pieces)
    start, end = streets.start[street], streets.end[street]
    x = streets.x[start] + share * (streets.x[end] - streets.x[start])
    y = streets.y[start] + share * (streets.y[end] - streets.y[start])
    return cKDTree(np.column_stack([x, y])), street


def _projected(streets: Streets, street: Ints, x: Floats, y: Floats) -> tuple[Floats, Bools, Floats]:
    """How far along a street each place is (0 to 1), whether it stands left, and metres to the street."""
    start, end = streets.start[street], streets.end[street]
    dx, dy = streets.x[end] - streets.x[start], streets.y[end] - streets.y[start]
    ax, ay = x - streets.x[start], y - streets.y[start]
    share = np.clip((ax * dx + ay * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
    return share, dx * ay - dy * ax >= 0, np.hypot(ax - share * dx, ay - share * dy)
