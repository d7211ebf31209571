"""The streets around a cut's doors, kept beside them as a network: `streets.parquet`, a piece a row.

`line` numbers the map's lines; `start` and `end` the junctions (-1: of a barrier, which joins nothing);
`lon1`, `lat1`, `lon2`, `lat2` are the two ends in degrees. The file's note says where the plane touches the
earth and whose map it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.doors import Doors
from commonroll.field.files import DEGREE, points_of, walked
from commonroll.field.maps.near import Near, near
from commonroll.field.order.distances import Pavements
from commonroll.field.places import on_faces
from commonroll.field.points import Points
from commonroll.field.street_lines import Lines, streets_of
from commonroll.field.streets import Kind, Streets
from commonroll.roll.vault.vault import Vault

STREETS = "streets.parquet"

AROUND = 2_000.0
"""Metres around the doors of a turf whose streets are looked at for the ways between them."""

WAYS = (250.0, 1_000.0, 1_500.0)
"""Metres around stops within which ways between them are looked for."""

NO_WAY = 1_000.0
"""Metres that two stops are further from each other than straight where no way leads: nobody walks it."""

SAME_NAME, OTHER = 250.0, 80.0
"""Metres from a door to its street, of its own name and of another: beyond, it stands at none."""

FEW = 0.3
"""Share of doors that have to stand at streets; below it the map is not one of this area."""

_PLACE = 1e-6
"""Degrees within which two places are one: a tenth of a metre."""

_NOTE = b"commonroll"


@dataclass(frozen=True)
class Net:
    """`streets` on a plane that touches the earth at `middle` (longitude, latitude); `keys`: what addresses
    call each of the numbers in `streets.name`; `note`: as `streets.parquet` has it."""

    streets: Streets
    keys: Sequence[str]
    middle: tuple[float, float]
    note: Mapping[str, Any]

    @cached_property
    def pavements(self) -> Pavements:
        return Pavements(self.streets, around=WAYS, unreached=NO_WAY)

    def plane(self, doors: pa.Table) -> tuple[Floats, Floats]:
        """Where doors stand, in metres."""
        return _plane(doors["longitude"].to_numpy(), doors["latitude"].to_numpy(), self.middle)

    def points(self, doors: pa.Table, points: Points) -> Points:
        """The doors' points on this plane."""
        x, y = self.plane(doors)
        return replace(points, x=x, y=y)

    def placed(self, doors: pa.Table, points: Points) -> At:
        """The doors of a table at their streets."""
        number = {key: at for at, key in enumerate(self.keys) if key}
        street = doors["street_key"].combine_chunks().dictionary_encode()
        known = np.array([number.get(key, -1) for key in street.dictionary.to_pylist()] or [-1], np.int64)
        name = known[street.indices.to_numpy(zero_copy_only=False)]
        found = on_faces(
            self.streets, points.x, points.y, points.building, name, farthest=OTHER, own=SAME_NAME
        )
        face, offset = np.full(len(points), -1, np.int64), np.zeros(len(points))
        face[found.kept], offset[found.kept] = found.doors.face, found.doors.offset
        return At(face, offset)


@dataclass(frozen=True)
class At:
    """For each door its face, -1 where it stands at no street, and metres along it."""

    face: Ints
    offset: Floats

    def take(self, rows: Ints) -> At:
        return At(self.face[rows], self.offset[rows])

    def doors(self, points: Points, rows: Ints) -> Doors:
        """Some of them as doors of the network; they all stand at a street."""
        return Doors(self.face[rows], self.offset[rows], points.building[rows], points.x[rows],
                     points.y[rows])  # fmt: skip


# Kept beside a cut


def put(folder: Path, vault: Vault) -> Mapping[str, Any]:
    """Keep the streets of a member around a cut's doors; what is to be said of them, nothing where the member
    has none here.

    `doors`: buildings of the cut, `at_streets`: those of them at a street; `credit`: whose map it is, `of`:
    what was brought.
    """
    (folder / STREETS).unlink(missing_ok=True)
    doors = walked(folder)
    found = near(vault, doors["longitude"].to_numpy(), doors["latitude"].to_numpy())
    if found is None or not len(found):
        return {}
    table = _pieces(found)
    _write(table, folder / STREETS)
    net = net_of(folder)
    assert net is not None
    share, buildings = _share(net, doors)
    if share < FEW:
        (folder / STREETS).unlink()
        return {}
    note = {
        **net.note, "doors": buildings, "at_streets": round(share * buildings),
        "credit": ", ".join(dict.fromkeys(one.credit for one in found.of)),
        "of": [f"{', '.join(one.files)}, as of {one.as_of}" for one in found.of],
    }  # fmt: skip
    _write(_noted(table, note), folder / STREETS)
    return {key: note[key] for key in ("doors", "at_streets", "credit", "of")}


def _share(net: Net, doors: pa.Table) -> tuple[float, int]:
    points = net.points(doors, points_of(doors))
    _, first = np.unique(points.building, return_index=True)
    at = net.placed(doors, points)
    return float((at.face[first] >= 0).mean()), len(first)


def net_of(folder: Path, doors: pa.Table | None = None) -> Net | None:
    """The network of a cut, all of it or that around some doors; None where it was cut without streets."""
    path = folder / STREETS
    if not path.exists():
        return None
    if doors is not None and not doors.num_rows:
        return None
    table = pq.read_table(path) if doors is None else _around(path, doors, AROUND)
    note: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_NOTE])
    return _net(table.filter(pc.greater_equal(table["start"], 0)), note)


