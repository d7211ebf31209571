"""Shapefiles of lines: the Census Bureau's TIGER/Line (ROADS, EDGES, ADDRFEAT), a county's, Geofabrik's."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import shapefile

from commonroll.errors import Refusal
from commonroll.field.maps.gathered import Gathered
from commonroll.field.maps.kinds import CLASSES, NAMES

LINES = {shapefile.POLYLINE, shapefile.POLYLINEM, shapefile.POLYLINEZ}

_BROKEN = (
    shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError, TypeError, OverflowError,
    EOFError, AssertionError, OSError, MemoryError,
)  # fmt: skip
"""What the reader raises on files that are cut off or lie about their lengths."""


def add(shp: Path, name: str, into: Gathered) -> None:
    """Take the lines of a shapefile, whose `.dbf` and `.prj` stand beside it under the same stem.

    Raises Refusal where it is broken, holds points or areas, or is on a plane instead of in degrees.
    """
    _check_plane(shp.with_suffix(".prj"), name)
    dbf = shp.with_suffix(".dbf")
    if not dbf.exists():
        raise Refusal("The shapefile has no table (.dbf) beside it.", where=name, next_step="Bring the zip.")
    try:
        with shp.open("rb") as lines, dbf.open("rb") as table:
            reader = shapefile.Reader(shp=lines, dbf=table, encoding="utf-8", encodingErrors="replace")
            if reader.shapeType not in LINES:
                raise Refusal(
                    "The shapefile holds no lines.", where=name,
                    next_step="Take the file of roads or edges, not that of points or areas.",
                )  # fmt: skip
            _add_all(reader, into)
    except _BROKEN as error:
        # from None: the reader's words may quote what stands in the file
        raise Refusal(
            "The shapefile is broken or was cut off.",
            where=f"{name} ({type(error).__name__} after {into.read:,} lines)",
            next_step="Fetch it again and compare its size with what its source says.",
        ) from None


def _add_all(reader: Any, into: Gathered) -> None:
    fields = {field[0].lower(): field[0] for field in reader.fields[1:]}
    names = [fields[one] for one in NAMES if one in fields]
    classes = [fields[one] for one in CLASSES if one in fields]
    for found in reader.iterShapeRecords(fields=[*names, *classes] or None):
        said = found.record.as_dict()
        name, word = (_first(said, columns) for columns in (names, classes))
        points, parts = found.shape.points, list(getattr(found.shape, "parts", []))
        for begin, end in pairwise([*parts, len(points)]):
            into.add(name, word, points[begin:end])


def _first(said: dict[str, Any], columns: list[str]) -> str | None:
    return next((str(said[one]) for one in columns if str(said.get(one) or "").strip()), None)


def _check_plane(prj: Path, name: str) -> None:
    """Coordinates are degrees; of a plane (feet, metres) nobody here knows where on earth it is."""
    if not prj.exists():
        return  # points that are no degrees are left out one by one
    words = prj.read_bytes()[:4096].decode("utf-8", "replace").lstrip().upper()
    if not words.startswith(("GEOGCS", "GEOGCRS")):
        raise Refusal(
            "The shapefile is on a plane, not in degrees of longitude and latitude.",
            where=f"{name}, projection (.prj)",
            next_step="Turn it first: ogr2ogr -t_srs EPSG:4326 degrees.shp FILE.shp",
        )
