"""What must hold of a trained model: each failure that Splink passes over in silence is a refusal here."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, log2

from commonroll.errors import Refusal
from commonroll.identity.comparisons import levels
from commonroll.identity.model import Chance, Key

FIRST_NAMES_AGREE = 0.8
"""Least share of true pairs with equal first names; .95 on generated rolls. EM that takes every pair for a
match, since its rule names a derived column, gives .2 (specs/linkage.md, 2.1)."""

_AGREE = (
    ("birth", "full date"), ("first_name", "same"), ("middle_name", "same"), ("sex", "same"),
    ("surname_place", "address, surname"), ("surname_place", "zip, surname"), ("surname_place", "surname"),
)  # fmt: skip


def check(chances: Mapping[Key, Chance], first_names_agree: float = FIRST_NAMES_AGREE) -> None:
    """Raise Refusal for a level without chances, for first names that seldom agree, for agreement that counts
    against a match, and for a home's address and surname that are rarer than if they were independent."""
    check_first(chances, first_names_agree)
    _agreement(chances)
    _homes(chances)


def check_first(chances: Mapping[Key, Chance], first_names_agree: float = FIRST_NAMES_AGREE) -> None:
    """Raise Refusal for what no further round of learning mends: a level without chances, first names that
    seldom agree."""
    _all_levels(chances)
    _first_names(chances, first_names_agree)


def _all_levels(chances: Mapping[Key, Chance]) -> None:
    lacking = []
    for comparison, level in levels():
        chance = chances.get((comparison.name, level.name))
        if chance is None or not all(isfinite(p) and 0 < p <= 1 for p in (chance.m, chance.u)):
            lacking.append(f"{comparison.name}: {level.name}")
    if lacking:
        raise Refusal(
            f"training saw no example of {len(lacking)} levels, which would fall back to defaults",
            where="; ".join(lacking),
            next_step="train on more records, or keep the model that is in use",
        )


def _first_names(chances: Mapping[Key, Chance], least: float) -> None:
    m = chances["first_name", "same"].m
    if m <= least:
        raise Refusal(
            f"first names of one person agree in {m:.0%} of pairs, less than {least:.0%}: "
            "training took strangers for matches",
            where="first_name",
            next_step="write each rule of training on a column that is compared (dob, not full_dob), and "
            "look whether first names are in their column",
        )


def _agreement(chances: Mapping[Key, Chance]) -> None:
    wrong = [f"{c}: {name}" for c, name in _AGREE if chances[c, name].m <= chances[c, name].u]
    if wrong:
        raise Refusal(
            "agreement would count against a match",
            where="; ".join(wrong),
            next_step="look whether the columns of both files mean the same, then train again",
        )


def _homes(chances: Mapping[Key, Chance]) -> None:
    surplus = surplus_bits(chances)
    if surplus < 0:
        raise Refusal(
            f"a shared address and surname are counted {-surplus:.1f} bits rarer "
            "than if they were independent",
            where="surname_place",
            next_step="look whether addresses of both files are spelt alike and hold house numbers",
        )


def surplus_bits(chances: Mapping[Key, Chance]) -> float:
    """Bits by which address and surname together are commoner among two people than their product says:
    what two separate comparisons would count twice (specs/linkage.md, 2.2)."""
    u = {name: chances["surname_place", name].u for name in (
        "address, surname", "address, near surname", "address", "zip, surname", "state, surname", "surname",
    )}  # fmt: skip
    address = u["address, surname"] + u["address, near surname"] + u["address"]
    surname = u["address, surname"] + u["zip, surname"] + u["state, surname"] + u["surname"]
    return log2(u["address, surname"] / (address * surname))
