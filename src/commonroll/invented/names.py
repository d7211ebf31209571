"""Names by frequency, from the census tables in `data/`, and the ways in which a clerk may write them.

A name is a position in a pool. Behind the `n` plain spellings stand the variants of the same names:
surnames have a slip of the pen at `+n`; first names have the nickname at `+n` and the
quoted nickname (`ROBERT "BOB"`) at `+2n`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.invented.draw import Bools, Ints, pick_edges

GROUPS = ("white", "black", "hispanic", "asian", "other")
SUFFIXES = ("", "JR", "SR", "II", "III", "IV")
JR, SR, II, III = 1, 2, 3, 4
# Last birth years of the first three cohorts, and how names fade with each cohort of distance.
COHORT_ENDS = (1945, 1964, 1985)
FADING, UNDATED = (100, 40, 9, 2), 50


@dataclass(frozen=True)
class Names:
    """Pools of text, plain and with accents, and cumulated weights by census group and sex."""

    surnames: pa.Array
    firsts: pa.Array
    accented_surnames: pa.Array
    accented_firsts: pa.Array
    surname_edges: tuple[Ints, ...]
    first_edges: dict[tuple[int, bool, int], Ints]

    @property
    def slip(self) -> int:
        """Distance from a surname to its misspelling."""
        return len(self.surnames) // 2

    @property
    def nick(self) -> int:
        """Distance from a first name to its nickname; twice that to the quoted form."""
        return len(self.firsts) // 3


@cache
def words() -> dict[str, Any]:
    """The word lists of `data/words.toml`."""
    return tomllib.loads(data_file("words.toml").read_text(encoding="utf-8"))


def data_file(name: str) -> Any:
    return resources.files("commonroll.invented") / "data" / name


def table(name: str) -> pa.Table:
    with resources.as_file(data_file(name)) as path:
        return pq.read_table(path)


@cache
def names() -> Names:
    """The tables of the package, read once."""
    last, first = table("surnames.parquet"), table("first_names.parquet")
    lasts, firsts = last["name"].to_pylist(), first["name"].to_pylist()
    return Names(
        surnames=surname_pool(lasts, words()["spellings"]),
        firsts=first_pool(firsts, {}),
        accented_surnames=surname_pool(lasts, words()["spellings"] | words()["accents"]),
        accented_firsts=first_pool(firsts, words()["accents"]),
        surname_edges=tuple(np.cumsum(weights(last, group)) for group in GROUPS),
        first_edges=first_edges(first, era_weights(firsts)),
    )


def surname_pool(plain: list[str], spelled: dict[str, str]) -> pa.Array:
    slips = [name[:2] + name[3:] if len(name) > 4 else name + name[-1] for name in plain]
    return pa.array([spelled.get(name, name) for name in plain] + slips)


def first_pool(plain: list[str], spelled: dict[str, str]) -> pa.Array:
    nick = words()["nicknames"]
    written = [spelled.get(name, name) for name in plain]
    quoted = [f'{name} "{nick[name]}"' if name in nick else name for name in plain]
    return pa.array(written + [nick.get(name, name) for name in plain] + quoted)


def weights(counts: pa.Table, group: str, male: bool | None = None) -> Ints:
    """Whole weights: bearers of each name in the group, and of the sex if one is asked for."""
    weight = counts["count"].to_numpy().astype(np.int64) * counts[group].to_numpy().astype(np.int64)
    if male is not None:
        share = counts["male"].to_numpy().astype(np.int64)
        weight = weight * (share if male else 1000 - share) // 1000
    return np.asarray(weight)


def era_weights(firsts: list[str]) -> list[Ints]:
    """For each cohort a weight per name: names of its own time are common, those of others rare."""
    given = {name: era for era, block in enumerate(words()["eras"]["names"]) for name in block}
    era = np.array([given.get(name, -1) for name in firsts])
    found = []
    for cohort in range(len(COHORT_ENDS) + 1):
        apart = np.abs(era - cohort)
        weight = np.array(FADING)[np.minimum(apart, len(FADING) - 1)]
        found.append(np.where(era < 0, UNDATED, weight).astype(np.int64))
    return found


def first_edges(table: pa.Table, cohorts: list[Ints]) -> dict[tuple[int, bool, int], Ints]:
    """Cumulated weights by group, sex and cohort."""
    found = {}
    for number, group in enumerate(GROUPS):
        for male in (False, True):
            weight = weights(table, group, male=male)
            for cohort, share in enumerate(cohorts):
                found[number, male, cohort] = np.cumsum(weight * share)
    return found


def draw_surnames(rng: np.random.Generator, group: Ints) -> Ints:
    """A surname for each person, by census group."""
    drawn = np.zeros(len(group), dtype=np.int64)
    for number, cumulated in enumerate(names().surname_edges):
        mine = np.flatnonzero(group == number)
        drawn[mine] = pick_edges(rng, cumulated, len(mine))
    return drawn


def draw_firsts(rng: np.random.Generator, group: Ints, male: Bools, born: Ints) -> Ints:
    """A first name for each person, by census group, sex and year of birth."""
    drawn = np.zeros(len(group), dtype=np.int64)
    cohort = np.searchsorted(COHORT_ENDS, born)
    for (number, sex, era), cumulated in names().first_edges.items():
        mine = np.flatnonzero((group == number) & (male == sex) & (cohort == era))
        drawn[mine] = pick_edges(rng, cumulated, len(mine))
    return drawn
