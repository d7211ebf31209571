"""Contacts as vaults have them: answers, and attempts that were not taken back."""

from __future__ import annotations

import duckdb

from commonroll.roll.lengths import rows_in
from commonroll.roll.schema import ATTEMPTS, RESPONSES, WITHDRAWN_ANSWER
from commonroll.roll.vault.vault import Vault

_ATTEMPTS = f"""
INSERT INTO answers SELECT owner, gathered_by, state_voter_id, channel, attempted_on FROM read_parquet($files)
WHERE result <> '{WITHDRAWN_ANSWER}' AND event_id NOT IN
    (SELECT replaces FROM read_parquet($files) WHERE result = '{WITHDRAWN_ANSWER}')"""


def files(*vaults: Vault) -> dict[str, list[str]]:
    """The Parquet files with a row, by table."""
    found = {
        table: [path for vault in vaults for path in vault.event_files(table) if rows_in(path)]
        for table in (RESPONSES.name, ATTEMPTS.name)
    }
    return {table: paths for table, paths in found.items() if paths}


def held(cursor: duckdb.DuckDBPyConnection, found: dict[str, list[str]]) -> None:
    """Table `answers` of this connection: owner, gathered_by, state_voter_id, channel, answered_on."""
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE answers (owner VARCHAR, gathered_by VARCHAR, state_voter_id VARCHAR, "
        "channel VARCHAR, answered_on DATE)"
    )
    if answers := found.get(RESPONSES.name):
        cursor.execute(
            "INSERT INTO answers SELECT owner, gathered_by, state_voter_id, channel, answered_on "
            "FROM read_parquet($files)",
            {"files": answers},
        )
    if attempts := found.get(ATTEMPTS.name):
        cursor.execute(_ATTEMPTS, {"files": attempts})
