"""Turfs changed by hand: blocks given to another turf, a turf divided, turfs joined, the rest cut again.

A block is an atom of the cut and is known by its first door. Each change is worked out on the doors of the
turfs that it touches, as the turf of each of them afterwards (from 0); `put` writes it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from commonroll.errors import Refusal
from commonroll.field.arrays import Ints, by_group
from commonroll.field.cut import cut, moved
from commonroll.field.divide import Size, Turf, atoms_of, described, division
from commonroll.field.files import DEGREE, DOORS, TURFS, points_of, walked
from commonroll.field.net import Net, net_of
from commonroll.field.networked import spread
from commonroll.field.search import Window
from commonroll.field.walks import order_all

REACH, MOST_BESIDE = 250.0, 8
"""Metres from a turf's doors within which other turfs are beside it, and how many of those are shown."""

After = Mapping[int, int]
"""The turf of doors after a change, by their numbers; both as in the cut's files."""

NOWHERE = -1
"""Of a door that is in no turf."""

HAND, UNKNOWN = "hand", "no place is known for the address"
"""How a door was placed by somebody, and why one that was taken back has no place, as in `views.doors`."""

FARTHEST = 400.0
"""Metres from a door to the nearest turf: beyond, it is a turf of its own."""


@dataclass(frozen=True)
class Block:
    """A run of one side of a street: its first door, its turf (from 1), street, first and last house, its
    doors' numbers, its people, and where the doors stand (latitude, longitude)."""

    id: int
    turf: int
    street: str
    first: int
    last: int
    numbers: tuple[int, ...]
    people: int
    places: tuple[tuple[float, float], ...]

    @property
    def doors(self) -> int:
        return len(self.numbers)


def blocks(folder: Path, size: Size, turfs: Sequence[int]) -> tuple[Block, ...]:
    """The blocks of some turfs."""
    doors, of_door = _blocks(folder, size, turfs)
    names = ("door", "turf", "street_key", "house", "people", "latitude", "longitude")
    columns = {name: doors[name].to_pylist() for name in names}
    return tuple(
        _block(columns, rows.tolist()) for rows in by_group(of_door, int(of_door.max(initial=-1)) + 1)
    )


def _block(of: Mapping[str, list[int]], rows: Sequence[int]) -> Block:
    houses = [of["house"][row] for row in rows]
    numbers = tuple(of["door"][row] for row in rows)
    return Block(
        min(numbers), of["turf"][rows[0]] + 1, str(of["street_key"][rows[0]]), min(houses), max(houses),
        numbers, sum(of["people"][row] for row in rows),
        tuple((of["latitude"][row], of["longitude"][row]) for row in rows),
    )  # fmt: skip


def beside(folder: Path, turf: int) -> list[int]:
    """The turfs (from 1) that have doors near a turf's, the one with most of them first."""
    doors = walked(folder)
    points = points_of(doors)
    number = doors["turf"].to_numpy().astype(np.int64)
    mine = number == turf - 1
    if not mine.any():
        return []
    place = np.column_stack([points.x, points.y])
    near = cKDTree(place[mine]).query(place[~mine], distance_upper_bound=REACH)[0] <= REACH
    found, doors_near = np.unique(number[~mine][near], return_counts=True)
    return [int(turf) + 1 for turf in found[np.lexsort((found, -doors_near))][:MOST_BESIDE]]


def _blocks(folder: Path, size: Size, turfs: Sequence[int]) -> tuple[pa.Table, Ints]:
    """The doors of some turfs and the block of each: of one turf alone, whatever the atoms around it are."""
    doors = walked(folder, [number - 1 for number in turfs])
    if not doors.num_rows:
        return doors, np.empty(0, np.int64)
    atom = atoms_of(doors, size, net_of(folder, doors)).of_door
    turf = doors["turf"].to_numpy().astype(np.int64)
    return doors, np.asarray(
        np.unique(np.stack([atom, turf]), axis=1, return_inverse=True)[1].ravel(), np.int64
    )


# Changes


