"""Public address points that a member brought, kept in its vault as keys with a place."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.places.address import STREET_KEY, parts_of, prepare
from commonroll.roll.places.points_read import points_in, sql_text
from commonroll.roll.vault.vault import Vault

FOLDER = "points"
_ON_EARTH = "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180 AND (lat, lon) <> (0, 0)"


@dataclass(frozen=True)
class Points:
    """What a file came to: its rows, and those kept: with number, street and a place on the map."""

    file: str
    rows: int
    kept: int


def add_points(vault: Vault, path: Path) -> Points:
    """Keep a file's points; those of an earlier file of the same name go.

    Raises Refusal where the file cannot be read, has no columns for address and place, or no point at all.
    """
    with vault.lock(wait=20, doing="keeping address points"), closing(engine()) as con:
        prepare(con)
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


def _kept(con: DuckDBPyConnection, vault: Vault, path: Path) -> Points:
    con.execute(f"CREATE OR REPLACE TEMP TABLE points_read AS {points_in(con, path)}")
    target = _target(vault, path)
    fresh = target.with_suffix(".new")
    kept = con.execute(
        f"COPY (SELECT number, fraction, {STREET_KEY} AS street_key, coalesce(zip5, city, '') AS area, lat, "
        f"lon FROM ({parts_of('points_read')}) WHERE kind = 'street' AND number <> '0' AND {_ON_EARTH}) "
        f"TO {sql_text(fresh)} (FORMAT parquet)"
    ).fetchone()
    rows = con.execute("SELECT count(*) FROM points_read").fetchone()
    con.execute("DROP TABLE points_read")
    assert kept is not None and rows is not None
    if not kept[0]:
        fresh.unlink()
        raise Refusal(
            f"None of the {rows[0]:,} rows is an address with a place.",
            where=path.name,
            next_step="Each needs a house number, a street, and longitude and latitude in degrees.",
        )
    fresh.rename(target)
    return Points(path.name, int(rows[0]), int(kept[0]))


def _target(vault: Vault, path: Path) -> Path:
    folder = vault.path / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{hashlib.sha256(path.name.encode()).hexdigest()[:16]}.parquet"
