"""Scores: a model's guesses about voters, loaded from a file, counted, and laid over those of before.

A file of scores has owner, state_voter_id and value (double; null takes the value back), each voter once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.sql_files import text_of

COLUMNS = ("owner", "state_voter_id", "value")
NONE = pa.schema([("owner", pa.string()), ("state_voter_id", pa.string()), ("value", pa.float64())])
_sql = partial(text_of, __package__)


def loaded(rows: pa.Table, *, least: float, most: float, to: Path) -> dict[str, Any]:
    """Write the values of a file to `to`, of each voter the last; the counts of updateStatistics.

    `rows`: line, owner, state_voter_id, said (text). A value that is no number or outside of the range is
    counted and left out; an empty one is null.
    """
    with closing(engine()) as cursor:
        cursor.register("said_rows", rows)
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE read_scores AS {_sql('score_read')}",
                       {"least": least, "most": most})  # fmt: skip
        counts = _row(cursor, _sql("score_counts"))
        _write(cursor.execute(_sql("score_values")).to_arrow_table(), to)
    return counts


def merged(new: Path, before: Path | None, to: Path) -> dict[str, Any]:
    """Lay a load over the values of before into `to`; how many were added, went up, went down, went away."""
    with closing(engine()) as cursor:
        cursor.register("new_scores", pq.read_table(new))
        cursor.register("old_scores", pq.read_table(before) if before else NONE.empty_table())
        counts = _row(cursor, _sql("score_changes"))
        _write(cursor.execute(_sql("score_merge")).to_arrow_table(), to)
    return counts


def values_of(path: Path, owner: str, voters: Sequence[str]) -> Mapping[str, float]:
    """The values of some of an owner's voters, by their ids."""
    wanted = [("owner", "==", owner), ("state_voter_id", "in", list(voters))]
    found = pq.read_table(path, filters=wanted).to_pylist()
    return {row["state_voter_id"]: row["value"] for row in found}


def of_owner(path: Path, owner: str, import_id: str) -> pa.Table:
    """event_id, state_voter_id, value (text), source_line of an owner's voters, as facts of an import."""
    with closing(engine()) as cursor:
        cursor.register("own_scores", pq.read_table(path, filters=[("owner", "==", owner)]))
        return cursor.execute(_sql("score_facts"), {"import": import_id}).to_arrow_table()


def _write(rows: pa.Table, to: Path) -> None:
    to.parent.mkdir(exist_ok=True, mode=0o700)
    pq.write_table(rows.cast(NONE), to, compression="zstd", row_group_size=50_000)


def _row(cursor: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = cursor.execute(sql).to_arrow_table().to_pylist()
    return found[0]
