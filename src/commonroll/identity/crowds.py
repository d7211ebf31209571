"""Values that so many rows share that they say nothing about a person: an office's phone, a clerk's date.

They are counted over the whole roll, by hash: two of some hundred crowded values and of five million others
have one hash in one of thirty thousand rolls.
"""

from __future__ import annotations

CONTACT_ROWS = 8
"""A phone or e-mail on more rows than this is an office's or a filler's, and null."""
ADDRESS_ROWS = 100
"""An address (with its unit) of more people than this is no household: a dormitory, a shelter. It has no
key."""
DATE_ROWS, DATE_SHARE = 20, 0.005
"""A birth date on more rows than this, and on more than this share of rows with a date, is a filler's."""

KEYS = {
    "birth_date": "hash(birth_date)",
    "phone": "hash(phone)",
    "email": "hash(lower(email))",
    "address": "hash(residence_line1, coalesce(residence_unit, ''), residence_zip5)",
}
"""SQL: the hash of what is counted, over columns of `voters`."""
_KNOWN = {"birth_date": "birth_date", "phone": "phone", "email": "email", "address": "residence_line1"}


def keyed() -> str:
    """SQL: a column for each of KEYS, null where nothing is known."""
    return ", ".join(
        f"CASE WHEN {_KNOWN[kind]} IS NOT NULL THEN {key} END AS {kind}_key" for kind, key in KEYS.items()
    )


def crowds(keyed: str) -> str:
    """SQL: kind, key of what is crowded among the rows of a relation with the columns of `keyed`."""
    most = {
        "birth_date": f"greatest({DATE_ROWS}, {DATE_SHARE} * (SELECT count(birth_date_key) FROM {keyed}))",
        "phone": str(CONTACT_ROWS),
        "email": str(CONTACT_ROWS),
        "address": str(ADDRESS_ROWS),
    }
    return " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {kind}_key AS key FROM {keyed} WHERE {kind}_key IS NOT NULL "
        f"GROUP BY {kind}_key HAVING count(*) > {rows}"
        for kind, rows in most.items()
    )
