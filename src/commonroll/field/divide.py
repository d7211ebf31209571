"""The doors of a walk become turfs: files in, files out, counts to look at.

`doors.parquet` is as `views.doors` writes it; `turfs.parquet` (door, turf) and `walks.parquet` stand beside
it. No person is in any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.field.arrays import Ints, by_group
from commonroll.field.atoms import Atoms
from commonroll.field.capacity import Capacities, Recut, fitted
from commonroll.field.cut import cut
from commonroll.field.files import TURFS, numbers, points_of, walked
from commonroll.field.joined import joined
from commonroll.field.minutes import AT_DOOR, by_minutes, cut_by_minutes
from commonroll.field.net import Net, net_of
from commonroll.field.networked import networked
from commonroll.field.points import Points, around_points
from commonroll.field.search import Window
from commonroll.field.walks import Walk, order_all

By = Literal["doors", "minutes"]

LEAST: dict[By, int] = {"doors": 10, "minutes": 30}
MOST: dict[By, int] = {"doors": 200, "minutes": 480}

EVERYBODY = Capacities()

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
    """One turf: its streets with most doors, doors, people, doors in buildings of several, metres and minutes
    of its round, whether one drives to its parts, and its middle."""

    number: int
    name: str
    doors: int
    people: int
    units: int
    metres: int
    minutes: float
    car: bool
    latitude: float
    longitude: float


def divide(
    folder: Path, size: Size, *, seed: int = 1, capacities: Capacities = EVERYBODY
) -> tuple[Turf, ...]:
    """Cut the doors of `folder` that can be walked to, and order each turf's walk; the same doors, size,
    people and seed give the same turfs."""
    (folder / TURFS).unlink(missing_ok=True)
    doors, net = walked(folder), net_of(folder)
    turf = division(doors, size, seed, net)
    minutes = float(size.target) if size.by == "minutes" else None
    recut = _recut(doors, size, seed, net)
    turf = fitted(doors, turf, capacities, minutes, size.at_door, recut)
    found = pa.table({"door": doors["door"], "turf": pa.array(turf, pa.int32())})
    pq.write_table(found, folder / TURFS, compression="zstd")
    return described(folder, order_all(folder), size.at_door)


def described(folder: Path, walks: Sequence[Walk], at_door: float) -> tuple[Turf, ...]:
    """What is to be said of turfs, from their walks."""
    doors = walked(folder, [walk.turf - 1 for walk in walks])
    turf = doors["turf"].to_numpy().astype(np.int64)
    count = int(turf.max(initial=-1)) + 1
    people = np.bincount(turf, weights=doors["people"].to_numpy(), minlength=count)
    names = _names(doors, turf, count)
    return tuple(_turf(walk, names[walk.turf - 1], int(people[walk.turf - 1]), at_door) for walk in walks)


def division(doors: pa.Table, size: Size, seed: int, net: Net | None = None) -> Ints:
    """The turf of each door, from 0; none crosses a border that `doors` says (`within`)."""
    if "within" not in doors.column_names:
        return _cut(doors, size, seed, net)
    side = numbers(doors["within"])
    found, used = np.empty(doors.num_rows, np.int64), 0
    for rows in by_group(side, int(side.max(initial=-1)) + 1):
        found[rows] = used + _cut(doors.take(pa.array(rows)), size, seed, net)
        used = int(found[rows].max()) + 1
    return found


def _recut(doors: pa.Table, size: Size, seed: int, net: Net | None) -> Recut:
    def recut(rows: Ints, times: float) -> Ints | None:
        target = round(size.target * times)
        if not LEAST[size.by] <= target <= MOST[size.by]:
            return None
        return _cut(doors.take(pa.array(rows)), replace(size, target=target), seed, net)

    return recut


def atoms_of(doors: pa.Table, size: Size, net: Net | None = None) -> Atoms:
    """The blocks of doors, along streets where they are known, as heavy as the cutter's window takes them for
    turfs of this size."""
    points, along = _along(doors, net)
    if size.by == "minutes":
        return by_minutes(points, minutes=size.target, at_door=size.at_door, along=along)
    return (around_points(points) if along is None else along).scaled(Window().target / size.target)


def _along(doors: pa.Table, net: Net | None) -> tuple[Points, Atoms | None]:
    points = points_of(doors)
    if net is None:
        return points, None
    points = net.points(doors, points)
    return points, networked(net, points, net.placed(doors, points))


def _cut(doors: pa.Table, size: Size, seed: int, net: Net | None) -> Ints:
    if not doors.num_rows:
        return np.empty(0, np.int64)
    if size.by == "minutes":
        points, along = _along(doors, net)
        return cut_by_minutes(
            points, minutes=size.target, at_door=size.at_door, seed=seed, along=along
        ).of_door
    window, atoms = Window(), atoms_of(doors, size, net)
    whole = joined(cut(atoms, window, seed=seed), atoms, window, size.at_door * size.target / window.target)
    return whole.turf[atoms.of_door]


def _turf(walk: Walk, name: str, people: int, at_door: float) -> Turf:
    at = np.array([(stop.latitude, stop.longitude) for stop in walk.stops for _ in stop.doors])
    latitude, longitude = at.mean(axis=0).round(6).tolist()
    units = sum(len(stop.doors) for stop in walk.stops if len(stop.doors) > 1)
    return Turf(
        walk.turf, name, len(walk.doors), people, units, round(walk.afoot), round(walk.minutes(at_door), 1),
        walk.by_car, latitude, longitude,
    )  # fmt: skip


def _names(doors: pa.Table, turf: Ints, count: int) -> list[str]:
    """The streets with most doors of each turf."""
    table = pa.table({"turf": pa.array(turf), "street": doors["street_key"]})
    streets = table.group_by(["turf", "street"]).aggregate([([], "count_all")])
    streets = streets.sort_by([("turf", "ascending"), ("count_all", "descending"), ("street", "ascending")])
    of_turf = by_group(streets["turf"].to_numpy(), count)
    return [", ".join(streets["street"].take(pa.array(places[:_NAMED])).to_pylist()) for places in of_turf]
