"""Ohio lets Rivera call on its voters: a fixture for turf, and cuts of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from world import MACHINE, World, agree, shared_columns

from commonroll.field.divide import Size
from commonroll.roll.engine import engine
from commonroll.roll.places import places as roll_places
from commonroll.server.actions import streets as brought
from commonroll.server.actions import turf
from commonroll.server.actions.loads import vault
from commonroll.server.models import TurfCut

OHIO = "member = 'oh'"
TEN = Size("doors", 10)
ADDRESS = ("voters.residence_line1", "voters.residence_city", "voters.residence_zip5")


@pytest.fixture
def walked(world: World) -> World:
    """Ohio lets Rivera call on its voters, units not told; each address has a place along its street."""
    agree("oh", "rivera", modes=["count", "view", "contact"], columns=[*shared_columns(), *ADDRESS])
    place(world)
    return world


def place(world: World) -> None:
    """Each address of Ohio's roll has a place along its street."""
    held = vault(world.home, world.member("oh"))
    roll_places.make_places(held)
    snapshot = held.current()
    assert snapshot is not None
    path = held.path / "places" / f"{snapshot.number:08}.parquet"
    with engine() as cursor:
        cursor.execute(
            """CREATE TEMP TABLE placed AS SELECT * REPLACE (
                39.0 + (hash(street) % 40) / 1000 AS latitude,
                -83.0 + TRY_CAST(number AS INTEGER) / 100000 AS longitude,
                'point' AS method, 0 AS error_m) FROM read_parquet(?)""",
            [str(path)],
        )
        cursor.execute(f"COPY placed TO '{path}' (FORMAT parquet)")


def streets(world: World, folder: Path, member: str = "rivera") -> None:
    """A street along each row of places, all joined by one at their western end."""
    rows = [round(39.0 + at / 1000, 3) for at in range(40)]
    lines = [[(-83.0, lat), (-82.9, lat)] for lat in rows] + [[(-83.0, lat) for lat in rows]]
    text = "".join(
        json.dumps({"type": "Feature", "properties": {"name": f"{at}th Street", "highway": "residential"},
                    "geometry": {"type": "LineString", "coordinates": line}}) + "\n"
        for at, line in enumerate(lines)
    )  # fmt: skip
    path = folder / "ohio.geojsonl"
    path.write_text(text)
    brought.load(
        home=world.home, of=world.member(member), paths=[path], source="OpenStreetMap", licence="ODbL 1.0",
        as_of="2025-01-01", by=MACHINE,
    )  # fmt: skip


def cut(
    world: World,
    name: str = "First pass",
    member: str = "rivera",
    where: str = OHIO,
    size: Size = TEN,
) -> TurfCut:
    return turf.cut(
        home=world.home, member=world.member(member), name=name, purpose="gotv", where=where, size=size,
        by=MACHINE,
    )  # fmt: skip
