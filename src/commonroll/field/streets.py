"""A street network as a walker sees it: corners, the sides of streets between them, and crossings.

A street between two junctions has two sides, its *faces*; a junction where d streets meet has d corners, one
between each street and the next. A walker goes along faces from corner to corner and crosses streets at
junctions. Everything is in metres on a plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from commonroll.field.arrays import Floats, Ints

WIDTHS = (12.0, 22.0, 40.0)
"""Metres from pavement to pavement, by kind of street."""

ARTERIAL_EXTRA = 25.0
"""Metres that crossing an arterial street counts more than its width: one waits."""

PENALTY = 15.0
"""Metres that a crossing counts more than it is wide: so much walking people take upon them to spare one."""


class Kind(IntEnum):
    LOCAL = 0
    ARTERIAL = 1
    BARRIER = 2
    """Motorways, railways, water: nobody crosses."""


@dataclass(frozen=True)
class Streets:
    """`x`, `y` of junctions; for each street between two of them its ends, metres, Kind and name's number.

    Face 2e is the side of street e on the left of whoever walks from `start` to `end`, 2e + 1 the other.
    """

    x: Floats
    y: Floats
    start: Ints
    end: Ints
    length: Floats
    kind: Ints
    name: Ints

    def __len__(self) -> int:
        return len(self.start)

    def take(self, kept: Ints) -> Streets:
        """The streets at these places, with the junctions that they have."""
        nodes, place = np.unique(np.concatenate([self.start[kept], self.end[kept]]), return_inverse=True)
        start, end = place[: len(kept)].astype(np.int64), place[len(kept) :].astype(np.int64)
        return Streets(self.x[nodes], self.y[nodes], start, end, self.length[kept], self.kind[kept],
                       self.name[kept])  # fmt: skip

    @cached_property
    def crossing(self) -> Floats:
        """Metres across each street, without the penalty that a walker puts on crossing at all."""
        extra = np.where(self.kind == Kind.ARTERIAL, ARTERIAL_EXTRA, 0.0)
        return np.asarray(WIDTHS)[self.kind] + extra

    @cached_property
    def corners(self) -> Corners:
        return _corners(self)


@dataclass(frozen=True)
class Corners:
    """Where faces end, and which corners a crossing joins.

    `first`, `last`: the corner at which each face begins and ends, in the direction of its street. `near` and
    `far`: the two corners that crossing a street at one end of it joins, `over` that street; twice a street.
    """

    count: int
    node: Ints
    first: Ints
    last: Ints
    near: Ints
    far: Ints
    over: Ints


def _corners(streets: Streets) -> Corners:
    """Corner i of a junction lies between its street i and the next, by angle; a dead end has one corner."""
    count = len(streets)
    node = np.concatenate([streets.start, streets.end])
    other = np.concatenate([streets.end, streets.start])
    angle = np.arctan2(streets.y[other] - streets.y[node], streets.x[other] - streets.x[node])
    order = np.lexsort((angle, node))
    place = np.empty(2 * count, np.int64)
    place[order] = np.arange(2 * count)
    # a junction's corners have the numbers that its half-streets have in `order`
    begins = np.searchsorted(node[order], node)
    degree = np.bincount(node, minlength=len(streets.x))[node]
    left = place
    right = begins + (place - begins - 1) % degree
    # left of the way out of the start is right of the way out of the end
    first = np.column_stack([left[:count], right[:count]]).ravel()
    last = np.column_stack([right[count:], left[count:]]).ravel()
    over = np.tile(np.arange(count), 2)
    return Corners(2 * count, node[order], first, last, left, right, over)
