"""How far it is on foot where no streets are known: as the crow flies, and somewhat more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonroll.field.arrays import Floats, Ints, by_group
from commonroll.field.order.distances import straight
from commonroll.field.points import Points
from commonroll.field.streets import PENALTY


@dataclass(frozen=True)
class Around:
    """The stops of a turf, one for each building: the doors of each, metres on foot between each two, and the
    stops of each side of a street in house order."""

    doors: list[Ints]
    metres: Floats
    sides: list[list[int]]


def around(points: Points, *, penalty: float = PENALTY) -> Around:
    """The stops of points: who goes to another street, or to the other side of one, crosses."""
    _, first, of = np.unique(points.building, return_index=True, return_inverse=True)
    doors = by_group(of, len(first))
    street, number = points.street[first], points.number[first]
    side = street * 2 + number % 2
    metres = straight(points.x[first], points.y[first])
    metres[side[:, None] != side] += penalty
    order = np.lexsort((first, number, side))
    begins = np.unique(side[order], return_index=True)[1]
    sides = [[int(stop) for stop in run] for run in np.split(order, begins[1:]) if len(run)]
    return Around(doors, metres, sides)
