"""Public address points that a member brought, kept in its vault as keys with a place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.places.address import STREET_KEY, parts_of, prepare
from commonroll.roll.places.metres import prepare_metres
from commonroll.roll.places.points_read import points_in, sql_text
from commonroll.roll.sql_files import filled
from commonroll.roll.vault.vault import Vault

FOLDER = "points"
_ON_EARTH = "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180 AND (lat, lon) <> (0, 0)"


_SOUND = {"points": "points_parted", "crowd": "40", "apart": "300", "nearby": "5000"}
"""Addresses at one place; metres from the numbers before and after; metres from the middle of a ZIP that are
always believed."""

NONE = (
    "(SELECT NULL::VARCHAR AS number, NULL::VARCHAR AS fraction, NULL::VARCHAR AS street_key, "
    "NULL::VARCHAR AS area, NULL::DOUBLE AS lat, NULL::DOUBLE AS lon, false AS by_hand WHERE false)"
)
"""SQL: the relation of nobody's points."""


@dataclass(frozen=True)
class Points:
    """What a file came to: its rows, and those kept: with number, street and a place on the map.

    `faults`: points left out for their place, by fault: `crowd` (more than 40 addresses at one place),
    `outside` (far from all else of the ZIP), `off_street` (far from the numbers before and after).
    """

    file: str
    rows: int
    kept: int
    faults: Mapping[str, int]


def add_points(vault: Vault, path: Path) -> Points:
    """Keep a file's points; those of an earlier file of the same name go.

    Raises Refusal where the file cannot be read, has no columns for address and place, or no point at all.
    """
    with vault.lock(wait=20, doing="keeping address points"), closing(engine()) as con:
        prepare(con)
        prepare_metres(con)
        try:
            done = _kept(con, vault, path)
        except duckdb.Error:
            # from None: the engine's words may quote a line of the file
            raise Refusal(
                "The file cannot be read as address points.",
                where=path.name,
                next_step="Check that it is whole, and of the kind that its name says.",
            ) from None
    return done


def points_of(vault: Vault) -> list[Path]:
    """The vault's files of points; none where nobody brought any."""
    return sorted((vault.path / FOLDER).glob("*.parquet"))


def all_points(vault: Vault) -> str:
    """SQL: the vault's points as number, fraction, street_key, area, lat, lon, by_hand."""
    paths = points_of(vault)
    if not paths:
        return NONE
    files = ", ".join(map(sql_text, paths))
    known = f"SELECT * FROM read_parquet([{files}], union_by_name = true)"
    return f"(SELECT * FROM {NONE} UNION ALL BY NAME {known})"


def _kept(con: DuckDBPyConnection, vault: Vault, path: Path) -> Points:
    con.execute(f"CREATE OR REPLACE TEMP TABLE points_read AS {points_in(con, path)}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE points_parted AS SELECT number, fraction, {STREET_KEY} AS street_key, "
        f"coalesce(zip5, city, '') AS area, lat, lon FROM ({parts_of('points_read')}) "
        f"WHERE kind = 'street' AND number <> '0' AND {_ON_EARTH}"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE points_judged AS {filled(__package__, 'sound', _SOUND)}")
    target = _target(vault, path)
    fresh = target.with_suffix(".new")
    kept = con.execute(
        "COPY (SELECT * EXCLUDE (fault), false AS by_hand FROM points_judged WHERE fault IS NULL) "
        f"TO {sql_text(fresh)} (FORMAT parquet)"
    ).fetchone()
    rows = con.execute("SELECT count(*) FROM points_read").fetchone()
    faults = con.execute(
        "SELECT fault, count(*) FROM points_judged WHERE fault IS NOT NULL GROUP BY fault ORDER BY fault"
    ).fetchall()
    con.execute("DROP TABLE points_read; DROP TABLE points_parted; DROP TABLE points_judged")
    assert kept is not None and rows is not None
    if not kept[0]:
        fresh.unlink()
        raise Refusal(
            f"None of the {rows[0]:,} rows is an address with a place.",
            where=path.name,
            next_step="Each needs a house number, a street, and longitude and latitude in degrees.",
        )
    fresh.rename(target)
    return Points(path.name, int(rows[0]), int(kept[0]), dict(faults))


def _target(vault: Vault, path: Path) -> Path:
    folder = vault.path / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{hashlib.sha256(path.name.encode()).hexdigest()[:16]}.parquet"
