"""An address over the columns of a file: which column takes which part, told by the columns' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.columns import UNITS
from commonroll.invented.facts import Facts
from commonroll.invented.write import digits, look_up, pool, together_if_any

PARTS: Mapping[str, Callable[[Facts], pa.Array]] = {
    "number": lambda f: f.number,
    "fraction": lambda f: f.fraction,
    "pre": lambda f: f.street_part("pre"),
    "name": lambda f: f.street_part("name"),
    "type": lambda f: f.street_part("type"),
    "post": lambda f: f.street_part("post"),
    "unit_type": lambda f: look_up(pool(UNITS), f.unit_kind, f.unit_number > 0),
    "unit_number": lambda f: digits(f.unit_number, where=f.unit_number > 0),
}
STREET = ("number", "fraction", "pre", "name", "type", "post")
UNIT = ("unit_type", "unit_number")
SUFFIX = "suffix"
"""A street's type where no column says type, else the direction behind it."""

# Tried in turn on a column's name in small letters, without anything between them; # reads as num.
NAMED = (
    ("", "num(ber)?pre"),
    ("fraction", "frac|half|designator|(house|num|number|nbr|address)suf|suf+(ix)?[ab]$|num(suf.*)?[ab]$"),
    ("unit_type", "(unit|apt|apartment|secondary).*(type|desig|prefix|desc)|utyp"),
    ("unit_number", "unit|apt|apartment|suite|lotn"),
    ("post", "post.*dir|suf.*dir|dir.*suf|dir.*post|postdir|streetpost$"),
    ("pre", "dir|prefix|streetpre$"),
    ("type", "type"),
    (SUFFIX, "suf|sfx"),
    ("number", "num|nbr|house|streetno|stno$|addrno"),
    ("name", "name|street|road|base|addr|line|str[0-9]?$"),
)
ELSEWHERE = {
    "fraction": ("number", "name"),
    "number": ("name",),
    "pre": ("name",),
    "type": ("name",),
    "post": ("type", "name"),
    "unit_type": ("unit_number", "name"),
    "unit_number": ("unit_type", "name"),
    "name": ("number", "unit_number"),
}
"""Where a part goes that has no column of its own."""


def part_named(column: str) -> str | None:
    """The part of an address that a column's name promises."""
    squeezed = re.sub("[^a-z0-9]", "", column.lower().replace("#", "num"))
    return next((part for part, pattern in NAMED if re.search(pattern, squeezed)), None)


def spread(columns: Sequence[str], parts: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """For each column the parts that it takes, in order; every part is taken by exactly one column."""
    homes: dict[str, str] = {}
    typed = any(part_named(column) == "type" for column in columns)
    for column in columns:
        named = part_named(column)
        named = ("post" if typed else "type") if named == SUFFIX else named
        if named and named in parts and named not in homes:
            homes[named] = column
    placed: dict[str, list[str]] = {column: [] for column in columns}
    for part in parts:
        near = [homes[other] for other in (part, *ELSEWHERE[part]) if other in homes]
        placed[near[0] if near else columns[0]].append(part)
    return {column: tuple(taken) for column, taken in placed.items()}


def together(f: Facts, parts: Sequence[str]) -> pa.Array:
    """These parts in one cell."""
    if tuple(parts) == STREET:
        return f.line1
    if tuple(parts) == (*STREET, *UNIT):
        return f.address
    texts = [said(PARTS[part](f)) for part in parts]
    return together_if_any(texts, " ") if texts else pa.nulls(len(f), pa.string())


def said(text: pa.Array) -> pa.Array:
    """Null where nothing is said."""
    return pc.if_else(pc.equal(text, ""), None, text)
