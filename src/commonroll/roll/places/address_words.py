"""The words of postal addresses and their short forms: directions, street types, units, ordinals.

`layouts/us/address_words.csv` has those of USPS Publication 28 (appendix B: directions; C1: street suffixes
and their spellings; C2: secondary units), a few more street types that counties print (GARTH, CHASE, GATE,
QUAY), and the numbers that ordinal words mean. KEY is a street type here, never a unit.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

from commonroll.roll.counties import LAYOUTS

Kind = Literal["direction", "type", "unit", "ordinal"]

ALONE = ("BSMT", "FRNT", "LBBY", "LOWR", "OFC", "PH", "REAR", "SIDE", "UPPR")
"""Units that need no number."""


@cache
def words(kind: Kind) -> Mapping[str, str]:
    """Every spelling of a kind of word, and its one short form (of an ordinal: its number)."""
    with (LAYOUTS / "us" / "address_words.csv").open(encoding="utf-8", newline="") as lines:
        found = {row["word"]: row["short"] for row in csv.DictReader(lines) if row["kind"] == kind}
    return MappingProxyType(found)


def one_of(kind: Kind) -> str:
    """A pattern of all spellings of a kind. Longest first: the engine takes the first that fits."""
    return "|".join(sorted(words(kind), key=lambda word: (-len(word), word)))


@cache
def words_table() -> pa.Table:
    """All words, for the engine: columns kind, word, short."""
    kinds: tuple[Kind, ...] = ("direction", "type", "unit", "ordinal")
    rows = [(kind, word, short) for kind in kinds for word, short in words(kind).items()]
    columns = zip(*rows, strict=True)
    return pa.table(dict(zip(("kind", "word", "short"), (pa.array(c) for c in columns), strict=True)))
