"""A vault with a roll's months, for benchmarks: invented voters of whom some come, go and change."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from commonroll.roll.canonical.rows import write_rows
from commonroll.roll.schema import HISTORY, VOTERS, Table
from commonroll.roll.vault.vault import Vault

VOTERS_SQL = """
SELECT 'nc' AS member, 'NC' AS state, 'AA' || lpad(i::text, 10, '0') AS state_voter_id,
       lpad((i % 97)::text, 3, '0') || i AS county_voter_id,
       CASE WHEN (i * 13 + month) % 211 = 0 THEN 'inactive' ELSE 'active' END AS status,
       'FIRST' || (hash(i) % 4000) AS first_name, 'M' AS middle_name,
       'LAST' || (hash(i + 1) % 90000) AS last_name,
       1930 + (i % 77)::smallint AS birth_year, 'female' AS sex,
       CASE (i + (i * 7 + month) // 331) % 3 WHEN 0 THEN 'DEM' WHEN 1 THEN 'REP' ELSE 'NPA' END AS party,
       DATE '1990-01-01' + (i % 12000)::integer AS registered_on,
       (1 + (i + (i * 11 + month) // 199) % 9000) || ' ' || (hash(i + 2) % 5000) || ' STREET'
           AS residence_line1,
       'TOWN' || (i % 500) AS residence_city, 'NC' AS residence_state,
       lpad((27000 + i % 900)::text, 5, '0') AS residence_zip5,
       lpad((37001 + 2 * ((i % 100 + (i * 3 + month) // 997) % 100))::text, 5, '0') AS county_fips,
       'COUNTY ' || ((i % 100 + (i * 3 + month) // 997) % 100) AS county_name,
       'P' || (i % 2700) AS precinct, (i % 14)::text AS congressional_district,
       false AS confidential, DATE '2026-01-01' AS shown_from, DATE '2026-01-01' AS listed_from,
       'ncvoter_Statewide.txt' AS source_file, i + 2 AS source_line
FROM (SELECT hash(j * 31) % 100000000 AS i, {month} AS month
      FROM range({month} * {come}, {voters} + {month} * {come}) t(j)) ORDER BY county_fips, hash(i)
"""
ONE_ROW_EACH = """
DELETE FROM voters WHERE rowid NOT IN (SELECT min(rowid) FROM voters GROUP BY state_voter_id)
"""
HISTORY_SQL = """
SELECT v.state_voter_id, DATE '2016-11-08' + (e * 168)::integer AS election_date,
       'ELECTION ' || e AS election_name, 'general' AS election_type, 'in_person' AS method,
       v.party AS party_voted, v.county_fips AS county_voted
FROM voters v, range(0, 12) t(e) WHERE hash(v.state_voter_id, e) % 3 = 0
"""


def make(root: Path, months: int, voters: int) -> Vault:
    """The vault below `root`; made once."""
    vault = Vault(root, "nc")
    done = vault.current()
    with duckdb.connect(config={"threads": 2}) as con:
        for month in range(done.number if done else 0, months):
            query = VOTERS_SQL.format(month=month, voters=voters, come=voters // 200)
            con.execute(f"CREATE OR REPLACE TABLE voters AS {query}")
            con.execute(ONE_ROW_EACH)
            staged = {
                "voters": [_written(vault, con, VOTERS, "FROM voters")],
                "history": [_written(vault, con, HISTORY, HISTORY_SQL)],
            }
            vault.publish(
                staged, parent=month or None, load=f"load-{month + 1}", state="NC",
                layouts=["nc/2022-02.registration"],
                now=datetime(2025 + month // 12, month % 12 + 1, 3, tzinfo=UTC),
            )  # fmt: skip
    return vault


def _written(vault: Vault, con: duckdb.DuckDBPyConnection, table: Table, query: str) -> Path:
    known = {row[0] for row in con.execute(f"DESCRIBE {query}").fetchall()}
    types = {"string": "VARCHAR", "int16": "SMALLINT", "int64": "BIGINT", "date": "DATE", "bool": "BOOLEAN"}
    columns = ", ".join(
        f"CAST({c.name if c.name in known else 'NULL'} AS {types[c.type]}) AS {c.name}" for c in table
    )
    path = vault.stage(table.name)
    write_rows(con.execute(f"SELECT {columns} FROM ({query})").to_arrow_table(), table, path)
    return path
