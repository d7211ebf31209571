"""The doors of a walk become turfs: files in, files out, counts to look at.

`doors.parquet` is as `views.doors` writes it; `turfs.parquet` (door, turf) stands beside it. No person is in
either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.field.arrays import Bools, Floats, Ints, by_group
from commonroll.field.cut import cut
from commonroll.field.joined import joined
from commonroll.field.minutes import AT_DOOR, cut_by_minutes
from commonroll.field.points import Points, around_points
from commonroll.field.search import Window

By = Literal["doors", "minutes"]

LEAST: dict[By, int] = {"doors": 10, "minutes": 30}
MOST: dict[By, int] = {"doors": 200, "minutes": 480}

_METRE = math.radians(1) * 6_371_000.0
_NAMED = 2


@dataclass(frozen=True)
class Size:
    """How large a turf is: about `target` doors, or minutes with `at_door` of them at each door."""

    by: By = "doors"
    target: int = 50
    at_door: float = AT_DOOR

    def __post_init__(self) -> None:
        if not LEAST[self.by] <= self.target <= MOST[self.by]:
            raise Refusal(
                f"A turf has between {LEAST[self.by]} and {MOST[self.by]} {self.by}.",
                where=f"size {self.target} {self.by}",
                next_step="Say 50 doors in a town, 120 minutes in the country.",
            )
        if not 0.5 <= self.at_door <= 15:
            raise Refusal("Somebody is at a door between half a minute and 15.", where="minutes at a door")


@dataclass(frozen=True)
class Turf:
    """One turf: its streets with most doors, doors, people, minutes (by time alone), whether one drives to
    its parts, and its middle."""

    number: int
    name: str
    doors: int
    people: int
    minutes: float | None
    car: bool
    latitude: float
    longitude: float


def divide(folder: Path, size: Size, *, seed: int = 1) -> tuple[Turf, ...]:
    """Cut the doors of `folder` that can be walked to; the same doors, size and seed give the same turfs."""
    doors = pq.read_table(folder / "doors.parquet")
    walked = doors.filter(pc.is_null(doors["why"]))
    turf, minutes, car = _cut(_points(walked), size, seed)
    found = pa.table({"door": walked["door"], "turf": pa.array(turf, pa.int32())})
    pq.write_table(found, folder / "turfs.parquet", compression="zstd")
    return tuple(_turfs(walked, turf, minutes, car))


def _cut(points: Points, size: Size, seed: int) -> tuple[Ints, Floats | None, Bools]:
    if not len(points):
        return np.empty(0, np.int64), None, np.empty(0, bool)
    if size.by == "minutes":
        timed = cut_by_minutes(points, minutes=size.target, at_door=size.at_door, seed=seed)
        return timed.of_door, timed.minutes, timed.car
    window, found = Window(), around_points(points)
    atoms = found.scaled(window.target / size.target)
    whole = joined(cut(atoms, window, seed=seed), atoms, window, size.at_door * size.target / window.target)
    return whole.turf[found.of_door], None, whole.car


def _points(doors: pa.Table) -> Points:
    """On a plane that touches the earth in the doors' middle."""
    latitude, longitude = (doors[name].to_numpy() for name in ("latitude", "longitude"))
    middle = float(latitude.mean()) if len(latitude) else 0.0
    x = (longitude - (longitude.mean() if len(longitude) else 0)) * _METRE * math.cos(math.radians(middle))
    street = pc.binary_join_element_wise(doors["area"], doors["street_key"], "|")
    return Points(
        np.asarray(x, np.float64),
        np.asarray((latitude - middle) * _METRE, np.float64),
        _numbers(doors["building_key"]),
        _numbers(street),
        doors["house"].to_numpy().astype(np.int64),
    )


def _numbers(texts: pa.ChunkedArray) -> Ints:
    """A number for each text, in the order in which they come."""
    encoded = texts.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)


def _turfs(doors: pa.Table, turf: Ints, minutes: Floats | None, car: Bools) -> Sequence[Turf]:
    count = int(turf.max(initial=-1)) + 1
    homes = np.bincount(turf, minlength=count)
    people = np.bincount(turf, weights=doors["people"].to_numpy(), minlength=count)
    middle = [
        np.bincount(turf, weights=doors[name].to_numpy(), minlength=count) / np.maximum(homes, 1)
        for name in ("latitude", "longitude")
    ]
    names = _names(doors, turf, count)
    return [
        Turf(
            number=at + 1,
            name=names[at],
            doors=int(homes[at]),
            people=int(people[at]),
            minutes=None if minutes is None else round(float(minutes[at]), 1),
            car=bool(car[at]),
            latitude=round(float(middle[0][at]), 6),
            longitude=round(float(middle[1][at]), 6),
        )
        for at in range(count)
    ]


def _names(doors: pa.Table, turf: Ints, count: int) -> list[str]:
    """The streets with most doors of each turf."""
    table = pa.table({"turf": pa.array(turf), "street": doors["street_key"]})
    streets = table.group_by(["turf", "street"]).aggregate([([], "count_all")])
    streets = streets.sort_by([("turf", "ascending"), ("count_all", "descending"), ("street", "ascending")])
    of_turf = by_group(streets["turf"].to_numpy(), count)
    return [", ".join(streets["street"].take(pa.array(places[:_NAMED])).to_pylist()) for places in of_turf]
