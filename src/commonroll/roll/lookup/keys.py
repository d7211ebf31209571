"""Keys by which a voter is found exactly, and their prints: 64 bits under the owner's salt.

What a print is made of is written twice, here for one and in prints.sql for all; a test holds them together.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping

KEYS: Mapping[str, tuple[str, ...]] = {
    "id": ("state_voter_id",),
    "email": ("email",),
    "phone": ("phone",),
    "name": ("last_name", "first_name"),
    "born": ("last_name", "first_name", "residence_zip5", "birth_date"),
    "line": ("last_name", "first_name", "residence_zip5", "residence_line1"),
}
"""Key -> columns of voters that it is made of, in order."""


def plain(column: str, value: str) -> str:
    """A value as keys compare it: without case, accents and what is neither letter nor digit."""
    if column == "state_voter_id":
        return value
    if column == "email":
        return value.strip().lower()
    if column == "phone":
        return re.sub("[^0-9]", "", value)[-10:]
    if column == "residence_zip5":
        return value.strip()[:5]
    if column == "birth_date":
        return value
    apart = unicodedata.normalize("NFD", value)
    bare = (letter for letter in apart if not unicodedata.combining(letter))
    # a letter whose capital is two letters is none of A to Z for the engine
    return re.sub("[^A-Z0-9]", "", "".join(up for letter in bare if len(up := letter.upper()) == 1))


def printed(salt: str, key: str, values: Mapping[str, str]) -> int | None:
    """The print of a key; None where a part of it is missing. `values`: by column."""
    parts = [plain(column, values.get(column, "")) for column in KEYS[key]]
    if not all(parts):
        return None
    said = f"{salt}{key}\n" + "\n".join(parts)
    return int.from_bytes(hashlib.md5(said.encode(), usedforsecurity=False).digest()[8:], "little")
