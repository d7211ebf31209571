"""Doors that nobody knew the place of, put where they are by hand.

It is kept for the member whose people did it: for its other cuts, and for nobody else's. What is kept is the
building's key and where it stands.
"""

from __future__ import annotations

import fcntl
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.field import moves
from commonroll.field.files import DEGREE, DOORS, turf_of
from commonroll.server.actions import turf_moves
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member, TurfCut

SHOWN = 100
"""Buildings without a place that a page shows."""

MOST_AWAY = 80_000.0
"""Metres from a cut's nearest turf: beyond, somebody mistyped the place."""

COLUMNS = pa.schema([("building_key", pa.string()), ("latitude", pa.float64()), ("longitude", pa.float64())])


@dataclass(frozen=True)
class Lost:
    """A building without a place: its first door's number, its address, the doors and people in it, why."""

    door: int
    address: str
    doors: int
    people: int
    why: str


def lost(home: Home, cut: TurfCut) -> list[Lost]:
    """Buildings of a cut that nobody can walk to, though their address says which they are."""
    doors = _doors(home, cut)
    return _buildings(doors.filter(pc.and_(pc.is_valid(doors["why"]), pc.is_valid(doors["building_key"]))))


def by_hand(home: Home, cut: TurfCut) -> list[Lost]:
    """Buildings of a cut that were put where they are by hand."""
    doors = _doors(home, cut)
    return _buildings(doors.filter(pc.equal(doors["method"], moves.HAND)))


def _buildings(doors: pa.Table) -> list[Lost]:
    found: dict[str, Lost] = {}
    names = ("building_key", "door", "number_text", "street_key", "area", "people", "why")
    for building, door, number, street, area, people, why in zip(
        *(doors[name].to_pylist() for name in names), strict=True
    ):
        had = found.get(building)
        address = f"{number} {street}, {area}"
        many, whose = (had.doors, had.people) if had else (0, 0)
        found[building] = Lost(had.door if had else door, address, many + 1, whose + people, why or "")
    return sorted(found.values(), key=lambda one: one.door)


def place(*, home: Home, cut: TurfCut, door: int, latitude: float, longitude: float, by: Actor) -> list[int]:
    """Put a door's building where somebody says it is, into the nearest turf that can change now; the turfs
    that are others now."""
    by.require("view", cut.member)
    _near(cut, latitude, longitude)
    fixed = {one.turf.number for one in turf_moves.holders(cut)}
    fixed |= set(cut.turfs.filter(locked=True).values_list("number", flat=True))
    before = _building(home, cut, door)
    numbers = turf_moves.placed(home=home, cut=cut, door=door, at=(latitude, longitude), fixed=fixed, by=by)
    _count(cut, before, 1)
    _keep(home, cut.member, before["building_key"][0].as_py(), (latitude, longitude))
    return numbers


def take_back(*, home: Home, cut: TurfCut, door: int, by: Actor) -> list[int]:
    """A building that was put by hand has no place again."""
    by.require("view", cut.member)
    turf = turf_of(home.turf / cut.folder).get(door)
    turf_moves.free(cut, [turf] if turf else [])
    numbers = turf_moves.placed(home=home, cut=cut, door=door, at=None, by=by)
    after = _building(home, cut, door)
    _count(cut, after, -1)
    _keep(home, cut.member, after["building_key"][0].as_py(), None)
    return numbers


def _building(home: Home, cut: TurfCut, door: int) -> pa.Table:
    """The doors of a door's building."""
    doors = _doors(home, cut)
    row = doors.filter(pc.equal(doors["door"], door))
    if not row.num_rows or row["building_key"][0].as_py() is None:
        raise Refusal("This cut has no such door.", next_step="Choose one of those without a place.")
    return doors.filter(pc.equal(doors["building_key"], row["building_key"][0]))


def _count(cut: TurfCut, doors: pa.Table, more: int) -> None:
    """The cut has the doors of a building more, or less; `doors` says why they have no place."""
    why, people = doors["why"][0].as_py(), int(pc.sum(doors["people"]).as_py())
    cut.refresh_from_db()
    left = cut.unplaced.get(why, 0) - more * people
    others = {key: value for key, value in cut.unplaced.items() if key != why}
    cut.unplaced = others | ({why: left} if left > 0 else {})
    cut.doors, cut.people = cut.doors + more * doors.num_rows, cut.people + more * people
    cut.save(update_fields=["unplaced", "doors", "people"])


def file_of(home: Home, member: Member) -> Path | None:
    """What a member put by hand, as `views.doors.write` takes it; None for nothing."""
    path = home.hand_places / f"{member.key}.parquet"
    return path if path.exists() else None


def _keep(home: Home, member: Member, building: str, at: tuple[float, float] | None) -> None:
    with _alone(home, member) as path:
        known = pq.read_table(path) if path.exists() else COLUMNS.empty_table()
        kept = known.filter(pc.not_equal(known["building_key"], building))
        if at is not None:
            row = pa.table([[building], [at[0]], [at[1]]], schema=COLUMNS)
            kept = pa.concat_tables([kept, row])
        aside = path.with_suffix(".part")
        pq.write_table(kept, aside)
        aside.chmod(0o600)
        aside.replace(path)


@contextmanager
def _alone(home: Home, member: Member) -> Iterator[Path]:
    """One change at a time."""
    home.hand_places.mkdir(exist_ok=True, mode=0o700)
    with (home.hand_places / f"{member.key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield home.hand_places / f"{member.key}.parquet"


def _doors(home: Home, cut: TurfCut) -> pa.Table:
    path = home.turf / cut.folder / DOORS
    if not cut.folder or not path.exists():
        raise Refusal("This cut's doors are not here.", where=cut.gone, next_step="Cut again.")
    return pq.read_table(path)


def _near(cut: TurfCut, latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Refusal("This is no place on earth.", where="latitude and longitude", next_step="Look again.")
    nearest = min(
        (
            math.hypot(north - latitude, (east - longitude) * math.cos(math.radians(latitude)))
            for north, east in cut.turfs.values_list("latitude", "longitude")
        ),
        default=0.0,
    )
    if nearest * DEGREE > MOST_AWAY:
        raise Refusal(
            f"This place is {nearest * DEGREE / 1000:,.0f} km from the cut's nearest turf.",
            where="latitude and longitude",
            next_step="Look whether they changed places, or a sign is missing.",
        )
