"""The lines of a member's streets that lie around some places: one map for each square of them.

Where two bringings cover the same ground the newer one counts there: streets that stand twice would join
nothing to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from commonroll.field.arrays import Bools, Floats, Ints
from commonroll.field.maps.keep import Brought, file_of, in_use
from commonroll.roll.engine import engine
from commonroll.roll.places.points_read import sql_text
from commonroll.roll.vault.vault import Vault

SQUARE = 0.01
"""Degrees: about a kilometre. Lines are taken that come into a square with a door or one beside it."""

_SAME_GROUND = 0.5
"""Share of a map's squares that a newer one has, from which on it lies on the same ground."""


@dataclass(frozen=True)
class Near:
    """Lines: `name` as it is written, `key` as addresses spell it (both by line), Kind, where the points of
    each begin, all points in degrees, and which bringings they are of."""

    name: Sequence[str]
    key: Sequence[str]
    kind: Ints
    first: Ints
    lon: Floats
    lat: Floats
    of: tuple[Brought, ...]

    def __len__(self) -> int:
        return len(self.kind)


def near(vault: Vault, lon: Floats, lat: Floats) -> Near | None:
    """The streets around places; None where the member has none there."""
    if not len(lon):
        return None
    around, tables, used = _around(_square(lon, lat)), [], []
    taken = np.empty(0, np.int64)
    for brought in in_use(vault):
        found = _within(_read(vault, brought, lon, lat), around)
        mine = np.intersect1d(_squares(found), around)
        if not len(mine) or len(np.intersect1d(mine, taken)) > _SAME_GROUND * len(mine):
            continue
        taken = np.union1d(taken, mine)
        tables.append(found)
        used.append(brought)
    return _lines(pa.concat_tables(tables), tuple(used)) if tables else None


def _read(vault: Vault, brought: Brought, lon: Floats, lat: Floats) -> pa.Table:
    box = {
        "west": lon.min() - SQUARE, "east": lon.max() + SQUARE,
        "south": lat.min() - SQUARE, "north": lat.max() + SQUARE,
    }  # fmt: skip
    with closing(engine()) as con:
        return con.execute(
            "SELECT name, street_key, kind, geometry "
            f"FROM read_parquet({sql_text(file_of(vault, brought))}) "
            "WHERE east >= $west AND west <= $east AND north >= $south AND south <= $north",
            {name: float(value) for name, value in box.items()},
        ).to_arrow_table()


def _within(lines: pa.Table, around: Ints) -> pa.Table:
    """Those with a point in one of the squares."""
    first, lon, lat = _points(lines)
    if not len(lines):
        return lines
    there: Bools = np.isin(_square(lon, lat), around)
    return lines.filter(pa.array(np.logical_or.reduceat(there, first[:-1])))


def _squares(lines: pa.Table) -> Ints:
    _, lon, lat = _points(lines)
    return np.unique(_square(lon, lat))


def _square(lon: Floats, lat: Floats) -> Ints:
    """A number for the square of each place."""
    column, row = (np.floor(each / SQUARE).astype(np.int64) + 20_000 for each in (lon, lat))
    return np.asarray(row * 100_000 + column, np.int64)


def _around(square: Ints) -> Ints:
    known = np.unique(square)
    steps = [row * 100_000 + column for row in (-1, 0, 1) for column in (-1, 0, 1)]
    return np.unique(np.concatenate([known + step for step in steps]))


def _points(lines: pa.Table) -> tuple[Ints, Floats, Floats]:
    column = lines["geometry"].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    points = column.flatten()
    first = np.concatenate([[0], np.cumsum(column.value_lengths().to_numpy(zero_copy_only=False))])
    lon, lat = (points.field(name).to_numpy(zero_copy_only=False) for name in ("x", "y"))
    return first.astype(np.int64), np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def _lines(lines: pa.Table, used: tuple[Brought, ...]) -> Near:
    first, lon, lat = _points(lines)
    names = [name or "" for name in lines["name"].to_pylist()]
    keys = [key or "" for key in lines["street_key"].to_pylist()]
    kind = np.asarray(lines["kind"].to_numpy(), np.int64)
    return Near(names, keys, kind, first, lon, lat, used)
