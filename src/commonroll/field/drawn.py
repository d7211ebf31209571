"""The streets around a turf as lines to draw: for a phone in a cellar, and for drawings of a lead."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from commonroll.field.net import drawn, note_of
from commonroll.field.outlines import MARGIN
from commonroll.field.streets import Kind

REACH = (800.0, 500.0, 300.0, 150.0)
"""Metres around the doors: the most that is light enough to be carried."""

LIGHT = 12 << 10
"""Bytes, packed, of what a turf's streets may weigh on their way to a phone."""

KINDS = {int(Kind.LOCAL): "street", int(Kind.ARTERIAL): "main", int(Kind.BARRIER): "barrier"}

Line = list[list[float]]


@dataclass(frozen=True)
class Street:
    """A line as it is drawn: a kind of KINDS, a name or none, points of longitude and latitude."""

    kind: str
    name: str
    points: Line


def lines_around(folder: Path, doors: pa.Table, metres: float) -> list[Street]:
    """The streets around doors, each whole as far as it is near; none where the cut has no streets."""
    found = drawn(folder, doors, metres)
    return list(_joined(found.to_pylist())) if found is not None else []


def _joined(pieces: Sequence[Mapping[str, Any]]) -> Iterator[Street]:
    """Pieces of one line that follow each other are one."""
    for _, group in groupby(pieces, key=lambda piece: (piece["line"], piece["kind"])):
        line: Line = []
        said: Mapping[str, Any] = {}
        for piece in group:
            start, end = _at(piece, 1), _at(piece, 2)
            if line and line[-1] != start:
                yield Street(KINDS[said["kind"]], said["name"], line)
                line = []
            said = piece
            line = [*(line or [start]), end]
        yield Street(KINDS[said["kind"]], said["name"], line)


def _at(piece: Mapping[str, Any], end: int) -> list[float]:
    return [round(piece[f"lon{end}"], 5), round(piece[f"lat{end}"], 5)]


MOST_PIECES = 12_000
"""Points of a lead's drawing; beyond, it has main streets and barriers alone."""


def paths(streets: Sequence[Street], *, north: float, west: float, metres: float) -> dict[str, str]:
    """By kind the path that draws it, as SVG says it, on a drawing of `outlines.drawn`: the place at its
    (MARGIN, MARGIN), and how many metres 100 units are."""
    down = 100 * 111_195 / metres
    every = [point for street in streets for point in street.points]
    if not every:
        return {}
    right = down * math.cos(math.radians(north))
    few = len(every) <= MOST_PIECES
    found: dict[str, list[str]] = {}
    for street in streets:
        if few or street.kind != KINDS[Kind.LOCAL]:
            at = [
                f"{MARGIN + (lon - west) * right:.0f} {MARGIN + (north - lat) * down:.0f}"
                for lon, lat in street.points
            ]
            found.setdefault(street.kind, []).append("M" + "L".join(at))
    return {kind: "".join(lines) for kind, lines in found.items()}


def for_phone(folder: Path, doors: pa.Table) -> dict[str, Any]:
    """GeoJSON of the streets around a turf's doors, light enough to be carried; `credit`: whose map it is.

    Each feature is all that has one kind and name.
    """
    found: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    for metres in REACH:
        streets = lines_around(folder, doors, metres)
        if not streets:
            break
        found = _collection(streets, str(note_of(folder).get("credit", "")))
        if len(gzip.compress(json.dumps(found).encode())) <= LIGHT:
            break
    return found


def _collection(streets: Sequence[Street], credit: str) -> dict[str, Any]:
    by_name: dict[tuple[str, str], list[Line]] = {}
    for street in streets:
        by_name.setdefault((street.kind, street.name), []).append(street.points)
    features = [
        {"type": "Feature", "properties": {"kind": kind} | ({"name": name} if name else {}),
         "geometry": {"type": "MultiLineString", "coordinates": lines}}
        for (kind, name), lines in by_name.items()
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features, "credit": credit}
