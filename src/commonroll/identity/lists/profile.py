"""What the cells of a list's columns look like, told in the engine from rows all over the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

import duckdb

from ...roll.drafting.masks import masked, pattern

ROWS_SEEN = 20_000
SAMPLES = 3
FEW_CODES = 12
"""A column with at most so many different texts may be one of codes."""

STATES = {
    "AL": "ALABAMA", "AK": "ALASKA", "AZ": "ARIZONA", "AR": "ARKANSAS", "CA": "CALIFORNIA",
    "CO": "COLORADO", "CT": "CONNECTICUT", "DE": "DELAWARE", "DC": "DISTRICT OF COLUMBIA", "FL": "FLORIDA",
    "GA": "GEORGIA", "HI": "HAWAII", "ID": "IDAHO", "IL": "ILLINOIS", "IN": "INDIANA", "IA": "IOWA",
    "KS": "KANSAS", "KY": "KENTUCKY", "LA": "LOUISIANA", "ME": "MAINE", "MD": "MARYLAND",
    "MA": "MASSACHUSETTS", "MI": "MICHIGAN", "MN": "MINNESOTA", "MS": "MISSISSIPPI", "MO": "MISSOURI",
    "MT": "MONTANA", "NE": "NEBRASKA", "NV": "NEVADA", "NH": "NEW HAMPSHIRE", "NJ": "NEW JERSEY",
    "NM": "NEW MEXICO", "NY": "NEW YORK", "NC": "NORTH CAROLINA", "ND": "NORTH DAKOTA", "OH": "OHIO",
    "OK": "OKLAHOMA", "OR": "OREGON", "PA": "PENNSYLVANIA", "PR": "PUERTO RICO", "RI": "RHODE ISLAND",
    "SC": "SOUTH CAROLINA", "SD": "SOUTH DAKOTA", "TN": "TENNESSEE", "TX": "TEXAS", "UT": "UTAH",
    "VT": "VERMONT", "VA": "VIRGINIA", "WA": "WASHINGTON", "WV": "WEST VIRGINIA", "WI": "WISCONSIN",
    "WY": "WYOMING",
}  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """Of one column: `filled` share of rows, `looks`: share of filled cells that look like each thing.

    `different`: different texts by filled cells; `masked`: the most frequent texts, codes as they are and
    others as patterns, `patterns` all of them as patterns.
    """

    filled: float
    different: float
    looks: Mapping[str, float]
    masked: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


def profiles(con: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str]) -> dict[str, Profile]:
    """The profile of each column of a list's Parquet file."""
    rows = int(con.execute("SELECT count(*) FROM read_parquet($path)", {"path": str(path)}).fetchall()[0][0])
    every = max(1, rows // ROWS_SEEN)
    seen = _cells(con, path, every)
    text = (resources(__package__) / "profile.sql").read_text("utf-8")
    make_macros(con, "said_macros")
    states = [*STATES, *STATES.values()]
    result = con.execute(text, {"states": states})
    names = [one[0] for one in result.description or ()]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}
    texts = _frequent(con)
    empty = Profile(0.0, 0.0, {})
    return {
        column: _profile(found[column], seen, texts.get(column, {})) if column in found else empty
        for column in columns
    }


def make_macros(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make the functions of `name`.sql on a connection."""
    for macro in (resources(__package__) / f"{name}.sql").read_text("utf-8").split(";\n"):
        if macro.strip():
            con.execute(macro)


def _profile(row: Mapping[str, object], rows: int, texts: Mapping[str, int]) -> Profile:
    counted = {"column", "filled", "different"}
    filled = int(str(row["filled"]))
    looks = {name: float(str(share or 0)) for name, share in row.items() if name not in counted}
    shown = tuple(dict.fromkeys(masked(texts, FEW_CODES).values()))[:SAMPLES]
    patterns = tuple(dict.fromkeys(map(pattern, texts)))[:SAMPLES]
    return Profile(filled / rows, int(str(row["different"])) / filled, looks, shown, patterns)


def _cells(con: duckdb.DuckDBPyConnection, path: Path, every: int) -> int:
    """The temporary table `cells` ("column", cell) of every so many rows; how many rows those are."""
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE seen_rows AS
        SELECT * EXCLUDE (line) FROM read_parquet($path) WHERE line % $every = 0 OR $every = 1
        """,
        {"path": str(path), "every": every},
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE cells AS
        SELECT "column", upper(trim(cell)) AS cell, cell AS said
        FROM (UNPIVOT seen_rows ON COLUMNS(*) INTO NAME "column" VALUE cell)
        """
    )
    return max(1, int(con.execute("SELECT count(*) FROM seen_rows").fetchall()[0][0]))


def _frequent(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """For each column its most frequent texts, and how often each comes."""
    rows = con.execute(
        """
        SELECT "column", said, count(*) AS n
        FROM cells GROUP BY "column", said
        QUALIFY row_number() OVER (PARTITION BY "column" ORDER BY n DESC, said) <= $most
        """,
        {"most": FEW_CODES + 1},
    ).fetchall()
    texts: dict[str, dict[str, int]] = {}
    for column, said, times in rows:
        texts.setdefault(column, {})[said] = times
    return texts
