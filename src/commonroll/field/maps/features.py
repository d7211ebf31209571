"""Streets as GeoJSON lines: a collection, or one feature on each line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

from commonroll.errors import Refusal
from commonroll.field.maps.gathered import Gathered
from commonroll.field.maps.kinds import CLASSES, NAMES
from commonroll.roll.engine import engine
from commonroll.roll.places.points_read import GEOJSON, features_in, property_of

SUFFIXES = GEOJSON

_AT_ONCE = 5_000


def add(path: Path, into: Gathered) -> None:
    """Take a file's lines; raises Refusal where it is broken or too large to be read as a whole."""
    one, many = (features_in(path, kind) for kind in ("LineString", "MultiLineString"))
    said = f"{property_of(NAMES)} AS name, {property_of(CLASSES)} AS word"
    asked = (
        f"SELECT {said}, TRY_CAST(geometry.coordinates AS DOUBLE[][]) AS points FROM {one} UNION ALL "
        f"SELECT {said}, unnest(TRY_CAST(geometry.coordinates AS DOUBLE[][][])) AS points FROM {many}"
    )
    try:
        with closing(engine()) as con:
            found = con.execute(asked)
            while rows := found.fetchmany(_AT_ONCE):
                for name, word, points in rows:
                    into.add(name, word, [point or () for point in points or ()])
    except duckdb.Error:
        # from None: the engine's words may quote a line of the file
        raise Refusal(
            "The file cannot be read as GeoJSON.",
            where=f"{path.name}, after {into.read:,} lines",
            next_step="Check that it is whole: a FeatureCollection, or one feature on each line.",
        ) from None
