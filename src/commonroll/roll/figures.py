"""What the gate knows of a roll: counts of rows, filled values, codes and counties. Never a person's value.

Fill rates come from the Parquet files' own null counts, so they need no scan; counties, codes and protected
voters come from one grouping, repeated ids from one count of distinct hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from commonroll.roll.schema import ROLL_TABLES

Counts = Mapping[str, int]

CODES: Mapping[str, tuple[str, ...]] = {
    "voters": ("status", "party", "sex", "race", "ethnicity"),
    "districts": ("type",),
    "history": ("election_type", "method"),
    "ballots": ("status",),
}
"""Columns whose distribution of codes is compared from one snapshot to the next."""

_PLACE = ("county_fips", "county_name")
NO_COUNTY = ""
UNSTATED = ""
"""The code of rows where the column is null."""


@dataclass(frozen=True)
class Figures:
    """Counts of one snapshot's or one delivery's roll tables.

    `rows`: table -> rows. `filled`: qualified column -> rows with a value. `codes`: qualified column -> code
    ('' = null) -> rows. `counties`: FIPS code ('' = none) -> voters; `names` their names; `by_county`: FIPS
    code -> status or party as "status active" -> voters. `confidential`: protected voters.
    `repeated`: voters' rows beyond the first of their id. `elsewhere`: voters with a residence in another
    state.
    """

    rows: Counts = field(default_factory=dict)
    filled: Counts = field(default_factory=dict)
    codes: Mapping[str, Counts] = field(default_factory=dict)
    counties: Counts = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    by_county: Mapping[str, Counts] = field(default_factory=dict)
    confidential: int = 0
    repeated: int = 0
    elsewhere: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The figures, JSON-ready."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Figures:
        """The figures of `as_dict`."""
        return cls(**document)

    def over(self, parent: Figures) -> Figures:
        """The figures of a snapshot that takes the tables these do not have from `parent`."""
        return replace(
            self if "voters" in self.rows else parent,
            rows={**parent.rows, **self.rows},
            filled=_over(self.filled, parent.filled, self.rows),
            codes=_over(self.codes, parent.codes, self.rows),
        )

    def share(self, column: str) -> float:
        """Share of rows that have a value in a qualified column; 0 where there are no rows."""
        rows = self.rows[column.partition(".")[0]]
        return self.filled[column] / rows if rows else 0.0


@dataclass(frozen=True)
class Past:
    """The figures of an earlier snapshot."""

    snapshot: int
    made_at: datetime
    figures: Figures


def _over(mine: Mapping[str, Any], parents: Mapping[str, Any], tables: Iterable[str]) -> dict[str, Any]:
    kept = {column: value for column, value in parents.items() if column.partition(".")[0] not in tables}
    return {**kept, **mine}


def figures(con: Backend, files: Mapping[str, Sequence[Path | str]]) -> Figures:
    """The figures of roll tables: table -> Parquet files with the columns of `roll/schema.py`.

    Tables without files are left out. 5M voters take about half a second on two cores.
    """
    paths = {table: [str(path) for path in files[table]] for table in ROLL_TABLES if files.get(table)}
    made = Figures()
    rows: dict[str, int] = {}
    filled: dict[str, int] = {}
    codes: dict[str, Counts] = {}
    for table, named in paths.items():
        rows[table], counted = _filled(table, named)
        filled |= counted
        cells = _cells(con, table, named)
        codes |= {f"{table}.{column}": _totals(cells, column) for column in CODES[table]}
        if table == "voters":
            made = replace(made, **_voters(cells), repeated=_repeated(con, named, rows[table]))
    return replace(made, rows=rows, filled=filled, codes=codes)


def _filled(table: str, paths: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Rows of the files, and rows with a value per qualified column, from the files' own null counts."""
    rows, nulls = 0, dict.fromkeys(ROLL_TABLES[table].names, 0)
    for path in paths:
        metadata = pq.read_metadata(path)
        rows += metadata.num_rows
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        for group in groups:
            for i in range(group.num_columns):
                chunk = group.column(i)
                nulls[chunk.path_in_schema] += chunk.statistics.null_count
    return rows, {f"{table}.{column}": rows - count for column, count in nulls.items()}


def _cells(con: Backend, table: str, paths: Sequence[str]) -> pa.Table:
    """Rows per combination of codes (and, for voters, county and what the gate counts): columns and `n`."""
    rows = con.read_parquet(list(paths))
    keys: list[ir.Value] = [rows[column].fill_null(UNSTATED).name(column) for column in CODES[table]]
    if table == "voters":
        elsewhere = (rows["residence_state"] != rows["state"]).fill_null(False)
        keys += [rows[column].fill_null("").name(column) for column in _PLACE]
        keys += [rows["confidential"].fill_null(True).name("confidential"), elsewhere.name("elsewhere")]
    return con.to_pyarrow(rows.group_by(keys).agg(n=rows.count()))


def _totals(cells: pa.Table, *columns: str) -> dict[str, int]:
    """Sum of `n` per value of the columns (joined by a space), most frequent first."""
    summed = cells.group_by(list(columns)).aggregate([("n", "sum")]).sort_by([("n_sum", "descending")])
    keys = zip(*(summed[column].to_pylist() for column in columns), strict=True)
    return {" ".join(map(str, key)): n for key, n in zip(keys, summed["n_sum"].to_pylist(), strict=True)}


def _voters(cells: pa.Table) -> dict[str, Any]:
    by_county: dict[str, dict[str, int]] = {}
    for column in ("status", "party"):
        summed = cells.group_by(["county_fips", column]).aggregate([("n", "sum")])
        for row in summed.to_pylist():
            by_county.setdefault(row["county_fips"], {})[f"{column} {row[column]}"] = row["n_sum"]
    named = cells.group_by(["county_fips"]).aggregate([("county_name", "max")])
    return {
        "counties": _totals(cells, "county_fips"),
        "names": dict(
            zip(named["county_fips"].to_pylist(), named["county_name_max"].to_pylist(), strict=True)
        ),
        "by_county": by_county,
        "confidential": _totals(cells, "confidential").get("True", 0),
        "elsewhere": _totals(cells, "elsewhere").get("True", 0),
    }


def _repeated(con: Backend, paths: Sequence[str], rows: int) -> int:
    """Rows beyond the first of their id. Hashes first: equal ids have equal hashes, and they are smaller."""
    ids = con.read_parquet(list(paths))["state_voter_id"]
    if int(con.execute(ids.hash().nunique())) == rows:
        return 0
    return rows - int(con.execute(ids.nunique()))
