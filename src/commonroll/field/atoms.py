"""Atoms of turf: pieces of one side of a street that stay together, and how much they belong together.

With a street network an atom is a run of at most `MOST` doors along a face; without one it is what stands on
one side of one hundred-block of a street (`points.py`). Atoms without doors stay: they connect.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy.sparse as sparse

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.doors import Doors
from commonroll.field.streets import Kind, Streets

MOST = 14
"""Doors in a run, unless one building has more."""

SAME_FACE, SAME_CORNER, OPPOSITE, CROSSED = 100.0, 80.0, 60.0, 15.0
OPPOSITE_ARTERIAL, CROSSED_ARTERIAL = 4.0, 2.0
"""What two atoms lose that come into different turfs."""


@dataclass(frozen=True)
class Atoms:
    """`weight` (doors, or units of time) and the middle of each atom, the atom of each door, and `near`: a
    symmetric matrix of what atoms lose when they are parted, nothing where they do not touch."""

    weight: Floats
    x: Floats
    y: Floats
    of_door: Ints
    near: sparse.csr_array

    def __len__(self) -> int:
        return len(self.weight)

    def scaled(self, by: float) -> Atoms:
        """The same atoms with other weights: turfs of other sizes are cut in the same window."""
        return Atoms(self.weight * by, self.x, self.y, self.of_door, self.near)

    def take(self, kept: Ints) -> Atoms:
        """The atoms at these places, numbered anew, without the doors that are in them."""
        near = sparse.csr_array(self.near[kept][:, kept])
        return Atoms(self.weight[kept], self.x[kept], self.y[kept], np.empty(0, np.int64), near)


def along_streets(streets: Streets, doors: Doors) -> Atoms:
    """The runs of every face that is not along a barrier."""
    runs = _Runs.of(streets, doors)
    at_corner = _runs_at(streets, runs)
    parts = [
        _same_face(runs),
        _same_corner(at_corner),
        _opposite(streets, runs),
        *_crossed(streets, at_corner),
    ]
    left, right, worth = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Atoms(runs.weight, runs.x, runs.y, runs.of_door, affinities(len(runs.face), left, right, worth))


def affinities(count: int, left: Ints, right: Ints, worth: Floats) -> sparse.csr_array:
    """The symmetric matrix of these pairs; of a pair that stands several times, the greatest worth."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    apart = low != high
    low, high, worth = low[apart], high[apart], worth[apart]
    order = np.lexsort((-worth, high, low))
    low, high, worth = low[order], high[order], worth[order]
    new = np.ones(len(low), bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    half = sparse.coo_array((worth[new], (low[new], high[new])), shape=(count, count))
    found = sparse.csr_array(half + half.T)
    found.sort_indices()
    return found


@dataclass(frozen=True)
class _Runs:
    """Runs in the order of faces and along each; `begins` and `ends` in metres along the face."""

    face: Ints
    begins: Floats
    ends: Floats
    weight: Floats
    x: Floats
    y: Floats
    of_door: Ints
    first: Ints
    last: Ints
    """The first and the last run of each face, -1 for a face along a barrier."""

    @classmethod
    def of(cls, streets: Streets, doors: Doors) -> _Runs:
        faces = np.flatnonzero(np.repeat(streets.kind != Kind.BARRIER, 2))
        count = np.bincount(doors.face, minlength=2 * len(streets))
        runs = np.maximum(-(-count // MOST), 1)[faces]
        face = np.repeat(faces, runs)
        first = np.full(2 * len(streets), -1)
        first[faces] = np.cumsum(runs) - runs
        last = np.where(first < 0, -1, first + np.maximum(-(-count // MOST), 1) - 1)
        order = np.lexsort((doors.building, doors.offset, doors.face))
        of_door = first[doors.face] + even_runs(doors.face, doors.building, order)
        weight = np.bincount(of_door, minlength=len(face)).astype(np.float64)
        begins, ends = _extent(streets, doors, face, of_door, weight)
        x, y = _middle(streets, face, (begins + ends) / 2)
        for place, values in ((x, doors.x), (y, doors.y)):
            sums = np.bincount(of_door, weights=values, minlength=len(face))
            place[weight > 0] = (sums / np.maximum(weight, 1))[weight > 0]
        return cls(face, begins, ends, weight, x, y, of_door, first, last)


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


def _extent(
    streets: Streets, doors: Doors, face: Ints, of_door: Ints, weight: Floats
) -> tuple[Floats, Floats]:
    """From the first door to the last; a whole face where there is none."""
    begins, ends = np.full(len(face), np.inf), np.full(len(face), -np.inf)
    np.minimum.at(begins, of_door, doors.offset)
    np.maximum.at(ends, of_door, doors.offset)
    begins[weight == 0] = 0.0
    ends[weight == 0] = streets.length[face // 2][weight == 0]
    return begins, ends


def _middle(streets: Streets, face: Ints, offset: Floats) -> tuple[Floats, Floats]:
    street = face // 2
    share = offset / np.maximum(streets.length[street], 1e-9)
    a, b = streets.start[street], streets.end[street]
    return (
        streets.x[a] + share * (streets.x[b] - streets.x[a]),
        streets.y[a] + share * (streets.y[b] - streets.y[a]),
    )


Pairs = tuple[Ints, Ints, Floats]


def _same_face(runs: _Runs) -> Pairs:
    left = np.flatnonzero(runs.face[1:] == runs.face[:-1])
    return left, left + 1, np.full(len(left), SAME_FACE)


def _same_corner(at_corner: Ints) -> Pairs:
    """A corner has two faces, one on each of its streets."""
    left, right = at_corner[(at_corner >= 0).all(axis=1)].T
    return left, right, np.full(len(left), SAME_CORNER)


def _opposite(streets: Streets, runs: _Runs) -> Pairs:
    """Runs on the two sides of one street that overlap along it."""
    street, place = np.divmod(runs.face, 2)
    left, right = np.flatnonzero(place == 0), np.flatnonzero(place == 1)
    begins = np.searchsorted(street[right], street[left])
    count = np.bincount(street[right], minlength=len(streets))
    several = count[street[left]]
    one = np.repeat(left, several)
    step = np.arange(len(one)) - np.repeat(np.cumsum(several) - several, several)
    other = right[np.repeat(begins, several) + step]
    over = (runs.begins[one] <= runs.ends[other]) & (runs.begins[other] <= runs.ends[one])
    one, other = one[over], other[over]
    local = streets.kind[street[one]] == Kind.LOCAL
    return one, other, np.where(local, OPPOSITE, OPPOSITE_ARTERIAL)


def _crossed(streets: Streets, at_corner: Ints) -> list[Pairs]:
    """Runs at corners that crossing a street joins."""
    corners = streets.corners
    over = np.flatnonzero(streets.kind[corners.over] != Kind.BARRIER)
    worth = np.where(streets.kind[corners.over[over]] == Kind.LOCAL, CROSSED, CROSSED_ARTERIAL)
    parts = []
    for one, other in product((0, 1), repeat=2):
        left, right = at_corner[corners.near[over], one], at_corner[corners.far[over], other]
        both = (left >= 0) & (right >= 0)
        parts.append((left[both], right[both], worth[both]))
    return parts


def _runs_at(streets: Streets, runs: _Runs) -> Ints:
    """Two columns: the runs of the two faces that meet at each corner, -1 where there is none."""
    faces = np.flatnonzero(runs.first >= 0)
    corner = np.concatenate([streets.corners.first[faces], streets.corners.last[faces]])
    run = np.concatenate([runs.first[faces], runs.last[faces]])
    order = np.argsort(corner, kind="stable")
    corner, run = corner[order], run[order]
    again = np.zeros(len(corner), np.int64)
    again[1:] = corner[1:] == corner[:-1]
    found = np.full((streets.corners.count, 2), -1)
    found[corner, again] = run
    return found
