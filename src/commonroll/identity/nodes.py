"""The records of one run in the engine, numbered by member and record alone: no order of files matters.

A number is 63 bits of a hash: two of five million records share one in one of 700,000 runs, which is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import pyarrow as pa
from duckdb import DuckDBPyConnection
from ibis.expr import types as ir

from commonroll.errors import Refusal
from commonroll.identity import names
from commonroll.identity.blocking import ALWAYS, KEYED, may_meet
from commonroll.identity.conditions import KIN
from commonroll.identity.model import CROWDED, Model
from commonroll.identity.patched import Patched, parquet

Records: TypeAlias = ir.Table | Path | Patched
"""Link records: an Ibis table of any engine, a Parquet file (see `records.write`), or those kept."""

_COLUMNS = (
    "member", "record", "first_name", "first_root", "middle_name", "middle_initial", "last_name", "surname4",
    "suffix", "sex", "dob", "full_dob", "birth_year", "born_from", "born_to", "addr", "unit", "zip", "house",
    "building", "addrzip", "addrzip_before", "state", "phone", "email",
)  # fmt: skip


class Nodes:
    """Names of a run's relations: `all` records with `unique_id`, `side` (l, r), `is_new`, nicknames;
    `left`, `right`.

    Without a right side `left` and `right` are the same and `itself` is true. `crowded` holds blocks left
    out.
    """

    def __init__(self, *, itself: bool) -> None:
        self.all = f"identity_nodes_{uuid4().hex[:12]}"
        self.table, self.new, self.crowded = (f"{self.all}_{what}" for what in ("table", "new", "crowded"))
        self.itself = itself
        self.left, self.right = (self.all, self.all) if itself else (f"{self.all}_l", f"{self.all}_r")


@contextmanager
def nodes(
    con: DuckDBPyConnection,
    left: Records,
    right: Records | None,
    *,
    changed: pa.Table | None = None,
    model: Model | None = None,
) -> Iterator[Nodes]:
    """Take records into the engine as a table and its views, which go when the run ends, however it ends.

    With `changed` (member, record) only these records are new, and only those that may meet one under the
    fitted `model` are taken.
    """
    made = Nodes(itself=right is None)
    names.prepare(con)
    given = {"l": left} if right is None else {"l": left, "r": right}
    with tempfile.TemporaryDirectory(prefix="identity-") as folder:
        sources = {side: _source(table, Path(folder) / f"{side}.parquet") for side, table in given.items()}
        try:
            _copied(con, made.crowded, model.crowded if model else CROWDED.empty_table())
            if changed is None:
                _taken(con, made, sources, is_new="true", test="true")
            else:
                _copied(con, f"{made.new}_keys", changed.select(["member", "record"]))
                is_new = f"(member, record) IN (SELECT (member, record) FROM {made.new}_keys)"
                con.execute(f"CREATE TABLE {made.new} AS SELECT 0 AS unique_id, true AS is_new, * "
                            f"FROM ({_union(_fresh(sources, given))}) WHERE {is_new}")  # fmt: skip
                _taken(
                    con,
                    made,
                    sources,
                    is_new,
                    f"{is_new} OR {may_meet(made.new, made.crowded, model.rules if model else ALWAYS)}",
                )
            _all_differ(con, made.table)
            _views(con, made)
            yield made
        finally:
            for view in {made.left, made.right} - {made.all} | {made.all}:
                con.execute(f"DROP VIEW IF EXISTS {view}")
            for table in (made.table, made.crowded, made.new, f"{made.new}_keys"):
                con.execute(f"DROP TABLE IF EXISTS {table}")


def _taken(con: DuckDBPyConnection, made: Nodes, sources: Mapping[str, str], is_new: str, test: str) -> None:
    con.execute(f"""
        CREATE TABLE {made.table} AS
        SELECT (hash(member, record, side) >> 1)::BIGINT AS unique_id, {is_new} AS is_new, given.*, n.names
        FROM (SELECT * FROM ({_union(sources)}) WHERE {test}) AS given
        LEFT JOIN {names.NICKNAMES} AS n ON n.nickname = given.first_name
    """)


def _union(sources: Mapping[str, str]) -> str:
    columns = ", ".join((*_COLUMNS, *(f"{sql} AS {name}" for name, sql in KEYED.items())))
    return " UNION ALL ".join(
        f"SELECT {columns}, '{side}' AS side FROM {source}" for side, source in sources.items()
    )


def _views(con: DuckDBPyConnection, made: Nodes) -> None:
    copies = ", ".join(f"{column} AS {copy}" for column, copy in KIN.items())
    con.execute(f"CREATE VIEW {made.all} AS SELECT *, {copies} FROM {made.table}")
    if not made.itself:
        for view, side in ((made.left, "l"), (made.right, "r")):
            con.execute(f"CREATE VIEW {view} AS SELECT * FROM {made.all} WHERE side = '{side}'")


def _copied(con: DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """An Arrow table as one of the engine's, which every cursor sees."""
    con.register(f"{name}_arrow", table)
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")
    con.unregister(f"{name}_arrow")


def _source(table: Records, path: Path) -> str:
    if isinstance(table, Patched):
        return table.sql()
    if not isinstance(table, Path):
        table.to_parquet(path)
        table = path
    return parquet(table)


def _fresh(sources: Mapping[str, str], given: Mapping[str, Records]) -> dict[str, str]:
    """Where new records are looked for: those of a roll that is kept stand in its patch, if there is one."""
    return {
        side: parquet(table.patch) if isinstance(table, Patched) and table.is_patched else sources[side]
        for side, table in given.items()
    }


def _all_differ(con: DuckDBPyConnection, table: str) -> None:
    records, numbers = con.execute(f"SELECT count(*), count(DISTINCT unique_id) FROM {table}").fetchall()[0]
    if records != numbers:
        raise Refusal(
            f"{records - numbers} of {records} records have a member and record that another has",
            where="link records",
            next_step="give each row of a roll or list a key of its own",
        )


def refill(con: DuckDBPyConnection, made: Nodes, crowded: pa.Table) -> None:
    """Set the blocks that are left out, once they are counted."""
    con.execute(f"DROP TABLE {made.crowded}")
    _copied(con, made.crowded, crowded)
