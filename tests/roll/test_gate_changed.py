"""Columns that changed places: every cell is sound, but voters who were there before have other values."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from deliveries import line, taken, vault_of, written

from commonroll.roll.engine import ibis_engine
from commonroll.roll.gate.changed import ENOUGH, FEWEST, USUAL, Changed, changed, check

NAMES = {"first_name": "ADA", "last_name": "TERN"}
SWAPPED = {"first_name": "TERN", "last_name": "ADA"}


def delivered(path: Path, others: int, cells: dict[str, str]) -> Path:
    """Two hundred voters; the first of them have other cells."""
    return written(path, [line(n, **(cells if n <= others else NAMES)) for n in range(1, 201)])


@pytest.mark.parametrize(
    ("others", "cells", "held"),
    [
        (200, SWAPPED, "first name 100%, last name 100%"),
        (
            200,
            {"cong_dist_abbrv": "23", "nc_senate_abbrv": "04"},
            "congressional district 100%, state senate",
        ),
        (200, {"birth_year": "1961"}, "birth year 100%"),
        (8, SWAPPED, ""),  # marriages and corrections
        (90, {"cong_dist_abbrv": "5"}, ""),  # new districts
        (30, {"party_cd": "REP"}, ""),
    ],
)
def test_a_delivery_whose_voters_are_all_called_otherwise_is_held(
    others: int, cells: dict[str, str], held: str, tmp_path: Path
) -> None:
    vault = vault_of(tmp_path)
    taken(vault, delivered(tmp_path / "one.txt", 0, {}))
    result = taken(vault, delivered(tmp_path / "two.txt", others, cells), accept="gate")

    [found] = [one for one in result.report.checks if one.name == "changed values"]
    assert (found.level == "quarantine") is bool(held)
    assert held in found.sentence and ("changed places" in found.sentence) is bool(held)
    assert (result.snapshot is None) is bool(held)


def test_a_value_that_is_missing_on_one_side_is_no_other_value(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    taken(vault, delivered(tmp_path / "one.txt", 200, {"birth_year": ""}))
    result = taken(vault, delivered(tmp_path / "two.txt", 0, {}))

    [found] = [one for one in result.report.checks if one.name == "changed values"]
    assert found.level == "ok"


def test_a_few_voters_say_nothing() -> None:
    assert list(check(Changed(FEWEST - 1, dict.fromkeys(USUAL, FEWEST - 1)), 1)) == []
    [found] = check(Changed(FEWEST, dict.fromkeys(USUAL, FEWEST)), 1)
    assert found.level == "quarantine"


def test_of_a_large_roll_a_part_is_compared(tmp_path: Path) -> None:
    columns = ", ".join(f"'x'::VARCHAR AS {name}" for name in USUAL)
    rows = ENOUGH * 4
    path = tmp_path / "rows.parquet"
    duckdb.execute(
        f"COPY (SELECT i::VARCHAR AS state_voter_id, {columns} FROM range({rows}) t(i)) TO '{path}'"
    )
    found = changed(ibis_engine(), [path], [path])
    assert ENOUGH * 0.98 < found.voters < ENOUGH * 1.02
    assert set(found.columns.values()) == {0}
