"""Turfs for who cannot walk far, and for who has a bike: smaller and longer ones among those of a cut.

The densest turfs, those without flats first, are halved for short walks. Where doors lie so far apart that a
bike saves the time, three neighbouring turfs become two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from commonroll.errors import Refusal
from commonroll.field.arrays import Floats, Ints, by_group
from commonroll.field.files import numbers, points_of
from commonroll.field.joined import A_MINUTE, FARTHEST
from commonroll.field.minutes import ROUNDABOUT
from commonroll.field.points import COUNTRY_REACH, DETOUR

RIDDEN = 200.0
"""Metres on a bike in a minute: 12 km/h from door to door."""

FULL = 1.2
"""Of the time that a turf is to take: the most that a longer one does."""

MOST = 500
"""People of one capacity that a cut is asked for."""

_REGION, _LONGER = 3, 1.5


@dataclass(frozen=True)
class Capacities:
    """How many people cannot walk far, and how many come on a bike."""

    short: int = 0
    bike: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.short <= MOST and 0 <= self.bike <= MOST):
            raise Refusal(
                "That many people are not to be expected.", where="short walks and bikes",
                next_step=f"Say 0 to {MOST}.",
            )  # fmt: skip


Recut = Callable[[Ints, float], Ints | None]
"""The doors at these places cut anew into turfs of so many times the size: the turf of each, from 0; None
where a turf may not be of that size."""


@dataclass
class _Turfs:
    """A division: the doors of each turf, metres of its net and its widest gap, its side of a border."""

    doors: pa.Table
    at: Floats
    rows: list[Ints]
    side: Ints

    def __post_init__(self) -> None:
        self.net = [_net(self.at[rows]) for rows in self.rows]
        building = numbers(self.doors["building_key"])
        self.shared = np.bincount(building)[building] > 1
        self.middle = np.array([self.at[rows].mean(axis=0) for rows in self.rows]).reshape(-1, 2)

    def time(self, rows: Ints, at_door: float, a_minute: float) -> float:
        """Minutes at so many doors and on the ways between them."""
        return at_door * len(rows) + ROUNDABOUT * _net(self.at[rows])[0] / a_minute


def fitted(doors: pa.Table, turf: Ints, asked: Capacities, minutes: float | None, at_door: float,
           recut: Recut) -> Ints:  # fmt: skip
    """`turf` of each door, from 0, with smaller and longer ones for those who were `asked` for, as far as the
    doors allow; `minutes`: what a turf is to take, None where turfs are of so many doors."""
    if not len(turf) or asked == Capacities():
        return turf
    points = points_of(doors)
    within = numbers(doors["within"]) if "within" in doors.column_names else np.zeros(len(turf), np.int64)
    rows = by_group(turf, int(turf.max()) + 1)
    side = np.array([within[each[0]] for each in rows])
    turfs = _Turfs(doors, np.column_stack([points.x, points.y]), rows, side)
    usual = minutes or float(np.median([turfs.time(each, at_door, A_MINUTE) for each in rows]))
    new = _short(turfs, asked.short, recut)
    taken = {one for one, _ in new}
    new += _longer(turfs, asked.bike, taken, FULL * usual, at_door, recut)
    return _relabelled(turf, new)


def _relabelled(turf: Ints, new: list[tuple[int, list[Ints]]]) -> Ints:
    found, used = turf.copy(), int(turf.max()) + 1
    for _, parts in new:
        for rows in parts:
            found[rows], used = used, used + 1
    return np.asarray(np.unique(found, return_inverse=True)[1], np.int64)


def _short(turfs: _Turfs, wanted: int, recut: Recut) -> list[tuple[int, list[Ints]]]:
    """Halves of turfs walked in one piece: those without flats first, then the shortest."""
    flats = [bool(turfs.shared[rows].any()) for rows in turfs.rows]
    order = sorted(range(len(turfs.rows)), key=lambda one: (flats[one], turfs.net[one][0], one))
    made: list[tuple[int, list[Ints]]] = []
    for one in order:
        if sum(len(parts) for _, parts in made) >= wanted:
            break
        parts = _parts(turfs.rows[one], recut, 0.5) if turfs.net[one][1] <= COUNTRY_REACH else []
        if len(parts) > 1:
            made.append((one, parts))
    return made


def _longer(turfs: _Turfs, wanted: int, taken: set[int], most: float, at_door: float, recut: Recut
            ) -> list[tuple[int, list[Ints]]]:  # fmt: skip
    """Two turfs of three, where they take more than `most` minutes on foot and no more on a bike."""
    made: list[tuple[int, list[Ints]]] = []
    for one in sorted(range(len(turfs.rows)), key=lambda one: (-turfs.net[one][0], one)):
        if sum(len(parts) for _, parts in made) >= wanted:
            break
        region = [] if one in taken else _around(turfs, one, taken)
        if len(region) < _REGION:
            continue
        parts = _parts(np.concatenate([turfs.rows[each] for each in region]), recut, _LONGER)
        afoot = sum(turfs.time(rows, at_door, A_MINUTE) for rows in parts)
        ridden = max((turfs.time(rows, at_door, RIDDEN) for rows in parts), default=0.0)
        if len(parts) == _REGION - 1 and ridden <= most < afoot / len(parts):
            taken.update(region)
            made.append((one, parts))
    return made


def _around(turfs: _Turfs, one: int, taken: set[int]) -> list[int]:
    """A turf and the two nearest on its side of the border that are free and not too far."""
    away = np.hypot(*(turfs.middle - turfs.middle[one]).T)
    near = [
        int(each)
        for each in np.argsort(away, kind="stable")
        if int(each) not in taken and turfs.side[each] == turfs.side[one] and away[each] <= FARTHEST
    ]
    return near[:_REGION]


def _parts(rows: Ints, recut: Recut, times: float) -> list[Ints]:
    found = recut(rows, times)
    return [] if found is None else [rows[each] for each in by_group(found, int(found.max(initial=-1)) + 1)]


def _net(places: Floats) -> tuple[float, float]:
    """Metres of the shortest net over places, by streets, and its longest way."""
    places = np.unique(places, axis=0)
    if len(places) < 2:
        return 0.0, 0.0
    ways = minimum_spanning_tree(squareform(pdist(places))).data
    return float(ways.sum()) * DETOUR, float(ways.max()) * DETOUR
