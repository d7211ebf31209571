"""Sides of streets with the house numbers they may hold, which a member brought, kept in its vault.

Read as GeoJSON lines with the columns of the Census Bureau's TIGER files, ADDRFEAT or EDGES.
"""

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
from commonroll.roll.places.metres import prepare_metres
from commonroll.roll.places.points_read import features_in, property_of, sql_text
from commonroll.roll.sql_files import filled
from commonroll.roll.vault.vault import Vault

FOLDER = "ranges"
ASIDE = 10.0
"""Metres from the middle of a street to its doors."""

NONE = (
    "(SELECT NULL::VARCHAR AS street_key, NULL::VARCHAR AS area, NULL::BIGINT AS side, first_n, last_n, "
    "first_n AS low, last_n AS high, lat1, lon1, lat1 AS lat2, lon1 AS lon2, 0.0::DOUBLE AS metres, "
    "0.0::DOUBLE AS aside_lat, 0.0::DOUBLE AS aside_lon FROM (SELECT NULL::DOUBLE AS first_n, "
    "NULL::DOUBLE AS last_n, NULL::DOUBLE AS lat1, NULL::DOUBLE AS lon1) WHERE false)"
)
"""SQL: the relation of nobody's ranges."""

_STREET = ("fullname", "full_name", "street", "name")
_SIDES = {
    1: (("lfromhn", "lfromadd"), ("ltohn", "ltoadd"), ("zipl", "zip")),
    -1: (("rfromhn", "rfromadd"), ("rtohn", "rtoadd"), ("zipr", "zip")),
}


@dataclass(frozen=True)
class Ranges:
    """What a file came to: its streets, and their sides kept: with a name and a range of numbers."""

    file: str
    streets: int
    sides: int


def add_ranges(vault: Vault, path: Path) -> Ranges:
    """Keep a file's ranges; those of an earlier file of the same name go.

    Raises Refusal where the file is no GeoJSON, is broken, or has no side with a name and numbers.
    """
    source = features_in(path, "LineString")
    with vault.lock(wait=20, doing="keeping ranges of streets"), closing(engine()) as con:
        prepare(con)
        prepare_metres(con)
        try:
            return _kept(con, vault, path, source)
        except duckdb.Error:
            # from None: the engine's words may quote a line of the file
            raise Refusal(
                "The file cannot be read as streets.",
                where=path.name,
                next_step="Check that it is whole: GeoJSON, a collection or one line a feature.",
            ) from None


def ranges_of(vault: Vault) -> str:
    """SQL: the vault's ranges, `NONE` where nobody brought any."""
    paths = sorted((vault.path / FOLDER).glob("*.parquet"))
    return f"read_parquet([{', '.join(map(sql_text, paths))}])" if paths else NONE


def _kept(con: DuckDBPyConnection, vault: Vault, path: Path, source: str) -> Ranges:
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE streets_read AS SELECT properties, "
        f"CAST(geometry.coordinates AS DOUBLE[][]) AS coordinates FROM {source}"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE sides_read AS {' UNION ALL '.join(map(_side, _SIDES))}")
    counts = con.execute(
        "SELECT (SELECT count(*) FROM streets_read), (SELECT count(*) FROM sides_read)"
    ).fetchone()
    assert counts is not None
    if not counts[1]:
        raise Refusal(
            f"None of the {counts[0]:,} streets has a name and numbers on a side.",
            where=path.name,
            next_step="The columns are those of TIGER's ADDRFEAT: FULLNAME, LFROMHN, LTOHN, RFROMHN, RTOHN, "
            "ZIPL, ZIPR.",
        )
    target = _target(vault, path)
    fresh = target.with_suffix(".new")
    con.execute(f"COPY ({_pieces('sides_read')}) TO {sql_text(fresh)} (FORMAT parquet)")
    con.execute("DROP TABLE streets_read; DROP TABLE sides_read")
    fresh.rename(target)
    return Ranges(path.name, *counts)


def _side(hand: int) -> str:
    begin, end, zip_code = _SIDES[hand]
    number = "TRY_CAST({} AS INTEGER)"
    return (
        f"SELECT '1 ' || {property_of(_STREET)} AS line, CAST(NULL AS VARCHAR) AS unit_line, "
        f"nullif(regexp_extract({property_of(zip_code)}, '^[0-9]{{5}}'), '') AS zip5, "
        f"{number.format(property_of(begin))} AS from_n, {number.format(property_of(end))} AS to_n, "
        f"{hand} AS hand, coordinates FROM streets_read "
        "WHERE line IS NOT NULL AND from_n >= 0 AND to_n >= 0 AND len(coordinates) > 1"
    )


def _pieces(sides: str) -> str:
    given = {"parts": parts_of(sides), "street_key": STREET_KEY, "aside": str(ASIDE)}
    return filled(__package__, "ranges", given)


def _target(vault: Vault, path: Path) -> Path:
    folder = vault.path / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{hashlib.sha256(path.name.encode()).hexdigest()[:16]}.parquet"
