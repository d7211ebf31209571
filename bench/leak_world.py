"""A file of a million rows as numpy has it: two scores with the marks of all recipients, and decoys.

Positions, biases and bits are the product's, made by the engine under a key; values, districts and which rows
the file has are drawn. Made once for all trials of `bench_tracing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from commonroll.roll.engine import engine
from commonroll.tracing import marks
from commonroll.tracing.keys import MarkKey
from commonroll.views.pseudonyms import keyed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.int8]

KEY = MarkKey("2026", bytes(range(32)))
VERSION = "2026-10-01.load"
SCORES = ("turnout", "support")
DISTRICTS = 14
LEARNT_FROM = 30_000
"""Unmarked rows of a score that a reader learns from what a leak did to values; the file has far more."""


def tenth(score: Ints, bit: Ints) -> Ints:
    """`code.embed_tenth` of many."""
    return np.where(score < 1000, score - score % 2 + bit, 1000 - bit)


def point(score: Ints, bit: Ints) -> Ints:
    """`code.embed_point` of many."""
    return np.where(score < 1000, score - score // 10 % 2 * 10 + 10 * bit, 1000 - 10 * bit)


@dataclass(frozen=True)
class Score:
    """A score: where its marks are (row numbers), of which layer, biases, all recipients' bits; then rows
    without marks. `truth`: tenths, of both after each other."""

    rows: Ints
    truth: Ints
    points: Flags
    p: Floats
    bits: Bits

    @property
    def marked(self) -> int:
        return len(self.points)

    def copy(self, recipient: int) -> Floats:
        """Values as a recipient has them, 0.0 to 100.0, at `rows`."""
        m, bit = self.marked, self.bits[recipient].astype(np.int64)
        true = self.truth[:m]
        at = np.where(self.points, point(true, bit), tenth(true, bit))
        return np.concatenate([at, self.truth[m:]]) / 10

    def moved(self, recipient: int, size: int) -> dict[str, float]:
        """By how much a recipient's marks move the mean over all rows, by the mean; and the share of rows at
        or above a threshold, the most of all thresholds."""
        m, true = self.marked, self.truth[: self.marked]
        given = np.rint(self.copy(recipient)[:m] * 10).astype(np.int64)
        above = [np.cumsum(np.bincount(one, minlength=1001)[::-1]) for one in (given, true)]
        far = abs(int((given - true).sum())) / size / float(self.truth.mean())
        return {"mean": far, "share above a threshold": float(np.abs(above[0] - above[1]).max() / size)}


@dataclass(frozen=True)
class Decoys:
    """Where they stand among the rows, biases, all recipients' bits."""

    rows: Ints
    p: Floats
    bits: Bits

    def first(self, number: int) -> Decoys:
        """So many of them alone."""
        return Decoys(self.rows[:number], self.p[:number], self.bits[:, :number])


@dataclass(frozen=True)
class World:
    """What leaves: so many rows, each with a district, whom it goes to, scores and decoys."""

    size: int
    district: Ints
    scores: tuple[Score, ...]
    decoys: Decoys

    @property
    def recipients(self) -> int:
        return len(self.decoys.bits)

    @property
    def layers(self) -> int:
        return 2 * len(self.scores) + 1


def make(size: int, recipients: int, decoys: int, *, rate: marks.Rates | None = None, seed: int = 1) -> World:
    """A world of `size` rows; `rate`: how many carry marks, where it is not the product's choice."""
    draw = np.random.default_rng(seed)
    who = [f"r{n:02}" for n in range(recipients)]
    with closing(engine()) as con:
        marks.prepared(con)
        con.execute(
            f"CREATE TEMP TABLE scored AS SELECT 'GA' || lpad(range::VARCHAR, 9, '0') AS state_voter_id, "
            f"'{VERSION}' AS version, 0::SMALLINT AS anchor FROM range({size})"
        )
        scores = tuple(_score(con, one, who, rate or marks.rates(size), size, draw) for one in SCORES)
        return World(size, draw.integers(0, DISTRICTS, size), scores, _decoys(con, who, decoys, size, draw))


def _score(
    con: duckdb.DuckDBPyConnection, name: str, who: Sequence[str], rate: marks.Rates, size: int,
    draw: np.random.Generator,
) -> Score:  # fmt: skip
    at = marks.positions(con, KEY, name, "scored", rate)
    bits = [marks.bits(con, KEY, one, name, at)["bit"].to_numpy() for one in who]
    rows = _numbers(at["state_voter_id"])
    free = np.setdiff1d(draw.integers(0, size, LEARNT_FROM), rows)
    truth = np.rint(draw.beta(2, 2, len(rows) + len(free)) * 1000).astype(np.int64)
    points = at["layer"].to_numpy() == marks.POINT
    return Score(np.concatenate([rows, free]), truth, points, at["bias"].to_numpy() / 2**32, np.vstack(bits))


def _decoys(
    con: duckdb.DuckDBPyConnection, who: Sequence[str], number: int, size: int, draw: np.random.Generator
) -> Decoys:
    """Presence by the code: of each recipient those whose bit is 1."""
    inner, outer = keyed(KEY.secret)
    given = {"inner": inner, "outer": outer, "number": number}
    drawn = con.execute(
        "SELECT 'D' || lpad(range::VARCHAR, 9, '0') AS id, "
        "commonroll_u64($inner, $outer, 'bias', id) AS drawn "
        "FROM range($number)",
        given,
    ).to_arrow_table()
    bias = marks.biases(drawn["drawn"].to_numpy())
    con.register("drawn", drawn.append_column("bias", pa.array(bias, pa.uint32())))
    present = (
        "SELECT CAST(commonroll_u64($inner, $outer, 'bit' || chr(0) || $who || chr(0) || 'decoy', id) >> 32 "
        "< bias AS TINYINT) AS bit FROM drawn ORDER BY id"
    )
    bits = [
        con.execute(present, {"inner": inner, "outer": outer, "who": one}).to_arrow_table()["bit"].to_numpy()
        for one in who
    ]
    return Decoys(np.sort(draw.choice(size, number, replace=False)), bias / 2**32, np.vstack(bits))


def _numbers(ids: pa.ChunkedArray) -> Ints:
    return np.array([int(one[2:]) for one in ids.to_pylist()], np.int64)
