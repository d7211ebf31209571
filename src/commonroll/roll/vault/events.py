"""Answers, opt-outs, facts as they are appended to a vault: checked, and each event id kept once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import reduce
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.schema import EVENT_TABLES, Column, Table
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.suppression import EVERYTHING


def checked(table: str, rows: pa.Table) -> pa.Table:
    """`rows` with the event table's columns in order and its types.

    Raises Refusal for a missing or unknown column, a type that does not convert, a null where the table has
    none, a word outside a closed set, or not exactly one of the columns `one_of`; counts only, no values.
    """
    wanted = EVENT_TABLES[table]
    if set(rows.column_names) != set(wanted.names):
        missing = sorted(set(wanted.names) - set(rows.column_names))
        extra = sorted(set(rows.column_names) - set(wanted.names))
        raise Refusal(
            f"The columns are not those of {table}: missing {missing}, unknown {extra}.",
            where=table,
            next_step="Send the table's columns, all of them and no other.",
        )
    try:
        rows = rows.select(list(wanted.names)).cast(arrow_schema(wanted))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # from None: Arrow's own message quotes the value
        raise Refusal("A column does not convert to its type.", where=table, next_step=_TYPES) from None
    for column in wanted:
        nulls = rows.column(column.name).null_count
        if nulls and not column.nullable:
            what = f"{nulls} of {rows.num_rows} rows have no value."
            raise Refusal(what, where=column.qualified, next_step="Fill the column in every row.")
        _check_closed(column, rows[column.name])
    _check_one_of(wanted, rows)
    return rows


def _check_closed(column: Column, values: pa.ChunkedArray) -> None:
    if column.values is None:
        return
    known = pc.is_in(values, value_set=pa.array([*column.values, None], pa.string()))
    if strange := len(values) - (pc.sum(known).as_py() or 0):
        raise Refusal(
            f"{strange} of {len(values)} rows have a word outside the closed set.",
            where=column.qualified,
            next_step=f"Use one of {', '.join(column.values)}.",
        )


def _check_one_of(table: Table, rows: pa.Table) -> None:
    if not table.one_of or not rows.num_rows:
        return
    filled = [pc.cast(pc.is_valid(rows[name]), pa.int8()) for name in table.one_of]
    wrong = pc.sum(pc.not_equal(reduce(pc.add, filled), 1)).as_py()
    if wrong:
        raise Refusal(
            f"{wrong} of {rows.num_rows} rows do not have exactly one of {', '.join(table.one_of)}.",
            where=table.name,
            next_step="Fill one of them in every row.",
        )


_TYPES = "Compare the columns' types with the reference of the vault's tables."


def unseen(rows: pa.Table, files: Sequence[str]) -> pa.Table:
    """The first row of each event id that `files` (Parquet of the same table) do not hold yet."""
    with closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        incoming = ibis.memtable(rows).distinct(on="event_id", keep="first")
        if files:
            known = backend.read_parquet(list(files)).select("event_id")
            incoming = incoming.anti_join(known, "event_id")
        return backend.to_pyarrow(incoming).cast(rows.schema)


def write(rows: pa.Table, path: Path) -> Path:
    """The rows as a Parquet file at `path`."""
    pq.write_table(rows, path, compression="zstd")
    return path


def optouts_of(rows: pa.Table, member: str) -> Mapping[str, list[str]]:
    """Suppression channel -> ids of this member's own voters among opt-outs; `all` is every read."""
    own = rows.filter(pc.equal(rows.column("owner"), member))
    found: dict[str, list[str]] = {}
    for voter, channel in zip(own["state_voter_id"].to_pylist(), own["channel"].to_pylist(), strict=True):
        found.setdefault(EVERYTHING if channel == "all" else channel, []).append(voter)
    return found
