"""Turfs of a cut as shapes to draw: an outline around each one's doors, and the doors where they are few."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.spatial import ConvexHull, QhullError

from commonroll.field.arrays import Floats, Ints, by_group

WIDTH = 1000.0
"""Units across the longer side of the drawing."""

MOST_DOTS = 4_000
MARGIN = 14.0
_AROUND = 9.0
"""Units by which an outline of a few doors is wider than they are."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """One turf: its number, the corners around its doors, where its number is written, its doors where they
    are few, and their numbers."""

    number: int
    corners: tuple[Point, ...]
    middle: Point
    doors: tuple[Point, ...]
    numbers: tuple[int, ...]

    @property
    def path(self) -> str:
        """For the points of an SVG polygon."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.corners)


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    outlines: tuple[Outline, ...]
    metres: float
    """How many metres 100 units are."""
    north: float
    west: float
    """Degrees of the place at the drawing's (MARGIN, MARGIN)."""
    down: float
    right: float
    """Units of a degree of latitude and longitude."""


def drawing(folder: Path) -> Drawing | None:
    """The turfs of a cut (`divide`), north above; None where there is none."""
    turfs = pq.read_table(folder / "turfs.parquet")
    if not turfs.num_rows:
        return None
    doors = pq.read_table(folder / "doors.parquet", columns=["door", "latitude", "longitude"])
    place = np.empty((int(doors["door"].to_numpy().max()) + 1, 2))
    place[doors["door"].to_numpy()] = np.column_stack(
        [doors["longitude"].to_numpy(zero_copy_only=False), doors["latitude"].to_numpy(zero_copy_only=False)]
    )
    place = place[turfs["door"].to_numpy()]
    at, metres = drawn(place)
    turf = turfs["turf"].to_numpy().astype(np.int64)
    few = len(at) <= MOST_DOTS
    of_turf = by_group(turf, int(turf.max()) + 1)
    number = turfs["door"].to_numpy()
    outlines = [
        _outline(at_turf, at[doors], number[doors] if few else None)
        for at_turf, doors in enumerate(of_turf)
        if len(doors)
    ]
    width, height = (at.max(axis=0) + MARGIN).tolist()
    north, west = float(place[:, 1].max()), float(place[:, 0].min())
    down = 100 * 111_195 / metres
    narrow = math.cos(math.radians(float(place[:, 1].mean())))
    return Drawing(width, height, tuple(outlines), metres, north, west, down, down * narrow)


def drawn(place: Floats) -> tuple[Floats, float]:
    """Longitude and latitude on the drawing, whose y grows downwards."""
    narrow = math.cos(math.radians(float(place[:, 1].mean())))
    flat = np.column_stack([(place[:, 0] - place[:, 0].min()) * narrow, place[:, 1].max() - place[:, 1]])
    size = max(float(flat.max()), 1e-6)
    scale = (WIDTH - 2 * MARGIN) / size
    return flat * scale + MARGIN, 100 / scale * 111_195


def _outline(turf: int, at: Floats, numbers: Ints | None) -> Outline:
    x, y = at.mean(axis=0).tolist()
    drawn_doors = () if numbers is None else tuple((float(x), float(y)) for x, y in at)
    named = () if numbers is None else tuple(int(number) for number in numbers)
    return Outline(turf + 1, outline_of(at), (x, y), drawn_doors, named)


def outline_of(at: Floats) -> tuple[Point, ...]:
    """The hull of squares around the places, so that one door or a line of them has an outline too."""
    square = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)]) * _AROUND
    spread = (at[:, None, :] + square[None]).reshape(-1, 2)
    try:
        found: Ints = ConvexHull(spread).vertices
    except QhullError:
        return tuple((float(x), float(y)) for x, y in spread[:4])
    return tuple((float(x), float(y)) for x, y in spread[found])


def numbered(outlines: Sequence[Outline], most: int = 200) -> bool:
    """Whether the drawing has room for the turfs' numbers."""
    return len(outlines) <= most
