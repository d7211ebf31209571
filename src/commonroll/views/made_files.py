"""Files that are made of a question's rows, not of each row as it is: mail for households, audiences for ads.

The rows are taken into the engine; a file's own SQL makes `lines` of them. Whose rows stand in which line is
kept on this machine and goes to the owners' records, never into the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from commonroll.roll.sql_files import filled, text_of
from commonroll.views.export import Format, check_most, writer
from commonroll.views.lent import Record
from commonroll.views.question import IDS
from commonroll.views.relation import KEY
from commonroll.views.view import Plan

ROWS = 50_000

sql = partial(text_of, __package__)
"""The text of one of this folder's SQL files."""


@dataclass(frozen=True)
class CameTo:
    """What a file comes to: its lines, the persons behind them by owner, persons who are in no line
    (`unreached`), and who is left out by reason, those among them."""

    pieces: int
    persons: Mapping[str, int]
    unreached: int
    left_out: Mapping[str, int]


def taken(plan: Plan, con: DuckDBPyConnection, still: Callable[[], None]) -> None:
    """The rows of a keyed plan as the table `persons`, and `owners` (owner_no, owner, state)."""
    # batch by batch in this thread: the engine pulls a stream in another, and `still` asks the database
    with plan.con.to_pyarrow_batches(plan.expression, chunk_size=ROWS) as batches:
        names = batches.schema.names
        con.register("batch", batches.schema.empty_table())
        con.execute("CREATE TEMP TABLE persons AS SELECT * FROM batch")
        for batch in batches:
            still()
            con.register("batch", pa.Table.from_batches([batch]))
            con.execute("INSERT INTO persons SELECT * FROM batch")
        con.unregister("batch")
    if KEY not in names:
        raise ValueError("the plan's rows carry no key")
    numbers = pa.array(range(1, len(plan.owners) + 1), pa.int16())
    named = [pa.array(texts, pa.string()) for texts in (plan.owners, plan.states)]
    con.register("owners", pa.table([numbers, *named], names=["owner_no", "owner", "state"]))


def by_owner(plan: Plan, con: DuckDBPyConnection, table: str) -> dict[str, int]:
    """Rows of a table by owner, every owner of the plan named."""
    found = dict(con.execute(f"SELECT owner_no, count(*) FROM {table} GROUP BY owner_no").fetchall())
    return {owner: found.get(number, 0) for number, owner in enumerate(plan.owners, 1)}


def check_rows(plan: Plan, persons: Mapping[str, int]) -> None:
    """Raise Refusal where an owner's agreement allows fewer rows in one export."""
    for owner, rows in persons.items():
        check_most(plan.used[owner], rows)


def put(con: DuckDBPyConnection, query: str, path: Path, fmt: Format) -> tuple[str, ...]:
    """Write the rows of a query as the file that leaves; its columns."""
    found = con.execute(query).to_arrow_reader(ROWS)
    with writer(path, fmt, found.schema) as write:
        for batch in found:
            write(pa.Table.from_batches([batch]))
    return tuple(found.schema.names)


def note(plan: Plan, con: DuckDBPyConnection, record: Record | None) -> None:
    """Each person of `stands` (owner_no, voter_key, row_no) under the line that it stands in."""
    if record is not None:
        carried = [name for name in IDS if name in con.table("persons").columns]
        query = filled(__package__, "made_noted", {"ids": ", ".join(f"persons.{name}" for name in carried)})
        for batch in con.execute(query).to_arrow_reader(ROWS):
            record.add(plan.owners, pa.Table.from_batches([batch]), 1)


def keep(con: DuckDBPyConnection, query: str, path: Path) -> None:
    """The rows of a query that only this machine keeps, as Parquet at `path`."""
    path.parent.mkdir(exist_ok=True, mode=0o700)
    found = con.execute(query).to_arrow_reader(ROWS)
    with pq.ParquetWriter(path, found.schema, compression="zstd") as out:
        path.chmod(0o600)
        for batch in found:
            out.write_batch(batch)
