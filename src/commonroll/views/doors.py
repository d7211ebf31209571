"""Doors of a governed question: where its persons live, as far as somebody can walk there.

The rows are those of a question in mode `contact`, so that who asked not to be contacted, whose agreement
or law gives nothing and whose household's contacts are used up are not among them. What is kept of it is
doors and keys: names and whatever else a walker may see is asked for anew when a turf is handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection

from commonroll.roll.engine import engine
from commonroll.roll.places.address import STREET_KEY, parts_of, prepare
from commonroll.roll.places.places import WALKABLE
from commonroll.roll.places.points_read import sql_text
from commonroll.roll.sql_files import filled
from commonroll.views.made_files import keep, taken
from commonroll.views.view import Plan

NEEDED = ("residence_line1", "residence_city", "residence_zip5")
OPTIONAL = ("residence_unit",)

BORDERS: Mapping[str, tuple[str, ...]] = {
    "county": ("county_fips",), "precinct": ("county_fips", "precinct"),
    "congress": ("congressional_district",), "senate": ("state_senate_district",),
    "house": ("state_house_district",),
}  # fmt: skip
"""Borders that no turf crosses where that is asked for, and the columns that say on which side a door is."""


@dataclass(frozen=True)
class Found:
    """What a question's doors come to: doors that can be walked to, their persons, and by reason the persons
    whose door cannot."""

    doors: int
    people: int
    unplaced: Mapping[str, int]


def write(
    plan: Plan, folder: Path, still: Callable[[], None], *, within: str = "", by_hand: Path | None = None
) -> Found:
    """Write `doors.parquet` and `people.parquet` (owner, state_voter_id, door) of a keyed plan.

    A door has its number, keys of address, building and street, house number, unit, latitude, longitude,
    method, people, and how many buildings its street is `known` to have; `why` is null where it can be
    walked to. With one of BORDERS it has the side of it (`within`, empty where nobody knows). Raises
    ValueError for a plan of another kind. `by_hand`: where the viewer itself put buildings (building_key,
    latitude, longitude), which is nearer than all that rolls know.
    """
    if plan.question.mode != "contact" or not set(NEEDED) <= set(plan.question.columns):
        raise ValueError("the plan is for no walk")
    with closing(engine()) as con:
        taken(plan, con, still)
        if "residence_unit" not in plan.question.columns:
            con.execute("ALTER TABLE persons ADD COLUMN residence_unit VARCHAR")
        prepare(con)
        read_doors(con)
        _know(con, list(plan.places.values()))
        _know_by_hand(con, by_hand)
        con.execute(f"CREATE TEMP TABLE doors_found AS {_sql('doors_found')}")
        still()
        columns = ", ".join(f"persons.{name}" for name in BORDERS.get(within, ()))
        kept = _sql("doors_within", border=columns) if columns else "FROM doors_found"
        keep(con, kept, folder / "doors.parquet")
        keep(con, _sql("doors_people"), folder / "people.parquet")
        return _counted(con)


def read_doors(con: DuckDBPyConnection) -> None:
    """`door_persons`: the persons of `persons` with the keys of their doors today."""
    con.execute(f"CREATE TEMP TABLE door_persons AS {_sql('doors_read')}")


def _know(con: DuckDBPyConnection, files: Sequence[str]) -> None:
    """`known_places`: what the owners' rolls know of addresses; of no person."""
    known = pa.schema(
        [("building_key", pa.string()), ("street_key", pa.string()), ("area", pa.string()),
         ("latitude", pa.float64()), ("longitude", pa.float64()), ("method", pa.string()),
         ("error_m", pa.float64())]
    )  # fmt: skip
    if not files:
        con.register("known_places", known.empty_table())
        return
    # no relation's own view: the engine would have it in every cursor, those of other walks among them
    of_owners = f"read_parquet([{', '.join(map(sql_text, files))}])"
    con.execute(f"CREATE TEMP VIEW known_places AS {_sql('doors_known', places=of_owners)}")


def _know_by_hand(con: DuckDBPyConnection, file: Path | None) -> None:
    """`hand_places`: where the viewer itself put buildings."""
    con.execute("CREATE TEMP TABLE hand_places (building_key VARCHAR, latitude DOUBLE, longitude DOUBLE)")
    if file is not None:
        con.execute("INSERT INTO hand_places BY NAME FROM read_parquet(?)", [str(file)])


def _counted(con: DuckDBPyConnection) -> Found:
    doors, people, by_reason = 0, 0, dict[str, int]()
    for why, found, persons in con.execute(_sql("doors_counted")).fetchall():
        if why is None:
            doors, people = int(found), int(persons)
        else:
            by_reason[str(why)] = int(persons)
    return Found(doors, people, by_reason)


def _sql(name: str, **more: str) -> str:
    walked = ", ".join(map(sql_text, WALKABLE))
    return filled(
        __package__, name, {"parts": parts_of("said"), "street_key": STREET_KEY, "walked": walked, **more}
    )
