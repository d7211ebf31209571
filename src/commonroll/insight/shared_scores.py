"""Scores that an owner shares: what counts of a load goes into its vault, each value with its version.

A value that a load leaves as it was, or hardly moves, keeps its version, and with it its marks; another has a
new one (`tracing.marks`). Only scores from 0 to 100 are shared: finer or coarser ones could not carry marks.
"""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.schema import SCORES
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault import bulk, scores
from commonroll.roll.vault.vault import Vault

LEAST, MOST = 0.0, 100.0
every = scores.every


def may_share(least: float, most: float) -> bool:
    """Whether a score of this range is shared."""
    return least >= LEAST and most == MOST


def share(vault: Vault, score: str, values: pa.Table, *, on: date, load: str) -> Path:
    """Let the values of a load (state_voter_id, value) count; the file that they stand in.

    `load`: hexadecimal, unique to the load. Ids twice are refused by the caller's own reading of the file.
    """
    with vault.lock(wait=20, doing=f"sharing score {score}"):
        before = scores.standing(vault.catalogue).get(score)
        version = f"{on.isoformat()}.{load[:12]}"
        to = scores.file_of(vault.path, score, version)
        to.parent.mkdir(exist_ok=True, mode=0o700)
        old = vault.path / scores.FOLDER / before if before else None
        with bulk.room_on_disk(f"vault of {vault.member}"):
            _write(values, old, score, version, to)
        scores.swap(vault.catalogue, score, to.name)
    return to


def withdraw(vault: Vault, score: str, before: Path | None) -> None:
    """Let the values of an earlier load count again, or none."""
    with vault.lock(wait=20, doing=f"taking back score {score}"):
        scores.swap(vault.catalogue, score, before.name if before and before.exists() else None)


def _began(con: duckdb.DuckDBPyConnection, old: Path | None) -> pa.Table:
    """The values that the versions of the last load's values began with: state_voter_id, version, value."""
    if old is None:
        return bulk.arrow_schema(SCORES).empty_table()
    loads = [str(path) for path in scores.loads_of(old)]
    return con.execute(text_of(__package__, "scores_began"), [loads]).to_arrow_table()


def _write(values: pa.Table, old: Path | None, score: str, version: str, to: Path) -> None:
    with closing(engine()) as con:
        con.register("new_values", values)
        con.register("old_values", pq.read_table(old) if old else bulk.arrow_schema(SCORES).empty_table())
        con.register("began", _began(con, old))
        made = con.execute(text_of(__package__, "shared_scores"), {"score": score, "version": version})
        aside = to.with_name(f".{to.name}.part")
        with pq.ParquetWriter(aside, bulk.arrow_schema(SCORES), compression="zstd") as writer:
            for batch in made.to_arrow_reader(100_000):
                writer.write_batch(batch.cast(bulk.arrow_schema(SCORES)))
    aside.chmod(0o600)
    aside.replace(to)
