"""What the gate knows of a roll: counts of rows, filled values, codes and counties. Never a person's value.

Fill rates come from the Parquet files' own null counts, so they need no scan; counties, codes and protected
voters come from one grouping per table. What needs a scan of `voters` is in `county_figures.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from commonroll.roll.gate import county_figures, familiar_names
from commonroll.roll.schema import ROLL_TABLES

Counts = Mapping[str, int]

CODES: Mapping[str, tuple[str, ...]] = {
    "voters": ("status", "party", "sex", "race", "ethnicity", "confidential"),
    "districts": ("type",),
    "history": ("election_type", "method"),
    "ballots": ("status",),
}
"""Columns whose distribution of codes is compared from one snapshot to the next."""

_PLACE = ("county_fips", "county_name")
UNSTATED = ""
"""The code of rows where the column is null."""


@dataclass(frozen=True)
class Figures:
    """Counts of one snapshot's or one delivery's roll tables.

    `rows`: table -> rows. `filled`: qualified column -> rows with a value. `codes`: qualified column -> code
    ('' = null) -> rows. `counties`: FIPS code ('' = none) -> voters; `names` their names.
    `elsewhere`: voters with a residence in another state. `county_filled`: qualified column that some voters
    lack -> FIPS code -> voters with a value; `county_codes`: qualified column -> FIPS code -> code -> voters.
    `births`: year of birth -> voters; `young`: voters who registered before they can have been 15;
    `alike`: registrations that share name, birth and address with another one. `familiar`: of a sample of
    voters, how many first and last names are commonly first names (`familiar_names.py`).
    """

    rows: Counts = field(default_factory=dict)
    filled: Counts = field(default_factory=dict)
    codes: Mapping[str, Counts] = field(default_factory=dict)
    counties: Counts = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    elsewhere: int = 0
    county_filled: Mapping[str, Counts] = field(default_factory=dict)
    county_codes: Mapping[str, Mapping[str, Counts]] = field(default_factory=dict)
    births: Counts = field(default_factory=dict)
    young: int = 0
    alike: int = 0
    familiar: Counts = field(default_factory=dict)

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

    @property
    def confidential(self) -> int:
        """Protected voters."""
        return self.codes.get("voters.confidential", {}).get("true", 0)

    def share(self, column: str) -> float:
        """Share of rows that have a value in a qualified column; 0 where there are no rows."""
        rows = self.rows[column.partition(".")[0]]
        return self.filled[column] / rows if rows else 0.0

    def county_share(self, column: str, fips: str) -> float | None:
        """Share of a county's voters with a value in a qualified column; None where it was not counted."""
        voters = self.counties.get(fips, 0)
        if not voters or column not in self.filled:
            return None
        if column in self.county_filled:
            return self.county_filled[column].get(fips, 0) / voters
        share = self.share(column)
        return share if share in (0.0, 1.0) else None


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
    for table, named in paths.items():
        rows, filled = _filled(table, named)
        cells = _cells(con, table, named)
        codes = {f"{table}.{column}": _totals(cells, column) for column in CODES[table]}
        one = Figures(rows={table: rows}, filled=filled, codes=codes)
        if table == "voters":
            one = replace(one, **_places(cells), **_of_voters(con, named, one, cells))
        made = one.over(made)
    return made


def _filled(table: str, paths: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Rows of the files, and rows with a value per qualified column, from the files' own null counts."""
    rows, nulls = 0, dict.fromkeys(ROLL_TABLES[table].names, 0)
    for path in paths:
        metadata = pq.read_metadata(path)
        rows += metadata.num_rows
        for group in (metadata.row_group(i) for i in range(metadata.num_row_groups)):
            for chunk in (group.column(i) for i in range(group.num_columns if group.num_rows else 0)):
                # The id of `districts` is written without statistics (docs/adr/0026) and is never null.
                nulls[chunk.path_in_schema] += chunk.statistics.null_count if chunk.is_stats_set else 0
    return rows, {f"{table}.{column}": rows - count for column, count in nulls.items()}


def _cells(con: Backend, table: str, paths: Sequence[str]) -> pa.Table:
    """Rows per combination of codes (and, for voters, of county and `elsewhere`): those columns and `n`.

    Grouped as they are and said as texts afterwards: a text per row would cost more than the grouping.
    """
    rows = con.read_parquet(list(paths))
    keys: list[ir.Value] = [rows[column] for column in CODES[table]]
    if table == "voters":
        keys += [rows[column] for column in _PLACE]
        keys.append((rows["residence_state"] != rows["state"]).fill_null(False).name("elsewhere"))
    found = con.to_pyarrow(rows.group_by(keys).agg(n=rows.count()))
    counted = ("n", "elsewhere")
    said = {name: found[name] for name in found.column_names}
    for name in set(said) - set(counted):
        said[name] = pc.fill_null(said[name].cast(pa.string()), UNSTATED)
    return pa.table(said)


def _totals(cells: pa.Table, column: str) -> dict[Any, int]:
    """Sum of `n` per value of a column, most frequent first."""
    summed = cells.group_by([column]).aggregate([("n", "sum")]).sort_by([("n_sum", "descending")])
    return dict(zip(summed[column].to_pylist(), summed["n_sum"].to_pylist(), strict=True))


def _places(cells: pa.Table) -> dict[str, Any]:
    """What only voters have: counties, their names, and how many live in another state."""
    named = cells.group_by(["county_fips"]).aggregate([("county_name", "max")])
    return {
        "counties": _totals(cells, "county_fips"),
        "names": dict(
            zip(named["county_fips"].to_pylist(), named["county_name_max"].to_pylist(), strict=True)
        ),
        "elsewhere": _totals(cells, "elsewhere").get(True, 0),
    }


def _of_voters(con: Backend, paths: Sequence[str], known: Figures, cells: pa.Table) -> dict[str, Any]:
    """What only a scan of voters tells; columns that all or none have need none."""
    rows = known.rows["voters"]
    partly = [name for name in county_figures.PER_COUNTY if 0 < known.filled[f"voters.{name}"] < rows]
    births, young = county_figures.births(con, paths)
    return {
        "county_filled": county_figures.filled(con, paths, partly),
        "county_codes": {
            f"voters.{name}": county_figures.codes(cells, name) for name in county_figures.CODES_PER_COUNTY
        },
        "births": births,
        "young": young,
        "alike": county_figures.alike(con, paths),
        "familiar": familiar_names.familiar(con, paths),
    }
