"""The key of an address, however it is spelt: the one that a vault's places carry."""

from __future__ import annotations

from commonroll.roll.places.address import ADDRESS_PARTS, STREET_KEY, parts_of
from commonroll.roll.sql_files import filled


def with_key(lived: str) -> str:
    """SQL: the rows of the relation `lived` with `address_key` beside their columns; null for none.

    `lived` has the strings line, unit_line, city and zip5, and no column named as a part of an address
    (`parts_of`). The connection is prepared (`address.prepare`).
    """
    given = {"parts": parts_of(lived), "street_key": STREET_KEY, "dropped": ", ".join(ADDRESS_PARTS)}
    return filled(__package__, "address_key", given)
