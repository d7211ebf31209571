"""Whether a recipient without an official file finds the decoys of its copy by any column.

The roll is `voter_synth.py`'s: homes, families, names of the census. The decoys are the product's. Of each
column: whether it is empty, how often its value stands in the copy, its length, its place in order, its first
and last digits; and of each voter how many share the home, the house, and the whole name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
from bench.leak_own import auc
from bench.leak_world import KEY

from commonroll.roll.engine import engine
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.tracing import decoys, reach
from commonroll.tracing.reach import Reach

_TYPES = {"string": "VARCHAR", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT", "bool": "BOOLEAN"}
_GIVEN = {
    # ids in the order of registration with gaps, as states give them; as many on a day as in a large state
    "state_voter_id": "lpad((100000000 + 17 * row_number() OVER (ORDER BY hash(unique_id) % 12000) "
    "+ hash(unique_id, 1) % 17)::VARCHAR, 9, '0')",
    "registered_on": "DATE '1990-01-01' + (hash(unique_id) % 12000 // 80 * 80)::INTEGER",
    "member": "'a'", "state": "'FL'", "status": "if(hash(unique_id, 2) % 9 = 0, 'inactive', 'active')",
    "first_name": "upper(first_name)", "middle_name": "upper(middle_name)", "last_name": "upper(last_name)",
    "name_suffix": "suffix", "birth_date": "try_cast(dob AS DATE)", "birth_year": "birth_year",
    "sex": "CASE sex WHEN 'F' THEN 'female' ELSE 'male' END",
    "party": "['DEM', 'REP', 'NPA'][1 + (hash(household_id, 3) % 3)::BIGINT]",
    # eight buildings with flats in each ZIP code
    "residence_line1": "if(unit IS NULL, addr, hash(household_id, 5) % 8 * 10 + 100 || ' PARK AVE')",
    "residence_unit": "if(unit IS NULL, NULL, 'APT ' || hash(household_id, 6) % 9000)",
    "residence_city": "'TOWN ' || hash(zip) % 60",
    "residence_state": "'FL'",
    "residence_zip5": "'30' || lpad((hash(zip) % 60)::VARCHAR, 3, '0')",
    "county_fips": "'12' || lpad((hash(zip) % 60 // 4)::VARCHAR, 3, '0')", "confidential": "false",
    "phone": "if(hash(unique_id, 4) % 10 < 4, '+1' || (2000000000 + hash(unique_id) % 1000000000), NULL)",
    "source_file": "'invented.csv'", "source_line": "unique_id::BIGINT",
}  # fmt: skip
_TEXT = "coalesce(CAST({0} AS VARCHAR), '')"
_OF_COLUMN = {
    "empty": f"{_TEXT} = ''", "alike": f"count(*) OVER (PARTITION BY {_TEXT})", "length": f"length({_TEXT})",
    "order": "rank() OVER (ORDER BY {0})", "first": f"ascii({_TEXT})", "last": f"ascii(right({_TEXT}, 1))",
}  # fmt: skip
_TOGETHER = {
    "who share the home": "residence_line1, residence_unit, residence_zip5",
    "who share the house": "residence_line1, residence_zip5",
    "who share the home and family name": "residence_line1, residence_unit, residence_zip5, last_name",
    "who share the whole name": "first_name, last_name",
    "who share name and year of birth": "first_name, last_name, birth_year",
}


def copy(people: Path, folder: Path, number: int) -> duckdb.DuckDBPyConnection:
    """A connection with the table `given`: a recipient's copy, with `decoy`."""
    con = engine()
    columns = ", ".join(
        f'({_GIVEN.get(one.name, "NULL")})::{_TYPES.get(one.type, one.type)} AS "{one.name}"'
        for one in VOTERS
    )
    made = con.execute(f"SELECT {columns} FROM read_parquet($1)", [str(people)]).to_arrow_table()
    roll = folder / "voters.parquet"
    pq.write_table(made.cast(arrow_schema(VOTERS)), roll)
    register = decoys.make([str(roll)], number, KEY, folder / "register.parquet", today=date(2026, 11, 1))
    numbers = _numbers(con, roll, reach.allowed([str(roll)], number)[reach.PHONE])
    reach.give(register.path, [str(roll)], [Reach(reach.PHONE, one) for one in numbers])
    files = decoys.given_to(register.path, KEY, "r00", {VOTERS.name: [str(roll)]}, folder / "r00")
    con.execute(
        "CREATE TEMP TABLE given AS "
        f"SELECT *, false AS decoy FROM '{roll}' UNION ALL SELECT *, true FROM '{files[VOTERS.name][0]}'"
    )
    return con


def _numbers(con: duckdb.DuckDBPyConnection, roll: Path, many: int) -> list[str]:
    """Numbers that the owner controls, in area codes of the roll: as many as decoys may have."""
    found = con.execute(
        f"SELECT DISTINCT left(phone, 5) || lpad((hash(phone, 9) % 10000000)::VARCHAR, 7, '0') AS number "
        f"FROM '{roll}' WHERE phone IS NOT NULL AND number NOT IN (SELECT phone FROM '{roll}' "
        f"WHERE phone IS NOT NULL) ORDER BY hash(number) LIMIT {many}"
    )
    return [number for (number,) in found.fetchall()]


def figures() -> Iterator[tuple[str, str]]:
    """What is told of each row: a name, and an expression of the engine over `given`."""
    for column in VOTERS:
        # where a row came from never leaves
        if column.name not in ("source_file", "source_line"):
            for of, said in _OF_COLUMN.items():
                yield f"{column.name}: {of}", said.format(f'"{column.name}"')
    for name, of in _TOGETHER.items():
        yield name, f"count(*) OVER (PARTITION BY {of})"


def given_away(people: Path, folder: Path, number: int) -> dict[str, float]:
    """Figure -> its AUC among all rows of a copy."""
    found = {}
    with closing(copy(people, folder, number)) as con:
        for name, said in figures():
            seen = con.execute(f"SELECT ({said})::DOUBLE AS n, decoy FROM given").to_arrow_table()
            one, decoy = (seen[column].to_numpy() for column in seen.column_names)
            if len(np.unique(one)) > 1:
                found[name] = auc(one, decoy)
    return found
