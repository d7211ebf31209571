"""Metres between places given in degrees."""

from __future__ import annotations

from duckdb import DuckDBPyConnection


def prepare_metres(con: DuckDBPyConnection) -> None:
    """Make `metres_between(lat1, lon1, lat2, lon2)` known to the engine; once per connection.

    On a plane at the latitude of the first place: within a street or a ZIP nothing is lost by it.
    """
    con.execute(
        "CREATE OR REPLACE TEMP MACRO metres_between(lat1, lon1, lat2, lon2) AS "
        "111320 * sqrt(power(lat2 - lat1, 2) + power((lon2 - lon1) * cos(radians(lat1)), 2))"
    )
