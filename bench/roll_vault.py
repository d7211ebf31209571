"""A vault whose roll is a file of `voter_synth.py`, and the next, with two rows of a hundred changed.

Of the file about the same people some years later it has one row of a hundred: who is registered twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from commonroll.roll.engine import engine
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.vault import Snapshot, Vault

MEMBER, STATE = "a", "FL"
START = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = b"the secret of a node of invented people"
_GIVEN = {
    "member": "$member", "state": "$state", "state_voter_id": "unique_id::VARCHAR", "status": "'active'",
    "first_name": "first_name", "middle_name": "middle_name",
    # in a thousand, two have married and fourteen have moved; two have come and two are gone
    "last_name": "if($later AND chance < 2, 'NEWLYWED', last_name)", "name_suffix": "suffix",
    "birth_date": "CASE WHEN length(dob) = 10 THEN try_cast(dob AS DATE) END", "birth_year": "birth_year",
    "sex": "CASE sex WHEN 'F' THEN 'female' ELSE 'male' END",
    "registered_on": "DATE '1990-01-01' + (unique_id::BIGINT % 12000)::INTEGER",
    "residence_line1": "if($later AND chance BETWEEN 2 AND 15, '1' || addr, addr)", "residence_unit": "unit",
    "residence_city": "city", "residence_state": "state", "residence_zip5": "zip",
    "phone": "if(household_id % 3 > 0, '+1' || (2000000000 + household_id), NULL)",
    "county_fips": "county_fips",
    "confidential": "false", "shown_from": "DATE '2000-01-01'", "listed_from": "DATE '2000-01-01'",
    "source_file": "'invented.csv'", "source_line": "unique_id::BIGINT",
}  # fmt: skip


def publish(vault: Vault, files: Sequence[Path], *, later: bool = False) -> Snapshot:
    """The roll of both files as the vault's next snapshot; `later`: as it is a month after."""
    path = vault.stage(VOTERS.name)
    columns = ", ".join(
        f'({_GIVEN.get(name, "NULL")})::{_TYPES.get(VOTERS[name].type, VOTERS[name].type)} AS "{name}"'
        for name in VOTERS.names
    )
    with engine() as con:
        con.execute(
            f"COPY (SELECT {columns} FROM (SELECT *, hash(unique_id) % 1000 AS chance FROM ("
            "FROM read_parquet($file) UNION ALL BY NAME "
            "FROM read_parquet($other) WHERE unique_id % 100 = 0)) "
            "WHERE chance NOT IN (if($later, 18, 16), if($later, 19, 17)) ORDER BY state_voter_id) "
            f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)",
            {"file": str(files[0]), "other": str(files[1]), "later": later, "member": MEMBER, "state": STATE},
        ).fetchall()
    head = vault.current()
    number = head.number if head else 0
    return vault.publish(
        {VOTERS.name: [path]}, parent=number or None, load=f"load-{number + 1}", state=STATE, layouts=[],
        now=START + timedelta(days=30 * number),
    )  # fmt: skip


_TYPES = {"string": "VARCHAR", "int16": "SMALLINT", "int64": "BIGINT", "bool": "BOOLEAN"}
