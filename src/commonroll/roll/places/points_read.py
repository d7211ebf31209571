"""What a file of public address points holds, whatever its columns are called.

CSV (also OpenAddresses and the National Address Database), GeoJSON as a collection or one feature per line
(OpenAddresses), and Parquet. Columns are told by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from commonroll.errors import Refusal
from commonroll.roll.sql_files import filled

NAMES: Mapping[str, tuple[str, ...]] = {
    "lon": ("lon", "longitude", "long", "lng", "x"),
    "lat": ("lat", "latitude", "y"),
    "line": ("address_line", "full_address", "fulladdr", "address", "addr", "addrline"),
    "number": ("number", "add_number", "addnum", "house_number", "hse_num", "st_num"),
    "suffix": ("number_suffix", "addnum_suf", "num_suf"),
    "before": ("pre_direction", "st_predir", "predir", "pre_dir"),
    "street": ("street", "street_name", "st_name", "stname"),
    "type": ("street_type", "st_postyp", "st_type", "sttype"),
    "after": ("post_direction", "st_posdir", "postdir", "suf_dir"),
    "unit": ("unit", "unit_number", "apt"),
    "zip": ("zip", "postcode", "zip_code", "zip5", "zipcode", "post_code"),
    "city": ("city", "post_city", "postal_city", "inc_muni"),
}
"""What a column may be called, in any case; the first that is there is taken."""

LARGEST = 256 << 20
"""Bytes of a GeoJSON collection: it is one object, which the engine holds in memory as a whole."""

FEATURE = 1 << 20
"""Bytes of one feature on a line of its own."""

GEOJSON = (".geojson", ".json", ".ndjson", ".geojsonl", ".geojsons")

_POINT = "STRUCT(type VARCHAR, coordinates JSON)"


def points_in(con: DuckDBPyConnection, path: Path) -> str:
    """SQL: the file's rows as line, unit_line, zip5, city, lat, lon.

    Raises Refusal where the file's kind or columns are none of those known, duckdb.Error where it is broken.
    """
    kind = path.suffix.lower()
    if not path.is_file():
        raise Refusal(
            "There is no such file.", where=path.name, next_step="Check the name of the points file."
        )
    if kind == ".parquet":
        source = _by_name(con, f"read_parquet({sql_text(path)})", path)
    elif kind in (".csv", ".txt", ".tsv"):
        source = _by_name(con, f"read_csv({sql_text(path)}, all_varchar = true, header = true)", path)
    elif kind in GEOJSON:
        source = _point_features(path)
    else:
        raise Refusal(
            "Points are read from CSV, GeoJSON and Parquet.",
            where=path.name,
            next_step="Export the points in one of these forms.",
        )
    return filled(__package__, "points", {"source": source})


def sql_text(text: object) -> str:
    """A text in single quotes."""
    return "'" + str(text).replace("'", "''") + "'"


def _by_name(con: DuckDBPyConnection, table: str, path: Path) -> str:
    columns = [str(row[0]) for row in con.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
    known = {column.lower().strip(): column for column in columns}
    found = {
        key: next((known[name] for name in names if name in known), None) for key, names in NAMES.items()
    }
    _check(found, len(columns), path)
    taken = ", ".join(f"{_text(column)} AS {key}" for key, column in found.items())
    return f"(SELECT {taken} FROM {table})"


def _check(found: Mapping[str, str | None], columns: int, path: Path) -> None:
    lacking = [words for key, words in (("lon", "longitude"), ("lat", "latitude")) if not found[key]]
    if not found["line"] and not (found["number"] and found["street"]):
        lacking.append("address")
    if lacking:
        raise Refusal(
            f"No column is known as the points' {' and '.join(lacking)}.",
            where=f"{path.name}, {columns} columns",
            next_step="Name the columns: longitude, latitude, number, street, unit, zip, city.",
        )


def _text(column: str | None) -> str:
    if column is None:
        return "CAST(NULL AS VARCHAR)"
    named = '"' + column.replace('"', '""') + '"'
    return f"nullif(trim(CAST({named} AS VARCHAR)), '')"


def _point_features(path: Path) -> str:
    """The properties of point features, and where they are."""
    taken = [f"{property_of(names)} AS {key}" for key, names in NAMES.items() if key not in ("lon", "lat")]
    places = [
        f"CAST(geometry.coordinates[{at}] AS VARCHAR) AS {key}" for at, key in enumerate(("lon", "lat"))
    ]
    return f"(SELECT {', '.join([*places, *taken])} FROM {features_in(path, 'Point')})"


def features_in(path: Path, kind: str) -> str:
    """SQL: the features of a kind of geometry in a GeoJSON file as `properties` and `geometry`.

    Raises Refusal where the file is named otherwise, or is too large to be read as a whole.
    """
    if path.suffix.lower() not in GEOJSON:
        raise Refusal(
            "Lines of streets are read from GeoJSON.",
            where=path.name,
            next_step="Export them as GeoJSON, one feature on each line (ogr2ogr -f GeoJSONSeq).",
        )
    with path.open("rb") as file:
        collection = b"FeatureCollection" in file.read(4096)
    each = f"STRUCT(properties MAP(VARCHAR, VARCHAR), geometry {_POINT})"
    if collection:
        size = path.stat().st_size
        if size > LARGEST:
            raise Refusal(
                f"A collection of more than {LARGEST >> 20} MiB is not read as a whole.",
                where=path.name,
                next_step="Save it with one feature on each line, or as CSV.",
            )
        read = _json(path, f"features: '{each}[]'", size + FEATURE)
        features = f"(SELECT f.properties, f.geometry FROM (SELECT unnest(features) AS f FROM {read}))"
    else:
        features = _json(path, f"properties: 'MAP(VARCHAR, VARCHAR)', geometry: '{_POINT}'", FEATURE)
    return f"(SELECT properties, geometry FROM {features} WHERE geometry.type = '{kind}')"


def _json(path: Path, columns: str, largest: int) -> str:
    return f"read_json({sql_text(path)}, columns = {{{columns}}}, maximum_object_size = {largest})"


def property_of(names: Sequence[str]) -> str:
    """SQL: the first of a feature's properties that is there, whatever the case of its name."""
    spelt = [f"properties['{spelling}']" for name in names for spelling in (name, name.upper(), name.title())]
    return f"nullif(trim(coalesce({', '.join(spelt)})), '')"
