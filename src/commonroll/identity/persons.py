"""Which person each registrant is: ids that outlive reloads, moves, marriages, new numbers and new evidence.

The rule is written down in `persons.sql` and in docs/guide/identity.md. It needs the ledger (the table
`persons` as the last linking left it), the clusters of today, and what the roll did to its ids since. The
same three give the same ids, however they came about.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
from duckdb import DuckDBPyConnection

from commonroll.identity.judgements import PAIR
from commonroll.roll.engine import engine
from commonroll.roll.schema import PERSON_EVENTS, PERSONS
from commonroll.roll.vault.bulk import arrow_schema

Rows: TypeAlias = "pa.Table | Sequence[str]"
"""An Arrow table, or Parquet files."""

_BLOCK = 64
NOBODY = arrow_schema(PERSONS).empty_table()
_PAIRS = pa.schema([(name, pa.string()) for name in PAIR])
_GROUPED = pa.schema(
    [("member", pa.string()), ("record", pa.string()), ("cluster", pa.int64()), ("human", pa.bool_())]
)


@dataclass(frozen=True)
class Turn:
    """What one load did to the roll's ids. `renumbered`: earlier_id, state_voter_id of registrants who stand
    under a new id; `reused`: state_voter_id of ids that mean another person now."""

    renumbered: pa.Table
    reused: pa.Table


@dataclass(frozen=True)
class Run:
    """One linking: its name, its instant, and the node's secret that the key of new ids follows from."""

    name: str
    at: datetime
    secret: bytes


@dataclass(frozen=True)
class Settled:
    """`events`: rows of `person_events`. Of today's roll: registrants, persons, who was not on it before."""

    events: pa.Table
    registrants: int
    persons: int
    new: int


def settle(
    roll: Rows,
    grouped: pa.Table,
    different: pa.Table,
    ledger: Rows,
    turns: Sequence[Turn],
    run: Run,
    to: Path,
) -> Settled:
    """Write the next `persons` to the Parquet file `to`.

    `roll`: member, state_voter_id, registered_on of today's registrants. `grouped`: member, record, cluster,
    human, as `clusters` gives them. `different`: PAIR of pairs judged different. `ledger`: the last `persons`
    (NOBODY at first). `turns`: loads since that linking, in their order.
    """
    with closing(engine()) as con:
        _offer(con, "ledger", ledger, "*")
        _offer(con, "registrants", roll, "member, state_voter_id AS record, registered_on")
        con.register("grouped", grouped.cast(_GROUPED))
        con.register("apart", different.select(list(PAIR)).cast(_PAIRS))
        _begin(con, run)
        for turn in turns:
            con.register("renumbered", turn.renumbered)
            con.register("reused", turn.reused)
            _run(con, "turns")
        _run(con, "persons")
        columns = ", ".join(f'"{name}"' for name in PERSONS.names)
        where = str(to).replace("'", "''")
        # by the ids that the roll is sorted by, so that a registrant is found by a few row groups
        asked = f"SELECT {columns} FROM settled ORDER BY state_voter_id, incarnation"
        con.execute(f"COPY ({asked}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)").fetchall()
        told = ", ".join(f'"{name}"' for name in PERSON_EVENTS.names)
        events = con.execute(f"SELECT {told} FROM turned ORDER BY event_id").to_arrow_table()
        registrants, people, new = con.execute(_COUNTED).fetchall()[0]
    return Settled(events.cast(arrow_schema(PERSON_EVENTS)), registrants, people, new)


_COUNTED = """
    SELECT count(*), count_if(alone) + count(DISTINCT cluster) FILTER (NOT alone), count_if(claim IS NULL)
    FROM standing
"""


def person_id(secret: bytes, member: str, origin_id: str, incarnation: int = 0) -> str:
    """R1: the id that is made of a registrant, 32 hexadecimal digits."""
    inner, outer = _keyed(secret)
    words = f"{member}|{origin_id}|{incarnation}".encode()
    return hashlib.sha256(outer + hashlib.sha256(inner + words).digest()).hexdigest()[:32]


def _keyed(secret: bytes) -> tuple[bytes, bytes]:
    """The two blocks of HMAC-SHA256 (RFC 2104) under the key of person ids: DuckDB has no keyed hash."""
    padded = hmac.new(secret, b"commonroll person_id v1", hashlib.sha256).digest().ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def _offer(con: DuckDBPyConnection, name: str, rows: Rows, columns: str) -> None:
    if isinstance(rows, pa.Table):
        con.register("offered", rows)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns} FROM offered").fetchall()
        con.unregister("offered")
        return
    asked = f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns} FROM read_parquet(?)"
    con.execute(asked, [list(rows)]).fetchall()


def _begin(con: DuckDBPyConnection, run: Run) -> None:
    inner, outer = _keyed(run.secret)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE run AS SELECT ?::VARCHAR AS run, ?::TIMESTAMPTZ AS at, "
        "?::BLOB AS inner_block, ?::BLOB AS outer_block",
        [run.name, run.at, inner, outer],
    ).fetchall()
    con.execute(
        "CREATE OR REPLACE TEMP TABLE roll_turns "
        "(turn VARCHAR, person_id VARCHAR, state_voter_id VARCHAR, earlier_id VARCHAR)"
    ).fetchall()


def _run(con: DuckDBPyConnection, name: str) -> None:
    text = (resources(__package__) / f"{name}.sql").read_text("utf-8")
    for statement in text.split(";\n"):
        if statement.strip():
            con.execute(statement).fetchall()
