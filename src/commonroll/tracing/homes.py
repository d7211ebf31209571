"""How many invented voters share a home, so that a copy's homes are as full as those of its voters.

A copy has each decoy of a home with a probability of a half, independently: of g it has a binomial number.
Which g, and how often, is the mixture whose copies come nearest to the roll (by EM, as for any mixture), made
even.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from commonroll.roll.sql_files import text_of

MOST = 10
"""Decoys of a home at most."""
_ROUNDS = 500
_HALVINGS = 40
Floats = npt.NDArray[np.float64]


def places(shares: Sequence[float]) -> Floats:
    """How often a home of 1, 2, ... MOST decoys is made; `shares`: of the roll's voters, who live with 0, 1,
    ... others."""
    seen = np.arange(1, MOST + 1)
    wanted = np.zeros(MOST)
    wanted[: len(shares)] = shares[:MOST]
    # of a decoy that stands in a copy and comes of a home of g: how many of that home do
    given = np.array([[s * comb(g, s) / 2 ** (g - 1) / g for s in seen] for g in seen])
    often = np.full(MOST, 1 / MOST)
    for _ in range(_ROUNDS):
        often = often * (given @ (wanted / np.maximum(often @ given, 1e-12)))
    homes = _even(often, given, wanted) / seen
    return np.asarray(homes / homes.sum())


def _even(often: Floats, given: Floats, wanted: Floats) -> Floats:
    """The mixture tilted towards fuller or emptier homes until a decoy lives with more people than a voter as
    often as with fewer: the nearest mixture alone leaves decoys alone more often."""
    sizes, low, high = np.arange(1, MOST + 1), -1.0, 1.0
    below = np.cumsum(wanted) - wanted / 2
    for _ in range(_HALVINGS):
        tilt = (low + high) / 2
        tilted = often * np.exp(tilt * sizes)
        tilted /= tilted.sum()
        fuller = (tilted @ given) @ below > wanted.sum() / 2
        low, high = (low, tilt) if fuller else (tilt, high)
    return np.asarray(tilted)


def planned(con: duckdb.DuckDBPyConnection) -> float:
    """Register `places` (places, since, until: of numbers drawn from 0 to 1) after the view `roll`; the share
    of voters with company at home who have their family name in common with some of it."""
    rows = con.execute(text_of(__package__, "homes_full")).fetchall()
    every = sum(voters for _, voters, _ in rows) or 1
    shares = [0.0] * MOST
    for full, voters, _ in rows:
        shares[min(full, MOST) - 1] += voters / every
    until = np.cumsum(places(shares))
    until[-1] = 1.0
    since = np.concatenate([[0.0], until[:-1]])
    con.register("places", pa.table({"places": np.arange(1, MOST + 1), "since": since, "until": until}))
    company = sum(voters for full, voters, _ in rows if full > 1)
    return float(sum(related for full, _, related in rows if full > 1)) / company if company else 0.0
