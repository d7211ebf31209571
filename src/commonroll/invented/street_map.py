"""The public map of an invented state's streets, as GeoJSON lines: those on which its address points stand.

A precinct's streets run from west to east in four columns; streets without a name join them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from commonroll.invented.address_points import (
    COLUMN,
    COLUMNS,
    METRES_A_DEGREE,
    ROAD,
    RURAL,
    SOUTH,
    WEST,
    corners,
)  # fmt: skip
from commonroll.invented.columns import street_pools
from commonroll.invented.draw import rank_within
from commonroll.invented.geography import Geography
from commonroll.invented.population import DOORS_PER_STREET, Places
from commonroll.invented.rolls import Population

_AHEAD = 20.0
"""Metres before a street's first door at which it begins."""

Line = list[tuple[float, float]]


def write_street_map(path: Path, whole: Population, state: str) -> int:
    """Write a GeoJSON feature a line, with `name` and `highway` as OpenStreetMap has them; how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for name, line in _lines(whole.geographies[state], whole.places[state]):
            feature = {
                "type": "Feature",
                "properties": {"highway": "residential"} | ({"name": name} if name else {}),
                "geometry": {"type": "LineString", "coordinates": [_degrees(*point) for point in line]},
            }
            out.write(f"{json.dumps(feature)}\n")
            count += 1
    return count


def _lines(geo: Geography, places: Places) -> Iterator[tuple[str, Line]]:
    row = rank_within(places.precinct)
    first = np.flatnonzero(row % DOORS_PER_STREET == 0)
    west, south = corners(geo)
    names = street_pools()["whole"]
    most = np.full(len(west), -1)
    for at in first.tolist():
        precinct, street = int(places.precinct[at]), int(row[at]) // DOORS_PER_STREET
        wide = RURAL if geo.precincts.rural[precinct] else 1.0
        begins = west[precinct] + (street % COLUMNS * COLUMN - _AHEAD) * wide
        y = south[precinct] + street // COLUMNS * ROAD * wide
        yield names[int(places.street[at])].as_py(), [(begins, y), (begins + COLUMN * wide, y)]
        most[precinct] = max(most[precinct], street)
    for precinct in np.flatnonzero(most >= 0).tolist():
        wide = RURAL if geo.precincts.rural[precinct] else 1.0
        rows = int(most[precinct]) // COLUMNS + 1
        for column in range(COLUMNS + 1 if rows > 1 else 0):
            x = west[precinct] + (column * COLUMN - _AHEAD) * wide
            yield "", [(x, south[precinct] + at * ROAD * wide) for at in range(rows)]


def _degrees(x: float, y: float) -> tuple[float, float]:
    narrow = float(np.cos(np.radians(SOUTH)))
    return round(WEST + x / (METRES_A_DEGREE * narrow), 6), round(SOUTH + y / METRES_A_DEGREE, 6)
