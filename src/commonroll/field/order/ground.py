"""What turfs are walked on: streets where they are known, else as the crow flies.

Made once for all doors of a cut, then asked for the doors of each turf.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from commonroll.field.arrays import Floats, Ints, by_group
from commonroll.field.files import points_of
from commonroll.field.net import At, Net
from commonroll.field.order.around import Around, around
from commonroll.field.order.distances import straight
from commonroll.field.points import Points
from commonroll.field.streets import PENALTY


@dataclass(frozen=True)
class Ground:
    """Doors with the network that they stand at, or (None) without one."""

    doors: pa.Table
    points: Points
    net: Net | None
    at: At | None

    @classmethod
    def of(cls, doors: pa.Table, net: Net | None) -> Ground:
        points = points_of(doors)
        if net is None:
            return cls(doors, points, None, None)
        points = net.points(doors, points)
        return cls(doors, points, net, net.placed(doors, points))

    def around(self, rows: Ints) -> Around:
        """The stops of some doors."""
        if self.net is None or self.at is None:
            # on a plane of their own, so that a turf is the same whatever else is cut
            return around(points_of(self.doors.take(pa.array(rows))))
        return on_net(self.net, self.points.take(rows), self.at.take(rows))


def on_net(net: Net, points: Points, at: At) -> Around:
    """The stops of doors: ways between those at streets lead along them, to the others straight."""
    _, first, of = np.unique(points.building, return_index=True, return_inverse=True)
    doors = by_group(np.asarray(of, np.int64), len(first))
    stops, face = points.take(first), at.face[first]
    side = np.where(face >= 0, face, -1 - (stops.street * 2 + stops.number % 2))
    metres = straight(stops.x, stops.y)
    metres[side[:, None] != side] += PENALTY
    on = np.flatnonzero(face >= 0)
    if len(on):
        metres[np.ix_(on, on)] = net.pavements.distances(at.doors(points, first[on]))
    along = np.where(face >= 0, at.offset[first], stops.number.astype(np.float64))
    return Around(doors, metres, _sides(side, along))


def _sides(side: Ints, along: Floats) -> list[list[int]]:
    """The stops of each side of a street, in the order in which one passes them."""
    order = np.lexsort((np.arange(len(side)), along, side))
    begins = np.unique(side[order], return_index=True)[1]
    return [[int(stop) for stop in run] for run in np.split(order, begins[1:]) if len(run)]
