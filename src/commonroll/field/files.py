"""The files of a cut as the field's parts read them: doors that can be walked to, and the turf of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.field.arrays import Ints
from commonroll.field.points import Points

DOORS, TURFS = "doors.parquet", "turfs.parquet"

DEGREE = math.radians(1) * 6_371_000.0
"""Metres of a degree of latitude."""


def walked(folder: Path, turfs: Sequence[int] | None = None) -> pa.Table:
    """Doors that can be walked to, by number, with `turf` (from 0) once they are cut; of `turfs` alone where
    given."""
    doors = pq.read_table(folder / DOORS)
    doors = doors.filter(pc.is_null(doors["why"]))
    if not (folder / TURFS).exists():
        return doors
    of = pq.read_table(folder / TURFS)
    if turfs is not None:
        of = of.filter(pc.is_in(of["turf"], value_set=pa.array(turfs, pa.int32())))
    doors = doors.filter(pc.is_in(doors["door"], value_set=of["door"].combine_chunks()))
    of = of.filter(pc.is_in(of["door"], value_set=doors["door"].combine_chunks()))
    place = np.searchsorted(doors["door"].to_numpy(), of["door"].to_numpy())
    turf = np.empty(len(place), np.int32)
    turf[place] = of["turf"].to_numpy()
    return doors.append_column("turf", pa.array(turf))


def turf_of(folder: Path) -> dict[int, int]:
    """The turf of each door (from 1), by the door's number."""
    of = pq.read_table(folder / TURFS)
    return {door: turf + 1 for door, turf in zip(of["door"].to_pylist(), of["turf"].to_pylist(), strict=True)}


def points_of(doors: pa.Table) -> Points:
    """On a plane that touches the earth in the doors' middle."""
    latitude, longitude = (doors[name].to_numpy() for name in ("latitude", "longitude"))
    middle = float(latitude.mean()) if len(latitude) else 0.0
    x = (longitude - (longitude.mean() if len(longitude) else 0)) * DEGREE * math.cos(math.radians(middle))
    street = pc.binary_join_element_wise(doors["area"], doors["street_key"], "|")
    return Points(
        np.asarray(x, np.float64),
        np.asarray((latitude - middle) * DEGREE, np.float64),
        numbers(doors["building_key"]),
        numbers(street),
        doors["house"].to_numpy().astype(np.int64),
    )


def numbers(texts: pa.ChunkedArray) -> Ints:
    """A number for each text, in the order in which they come."""
    encoded = texts.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)
