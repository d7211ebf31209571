"""Small maps of three streets and a motorway, written in each form that members bring."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import osmium
import shapefile

WEST, SOUTH = -83.0, 40.0
STEP = 0.001
"""Degrees between two corners: some 85 m east, 111 m north."""

Line = tuple[str, str, Sequence[tuple[float, float]]]
"""Name, OpenStreetMap's class, points in steps east and north."""

TOWN: tuple[Line, ...] = (
    ("Elm Street", "residential", [(0, 0), (1, 0), (2, 0), (3, 0)]),
    ("Oak Avenue", "residential", [(0, 1), (1, 1), (2, 1), (3, 1)]),
    ("North Main Street", "primary", [(1, -1), (1, 0), (1, 1), (1, 2)]),
    ("", "motorway", [(-1, 3), (4, 3)]),
    ("", "footway", [(0, 0), (0, 1)]),
)
TIGER = {"residential": "S1400", "primary": "S1200", "motorway": "S1100", "footway": "S1710"}
DEGREES = 'GEOGCS["GCS_North_American_1983",UNIT["Degree",0.0174532925199433]]'
PLANE = 'PROJCS["NAD_1983_StatePlane_Ohio_North_FIPS_3401_Feet",GEOGCS["GCS_North_American_1983"]]'


def degrees(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(round(WEST + x * STEP, 7), round(SOUTH + y * STEP, 7)) for x, y in points]


def geojson(path: Path, lines: Sequence[Line] = TOWN, **more: Any) -> Path:
    """A collection, the last line in two parts."""
    features = [
        {"type": "Feature", "properties": {"name": name, "highway": word, **more},
         "geometry": {"type": "LineString", "coordinates": degrees(points)}}
        for name, word, points in lines
    ]  # fmt: skip
    features[-1]["geometry"] = {
        "type": "MultiLineString", "coordinates": [features[-1]["geometry"]["coordinates"]],
    }  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def osm(path: Path, lines: Sequence[Line] = TOWN) -> Path:
    """`.osm` or `.osm.pbf`; lines that share a place share a node."""
    nodes: dict[tuple[float, float], int] = {}
    ways = [[nodes.setdefault(point, len(nodes) + 1) for point in degrees(points)] for *_, points in lines]
    writer = osmium.SimpleWriter(str(path))
    for place, number in nodes.items():
        writer.add_node(osmium.osm.mutable.Node(id=number, location=place))
    for at, ((name, word, _), way) in enumerate(zip(lines, ways, strict=True), 1):
        tags = {"highway": word} | ({"name": name} if name else {})
        writer.add_way(osmium.osm.mutable.Way(id=at, nodes=way, tags=tags))
    writer.close()
    return path


def shapes(path: Path, lines: Sequence[Line] = TOWN, *, prj: str = DEGREES, cut: int = 0) -> Path:
    """A zip with a shapefile as the Census Bureau's; `cut`: bytes missing from its end."""
    stem = path.with_suffix("")
    with shapefile.Writer(str(stem), shapeType=shapefile.POLYLINE) as writer:
        writer.field("FULLNAME", "C", 100)
        writer.field("MTFCC", "C", 5)
        for name, word, points in lines:
            writer.line([degrees(points)])
            writer.record(name, TIGER[word])
    stem.with_suffix(".prj").write_text(prj)
    with zipfile.ZipFile(path, "w") as archive:
        for suffix in (".shp", ".dbf", ".shx", ".prj"):
            held = stem.with_suffix(suffix).read_bytes()
            end = len(held) - (cut if suffix == ".shp" else 0)
            archive.writestr(f"tl_2025/{stem.name}{suffix}", held[:end])
    return path
