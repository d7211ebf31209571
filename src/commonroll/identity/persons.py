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
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from commonroll.identity.judgements import PAIR
from commonroll.identity.patched import parquet
from commonroll.roll.engine import engine
from commonroll.roll.schema import PERSON_EVENTS, PERSONS
from commonroll.roll.vault.bulk import arrow_schema

Rows: TypeAlias = "pa.Table | Sequence[str]"
"""An Arrow table, or Parquet files."""

_BLOCK = 64
_WRITTEN = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 1000"
"""How the ledger is written: a third faster than usual and no larger, since ids fill no dictionary."""
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

    def count(self, turn: str) -> int:
        """Events of one turn."""
        return int(pc.sum(pc.equal(self.events["turn"], turn)).as_py() or 0)


def settle(
    roll: Rows,
    grouped: pa.Table,
    different: pa.Table,
    ledger: Rows,
    turns: Sequence[Turn],
    run: Run,
    to: Path,
    *,
    arrived: pa.Table | None = None,
) -> Settled:
    """Write the next `persons` to the Parquet file `to`.

    `roll`: member, state_voter_id, registered_on of today's registrants. `grouped`: member, record, cluster,
    human, as `clusters` gives them. `different`: PAIR of pairs judged different. `ledger`: the last `persons`
    (NOBODY at first). `turns`: loads since that linking, in their order. `arrived`: `record` of who is on the
    roll and was not then; where it is known, lines that nothing has touched are taken over as they are, and
    `to` has those first and the others after them; otherwise it is sorted by state_voter_id and incarnation.
    """
    with closing(engine()) as con:
        con.register("grouped", grouped.cast(_GROUPED))
        con.register("apart", different.select(list(PAIR)).cast(_PAIRS))
        _begin(con, run)
        carried = _take(con, roll, ledger, turns, arrived)
        for turn in turns:
            con.register("renumbered", turn.renumbered)
            con.register("reused", turn.reused)
            _run(con, "turns")
        _run(con, "persons")
        columns = ", ".join(f'"{name}"' for name in PERSONS.names)
        where = str(to).replace("'", "''")
        # by the ids that the roll is sorted by, so that a registrant is found by a few row groups
        asked = f"SELECT {columns} FROM settled ORDER BY state_voter_id, incarnation"
        if arrived is not None:
            asked = f"SELECT {columns} FROM carried UNION ALL ({asked})"
        con.execute(f"COPY ({asked}) TO '{where}' ({_WRITTEN})").fetchall()
        told = ", ".join(f'"{name}"' for name in PERSON_EVENTS.names)
        events = con.execute(f"SELECT {told} FROM turned ORDER BY event_id").to_arrow_table()
        registrants, people, new = con.execute(_COUNTED).fetchall()[0]
    return Settled(events.cast(arrow_schema(PERSON_EVENTS)), registrants + carried, people + carried, new)


_COUNTED = """
    SELECT count(*), count(*) FILTER (alone) + count(DISTINCT cluster) FILTER (NOT alone),
        count(*) FILTER (claim IS NULL)
    FROM standing
"""


def _take(
    con: DuckDBPyConnection, roll: Rows, ledger: Rows, turns: Sequence[Turn], arrived: pa.Table | None
) -> int:
    """Make ledger and registrants, those of today's roll; how many are left out, as nothing is new."""
    standing = "member, state_voter_id AS record, registered_on"
    if arrived is None:
        _offer(con, "ledger", ledger, "*")
        _offer(con, "registrants", roll, standing)
        return 0
    _offer(con, "whole", ledger, "*", kind="VIEW")
    _offer(con, "roll", roll, standing, kind="VIEW")
    ids = [turn.renumbered[name] for turn in turns for name in turn.renumbered.column_names]
    ids += [turn.reused["state_voter_id"] for turn in turns]
    chunks = [chunk.cast(pa.string()) for column in ids for chunk in column.chunks]
    con.register("renamed", pa.table({"record": pa.chunked_array(chunks, pa.string())}))
    con.register("arrived", arrived)
    _run(con, "persons_carried")
    found = con.execute("SELECT (SELECT count(*) FROM roll) - (SELECT count(*) FROM registrants)").fetchall()
    return int(found[0][0])


def person_id(secret: bytes, member: str, origin_id: str, incarnation: int = 0) -> str:
    """R1: the id that is made of a registrant, 32 hexadecimal digits."""
    inner, outer = _keyed(secret)
    words = f"{member}|{origin_id}|{incarnation}".encode()
    return hashlib.sha256(outer + hashlib.sha256(inner + words).digest()).hexdigest()[:32]


def _keyed(secret: bytes) -> tuple[bytes, bytes]:
    """The two blocks of HMAC-SHA256 (RFC 2104) under the key of person ids: DuckDB has no keyed hash."""
    padded = hmac.new(secret, b"commonroll person_id v1", hashlib.sha256).digest().ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def _offer(con: DuckDBPyConnection, name: str, rows: Rows, columns: str, *, kind: str = "TABLE") -> None:
    source = f"offered_{name}"
    if isinstance(rows, pa.Table):
        con.register(source, rows)
    else:
        source = parquet(*rows)
    con.execute(f"CREATE OR REPLACE TEMP {kind} {name} AS SELECT {columns} FROM {source}").fetchall()


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
