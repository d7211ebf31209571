"""`[places]` of a registration layout: districts that stand in lists beside the voters' file.

A list (role `places`) says which district a place lies in, the place being a precinct, or a county's numbered
column. The voters' file names the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from commonroll.roll.layout.history import numbers_of
from commonroll.roll.layout.source import Source, source_of
from commonroll.roll.layout.toml_table import TomlTable

FILLS: Mapping[str, str] = MappingProxyType(
    {
        "congressional": "congressional_district",
        "state_senate": "state_senate_district",
        "state_house": "state_house_district",
    }
)
"""Types of districts that a voter has one of, and the column of `voters` that holds it."""


@dataclass(frozen=True)
class Zone:
    """A place of a line. `place`: what the list calls it. `code`: where the list says only which type of
    district the place holds, the column with the district's number; a blank one means none."""

    place: Source
    code: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.place.columns, self.code) if self.code else self.place.columns


@dataclass(frozen=True)
class PlacesBeside:
    """What a line is looked up by. `lists`: names of the files that must come along, as patterns. `fills`:
    types of districts, of FILLS, that they tell."""

    lists: tuple[str, ...]
    fills: tuple[str, ...]
    zones: tuple[Zone, ...]

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset(name for zone in self.zones for name in zone.columns)


def places_beside(table: TomlTable) -> PlacesBeside:
    """Reads `[places]`; Refusal names the key that is wrong."""
    lists, fills = table.texts("lists"), table.texts("fills")
    if unknown := set(fills) - set(FILLS):
        table.refuse(f"{', '.join(sorted(unknown))} is not one of: {', '.join(FILLS)}", "fills")
    zones = tuple(zone for group in table.tables("zones") for zone in _zones(group))
    table.done()
    return PlacesBeside(lists, fills, zones)


def _zones(group: TomlTable) -> list[Zone]:
    """The places of one group, in their order; a group without `numbers` is one place."""
    if not group.has("numbers"):
        return [_zone(group)]
    return [_zone(group.filled("{n}", number)) for number in numbers_of(group)]


def _zone(table: TomlTable) -> Zone:
    read = Zone(source_of(table, "place"), table.text("code") if table.has("code") else None)
    if not read.place.columns:
        table.refuse("is in no column", "place")
    table.done()
    return read