def given(folder: Path, size: Size, chosen: Collection[int], to: int | None, *, even: bool = True) -> After:
    """After some blocks go to turf `to` (from 1), or to a new one (None).

    `even`: the turfs that lose blocks, and `to`, are evened out where each is in one piece; the chosen
    blocks stay where they were put. Raises Refusal where no such block or turf is.
    """
    of = pq.read_table(folder / TURFS)
    turf_of = dict(zip(of["door"].to_pylist(), of["turf"].to_pylist(), strict=True))
    if not chosen or not set(chosen) <= turf_of.keys():
        raise Refusal("No block is chosen.", next_step="Choose a block of the turf.")
    target = max(turf_of.values()) + 1 if to is None else to - 1
    if to is not None and target not in turf_of.values():
        raise Refusal(f"There is no turf {to}.", next_step="Choose one of the turfs beside it, or a new one.")
    touched = sorted({turf_of[block] for block in chosen} | ({target} if to is not None else set()))
    doors, block = _blocks(folder, size, [turf + 1 for turf in touched])
    number, turf = doors["door"].to_numpy(), doors["turf"].to_numpy().astype(np.int64)
    wanted = np.unique(block[np.isin(number, list(chosen))])
    after = turf.copy()
    after[np.isin(block, wanted)] = target
    if even and to is not None:
        after = _evened(doors, size, turf, after, target, net_of(folder, doors))
    return dict(zip(number.tolist(), after.tolist(), strict=True))


def _evened(doors: pa.Table, size: Size, turf: Ints, after: Ints, target: int, net: Net | None) -> Ints:
    """As `after`, and the turfs' other blocks divided anew; as it is where a turf has several pieces."""
    atoms = atoms_of(doors, size, net)
    before = spread(atoms.near, _of_atoms(atoms.of_door, turf, len(atoms)))
    chosen = np.unique(atoms.of_door[after != turf])
    if _split_by(atoms.of_door, after) or _pieces(atoms.near, before):
        return after
    if "within" in doors.column_names and len(set(doors["within"].to_pylist())) > 1:
        return after
    found = moved(atoms, before, chosen, target, Window())
    if found.max() > max(before.max(), target):
        return after
    return np.asarray(found[atoms.of_door], np.int64)


def _of_atoms(of_door: Ints, turf: Ints, count: int) -> Ints:
    found = np.full(count, -1, np.int64)
    found[of_door] = turf
    return found


def _split_by(of_door: Ints, turf: Ints) -> bool:
    """Whether an atom's doors are in several turfs."""
    pairs = np.unique(np.stack([of_door, turf]), axis=1)
    return bool(pairs.shape[1] > len(np.unique(of_door)))


def _pieces(near: sparse.csr_array, turf: Ints) -> bool:
    """Whether a turf is in several pieces."""
    pairs = near.tocoo()
    within = turf[pairs.row] == turf[pairs.col]
    ends = (pairs.row[within], pairs.col[within])
    graph = sparse.csr_array((np.ones(len(ends[0])), ends), shape=near.shape)
    count = int(connected_components(graph, directed=False)[0])
    return bool(count > np.unique(turf).size)


def divided(folder: Path, size: Size, turf: int, into: int = 2, *, seed: int = 1) -> After:
    """After a turf is cut into so many of about the same weight; the first keeps its number."""
    doors, _ = _blocks(folder, size, [turf])
    atoms = atoms_of(doors, size, net_of(folder, doors)) if doors.num_rows else None
    if atoms is None or len(atoms) < into or into < 2:
        raise Refusal(f"Turf {turf} has too few blocks.", where=f"into {into}", next_step="Leave it whole.")
    window = Window()
    part = cut(atoms.scaled(window.target * into / float(atoms.weight.sum())), window, seed=seed)
    fresh = _most(folder) + 1
    after = np.where(part <= 0, turf - 1, fresh + part - 1)[atoms.of_door]
    if len(np.unique(after)) < 2:
        raise Refusal(f"Turf {turf} cannot be divided.", next_step="Give some of its blocks to a new turf.")
    return dict(zip(doors["door"].to_pylist(), after.tolist(), strict=True))


def merged(folder: Path, turfs: Sequence[int]) -> After:
    """After the doors of these turfs are in the first of them."""
    doors = walked(folder, [number - 1 for number in turfs])
    return dict.fromkeys(doors["door"].to_pylist(), turfs[0] - 1)


def again(folder: Path, size: Size, kept: Collection[int], *, seed: int = 1) -> After:
    """After all turfs but those `kept` are cut anew; their numbers are used again first."""
    of = pq.read_table(folder / TURFS)
    free = sorted(set(of["turf"].to_pylist()) - {number - 1 for number in kept})
    doors = walked(folder, free)
    part = division(doors, size, seed, net_of(folder, doors))
    taken = {number - 1 for number in kept}
    names = [number for number in range(int(part.max(initial=-1)) + 1 + len(taken)) if number not in taken]
    return {door: names[at] for door, at in zip(doors["door"].to_pylist(), part.tolist(), strict=True)}


