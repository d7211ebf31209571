"""A county's public address points for the doors of invented people: where a building stands, no more.

The geometry is invented as well. A precinct is a block of short streets in four columns, a rural one three
times as wide; precincts stand beside each other, a county's in a square; no point is of a real building.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from commonroll.invented.columns import street_pools
from commonroll.invented.draw import Ints, rank_within
from commonroll.invented.geography import Geography
from commonroll.invented.population import DOORS_PER_STREET, Places
from commonroll.invented.rolls import Population
from commonroll.invented.write import digits, look_up, pool

SOUTH, WEST = 35.2, -84.0
"""Degrees where the first county's first street begins."""

METRES_A_DEGREE = 111_195.0
_LOT, _SIDE = 15.0, 9.0
ROAD, COLUMNS, COLUMN = 80.0, 4, 200.0
"""Metres from street to street, and how many columns of how many metres a precinct has."""

_PRECINCT = 1_200.0
_COUNTIES_A_ROW = 12
RURAL = 3.0


def write_address_points(path: Path, whole: Population, state: str) -> int:
    """Write a CSV in the columns of OpenAddresses (LON, LAT, NUMBER, STREET, UNIT, CITY, POSTCODE); its rows.

    One row for each house number of a street of a precinct; UNIT is empty.
    """
    geo, places = whole.geographies[state], whole.places[state]
    first = _first_doors(places)
    x, y = _metres(geo, places)
    lat = SOUTH + y[first] / METRES_A_DEGREE
    lon = WEST + x[first] / (METRES_A_DEGREE * np.cos(np.radians(SOUTH)))
    precinct = places.precinct[first]
    towns = pool(geo.town_of(at).name for at in range(len(geo.precincts.number)))
    table = pa.table(
        {
            "LON": np.round(lon, 6),
            "LAT": np.round(lat, 6),
            "NUMBER": digits(places.number[first]),
            "STREET": look_up(street_pools()["whole"], places.street[first]),
            "UNIT": pa.repeat("", len(first)),
            "CITY": look_up(towns, precinct),
            "POSTCODE": look_up(pool(geo.precincts.zip5), precinct),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    csv.write_csv(table, path)
    return len(first)


def _first_doors(places: Places) -> Ints:
    """The first door of each building, in the order of the doors."""
    keys = np.stack([places.precinct, places.street, places.number])
    return np.sort(np.unique(keys, axis=1, return_index=True)[1])


def _metres(geo: Geography, places: Places) -> tuple[np.ndarray, np.ndarray]:
    row = rank_within(places.precinct)
    street, along = row // DOORS_PER_STREET, row % DOORS_PER_STREET
    stacked = places.unit > 0
    lot = np.where(stacked, along // 12 * 5 + 2, along // 2)
    north = np.where(stacked, 0, along % 2) * 2 * _SIDE - _SIDE
    wide = np.where(geo.precincts.rural[places.precinct], RURAL, 1.0)
    x = (street % COLUMNS * COLUMN + lot * _LOT) * wide
    y = street // COLUMNS * ROAD * wide + north
    west, south = corners(geo)
    return x + west[places.precinct], y + south[places.precinct]


def corners(geo: Geography) -> tuple[np.ndarray, np.ndarray]:
    """Metres of each precinct's south-western corner."""
    county, at = geo.precincts.county, geo.precincts.number
    across = np.ceil(np.sqrt(np.bincount(county, minlength=len(geo.counties)))).astype(np.int64)
    spaced = RURAL * _PRECINCT
    apart = (across.max() + 1) * spaced
    west = county % _COUNTIES_A_ROW * apart + at % across[county] * spaced
    return west, county // _COUNTIES_A_ROW * apart + at // across[county] * spaced
