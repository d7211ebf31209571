"""Doors that nobody can walk to, each with the reason, for the owner."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from commonroll.roll.engine import engine
from commonroll.roll.places.address import STREET_KEY
from commonroll.roll.places.places import has_reasons, places_file
from commonroll.roll.places.points_read import sql_text
from commonroll.roll.vault.vault import Snapshot, Vault

REASONS = {
    "street_unknown": "no address point nor range of the street in its ZIP",
    "number_far": "no known number near enough on its street",
    "area_unknown": "no address point nor range in its ZIP",
    "unread": "the line fits no form",
    "rural_route": "a rural route, no door",
    "po_box": "a PO box, no door",
    "military": "military mail, no door",
}


@dataclass(frozen=True)
class Unwalkable:
    """A door, or a line that is none: why nobody can walk there, and how many voters have it."""

    reason: str
    line: str
    city: str | None
    zip5: str | None
    voters: int


def unwalkable(vault: Vault, snapshot: Snapshot, most: int) -> list[Unwalkable]:
    """Doors without a place to walk to, those of most voters first, at most `most`; none where no places were
    made, or only before there were reasons."""
    path = places_file(vault, snapshot)
    if path is None:
        return []
    source = f"read_parquet({sql_text(path)})"
    asked = (
        f"SELECT reason, concat_ws(' ', number, fraction, {STREET_KEY}) AS line, city, zip5, "
        f"count(*) AS voters FROM {source} WHERE reason IS NOT NULL AND kind IS NOT NULL GROUP BY ALL "
        f"ORDER BY voters DESC, reason, line, zip5 LIMIT {most}"
    )
    with closing(engine()) as con:
        rows = con.execute(asked).fetchall() if has_reasons(con, source) else []
    return [Unwalkable(*row) for row in rows]
