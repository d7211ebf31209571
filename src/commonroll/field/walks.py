"""Each turf of a cut in the order to walk it: made once, for the phone, the printed list and the table alike.

`walks.parquet` (turf, at, stop, door) stands beside the cut's other files. Ways lead along streets where the
cut has them (`net.py`), else as the crow flies, and somewhat more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.field.arrays import Floats, by_group
from commonroll.field.files import points_of, walked
from commonroll.field.joined import A_MINUTE, DRIVEN
from commonroll.field.net import net_of
from commonroll.field.order.around import Around
from commonroll.field.order.distances import whole_centimetres
from commonroll.field.order.ground import Ground
from commonroll.field.order.order import order
from commonroll.field.points import COUNTRY_REACH

WALKS = "walks.parquet"

SPARSE = 0.4
"""Share of a street's buildings that are called on: below it, who finishes a side first walks for nothing."""

ROUNDS = 25
"""Kicks for each turf of a cut: a phone that is to know better orders again by itself."""

_FARTHEST = 0xFFFF
_FLOOR = re.compile(r"(\d+)(-?[A-Za-z]\b)?")


@dataclass(frozen=True)
class Stop:
    """A building: the numbers of its doors, top floor first, and where it stands."""

    doors: tuple[int, ...]
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Walk:
    """A turf's stops, each known by its place among them; `order`: the stops as they are walked, a round;
    `metres` on foot between each two; `sides`: the stops of each side of a street in house order."""

    turf: int
    stops: tuple[Stop, ...]
    order: tuple[int, ...]
    metres: Floats
    sides: tuple[tuple[int, ...], ...]
    by_side: bool

    @property
    def doors(self) -> list[int]:
        """Numbers of all doors, as they are walked."""
        return [door for stop in self.order for door in self.stops[stop].doors]

    @cached_property
    def legs(self) -> Floats:
        """Metres from each stop of the round to the next, the last one to the first."""
        if len(self.order) < 2:
            return np.zeros(0)
        return np.array([self.metres[a, b] for a, b in pairwise((*self.order, self.order[0]))])

    @property
    def afoot(self) -> float:
        """Metres of the round that are walked: what is too far is driven."""
        return float(self.legs[self.legs <= COUNTRY_REACH].sum())

    @property
    def by_car(self) -> bool:
        """Whether a piece of it is too far from the others to be walked to."""
        return bool((self.legs > COUNTRY_REACH).any())

    def minutes(self, at_door: float) -> float:
        """Of the round, with so many at each door."""
        driven = float(self.legs[self.legs > COUNTRY_REACH].sum())
        return at_door * len(self.doors) + self.afoot / A_MINUTE + driven / DRIVEN

    def packed(self) -> bytes:
        """`metres` above the diagonal, row by row, in whole metres of two bytes, the lower byte first."""
        above = self.metres[np.triu_indices(len(self.stops), 1)]
        return np.minimum(np.rint(above), _FARTHEST).astype("<u2").tobytes()


def floor_of(unit: str | None) -> int | None:
    """The floor that a unit's number says: 12 for 1203, 4 for 4B; None where it says none, as 7 does."""
    found = _FLOOR.search(unit or "")
    if found is None:
        return None
    number = int(found[1][:6])
    if number >= 100:
        return number // 100
    return number if found[2] else None


def order_all(folder: Path, turfs: Sequence[int] | None = None) -> list[Walk]:
    """Order the turfs of a cut (from 1), all or those given, and keep it in the folder."""
    asked = None if turfs is None else [number - 1 for number in turfs]
    doors = walked(folder, asked)
    numbers = doors["turf"].to_numpy()
    shares = _shares(folder, doors)
    of_turf = by_group(numbers.astype(np.int64), int(numbers.max(initial=-1)) + 1)
    ground = Ground.of(doors, net_of(folder, None if turfs is None else doors))
    walks = [
        _ordered(number + 1, doors.take(pa.array(rows)), ground.around(rows), float(shares[rows].mean()))
        for number, rows in enumerate(of_turf)
        if len(rows)
    ]
    _keep(folder, walks, asked)
    return walks


