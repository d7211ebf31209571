"""The two files of `voter_synth.py` as two members' rolls, and the truth beside them."""

from __future__ import annotations

from pathlib import Path

import ibis.expr.types as ir
from duckdb import DuckDBPyConnection

from commonroll.roll.engine import ibis_engine

MEMBERS = ("a", "b")
ROLL = """
SELECT CAST($member AS VARCHAR) AS member, state, unique_id::VARCHAR AS state_voter_id, 'active' AS status,
       first_name, middle_name, last_name, suffix AS name_suffix,
       CASE WHEN length(dob) = 10 THEN try_cast(dob AS DATE) END AS birth_date,
       birth_year,
       CASE sex WHEN 'F' THEN 'female' ELSE 'male' END AS sex,
       addr AS residence_line1, unit AS residence_unit, city AS residence_city, zip AS residence_zip5,
       county_fips
FROM read_parquet($path)
"""
TRUTH = """
SELECT CAST($member AS VARCHAR) AS member, unique_id::VARCHAR AS record, person_id AS person,
       CASE WHEN $member = 'b' THEN moved END AS moved,
       CASE WHEN namesake IS NOT NULL THEN 'father and son' WHEN twin_of IS NOT NULL THEN 'twins'
            ELSE 'neither' END AS family
FROM read_parquet($path)
"""


def roll(member: str, path: Path) -> ir.Table:
    """Columns of `voters` of one file, as far as it has them."""
    return _made("synth_roll_" + member, ROLL, [(member, path)])


def truth(paths: tuple[Path, Path]) -> ir.Table:
    """member, record, person, and what the slices are told: moved (of b), family."""
    return _made("synth_truth", TRUTH, list(zip(MEMBERS, paths, strict=True)))


def _made(name: str, question: str, given: list[tuple[str, Path]]) -> ir.Table:
    backend = ibis_engine()
    con: DuckDBPyConnection = backend.con
    for number, (member, path) in enumerate(given):
        begin = f"CREATE OR REPLACE TEMP TABLE {name} AS" if number == 0 else f"INSERT INTO {name}"
        con.execute(f"{begin} {question}", {"member": member, "path": str(path)}).fetchall()
    return backend.table(name)
