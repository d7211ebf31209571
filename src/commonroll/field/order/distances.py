"""How far it is from stop to stop on foot: along pavements, over corners, across a street where one may.

A face costs its length, a crossing the street's width and a penalty. In mid-block only a local street is
crossed; along a barrier nobody walks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.csgraph import dijkstra

from commonroll.field.arrays import Bools, Floats, Ints, by_group
from commonroll.field.doors import Doors
from commonroll.field.points import DETOUR
from commonroll.field.streets import PENALTY, Kind, Streets
from commonroll.field.ways import least

AROUND = 250.0, 1_000.0, np.inf
"""Metres around the stops within which ways are looked for, one after the other until all are joined."""


@dataclass(frozen=True)
class Pavements:
    """A street network to walk on. Made once a city; then a turf is a matter of a millisecond."""

    streets: Streets
    penalty: float = PENALTY
    around: tuple[float, ...] = AROUND
    unreached: float = 0.0
    """Metres more than straight between stops that no way joins."""

    def distances(self, stops: Doors) -> Floats:
        """Metres on foot between each two stops; symmetric, zeros on the diagonal."""
        corners = self.streets.corners
        ends = np.stack([corners.first[stops.face], corners.last[stops.face]])
        street = stops.face >> 1
        to_end = np.stack([stops.offset, self.streets.length[street] - stops.offset])
        known, place = np.unique(ends, return_inverse=True)
        between, place = self._between(known), place.reshape(ends.shape)
        metres = np.full((len(stops), len(stops)), np.inf)
        for a in (0, 1):
            for b in (0, 1):
                way = between[place[a][:, None], place[b]] + to_end[a][:, None] + to_end[b]
                np.minimum(metres, way, out=metres)
        self._beside(stops, street, metres)
        lost = np.isinf(metres)
        if lost.any():
            metres[lost] = (straight(stops.x, stops.y) + self.penalty + self.unreached)[lost]
        np.fill_diagonal(metres, 0.0)
        return np.asarray(np.minimum(metres, metres.T))

    def _beside(self, stops: Doors, street: Ints, metres: Floats) -> None:
        """Straight along a face, or straight over a local street to its other face."""
        along = np.abs(stops.offset[:, None] - stops.offset)
        same_street = street[:, None] == street
        same_face = stops.face[:, None] == stops.face
        over = np.where(self.streets.kind == Kind.LOCAL, self.streets.crossing + self.penalty, np.inf)[street]
        direct = np.where(same_face, along, np.where(same_street, along + over, np.inf))
        np.minimum(metres, direct, out=metres)

    def _between(self, corners: Ints) -> Floats:
        """Metres between corners, infinite where no way leads."""
        found = np.full((len(corners), len(corners)), np.inf)
        for around in self.around:
            kept = self._near(corners, around)
            graph = self._graph[kept][:, kept]
            asked = np.searchsorted(kept, corners)
            found = dijkstra(graph, indices=asked)[:, asked]
            if np.isfinite(found).all():
                break
        return found

    def _near(self, corners: Ints, around: float) -> Ints:
        """The corners in a box around some, in order."""
        if np.isinf(around):
            return np.arange(len(self._x))
        x, y = self._x[corners], self._y[corners]
        begin, end = np.searchsorted(self._x, (x.min() - around, x.max() + around), sorter=self._by_x)
        strip = self._by_x[begin:end]
        return np.sort(strip[np.abs(self._y[strip] - (y.min() + y.max()) / 2) <= np.ptp(y) / 2 + around])

    @cached_property
    def _x(self) -> Floats:
        return self.streets.x[self.streets.corners.node]

    @cached_property
    def _y(self) -> Floats:
        return self.streets.y[self.streets.corners.node]

    @cached_property
    def _by_x(self) -> Ints:
        return np.argsort(self._x, kind="stable")

    @cached_property
    def _graph(self) -> sparse.csr_array:
        streets, corners = self.streets, self.streets.corners
        open_to_feet: Bools = streets.kind != Kind.BARRIER
        faces = np.repeat(open_to_feet, 2)
        crossed = open_to_feet[corners.over]
        start = np.concatenate([corners.first[faces], corners.near[crossed]])
        end = np.concatenate([corners.last[faces], corners.far[crossed]])
        over = corners.over[crossed]
        metres = np.concatenate([np.repeat(streets.length, 2)[faces], streets.crossing[over] + self.penalty])
        return least(
            corners.count, np.concatenate([start, end]), np.concatenate([end, start]), np.tile(metres, 2)
        )


def straight(x: Floats, y: Floats) -> Floats:
    """Metres on foot between points, where no streets are known."""
    return np.asarray(np.hypot(x[:, None] - x, y[:, None] - y) * DETOUR)


def stops_of(doors: Doors) -> tuple[Doors, list[Ints]]:
    """One stop for each building, where its first door is; and the doors of each."""
    _, first, stop = np.unique(doors.building, return_index=True, return_inverse=True)
    return doors.take(first), by_group(stop, len(first))


def sides_of(stops: Doors) -> list[list[int]]:
    """The stops of each face in house order."""
    order = np.lexsort((stops.offset, stops.face))
    _, begins = np.unique(stops.face[order], return_index=True)
    return [[int(i) for i in side] for side in np.split(order, begins[1:])]


def whole_centimetres(metres: Floats) -> list[list[int]]:
    """A matrix as `order` takes it."""
    found: list[list[int]] = np.rint(metres * 100).astype(np.int64).tolist()
    return found
