"""An invented city: a warped grid of streets with a river, arterials and dead ends, and its doors.

Nothing in it is a place on the earth. The same size and seed give the same city.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.doors import Doors
from commonroll.field.streets import WIDTHS, Kind, Streets

MISSING, DEAD_ENDS = 0.07, 0.04
"""Shares of local streets that are not there, and that end half way."""

EMPTY = (0.08, 0.55, 1.0)
"""Shares of faces without a door, by kind of street."""

LOTS = 10.0, 32.0
"""Metres of street that a lot takes, from the narrowest neighbourhood to the widest."""

LARGE, SMALL = 0.012, 0.04
"""Shares of lots with a building of 6 to 40 homes, and of 2 to 4."""

_DOORS_A_STREET = 10.6
"""About what a street between two junctions comes to; a city of a size needs so many streets."""

_SETBACK, _CORNER = 6.0, 8.0
"""Metres from pavement to door, and from a corner to the first lot."""


@dataclass(frozen=True)
class City:
    streets: Streets
    doors: Doors


def city(doors: int, *, seed: int = 1, coverage: float = 1.0) -> City:
    """About `doors` doors; `coverage` is the share of them that a list of targets would hold."""
    if not 0 < coverage <= 1:
        raise ValueError("coverage is a share above 0")
    rng = np.random.default_rng(seed)
    side = max(3, round((doors / (2 * _DOORS_A_STREET)) ** 0.5))
    streets = _streets(rng, side)
    return City(streets, _sampled(rng, _doors(rng, streets, LOTS), coverage))


def doors_along(streets: Streets, *, lots: tuple[float, float], seed: int = 1) -> Doors:
    """Invented doors on the streets of a map, with lots of so many metres; none where nobody walks."""
    return _doors(np.random.default_rng(seed), streets, lots)


# Streets


def _streets(rng: np.random.Generator, side: int) -> Streets:
    x, y = _junctions(rng, side)
    at = np.arange(side * side).reshape(side, side)
    start = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    end = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    rows, columns = np.divmod(np.arange(side * side), side)
    across = np.arange(len(start)) < side * (side - 1)
    line = np.where(across, rows[start], side + columns[start])
    arterial = (np.where(across, rows[start], columns[start]) % rng.integers(8, 10)) == 4
    kept = arterial | (rng.random(len(start)) >= MISSING)
    kept &= arterial | ~_over_river(x, y, start, end, side)
    return _ended(rng, x, y, start[kept], end[kept], arterial[kept], line[kept])


def _junctions(rng: np.random.Generator, side: int) -> tuple[Floats, Floats]:
    """A grid of uneven blocks, bent by two waves and shaken."""
    steps = [np.cumsum(rng.choice([70.0, 90.0, 110.0, 150.0, 190.0], side)) for _ in range(2)]
    x, y = (each.ravel() for each in np.meshgrid(*steps))
    waves = rng.uniform(0, 6.28, 2)
    bent_x = x + 90 * np.sin(y / 700 + waves[0]) + rng.normal(0, 5, len(x))
    return bent_x, y + 90 * np.sin(x / 900 + waves[1]) + rng.normal(0, 5, len(y))


def _over_river(x: Floats, y: Floats, start: Ints, end: Ints, side: int) -> Bools:
    """Streets whose ends lie on different banks: only arterials have bridges."""
    middle = (y.min() + y.max()) / 2
    bank = y > middle + 300 * np.sin(x / 1100)
    return np.asarray(bank[start] != bank[end])


def _ended(
    rng: np.random.Generator, x: Floats, y: Floats, start: Ints, end: Ints, arterial: Bools, line: Ints
) -> Streets:
    """With some local streets that end half way, at a junction of their own."""
    short = ~arterial & (rng.random(len(start)) < DEAD_ENDS)
    share = rng.uniform(0.4, 0.8, int(short.sum()))
    tip_x = x[start[short]] + share * (x[end[short]] - x[start[short]])
    tip_y = y[start[short]] + share * (y[end[short]] - y[start[short]])
    end = end.copy()
    end[short] = len(x) + np.arange(int(short.sum()))
    x, y = np.concatenate([x, tip_x]), np.concatenate([y, tip_y])
    length = np.hypot(x[end] - x[start], y[end] - y[start])
    kind = np.where(arterial, Kind.ARTERIAL, Kind.LOCAL).astype(np.int64)
    return Streets(x, y, start, end, length, kind, line)


# Doors


def _doors(rng: np.random.Generator, streets: Streets, lots: tuple[float, float]) -> Doors:
    street = np.repeat(np.arange(len(streets)), 2)
    lot = _lot_widths(rng, streets, lots)[street]
    count = np.maximum((streets.length[street] - 2 * _CORNER) // lot, 0).astype(np.int64)
    count[rng.random(len(street)) < np.asarray(EMPTY)[streets.kind[street]]] = 0
    face = np.repeat(np.arange(len(street)), count)
    place = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    offset = _CORNER + (place + 0.5) * lot[face]
    homes = _homes(rng, len(face))
    building = np.repeat(np.arange(len(face)), homes)
    return _placed(streets, face[building], offset[building], building)


def _lot_widths(rng: np.random.Generator, streets: Streets, lots: tuple[float, float]) -> Floats:
    """Alike within half a kilometre or so."""
    hood = (streets.x[streets.start] // 600).astype(np.int64) * 1009 + (streets.y[streets.start] // 600)
    kinds, of = np.unique(hood, return_inverse=True)
    return np.asarray(rng.uniform(*lots, len(kinds))[of])


def _homes(rng: np.random.Generator, lots: int) -> Ints:
    homes = np.ones(lots, np.int64)
    drawn = rng.random(lots)
    large, small = drawn < LARGE, (drawn >= LARGE) & (drawn < LARGE + SMALL)
    homes[large] = rng.integers(6, 41, int(large.sum()))
    homes[small] = rng.integers(2, 5, int(small.sum()))
    return homes


def _placed(streets: Streets, face: Ints, offset: Floats, building: Ints) -> Doors:
    street, right = np.divmod(face, 2)
    a, b = streets.start[street], streets.end[street]
    along = offset / streets.length[street]
    aside = (np.asarray(WIDTHS)[streets.kind[street]] / 2 + _SETBACK) * np.where(right, -1, 1)
    dx, dy = (streets.x[b] - streets.x[a]), (streets.y[b] - streets.y[a])
    x = streets.x[a] + along * dx - aside * dy / streets.length[street]
    return Doors(face, offset, building, x, streets.y[a] + along * dy + aside * dx / streets.length[street])


def _sampled(rng: np.random.Generator, doors: Doors, coverage: float) -> Doors:
    if coverage == 1:
        return doors
    kept = rng.random(len(doors)) < coverage
    return doors.take(kept)