def order_of(folder: Path, turf: int) -> Walk:
    """The walk of one turf (from 1) as it was ordered. Raises Refusal where there is no such turf."""
    doors = walked(folder, [turf - 1])
    if not doors.num_rows:
        raise Refusal(f"Turf {turf} has no doors.", where="the cut's files", next_step="Cut again.")
    if not (folder / WALKS).exists():
        order_all(folder)
    kept = pq.read_table(folder / WALKS, filters=[("turf", "==", turf - 1)])
    found = Ground.of(doors, net_of(folder, doors)).around(np.arange(doors.num_rows))
    rows = dict.fromkeys(kept.sort_by("at")["stop"].to_pylist())
    by_side = bool(kept["by_side"][0].as_py())
    return _walk(turf, doors, found, tuple(rows), by_side)


def _ordered(turf: int, doors: pa.Table, found: Around, share: float) -> Walk:
    by_side = share >= SPARSE
    stops = order(whole_centimetres(found.metres), sides=found.sides if by_side else (), rounds=ROUNDS)
    return _walk(turf, doors, found, tuple(stops), by_side)


def _walk(turf: int, doors: pa.Table, found: Around, stops: tuple[int, ...], by_side: bool) -> Walk:
    columns = [doors[name].to_pylist() for name in ("door", "latitude", "longitude")]
    number, latitude, longitude = columns
    units = doors["unit"].to_pylist() if "unit" in doors.column_names else [None] * len(number)
    at = [sorted(rows.tolist(), key=lambda row: _down(units[row])) for rows in found.doors]
    return Walk(
        turf,
        tuple(Stop(tuple(number[row] for row in rows), latitude[rows[0]], longitude[rows[0]]) for rows in at),
        stops,
        found.metres,
        tuple(tuple(side) for side in found.sides),
        by_side,
    )


def _down(unit: str | None) -> tuple[int, int, str]:
    """Top floor first, along the floor by number."""
    number = _FLOOR.search(unit or "")
    return (-(floor_of(unit) or 0), int(number[1][:6]) if number else 0, unit or "")


def _shares(folder: Path, doors: pa.Table) -> Floats:
    """For each door how much of its street's buildings the cut calls on; 1 where nobody knows."""
    if "known" not in doors.column_names:
        return np.ones(doors.num_rows)
    every = walked(folder)
    points = points_of(every)
    _, first = np.unique(points.building, return_index=True)
    found = np.bincount(points.street[first], minlength=int(points.street.max()) + 1)
    known = np.maximum(every["known"].to_numpy(), 1)
    share = np.minimum(found[points.street] / known, 1.0)
    return np.asarray(share[np.searchsorted(every["door"].to_numpy(), doors["door"].to_numpy())], np.float64)


def _keep(folder: Path, walks: Sequence[Walk], turfs: Sequence[int] | None) -> None:
    rows = [
        (walk.turf - 1, at, stop, door, walk.by_side)
        for walk in walks
        for at, stop in enumerate(walk.order)
        for door in walk.stops[stop].doors
    ]
    schema = pa.schema(
        [("turf", pa.int32()), ("at", pa.int32()), ("stop", pa.int32()), ("door", pa.int64()),
         ("by_side", pa.bool_())]
    )  # fmt: skip
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
    if turfs is not None and (folder / WALKS).exists():
        kept = pq.read_table(folder / WALKS)
        others = pc.invert(pc.is_in(kept["turf"], value_set=pa.array(turfs, pa.int32())))
        table = pa.concat_tables([kept.filter(others), table])
    aside = folder / f".{WALKS}.part"
    pq.write_table(table, aside, compression="zstd")
    aside.replace(folder / WALKS)
