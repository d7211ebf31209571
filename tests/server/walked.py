"""Ohio lets Rivera call on its voters: a fixture for turf, and cuts of it."""

from __future__ import annotations

import pytest
from world import MACHINE, World, agree, shared_columns

from commonroll.field.divide import Size
from commonroll.roll.engine import engine
from commonroll.roll.places import places as roll_places
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
