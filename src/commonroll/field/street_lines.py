"""Lines of a street map become a network: cut where streets meet, straight between bends.

What a map calls its streets (OpenStreetMap's `highway`) decides who may walk along and across them. Lines
meet where they share a node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.streets import Kind, Streets

BEND = 4.0
"""Metres that a street may be off the straight line between two of its kept points."""

HIGHWAYS: Mapping[str, Kind] = {
    "residential": Kind.LOCAL, "unclassified": Kind.LOCAL, "living_street": Kind.LOCAL, "road": Kind.LOCAL,
    "tertiary": Kind.LOCAL, "tertiary_link": Kind.LOCAL, "pedestrian": Kind.LOCAL,
    "secondary": Kind.ARTERIAL, "secondary_link": Kind.ARTERIAL, "primary": Kind.ARTERIAL,
    "primary_link": Kind.ARTERIAL, "trunk": Kind.ARTERIAL, "trunk_link": Kind.ARTERIAL,
    "motorway": Kind.BARRIER, "motorway_link": Kind.BARRIER,
}  # fmt: skip
"""OpenStreetMap's key `highway`; ways of other values have no doors and are left out."""


@dataclass(frozen=True)
class Lines:
    """`first`: where each line's points begin, and the number of all behind the last one.

    `node`: each point's number, the same where two lines meet; `x`, `y` in metres; `kind`, `name`: of lines.
    """

    first: Ints
    node: Ints
    x: Floats
    y: Floats
    kind: Ints
    name: Ints


def streets_of(lines: Lines) -> Streets:
    """The network of some lines. A bend is a junction of two streets: nobody crosses anything there."""
    met = _met(lines)
    edges = [edge for at in range(len(lines.kind)) for edge in _edges(lines, at, met)]
    if not edges:
        nothing, none = np.empty(0), np.empty(0, np.int64)
        return Streets(nothing, nothing, none, none, nothing, none, none)
    start, end, line = (np.array(column, np.int64) for column in list(zip(*edges, strict=True))[:3])
    length = np.array([edge[3] for edge in edges])
    point_of: dict[int, int] = {}
    for point in np.concatenate([start, end]).tolist():
        point_of.setdefault(int(lines.node[point]), point)
    nodes = np.array(sorted(point_of), np.int64)
    points = np.array([point_of[int(node)] for node in nodes], np.int64)
    begins, ends = np.searchsorted(nodes, lines.node[start]), np.searchsorted(nodes, lines.node[end])
    whole: Bools = begins != ends
    return Streets(
        lines.x[points], lines.y[points], begins[whole], ends[whole], length[whole],
        lines.kind[line[whole]], lines.name[line[whole]],
    )  # fmt: skip


def _met(lines: Lines) -> Bools:
    """Points at which lines end or meet."""
    _, of, uses = np.unique(lines.node, return_inverse=True, return_counts=True)
    found = uses[of] > 1
    found[lines.first[:-1]] = True
    found[lines.first[1:] - 1] = True
    return np.asarray(found)


def _edges(lines: Lines, at: int, met: Bools) -> list[tuple[int, int, int, float]]:
    """Start, end, line and metres of the pieces of one line."""
    first, last = int(lines.first[at]), int(lines.first[at + 1])
    if last - first < 2:
        return []
    steps = np.hypot(np.diff(lines.x[first:last]), np.diff(lines.y[first:last]))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    cuts = first + np.flatnonzero(met[first:last])
    kept = [int(cuts[0])]
    for a, b in pairwise(cuts.tolist()):
        kept += [*_bends(lines.x, lines.y, a, b), b]
    return [(a, b, at, float(along[b - first] - along[a - first])) for a, b in pairwise(kept)]


def _bends(x: Floats, y: Floats, a: int, b: int) -> list[int]:
    """Points that the line between two needs (Douglas and Peucker); a ring keeps its farthest."""
    found: list[int] = []
    pending: list[Sequence[int]] = [(a, b)]
    while pending:
        start, end = pending.pop()
        if end - start < 2:
            continue
        between = slice(start + 1, end)
        dx, dy = x[end] - x[start], y[end] - y[start]
        px, py = x[between] - x[start], y[between] - y[start]
        span = float(np.hypot(dx, dy))
        off = np.abs(dx * py - dy * px) / span if span > BEND else np.hypot(px, py)
        worst = int(np.argmax(off))
        if off[worst] > BEND:
            at = start + 1 + worst
            found.append(at)
            pending += [(start, at), (at, end)]
    return sorted(found)