def drawn(folder: Path, doors: pa.Table, metres: float) -> pa.Table | None:
    """The pieces around doors, barriers too, by line; None where there are no streets."""
    path = folder / STREETS
    return _around(path, doors, metres) if path.exists() and doors.num_rows else None


def note_of(folder: Path) -> Mapping[str, Any]:
    """What `put` said, and the plane's middle; nothing where there are no streets."""
    path = folder / STREETS
    if not path.exists():
        return {}
    note: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_NOTE])
    return note


def _around(path: Path, doors: pa.Table, metres: float) -> pa.Table:
    lon, lat = doors["longitude"].to_numpy(), doors["latitude"].to_numpy()
    up = metres / DEGREE
    wide = up / max(math.cos(math.radians(float(lat.mean()))), 0.01)
    west, east = float(lon.min()) - wide, float(lon.max()) + wide
    south, north = float(lat.min()) - up, float(lat.max()) + up
    lon1, lat1, lon2, lat2 = (pc.field(name) for name in ("lon1", "lat1", "lon2", "lat2"))
    across = ((lon1 <= east) | (lon2 <= east)) & ((lon1 >= west) | (lon2 >= west))
    along = ((lat1 <= north) | (lat2 <= north)) & ((lat1 >= south) | (lat2 >= south))
    return pq.read_table(path, filters=across & along)


def _net(table: pa.Table, note: Mapping[str, Any]) -> Net:
    start, end = (table[name].to_numpy().astype(np.int64) for name in ("start", "end"))
    _, first, place = np.unique(np.concatenate([start, end]), return_index=True, return_inverse=True)
    lon = np.concatenate([table["lon1"].to_numpy(), table["lon2"].to_numpy()])[first]
    lat = np.concatenate([table["lat1"].to_numpy(), table["lat2"].to_numpy()])[first]
    x, y = _plane(lon, lat, tuple(note["middle"]))
    keys = table["street_key"].combine_chunks().dictionary_encode()
    count = table.num_rows
    streets = Streets(
        x, y, place[:count].astype(np.int64), place[count:].astype(np.int64), table["metres"].to_numpy(),
        table["kind"].to_numpy().astype(np.int64),
        keys.indices.to_numpy(zero_copy_only=False).astype(np.int64),
    )  # fmt: skip
    return Net(streets, keys.dictionary.to_pylist(), tuple(note["middle"]), note)


def _plane(lon: Floats, lat: Floats, middle: tuple[float, float]) -> tuple[Floats, Floats]:
    east = (lon - middle[0]) * DEGREE * math.cos(math.radians(middle[1]))
    return np.asarray(east, np.float64), np.asarray((lat - middle[1]) * DEGREE, np.float64)


# Lines become pieces


def _pieces(found: Near) -> pa.Table:
    """The rows of `streets.parquet`: streets cut where they meet, barriers where they bend."""
    middle = (float(found.lon.mean().round(5)), float(found.lat.mean().round(5)))
    walked_on = found.kind != Kind.BARRIER
    tables = [_rows(found, np.flatnonzero(part), middle, joins) for part, joins in (
        (walked_on, True), (~walked_on, False)
    )]  # fmt: skip
    return _noted(pa.concat_tables(tables), {"middle": list(middle)})


def _rows(found: Near, chosen: Ints, middle: tuple[float, float], joins: bool) -> pa.Table:
    lines = _lines(found, chosen, middle)
    # the number of each line takes the place of its name: pieces are told by it
    streets = streets_of(lines)
    line = chosen[streets.name]
    lon = streets.x / (DEGREE * math.cos(math.radians(middle[1]))) + middle[0]
    lat = streets.y / DEGREE + middle[1]
    start, end = streets.start, streets.end
    nowhere = np.full(len(streets), -1)
    return pa.table(
        {
            "line": pa.array(line, pa.int32()),
            "start": pa.array(start if joins else nowhere, pa.int32()),
            "end": pa.array(end if joins else nowhere, pa.int32()),
            "lon1": pa.array(lon[start].round(7)), "lat1": pa.array(lat[start].round(7)),
            "lon2": pa.array(lon[end].round(7)), "lat2": pa.array(lat[end].round(7)),
            "metres": pa.array(streets.length.round(2)),
            "kind": pa.array(streets.kind, pa.int8()),
            "street_key": pa.array([found.key[at] for at in line], pa.string()),
            "name": pa.array([found.name[at] for at in line], pa.string()),
        }
    )  # fmt: skip


def _lines(found: Near, chosen: Ints, middle: tuple[float, float]) -> Lines:
    count = np.diff(found.first)
    mine: Bools = np.zeros(len(found), bool)
    mine[chosen] = True
    there = np.repeat(mine, count)
    lon, lat = found.lon[there], found.lat[there]
    places = np.stack([np.rint(lon / _PLACE), np.rint(lat / _PLACE)]).astype(np.int64)
    node = np.unique(places[0] * 1_000_000_000 + places[1], return_inverse=True)[1]
    x, y = _plane(lon, lat, middle)
    first = np.concatenate([[0], np.cumsum(count[chosen])]).astype(np.int64)
    return Lines(first, np.asarray(node, np.int64), x, y, found.kind[chosen], np.arange(len(chosen)))


def _noted(table: pa.Table, note: Mapping[str, Any]) -> pa.Table:
    return table.replace_schema_metadata({_NOTE: json.dumps(note, ensure_ascii=False).encode()})


def _write(table: pa.Table, path: Path) -> None:
    aside = path.with_name(f".{path.name}.part")
    pq.write_table(table, aside, compression="zstd")
    aside.replace(path)
