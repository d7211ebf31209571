"""Ways on foot from one run of doors to the next, on which no third run stands.

Each corner belongs to the run that is nearest to it on foot, and two runs whose corners meet are neighbours:
the shortest net over all doors is among these ways, so that turfs joined by short ones alone have no gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.csgraph import dijkstra

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.doors import Doors
from commonroll.field.runs import Runs
from commonroll.field.streets import PENALTY, Kind, Streets

_NOTHING = 1e-3
"""Metres of a way of no length: a sparse matrix holds no zeros."""


@dataclass(frozen=True)
class Ways:
    """Pairs of runs and the metres from a door of one to a door of the other, some pairs several times."""

    left: Ints
    right: Ints
    metres: Floats

    def take(self, kept: Bools | Ints) -> Ways:
        return Ways(self.left[kept], self.right[kept], self.metres[kept])


def ways_between(streets: Streets, doors: Doors, runs: Runs, longest: float) -> Ways:
    """All ways of at most so many metres between runs that are neighbours."""
    parts = (_along(runs), *_over(streets, doors, runs), _around(streets, runs, longest))
    columns = zip(*((part.left, part.right, part.metres) for part in parts), strict=True)
    found = Ways(*(np.concatenate(column) for column in columns))
    return found.take((found.metres <= longest) & (found.left != found.right))


def _along(runs: Runs) -> Ways:
    left = np.flatnonzero(runs.face[1:] == runs.face[:-1])
    return Ways(left, left + 1, runs.begins[left + 1] - runs.ends[left])


def _over(streets: Streets, doors: Doors, runs: Runs) -> list[Ways]:
    """Straight over a local street, from each door to the next one before and behind it on the other side."""
    far = float(streets.length.max(initial=0.0)) + 1
    face, offset = doors.face[runs.order], doors.offset[runs.order]
    local = np.flatnonzero(streets.kind[doors.face >> 1] == Kind.LOCAL)
    beyond = np.searchsorted(face * far + offset, (doors.face[local] ^ 1) * far + doors.offset[local])
    found = []
    for place in (beyond - 1, beyond):
        place = np.clip(place, 0, len(face) - 1)
        one, there = local[face[place] == doors.face[local] ^ 1], place[face[place] == doors.face[local] ^ 1]
        across = streets.crossing[doors.face[one] >> 1] + PENALTY
        other = runs.of_door[runs.order[there]]
        found.append(Ways(runs.of_door[one], other, np.abs(offset[there] - doors.offset[one]) + across))
    return found


def _around(streets: Streets, runs: Runs, longest: float) -> Ways:
    """Over corners: along sides of streets without doors, and across."""
    corners = streets.corners
    first = np.flatnonzero(np.diff(runs.face, prepend=-1))
    last = np.flatnonzero(np.diff(runs.face, append=-1))
    of_end = np.concatenate([first, last])
    metres = np.concatenate([runs.begins[first], streets.length[runs.face[last] >> 1] - runs.ends[last]])
    at = np.concatenate([corners.first[runs.face[first]], corners.last[runs.face[last]]])
    ends = corners.count + np.arange(len(of_end))
    graph = _empty_sides(streets, runs.face)
    start, end, long = (np.concatenate(column) for column in zip(graph, (ends, at, metres), strict=True))
    size = corners.count + len(ends)
    matrix = least(size, start, end, np.maximum(long, _NOTHING))
    away, _, nearest = dijkstra(
        matrix, directed=False, indices=ends, limit=longest, min_only=True, return_predecessors=True
    )
    pairs = matrix.tocoo()
    metres = away[pairs.row] + pairs.data + away[pairs.col]
    met = (nearest[pairs.row] >= 0) & (nearest[pairs.col] >= 0) & np.isfinite(metres)
    left, right = (of_end[nearest[side[met]] - corners.count] for side in (pairs.row, pairs.col))
    return Ways(left, right, metres[met])


def _empty_sides(streets: Streets, with_doors: Ints) -> tuple[Ints, Ints, Floats]:
    """Corners, corners and metres: sides along which no door stands, and crossings."""
    corners = streets.corners
    empty = np.repeat(streets.kind != Kind.BARRIER, 2)
    empty[with_doors] = False
    crossed = streets.kind[corners.over] != Kind.BARRIER
    return (
        np.concatenate([corners.first[empty], corners.near[crossed]]),
        np.concatenate([corners.last[empty], corners.far[crossed]]),
        np.concatenate([
            np.repeat(streets.length, 2)[empty], streets.crossing[corners.over[crossed]] + PENALTY
        ]),
    )  # fmt: skip


def least(count: int, start: Ints, end: Ints, metres: Floats) -> sparse.csr_array:
    """A graph with the shortest of edges that join the same two corners."""
    order = np.lexsort((metres, end, start))
    start, end, metres = start[order], end[order], metres[order]
    fresh = np.append(True, (start[1:] != start[:-1]) | (end[1:] != end[:-1])) & (start != end)
    return sparse.csr_array((metres[fresh], (start[fresh], end[fresh])), shape=(count, count))
