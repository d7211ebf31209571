"""Which code a file writes for what a row says: the layout's list read backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from commonroll.invented.draw import Ints, Luck, one_of
from commonroll.invented.facts import Kinds
from commonroll.invented.names import GROUPS
from commonroll.invented.write import look_up, pool

RARE = 150
"""In ten thousand: rows with another code of the same meaning than the first."""

ANY_OTHER, ANOTHER = "*", "ANOTHER"
"""What stands in a list for every other code, and what a file then says."""

Codes = Mapping[str, str]


def coded(codes: Codes, kinds: Kinds, kind: Ints, luck: Luck, salt: int = 101) -> pa.Array:
    """The code of each row's kind; null where the list has none for it."""
    return spelled_out([codes_for(codes, wanted) for wanted in kinds], kind, luck, salt)


def spelled_out(lists: Sequence[Sequence[str]], kind: Ints, luck: Luck, salt: int = 101) -> pa.Array:
    """For each row the first text of its kind's list, seldom another one of it."""
    flat = [code for one in lists for code in one] or [""]
    several = np.array([len(one) for one in lists], dtype=np.int64)
    first = np.cumsum(several) - several
    rarer = 1 + one_of(luck, salt, 999_983) % np.maximum(several[kind] - 1, 1)
    seldom = (one_of(luck, salt + 1, 10_000) < RARE) & (several[kind] > 1)
    at = first[kind] + np.where(seldom, rarer, 0)
    return look_up(pool(flat), np.where(several[kind] == 0, -1, at))


def codes_for(codes: Codes, wanted: Sequence[str]) -> list[str]:
    """Every code that means the first of the wanted values that the list knows; none for a blank one."""
    for value in wanted:
        if value == "false" and codes.get("") == value:
            return [""]  # nothing is marked; other texts of that meaning may be another column's
        found = [code for code, means in codes.items() if means == value and code != ANY_OTHER]
        if found:
            return found
        if value == "":
            return []
        if codes.get(ANY_OTHER) == value:
            return [ANOTHER]
    return []


def race_lists(codes: Codes) -> list[list[str]]:
    """For each census group the codes whose meaning names it."""
    named = {code: group_named(means) for code, means in codes.items() if code != ANY_OTHER}
    lists = [[code for code, found in named.items() if found == group] for group in GROUPS]
    return [found or lists[-1] for found in lists]


def group_named(meaning: str) -> str:
    """The census group that the words of a race or ethnicity name."""
    words = meaning.lower().replace("caucasian", "white")
    if "hispanic" in words and "not" not in words and "non" not in words:
        return "hispanic"
    return next((group for group in ("white", "black", "asian") if group in words), "other")


def ethnicity_lists(codes: Codes) -> list[list[str]]:
    """For each census group the codes that say Hispanic, or that say the contrary."""
    hispanic = [
        code for code, means in codes.items() if group_named(means) == "hispanic" and code != ANY_OTHER
    ]
    other = [code for code, means in codes.items() if code not in hispanic and code != ANY_OTHER]
    plain = [code for code in other if "no" in codes[code].lower()] or other
    return [hispanic if group == "hispanic" else plain for group in GROUPS]
