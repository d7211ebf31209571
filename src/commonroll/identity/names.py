"""Names as they are compared: SQL texts of patterns, and the table of nicknames.

A nickname has every name that it stands for; its root is the one that it almost always means
(`data/README.md`).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files as resources

import pyarrow as pa
import pyarrow.csv
from duckdb import DuckDBPyConnection

NICKNAMES = "identity_nicknames"
"""The engine's temporary table that `prepare` makes: nickname, root, names (it and all it stands for)."""

SUFFIXES = {
    "JR": "JR", "JUNIOR": "JR", "SR": "SR", "SENIOR": "SR", "II": "II", "2ND": "II", "III": "III",
    "3RD": "III", "IV": "IV", "4TH": "IV", "V": "V", "5TH": "V",
}  # fmt: skip
"""Published suffixes and the one form that is compared; titles (MD, ESQ) are none."""

IN_SURNAME = ("JUNIOR", "SENIOR", "JR", "SR", "III", "II", "IV", "2ND", "3RD", "4TH")
"""Suffixes that are cut off a last name. A single V there may be a name's initial."""


_ROLES = (
    "MR", "MRS", "MS", "MISTER", "MISS", "MADAM", "SENOR", "SENORA", "GENTLEMAN", "GENTLEMEN", "MALE",
    "FEMALE", "ADULT", "CHILD", "INFANT", "BOY", "GIRL", "DAUGHTER", "MOTHER", "FATHER", "BROTHER", "SISTER",
    "HUSBAND", "WIFE", "SPOUSE", "GRANDCHILD", "GRANDSON", "GRANDDAUGHTER", "GRANDMOTHER", "GRANDFATHER",
    "HIJO", "HIJA", "KID", "ROOMMATE", "FRIEND", "TENANT", "OCCUPANT", "RESIDENT", "INMATE", "PATIENT",
    "PERSON", "UNKNOWN", "UNNAMED", "ANONYMOUS", "REFUSED", "NONE", "FNU", "NFN", "NMN",
)  # fmt: skip
_BESIDE = ("LADY", "MAN", "WOMAN", "SON", "BABY", "OF", "THE", "IN", "HOUSE", "HOME", "HOUSEHOLD", "CURRENT")
"""Words that are names when they stand alone."""
NO_NAME = (
    f"^((?:{'|'.join(_ROLES)})(?: (?:{'|'.join((*_ROLES, *_BESIDE))}))*"
    f"|(?:{'|'.join(_BESIDE)})(?: (?:{'|'.join((*_ROLES, *_BESIDE))}))+)$"
)
"""Pattern of first names that name nobody: a role in the house, a word for what is not known."""


def nicknames() -> pa.Table:
    """nickname, name, root as strings; one row per nickname and name."""
    path = resources(__package__) / "data" / "nicknames.csv"
    with path.open("rb") as lines:
        return pyarrow.csv.read_csv(lines)


def prepare(con: DuckDBPyConnection) -> None:
    """Make the table of nicknames in the engine; once per connection."""
    con.register(f"{NICKNAMES}_arrow", _table())
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {NICKNAMES} AS
        SELECT nickname, any_value(root) AS root, list_prepend(nickname, list_sort(list(name))) AS names
        FROM {NICKNAMES}_arrow GROUP BY nickname
    """)
    con.unregister(f"{NICKNAMES}_arrow")


@cache
def _table() -> pa.Table:
    return nicknames()


def spelling(column: str) -> str:
    """SQL: a name in the one spelling that is compared: no accents, no sign but hyphens, single spaces, or
    null."""
    bare = f"regexp_replace(upper(strip_accents({column})), '[.''`’]', '', 'g')"
    words = f"regexp_replace({bare}, '[^A-Z0-9-]+', ' ', 'g')"
    hyphens = f"regexp_replace({words}, ' *-[ -]*', '-', 'g')"
    clean = f"nullif(trim({hyphens}, ' -'), '')"
    return f"CASE WHEN regexp_full_match({column}, '[A-Z]+') THEN {column} ELSE {clean} END"


def first_name(column: str) -> str:
    """SQL: `spelling`, null where the words stand for no name (`NO_NAME`)."""
    return f"nullif(regexp_replace({spelling(column)}, '{NO_NAME}', ''), '')"


def suffix_of(column: str) -> str:
    """SQL: a published suffix as JR, SR, II, III, IV or V, else null."""
    bare = f"regexp_replace(upper({column}), '[^A-Z0-9]', '', 'g')"
    cases = " ".join(f"WHEN '{told}' THEN '{meant}'" for told, meant in SUFFIXES.items())
    return f"CASE {bare} {cases} END"


def suffixed() -> str:
    """SQL text: a last name with a suffix behind it, as name and suffix."""
    return f"'^(.+?)[ -]({'|'.join(IN_SURNAME)})$'"
