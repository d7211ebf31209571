"""Which fields are compared, at which levels, and in which words evidence speaks of them.

Surname and place are one comparison, since a home shares both; a birth date may be a day, a year or an age.
What relatives share is a level of its own. Source of the shape and of its figures: specs/linkage.md, 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from commonroll.identity.birth import BIRTH
from commonroll.identity.comparison import Comparison, Level
from commonroll.identity.contacts import EMAIL, PHONE
from commonroll.identity.given_names import FIRST_NAME, MIDDLE_NAME, SEX, SUFFIX
from commonroll.identity.surname_place import SURNAME_PLACE

COMPARISONS = (BIRTH, FIRST_NAME, MIDDLE_NAME, SEX, SURNAME_PLACE, SUFFIX, PHONE, EMAIL)
GAMMAS = tuple(f"gamma_{comparison.name}" for comparison in COMPARISONS)

SHARED = ("first_name", "last_name")
"""Columns whose rarity counts: the model keeps what share of people bears each name."""


def shape() -> str:
    """A hash of all comparisons and levels: a stored model fits only the shape that it was trained for."""
    text = repr([(c.name, c.unknown, [(v.name, v.sql) for v in c.levels]) for c in COMPARISONS])
    return sha256(text.encode()).hexdigest()[:12]


def levels() -> Iterator[tuple[Comparison, Level]]:
    """Every level with its comparison, in order."""
    for comparison in COMPARISONS:
        for level in comparison.levels:
            yield comparison, level
