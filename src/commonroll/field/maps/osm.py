"""Extracts of OpenStreetMap, packed (`.osm.pbf`) or as XML (`.osm`, also `.osm.gz`, `.osm.bz2`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import osmium

from commonroll.errors import Refusal
from commonroll.field.maps.gathered import Gathered

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")

_KEYS = ("highway", "waterway", "railway")
_NO_FEET = "motorway"

Way = list[tuple[float, float]]


def add(path: Path, into: Gathered) -> None:
    """Take an extract's ways; raises Refusal where it cannot be read to its end."""
    try:
        ways = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        for way in ways.with_filter(osmium.filter.KeyFilter(*_KEYS)):
            if isinstance(way, osmium.osm.Way):
                _add(way, into)
    except (RuntimeError, ValueError) as error:
        # from None: the reader's words may quote a line of the file
        raise Refusal(
            "The file cannot be read as an extract of OpenStreetMap.",
            where=f"{path.name} ({type(error).__name__} after {into.read:,} ways)",
            next_step="Fetch it again and compare its size with what its source says.",
        ) from None


def _add(way: osmium.osm.Way, into: Gathered) -> None:
    tags = way.tags
    word = next((tags[key] for key in _KEYS if key in tags), None)
    if tags.get("highway") and tags.get("foot") == "no":
        word = _NO_FEET
    for points in _pieces(way):
        into.add(tags.get("name"), word, points)


def _pieces(way: osmium.osm.Way) -> Iterator[Way]:
    """A way where its nodes are in the extract: one that was cut at a border has some outside."""
    found: Way = []
    for node in way.nodes:
        if node.location.valid():
            found.append((node.location.lon, node.location.lat))
        elif found:
            yield found
            found = []
    yield found
