"""What stands in columns that a layout ignores: something plausible, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pyarrow as pa

from commonroll.invented.facts import Facts
from commonroll.invented.write import digits, glued, look_up, pool

SAID: Mapping[str, Callable[[Facts], pa.Array]] = {
    "county(name|desc)?$": lambda f: look_up(pool(c.name.upper() for c in f.geo.counties), f.county),
    "age$|ageatyearend": lambda f: digits(f.age),
    "fullname|votername$|concatname": lambda f: glued(f.last, ", ", f.first),
    "country$": lambda f: pa.repeat(pa.scalar("USA"), len(f)),
    "^(res|phys|perm).*state$": lambda f: f.state,
}
"""A pattern of the column's name, in small letters without anything between them, to what it says."""


def filler(column: str) -> Callable[[Facts], pa.Array]:
    """What an ignored column says."""
    squeezed = re.sub("[^a-z0-9]", "", column.lower())
    for pattern, said in SAID.items():
        if re.search(pattern, squeezed):
            return said
    return lambda f: pa.nulls(len(f), pa.string())