def placed(
    folder: Path, door: int, latitude: float, longitude: float, *, fixed: Collection[int] = ()
) -> After:
    """After the building of a door stands where somebody puts it, and its doors are in the nearest turf that
    is not `fixed`; a turf of their own where none is near. The place is written."""
    doors = pq.read_table(folder / DOORS)
    lost = doors.filter(pc.and_(pc.equal(doors["door"], door), pc.is_valid(doors["why"])))
    if not lost.num_rows:
        raise Refusal("This door has a place.", next_step="Choose one of those without.")
    there = pc.equal(doors["building_key"], lost["building_key"][0])
    turf = _nearest(folder, latitude, longitude, fixed)
    _say(folder, doors, there, {"latitude": latitude, "longitude": longitude, "method": HAND, "why": None})
    return dict.fromkeys(doors.filter(there)["door"].to_pylist(), turf)


def unplaced(folder: Path, door: int) -> After:
    """After the building of a door that somebody put by hand has no place again, and its doors are in no
    turf. It is written."""
    doors = pq.read_table(folder / DOORS)
    by_hand = doors.filter(pc.and_(pc.equal(doors["door"], door), pc.equal(doors["method"], HAND)))
    if not by_hand.num_rows:
        raise Refusal("This door was not put by hand.", next_step="Have the owner mend its address points.")
    there = pc.equal(doors["building_key"], by_hand["building_key"][0])
    _say(folder, doors, there, {"latitude": None, "longitude": None, "method": None, "why": UNKNOWN})
    return dict.fromkeys(doors.filter(there)["door"].to_pylist(), NOWHERE)


def _say(folder: Path, doors: pa.Table, there: pa.Array, said: Mapping[str, float | str | None]) -> None:
    for name, value in said.items():
        field = doors.schema.field(name)
        column = pc.if_else(there, pa.scalar(value, field.type), doors[name])
        doors = doors.set_column(doors.schema.get_field_index(name), field, column)
    _write(doors, folder / DOORS)


def _nearest(folder: Path, latitude: float, longitude: float, fixed: Collection[int]) -> int:
    known = walked(folder)
    open_ = pc.invert(pc.is_in(known["turf"], value_set=pa.array([n - 1 for n in fixed], pa.int32())))
    known = known.filter(open_)
    if known.num_rows:
        north = (known["latitude"].to_numpy() - latitude) * DEGREE
        east = (known["longitude"].to_numpy() - longitude) * DEGREE * math.cos(math.radians(latitude))
        metres = np.hypot(north, east)
        if metres.min() <= FARTHEST:
            return int(known["turf"][int(metres.argmin())].as_py())
    return _most(folder) + 1


def _write(table: pa.Table, path: Path) -> None:
    aside = path.with_name(f".{path.name}.part")
    pq.write_table(table, aside, compression="zstd")
    aside.replace(path)


def _most(folder: Path) -> int:
    found = pc.max(pq.read_table(folder / TURFS)["turf"]).as_py()
    return -1 if found is None else int(found)


# Written


@dataclass(frozen=True)
class Change:
    """What a change comes to: turfs (from 1) whose doors are others now, in the order of their numbers, as
    they are described (None: it has no door any more), and `before`: where the doors that moved were."""

    turfs: Mapping[int, Turf | None]
    before: After


def touched(folder: Path, after: After) -> tuple[list[int], After]:
    """The turfs (from 1) that a change touches, and the doors that it moves with the turfs they are in."""
    of = pq.read_table(folder / TURFS)
    before = dict(zip(of["door"].to_pylist(), of["turf"].to_pylist(), strict=True))
    moves = {door: before.get(door, NOWHERE) for door, turf in after.items() if before.get(door) != turf}
    numbers = {1 + turf for door in moves for turf in (moves[door], after[door]) if turf != NOWHERE}
    return sorted(numbers), moves


def put(folder: Path, after: After, at_door: float) -> Change:
    """Write a change: the turf of each door, and the order of each turf that is another now."""
    numbers, moves = touched(folder, after)
    of = pq.read_table(folder / TURFS)
    turf_of: dict[int, int] = dict(zip(of["door"].to_pylist(), of["turf"].to_pylist(), strict=True))
    turf_of.update(after)
    kept = sorted((door, turf) for door, turf in turf_of.items() if turf != NOWHERE)
    columns = [pa.array([row[at] for row in kept], of.schema.types[at]) for at in (0, 1)]
    _write(pa.table(columns, names=["door", "turf"]), folder / TURFS)
    walks = order_all(folder, numbers)
    found = {one.number: one for one in described(folder, walks, at_door)}
    return Change({number: found.get(number) for number in numbers}, moves)
