"""Streets that a member brought, in its vault's folder `streets`: a Parquet file and a note for each.

The Parquet file holds a line a row, its points as GeoArrow lines, in degrees; GeoParquet's key says so. The
note is JSON: what came, from where, as of when, what was left out, and what became of it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.field.arrays import Ints
from commonroll.field.maps.gathered import Gathered
from commonroll.roll.engine import engine
from commonroll.roll.places.address import STREET_KEY, parts_of, prepare
from commonroll.roll.vault.vault import Vault

FOLDER = "streets"
TILE = 0.01
"""Degrees of the squares in whose order lines are written, so that the engine reads few of them."""

READING, DONE, REFUSED = "reading", "done", "refused"

_ROWS_AT_ONCE = 4_096
_POINT = pa.struct([pa.field("x", pa.float64(), False), pa.field("y", pa.float64(), False)])
_LINE = pa.field(
    "geometry",
    pa.list_(pa.field("vertices", _POINT, False)),
    metadata={
        "ARROW:extension:name": "geoarrow.linestring",
        "ARROW:extension:metadata": '{"crs":"OGC:CRS84","crs_type":"authority_code"}',
    },
)
_GEO = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "linestring", "geometry_types": ["LineString"]}},
}


@dataclass(frozen=True)
class Brought:
    """One bringing: its files' names, source, licence and day, who brought it when, READING, DONE or REFUSED.

    `read`, `kept`: lines; `left`: lines left out, by `gathered.LEFT_OUT`'s keys; `classless`: kept lines of
    which the file says no class; `box`: west, south, east, north in degrees; `away`: when it was put away.
    """

    id: str
    files: tuple[str, ...]
    source: str
    licence: str
    as_of: str
    by: str
    at: str
    state: str = READING
    read: int = 0
    kept: int = 0
    classless: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    box: tuple[float, ...] = ()
    refusal: Mapping[str, str] = field(default_factory=dict)
    away: str = ""

    @property
    def credit(self) -> str:
        """What stands on every map drawn from it."""
        said = f"{self.source} {self.licence}".lower()
        osm = any(word in said for word in ("openstreetmap", "odbl", "osm"))
        return "© OpenStreetMap contributors" if osm else self.source


def begin(vault: Vault, brought: Brought) -> Brought:
    """Note a bringing that is about to be read."""
    folder = vault.path / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return note(vault, brought)


def new_id() -> str:
    return uuid.uuid4().hex


def note(vault: Vault, brought: Brought) -> Brought:
    """Write a bringing's note, whole or not at all."""
    path = _note(vault, brought.id)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(brought), ensure_ascii=False, indent=1), "utf-8")
    part.replace(path)
    return brought


def all_brought(vault: Vault) -> list[Brought]:
    """Every bringing, the newest first; those put away too."""
    notes = [json.loads(path.read_text("utf-8")) for path in (vault.path / FOLDER).glob("*.json")]
    return sorted(map(_brought, notes), key=lambda one: (one.at, one.id), reverse=True)


def one(vault: Vault, name: str) -> Brought | None:
    return next((found for found in all_brought(vault) if found.id == name), None)


def in_use(vault: Vault) -> list[Brought]:
    """Those whose streets are there for cuts, the newest map first."""
    found = [each for each in all_brought(vault) if each.state == DONE and not each.away]
    return sorted(found, key=lambda each: (each.as_of, each.at), reverse=True)


def file_of(vault: Vault, brought: Brought) -> Path:
    return vault.path / FOLDER / f"{brought.id}.parquet"


def delete(vault: Vault, brought: Brought) -> None:
    """Delete a bringing with its streets."""
    file_of(vault, brought).unlink(missing_ok=True)
    _note(vault, brought.id).unlink(missing_ok=True)


def keep(vault: Vault, brought: Brought, lines: Gathered) -> Brought:
    """Write the lines and note that they are there."""
    x, y, first = lines.lon, lines.lat, lines.first
    ends = [np.minimum.reduceat(x, first[:-1]), np.minimum.reduceat(y, first[:-1]),
            np.maximum.reduceat(x, first[:-1]), np.maximum.reduceat(y, first[:-1])]  # fmt: skip
    points = pa.StructArray.from_arrays([pa.array(x), pa.array(y)], fields=list(_POINT))
    geometry = pa.ListArray.from_arrays(pa.array(first.astype(np.int32)), points, type=_LINE.type)
    columns = {
        "name": pa.array(lines.names, pa.string()),
        "street_key": _keys(lines.names),
        "class": pa.array(lines.classes, pa.string()),
        "kind": pa.array(lines.kinds, pa.int8()),
        **dict(zip(("west", "south", "east", "north"), map(pa.array, ends), strict=True)),
        "geometry": geometry,
    }
    table = pa.table(columns).take(pa.array(_by_place(ends)))
    schema = table.schema.set(table.schema.get_field_index("geometry"), _LINE)
    _write(table.cast(schema).replace_schema_metadata({"geo": json.dumps(_GEO)}), file_of(vault, brought))
    box = (*(float(e.min()) for e in ends[:2]), *(float(e.max()) for e in ends[2:]))
    done = replace(
        brought, state=DONE, read=lines.read, kept=len(lines), left=dict(lines.left), box=box,
        classless=lines.classes.count(""),
    )  # fmt: skip
    return note(vault, done)


def _by_place(ends: list[Any]) -> Ints:
    """The lines by rows of squares, so that what lies together is read together."""
    column, row = (np.floor(each / TILE).astype(np.int64) for each in ends[:2])
    return np.lexsort((column, row))


def _keys(names: list[str]) -> pa.Array:
    """Each name in the one spelling that addresses have, null where there is none."""
    column = pa.array(names, pa.string()).dictionary_encode()
    said = pa.table({"place": pa.array(range(len(column.dictionary)), pa.int64()), "name": column.dictionary})
    with closing(engine()) as con:
        prepare(con)
        con.register("street_names", said)
        con.execute(
            "CREATE OR REPLACE TEMP TABLE street_lines AS SELECT place, '1 ' || name AS line, "
            "CAST(NULL AS VARCHAR) AS unit_line FROM street_names WHERE name <> ''"
        )
        parts = parts_of("street_lines")
        rows = con.execute(
            f"SELECT place, any_value({STREET_KEY}) FROM ({parts}) WHERE kind = 'street' GROUP BY place"
        ).fetchall()
        con.execute("DROP TABLE street_lines")
        con.unregister("street_names")
    key = dict(rows)
    known = pa.array([key.get(at) or None for at in range(len(column.dictionary))], pa.string())
    return known.take(column.indices)


def _write(table: pa.Table, path: Path) -> None:
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    pq.write_table(table, part, compression="zstd", row_group_size=_ROWS_AT_ONCE)
    part.replace(path)


def _note(vault: Vault, name: str) -> Path:
    return vault.path / FOLDER / f"{name}.json"


def _brought(said: dict[str, Any]) -> Brought:
    return Brought(**{**said, "files": tuple(said["files"]), "box": tuple(said["box"])})
