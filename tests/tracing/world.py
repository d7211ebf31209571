"""A roll of invented people with a score, its keys and recipients, and the copies that they were given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.tracing import marks
from commonroll.tracing.held import Held, Scored
from commonroll.tracing.keys import MarkKey
from commonroll.views.marked import embedded

KEY = MarkKey("2026", bytes(range(32)))
VERSION = "2026-10-01.load"
FIRST = np.array(["ADA", "BO", "CLEO", "DINA", "EVA", "FINN", "GUS", "HAL", "IDA", "JAN"])
ENDS = ["AM", "BERG", "COTT", "DEN", "ER", "FORD", "GATE", "HAM", "INGS", "LEY", "MAN", "TON"]


def roll(path: Path, rows: int, seed: int = 1) -> Path:
    """Voters whose names, births and addresses are drawn; ids of a pattern with gaps."""
    draw = np.random.default_rng(seed)
    ids = np.sort(draw.choice(rows * 10, rows, replace=False))
    names = ["".join(parts) for parts in zip(*(draw.choice(ENDS, rows) for _ in range(3)), strict=True)]
    born = np.datetime64("1935-01-01") + draw.integers(0, 25_000, rows)
    given: dict[str, object] = {
        "member": ["ga"] * rows,
        "state": ["GA"] * rows,
        "state_voter_id": [f"{n:09}" for n in ids],
        "status": ["active"] * rows,
        "first_name": FIRST[draw.integers(0, 10, rows)],
        "last_name": names,
        "birth_date": born,
        "birth_year": born.astype("datetime64[Y]").astype(int) + 1970,
        "sex": np.array(["female", "male"])[draw.integers(0, 2, rows)],
        "party": np.array(["DEM", "REP", "NPA"])[draw.integers(0, 3, rows)],
        "registered_on": np.datetime64("2001-01-01") + np.sort(draw.integers(0, 9_000, rows)),
        "residence_line1": [f"{n} OAK ST" for n in draw.integers(1, 9_000, rows) * 2],
        "residence_city": ["ATHENS"] * rows,
        "residence_state": ["GA"] * rows,
        "residence_zip5": np.char.mod("%05d", 30_600 + draw.integers(0, 40, rows)),
        "county_fips": ["13059"] * rows,
        "county_name": ["CLARKE"] * rows,
        "confidential": [False] * rows,
        "source_file": ["f"] * rows,
        "source_line": np.arange(rows) + 2,
    }
    columns = [
        pa.array(given[one.name], one.type) if one.name in given else pa.nulls(rows, one.type)
        for one in arrow_schema(VOTERS)
    ]
    pq.write_table(pa.table(columns, schema=arrow_schema(VOTERS)), path)
    return path


def scored(path: Path, voters: Path, seed: int = 2, version: str = VERSION) -> Path:
    """A score of every voter, with one decimal."""
    ids = pq.read_table(voters, columns=["state_voter_id"])["state_voter_id"]
    draw = np.random.default_rng(seed)
    values = np.round(draw.beta(2, 2, len(ids)) * 1000) / 10
    table = pa.table(
        {"state_voter_id": ids, "value": values, "version": pa.array([version] * len(ids), pa.string())}
    )
    pq.write_table(table, path)
    return path


@dataclass(frozen=True)
class World:
    """What an owner holds, in a folder."""

    folder: Path
    held: Held

    @classmethod
    def make(cls, folder: Path, rows: int, recipients: int = 20) -> World:
        voters = roll(folder / "voters.parquet", rows)
        table = scored(folder / "turnout.parquet", voters)
        named = [f"r{n:02}" for n in range(recipients)]
        held = Held("ga", "GA", [str(voters)], date(2026, 11, 1), [KEY], named, [Scored("turnout", table)])
        return cls(folder, held)

    def copy(self, recipient: str) -> pa.Table:
        """What a recipient was given: ids, names, births, addresses, and the score with its marks."""
        to = self.folder / f"marks-{recipient}.parquet"
        table = self.held.scored[0].path
        marks.marks([KEY], recipient, "turnout", table, self.folder / "at.parquet", to)
        with closing(engine()) as cursor:
            con = ibis.duckdb.from_connection(cursor)
            voters = con.read_parquet(self.held.voters[0])
            score, mark = con.read_parquet(str(table)), con.read_parquet(str(to))
            rows = voters.join(score, "state_voter_id").left_join(mark, "state_voter_id")
            shown = rows.select(
                "state_voter_id", "first_name", "last_name", "birth_date", "residence_line1",
                "residence_zip5", turnout=embedded(rows["value"], rows["shift"]),
            )  # fmt: skip
            found: pa.Table = con.to_pyarrow(shown.order_by("state_voter_id"))
        return found

    def copies(self, recipients: Sequence[str]) -> Iterator[pa.Table]:
        return (self.copy(one) for one in recipients)
