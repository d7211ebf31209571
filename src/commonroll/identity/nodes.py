"""The records of one run in the engine, numbered by member and record, so that no order of files matters."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from duckdb import DuckDBPyConnection
from ibis.expr import types as ir

from commonroll.identity import names
from commonroll.identity.comparisons import KIN

Records: TypeAlias = ir.Table | Path
"""Link records: an Ibis table of any engine, or a Parquet file (see `records.write`)."""

_COLUMNS = (
    "member", "record", "first_name", "first_root", "middle_name", "middle_initial", "last_name", "surname4",
    "suffix", "sex", "dob", "full_dob", "birth_year", "born_from", "born_to", "addr", "unit", "zip", "house",
    "building", "addrzip", "addrzip_before", "state", "phone", "email",
)  # fmt: skip


class Nodes:
    """Names of a run's relations: `all` records with `unique_id`, `side` (l, r) and nicknames; `left`,
    `right`.

    Without a right side `left` and `right` are the same and `itself` is true.
    """

    def __init__(self, all_: str, *, itself: bool) -> None:
        self.table = f"{all_}_table"
        self.all = all_
        self.itself = itself
        self.left = all_ if itself else f"{all_}_l"
        self.right = all_ if itself else f"{all_}_r"


@contextmanager
def nodes(con: DuckDBPyConnection, left: Records, right: Records | None) -> Iterator[Nodes]:
    """Take records into the engine as a table and its views, which go when the run ends, however it ends."""
    made = Nodes(f"identity_nodes_{uuid4().hex[:12]}", itself=right is None)
    names.prepare(con)
    with tempfile.TemporaryDirectory(prefix="identity-") as folder:
        given = {"l": left} if right is None else {"l": left, "r": right}
        sources = {
            side: _source(con, table, Path(folder) / f"{side}.parquet") for side, table in given.items()
        }
        union = " UNION ALL ".join(
            f"SELECT {', '.join(_COLUMNS)}, '{side}' AS side FROM {source}"
            for side, source in sources.items()
        )
        try:
            con.execute(f"""
                CREATE TABLE {made.table} AS
                SELECT row_number() OVER (ORDER BY member, record, side) AS unique_id, given.*, n.names
                FROM ({union}) AS given LEFT JOIN {names.NICKNAMES} AS n ON n.nickname = given.first_name
            """)
            copies = ", ".join(f"{column} AS {copy}" for column, copy in KIN.items())
            con.execute(f"CREATE VIEW {made.all} AS SELECT *, {copies} FROM {made.table}")
            if right is not None:
                for side in "lr":
                    con.execute(
                        f"CREATE VIEW {made.all}_{side} AS SELECT * FROM {made.all} WHERE side = '{side}'"
                    )
            yield made
        finally:
            for side in "lr":
                con.execute(f"DROP VIEW IF EXISTS {made.all}_{side}")
            con.execute(f"DROP VIEW IF EXISTS {made.all}")
            con.execute(f"DROP TABLE IF EXISTS {made.table}")


def _source(con: DuckDBPyConnection, table: Records, path: Path) -> str:
    if not isinstance(table, Path):
        table.to_parquet(path)
        table = path
    return f"read_parquet('{str(table).replace(chr(39), chr(39) * 2)}')"
