"""Atoms of turf where no street network is known: one side of a hundred-block, near what stands near it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.atoms import OPPOSITE, SAME_FACE, Atoms, affinities
from commonroll.field.runs import even_runs

BREAK = 90.0
"""Metres between doors of one street after which another atom begins."""

CITY_REACH, COUNTRY_REACH = 150.0, 400.0
"""Metres beyond which two doors do not touch."""

DETOUR = 1.25
"""How much longer a walk is than the straight line where streets are unknown."""

_FADES, _STREET_FADES = 45.0, 150.0
_OTHER = 30.0
_TIED = 3


@dataclass(frozen=True)
class Points:
    """For each door: place in metres, building, street's number, house number (0: unknown)."""

    x: Floats
    y: Floats
    building: Ints
    street: Ints
    number: Ints

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Ints) -> Points:
        """The points at these places."""
        return Points(self.x[rows], self.y[rows], self.building[rows], self.street[rows], self.number[rows])


@dataclass(frozen=True)
class _Stops:
    """The points' buildings: each door's stop; for each its place and atom; pairs of stops that touch."""

    of_door: Ints
    x: Floats
    y: Floats
    atom: Ints
    left: Ints
    right: Ints
    metres: Floats


def around_points(points: Points, *, reach: float = CITY_REACH) -> Atoms:
    """Doors' weights; with COUNTRY_REACH what lies further apart stays in separate pieces."""
    of_door = _atoms_of(points)
    stops = _stops(points, of_door)
    count = int(of_door.max(initial=-1)) + 1
    weight = np.bincount(of_door, minlength=count).astype(np.float64)
    x, y = (np.bincount(of_door, weights=v, minlength=count) / weight for v in (points.x, points.y))
    return Atoms(weight, x, y, of_door, _near(points, stops, of_door, x, y, reach))


def walk(points: Points, of_door: Ints) -> Floats:
    """Metres of walking in each atom: half of each way of the shortest net over all stops that stand within
    COUNTRY_REACH of each other, times DETOUR."""
    stops = _stops(points, of_door)
    close = stops.metres <= COUNTRY_REACH
    left, right, metres = stops.left[close], stops.right[close], np.maximum(stops.metres[close], 1e-3)
    size = (len(stops.x), len(stops.x))
    tree = minimum_spanning_tree(sparse.csr_array((metres, (left, right)), shape=size)).tocoo()
    ends = np.concatenate([stops.atom[tree.row], stops.atom[tree.col]])
    half = np.concatenate([tree.data, tree.data]) * DETOUR / 2
    return np.asarray(np.bincount(ends, weights=half, minlength=int(of_door.max(initial=-1)) + 1), np.float64)


# Atoms


def _atoms_of(points: Points) -> Ints:
    """By street, side and hundred-block, and anew where the next door is far."""
    side, block = points.number % 2, points.number // 100
    order = np.lexsort((points.building, points.number, block, side, points.street))
    new = np.ones(len(points), bool)
    keys = (points.street[order], side[order], block[order])
    new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    x, y, building = points.x[order], points.y[order], points.building[order]
    far = np.hypot(np.diff(x), np.diff(y)) > BREAK
    new[1:] |= far & (building[1:] != building[:-1])
    found = np.empty(len(points), np.int64)
    found[order] = np.cumsum(new) - 1
    found = _whole_buildings(points.building, found)
    order = np.lexsort((points.building, points.number, found))
    run = even_runs(found, points.building, order)
    return np.asarray(np.unique(found * len(points) + run, return_inverse=True)[1], np.int64)


def _whole_buildings(building: Ints, atom: Ints) -> Ints:
    """All doors of a building in the atom of its first one; atoms numbered anew."""
    _, first, of = np.unique(building, return_index=True, return_inverse=True)
    _, found = np.unique(atom[first][of], return_inverse=True)
    return np.asarray(found, dtype=np.int64)


def _stops(points: Points, of_door: Ints) -> _Stops:
    _, first, of = np.unique(points.building, return_index=True, return_inverse=True)
    x, y = points.x[first], points.y[first]
    left, right = _touching(x, y)
    metres = np.hypot(x[left] - x[right], y[left] - y[right])
    return _Stops(np.asarray(of, np.int64), x, y, of_door[first], left, right, metres)


def _touching(x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """The edges of the Delaunay triangulation; in a line where there are too few places for one."""
    place = np.column_stack([x - x.mean(), y - y.mean()]) if len(x) else np.empty((0, 2))
    _, one = np.unique(np.round(place, 2), axis=0, return_index=True)
    if len(one) < 4 or np.linalg.matrix_rank(place[one] - place[one[0]], tol=0.1) < 2:
        order = np.lexsort((y, x))
        return order[:-1], order[1:]
    # QJ shakes places that coincide: without it they touch nothing
    corners = Delaunay(place, qhull_options="QJ").simplices
    edges = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    left, right = np.unique(edges, axis=0).T
    return left.astype(np.int64), right.astype(np.int64)


# Affinities


def _near(
    points: Points, stops: _Stops, of_door: Ints, x: Floats, y: Floats, reach: float
) -> sparse.csr_array:
    close = stops.metres <= reach
    left, right = stops.atom[stops.left[close]], stops.atom[stops.right[close]]
    _, first = np.unique(of_door, return_index=True)
    street, side = points.street[first], points.number[first] % 2
    metres = stops.metres[close]
    worth = _worth(street[left] == street[right], side[left] == side[right], metres, reach)
    if reach < COUNTRY_REACH:
        more = _tied(len(first), left, right, x, y)
        left, right = np.concatenate([left, more[0]]), np.concatenate([right, more[1]])
        worth = np.concatenate([worth, np.ones(len(more[0]))])
    return affinities(len(first), left, right, worth)


def _worth(street: Bools, side: Bools, metres: Floats, reach: float) -> Floats:
    same = np.where(side, SAME_FACE, OPPOSITE)
    if reach >= COUNTRY_REACH:
        faded = SAME_FACE * np.exp(-metres / _STREET_FADES)
        same = np.where(metres > _STREET_FADES, np.minimum(same, faded), same)
    other = np.maximum(_OTHER * np.exp(-metres / _FADES), 1.0)
    return np.asarray(np.where(street, same, other))


def _tied(count: int, left: Ints, right: Ints, x: Floats, y: Floats) -> tuple[Ints, Ints]:
    """Atoms with fewer than two neighbours, and their three nearest, within a walk."""
    apart = left != right
    pairs = np.unique(np.column_stack([left, right])[apart], axis=0) if len(left) else np.empty((0, 2), int)
    lonely = np.flatnonzero(np.bincount(pairs.ravel().astype(np.int64), minlength=count) < 2)
    if not len(lonely) or count < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = np.column_stack([x, y])
    metres, nearest = cKDTree(places).query(places[lonely], k=min(_TIED + 1, count))
    close = metres <= COUNTRY_REACH
    return np.repeat(lonely, close.sum(axis=1)), nearest[close].astype(np.int64)
