"""Doors of a governed question: who can be walked to, and why others cannot; keys alone are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection
from view_rolls import NAMES, NOW, USUAL, grant, owned, tables, voter

from commonroll.roll.engine import engine, ibis_engine
from commonroll.roll.places.address import parts_of, prepare
from commonroll.views import doors as doors_of
from commonroll.views.doors import NEEDED, OPTIONAL, Found, write
from commonroll.views.view import Plan, Question, plan

PLACED = {
    "12 ELM ST": (41.1, -84.1, "point"),
    "14 ELM ST": (41.1, -84.101, "between"),
    "7 OAK AVE": (41.2, -84.2, "zip"),
}


def living(number: str, line: str | None, unit: str | None = None, **more: Any) -> dict[str, Any]:
    home = {
        "residence_line1": line,
        "residence_unit": unit,
        "residence_city": "LIMA",
        "residence_zip5": "45801",
    }
    return voter(number, **home, **more)


def planned(
    tmp_path: Path, people: list[dict[str, Any]], places: str | None, mode: Any = "contact", **terms: Any
) -> Plan:
    given = {"modes": {"count", "contact"}} | terms
    roll = replace(tables(tmp_path, "oh", people, suppressed=given.pop("gone", ())), places=places)
    owners = [owned(roll, grant("oh", USUAL, **given))]
    asked = Question("national", "gotv", mode, columns=(*NEEDED, *OPTIONAL))
    return plan(ibis_engine(), asked, owners, denied={}, names=NAMES, now=NOW, keyed=True)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the owner's roll knows of addresses, spelt as a county spells them."""
    con, path = engine(), tmp_path_factory.mktemp("places") / "1.parquet"
    prepare(con)
    lines = pa.table({
        "line": list(PLACED), "unit_line": pa.nulls(3, pa.string()),
        "city": ["LIMA"] * 3, "zip5": ["45801"] * 3,
        "latitude": [p[0] for p in PLACED.values()], "longitude": [p[1] for p in PLACED.values()],
        "method": [p[2] for p in PLACED.values()], "error_m": [0.0, 9.0, 1500.0],
    })  # fmt: skip
    con.register("lines", lines)
    con.execute(f"COPY ({parts_of('lines')}) TO '{path}'")
    return str(path)


def found(plan: Plan, folder: Path) -> tuple[Found, list[Any], list[Any]]:
    made = write(plan, folder, lambda: None)
    read = [pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("doors", "people")]
    return made, *read


def test_a_door_is_an_address_however_it_is_spelt(tmp_path: Path, places: str) -> None:
    people = [
        living("1", "12 Elm Street"), living("2", "12 ELM ST"), living("3", "14 Elm Str."),
        living("4", "7 Oak Avenue"), living("5", "9 Pine Ct"), living("6", "PO BOX 9"), living("7", None),
        living("8", "12 ELM ST", confidential=True), living("9", "14 ELM ST"),
    ]  # fmt: skip
    made, doors, kept = found(planned(tmp_path, people, places, gone=[("9", "door")]), tmp_path)
    assert (made.doors, made.people) == (2, 3)
    assert made.unplaced == {
        "its place is known to the ZIP code alone": 1, "no place is known for the address": 1,
        "the address could not be read": 1, "the address is none that can be walked to": 1,
    }  # fmt: skip
    walked = [door for door in doors if door["why"] is None]
    assert [(door["house"], door["people"], door["method"]) for door in walked] == [
        (12, 2, "point"),
        (14, 1, "between"),
    ]
    assert [row["state_voter_id"] for row in kept if row["door"] in {d["door"] for d in walked}] == [
        "1",
        "2",
        "3",
    ]
    assert set(kept[0]) == {"owner", "state_voter_id", "door"}
    assert {"8", "9"}.isdisjoint(row["state_voter_id"] for row in kept)


def test_units_are_doors_of_one_building(tmp_path: Path, places: str) -> None:
    people = [living("1", "12 Elm St", "APT 2"), living("2", "12 Elm St Apt 3"), living("3", "12 Elm St")]
    _, doors, _ = found(planned(tmp_path, people, places), tmp_path)
    assert len({door["address_key"] for door in doors}) == 3
    assert len({door["building_key"] for door in doors}) == 1
    assert {door["latitude"] for door in doors} == {41.1}


def test_a_walk_meanwhile_looks_at_its_own_places(
    tmp_path: Path, places: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two threads of one process do: each has a cursor, all have one engine."""
    north = tmp_path / "north.parquet"
    with engine() as con:
        con.execute(f"COPY (SELECT * REPLACE (50.0 AS latitude) FROM '{places}') TO '{north}'")
    here = planned(tmp_path, [living("1", "12 Elm St")], places)
    other = planned(tmp_path / "other", [living("2", "12 Elm St")], str(north))
    know = doors_of._know

    def meanwhile(con: DuckDBPyConnection, files: Sequence[str]) -> None:
        know(con, files)
        monkeypatch.setattr(doors_of, "_know", know)
        assert {door["latitude"] for door in found(other, tmp_path / "other")[1]} == {50.0}

    monkeypatch.setattr(doors_of, "_know", meanwhile)
    assert {door["latitude"] for door in found(here, tmp_path)[1]} == {41.1}


def test_without_places_nobody_can_be_walked_to(tmp_path: Path) -> None:
    made, doors, _ = found(planned(tmp_path, [living("1", "12 Elm St")], None), tmp_path)
    assert (made.doors, made.unplaced) == (0, {"no place is known for the address": 1})
    assert len(doors) == 1


def test_a_walk_is_asked_for_as_a_walk(tmp_path: Path, places: str) -> None:
    seen = planned(tmp_path, [living("1", "12 Elm St")], places, mode="view", modes={"view"})
    with pytest.raises(ValueError, match="walk"):
        write(seen, tmp_path, lambda: None)
