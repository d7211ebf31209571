"""What the gate counts of `voters` beside codes: values per county, births, registrations that look alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend

from ..canonical.hashes import hash_of

PER_COUNTY = (
    "first_name", "last_name", "birth_date", "birth_year", "sex", "race", "party", "registered_on",
    "residence_line1", "residence_city", "residence_zip5", "mail_line1", "phone", "email", "precinct",
    "congressional_district", "state_senate_district", "state_house_district",
)  # fmt: skip
"""Columns whose fill is known per county: a county's file that shifts or empties shows in one of them."""

CODES_PER_COUNTY = ("status", "party", "sex", "race")
"""Columns whose codes are counted per county: a county that re-codes one of them shows there."""
CODES_KEPT = 12
"""Codes of a column that are told apart per county, the most frequent ones; a free text has hundreds."""
OTHER = "other codes"
"""The others together; lower case and a space, as no state's code has them."""
YOUNG = 15
"""Years: nobody registers younger; pre-registration begins at 16, in a few states at 15."""


def filled(con: Backend, paths: Sequence[str], columns: Sequence[str]) -> dict[str, dict[str, int]]:
    """Qualified column -> FIPS code ('' = unknown) -> voters with a value in it."""
    if not columns:
        return {}
    rows = con.read_parquet(list(paths))
    by_county = rows.group_by(county=rows["county_fips"].fill_null(""))
    counted = con.to_pyarrow(by_county.agg(**{name: rows[name].count() for name in columns}))
    counties = counted["county"].to_pylist()
    return {f"voters.{name}": dict(zip(counties, counted[name].to_pylist(), strict=True)) for name in columns}


def codes(cells: pa.Table, column: str) -> dict[str, dict[str, int]]:
    """FIPS code -> code ('' = null) -> voters, from cells with `county_fips`, the column and `n`.

    At most CODES_KEPT codes and OTHER; nothing where the state publishes no such column.
    """
    totals = cells.group_by([column]).aggregate([("n", "sum")]).sort_by([("n_sum", "descending")])
    kept = set(totals[column].to_pylist()[:CODES_KEPT])
    if kept <= {""}:
        return {}
    summed = cells.group_by(["county_fips", column]).aggregate([("n", "sum")])
    found: dict[str, dict[str, int]] = {}
    for row in summed.to_pylist():
        code = row[column] if row[column] in kept else OTHER
        county = found.setdefault(row["county_fips"], {})
        county[code] = county.get(code, 0) + row["n_sum"]
    return found


def births(con: Backend, paths: Sequence[str]) -> tuple[Mapping[str, int], int]:
    """Voters by year of birth, and how many registered before they can have been YOUNG years old."""
    rows = con.read_parquet(list(paths))
    dated = rows.filter(rows["birth_year"].notnull())
    young = (dated["registered_on"].year() - dated["birth_year"] < YOUNG).fill_null(False)
    by_year = dated.group_by("birth_year").agg(n=dated.count(), young=young.sum()).order_by("birth_year")
    counted = con.to_pyarrow(by_year).to_pylist()
    return {str(row["birth_year"]): row["n"] for row in counted}, sum(row["young"] for row in counted)


def alike(con: Backend, paths: Sequence[str]) -> int:
    """Registrations, removed ones aside, that share name, birth and address with another one.

    Only where a birth and an address are known: without, father and son or two namesakes would count.
    """
    rows = con.read_parquet(list(paths))
    known = rows["birth_year"].notnull() & rows["residence_line1"].notnull()
    kept = rows.filter(known & (rows["status"] != "removed"))
    prints = con.to_pyarrow(kept.select(likeness=_likeness(kept)))["likeness"].to_numpy()
    ordered = np.sort(prints)
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return 0
    before = np.concatenate(([False], same))
    after = np.concatenate((same, [False]))
    return int(np.count_nonzero(before | after))


def _likeness(rows: ir.Table) -> ir.IntegerValue:
    names = ("first_name", "middle_name", "last_name", "name_suffix", "residence_line1", "residence_unit",
             "residence_zip5")  # fmt: skip
    # a full date tells twins of a household from one person better than a year; both stand in the print
    return hash_of([rows[name] for name in (*names, "birth_date", "birth_year")])
