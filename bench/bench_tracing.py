"""Red-team test of leak tracing: leakers who know the method and no key attack copies in random ways.

Figures: leaks with usable scores that name a leaker, leaks without, innocents accused in any trial, what a
recipient's own exports give away (AUC), and what marks cost 60 exports. `BENCH_TRACING_TRIALS` (1,000) and
`BENCH_TRACING_ROWS` (1,000,000) make it shorter. Attacks and scores are numpy's over the code's own bits; the
way through files is what `tests/tracing` tests.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from commonroll.roll.engine import engine
from commonroll.tracing import marks
from commonroll.tracing.keys import MarkKey
from commonroll.tracing.score import Bound, line, weights

TRIALS = int(os.environ.get("BENCH_TRACING_TRIALS", "1000"))
ROWS = int(os.environ.get("BENCH_TRACING_ROWS", "1000000"))
RECIPIENTS, LEAKERS, DECOYS = 60, 3, 15_000
COPIES = int(os.environ.get("BENCH_TRACING_COPIES", "10"))
LINE = line(RECIPIENTS, 3)
UNMARKED = 20_000
"""Unmarked rows that the reader of a trial learns the leak's rounding from; a file of 1M has 940,000."""
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def drawn(draw: np.random.Generator, m: int) -> tuple[Floats, Ints]:
    """Biases of m positions and everybody's bits."""
    p = marks.biases(draw.integers(0, 2**63, m, np.uint64) * np.uint64(2)) / 2**32
    return p, (draw.random((RECIPIENTS, m)) < p).astype(np.int64)


def tenth(score: Ints, bit: Ints) -> Ints:
    return np.where(score < 1000, score - score % 2 + bit, 1000 - bit)


def point(score: Ints, bit: Ints) -> Ints:
    return np.where(score < 1000, score - score // 10 % 2 * 10 + 10 * bit, 1000 - 10 * bit)


def moved(truth: Ints, values: Floats) -> Floats:
    """How far a leak moved unmarked rows, by tenth and parity of the point: 10 x 2 medians."""
    of = truth % 10 * 2 + truth // 10 % 2
    away = values - truth / 10
    return np.array([np.median(away[of == n]) for n in range(20)]).reshape(10, 2)


def points_read(truth: Ints, values: Floats, far: Floats) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Which of its two points each row is nearer to, and where that can be said."""
    away = [np.abs(values - point(truth, np.full(len(truth), b)) / 10 - far[truth % 10, b]) for b in (0, 1)]
    return (away[1] < away[0]).astype(np.int64), np.abs(away[0] - away[1]) > 1e-6


def named(p: Floats, x: Ints, y: Ints, seen: npt.NDArray[np.bool_]) -> set[int]:
    """Who is accused by a layer of which some positions were seen."""
    if not seen.any():
        return set()
    p, x, y = p[seen], x[:, seen], y[seen]
    one, zero = weights(p, y)
    bound = Bound.of(p, y)
    scores = np.where(x == 1, one, zero).sum(axis=1)
    return {who for who, score in enumerate(scores) if bound.log(float(score)) < LINE}


MIXES = ("rows", "least", "most", "middle", "mean", "one", "dropped")


def mixed(draw: np.random.Generator, copies: Floats, how: str) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What leakers make of their copies' values, and which rows they keep."""
    n = copies.shape[1]
    kept = np.ones(n, bool)
    if how == "dropped":
        kept = (copies == copies[0]).all(axis=0)
    made = {
        "rows": lambda: copies[draw.integers(0, len(copies), n), np.arange(n)],
        "least": lambda: copies.min(axis=0),
        "most": lambda: copies.max(axis=0),
        "middle": lambda: np.median(copies, axis=0),
        "mean": lambda: np.round(copies.mean(axis=0), 1),
        "one": lambda: copies[0],
        "dropped": lambda: copies[0],
    }[how]()
    return made, kept


def blurred(draw: np.random.Generator, values: Floats) -> Floats:
    """Some jitter of at most half a point, then perhaps whole points."""
    if draw.random() < 0.5:
        share = draw.choice([0.1, 0.3, 1.0])
        moved = np.round(draw.uniform(-0.5, 0.5, len(values)), 1)
        values = values + (draw.random(len(values)) < share) * moved
    how = draw.integers(0, 3)
    return np.floor(values) if how == 0 else np.rint(values) if how == 1 else values


def with_scores(seed: int) -> tuple[bool, bool]:
    """Whether a leak that keeps usable scores names a leaker, and whether an innocent."""
    draw = np.random.default_rng(seed)
    share = draw.choice([0.2, 0.5, 1.0])
    how = str(draw.choice(MIXES))
    accused: set[int] = set()
    for layer, m in (("tenth", int(ROWS * 0.05 * share)), ("point", int(ROWS * 0.01 * share))):
        p, x = drawn(draw, m)
        truth = (draw.beta(2, 2, m) * 1000).astype(np.int64)
        embed = tenth if layer == "tenth" else point
        copies = np.vstack([embed(truth, x[i]) for i in range(LEAKERS)]) / 10
        values, kept = mixed(draw, copies, how)
        free = (draw.beta(2, 2, UNMARKED) * 1000).astype(np.int64)
        values, others = np.split(blurred(draw, np.concatenate([values, free / 10])), [m])
        if layer == "point":
            y, clear = points_read(truth, values, moved(free, others))
        else:
            y, clear = np.floor(values * 10 + 0.5).astype(np.int64) % 2, kept
        accused |= named(p, x, y, kept & clear)
    return bool(accused & set(range(LEAKERS))), bool(accused - set(range(LEAKERS)))


def without_scores(seed: int, decoys: int, leakers: int, share: float) -> tuple[bool, bool]:
    """The same of a leak of rows alone: unions, rows in all copies, rows of a random copy."""
    draw = np.random.default_rng(seed)
    p, x = drawn(draw, decoys)
    have = x[:leakers]
    how = draw.integers(0, 4)
    y = (have.max(axis=0), have.min(axis=0), have[draw.integers(0, leakers, decoys), np.arange(decoys)],
         (have.mean(axis=0) > 0.5).astype(np.int64))[how]  # fmt: skip
    accused = named(p, x, y, (y == 1) & (draw.random(decoys) < share))
    return bool(accused & set(range(leakers))), bool(accused - set(range(leakers)))


def foreign(seed: int) -> bool:
    """Whether anybody is named by bits that came from none of the copies."""
    draw = np.random.default_rng(seed)
    found: set[int] = set()
    for m in (int(ROWS * 0.05), int(ROWS * 0.01)):
        p, x = drawn(draw, m)
        found |= named(p, x, draw.integers(0, 2, m), np.ones(m, bool))
    return bool(found)


def auc(marked: Floats, other: Floats) -> float:
    """How often a marked row has the greater figure than another."""
    every = np.concatenate([marked, other])
    _, place, count = np.unique(every, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    first = len(marked)
    return float((ranks[:first].sum() - first * (first + 1) / 2) / (first * len(other)))


def given_away(layer: str) -> float:
    """The AUC of the best of some figures over three versions' values of a recipient's own copies.

    Rows marked in the first version, each version's marks chosen and drawn anew.
    """
    draw = np.random.default_rng(4)
    n, rate = 400_000, 0.05 if layer == "tenth" else 0.01
    p = marks.biases(draw.integers(0, 2**63, n, np.uint64) * np.uint64(2)) / 2**32
    values, chosen = [], []
    for _ in range(3):
        truth = (draw.beta(2, 2, n) * 1000).astype(np.int64)
        where = draw.random(n) < rate
        bit = (draw.random(n) < p).astype(np.int64)
        embed = tenth if layer == "tenth" else point
        values.append(np.where(where, embed(truth, bit), truth))
        chosen.append(where)
    seen = np.vstack(values)
    figures = [
        ((seen % 2).sum(axis=0) % 3 == 0).astype(float),
        (seen // 10 % 2).sum(axis=0) % 3 == 0,
        (seen % 10 <= 4).sum(axis=0),
        (seen[0] % 10 == 4) * 2.0 + (seen[0] % 10 < 4),
        seen[0] % 2,
    ]
    found = [auc(np.asarray(f, float)[chosen[0]], np.asarray(f, float)[~chosen[0]]) for f in figures]
    return max(max(one, 1 - one) for one in found)


def cost() -> tuple[float, float, float]:
    """Processor seconds: choosing a score's positions once, marking a copy, writing a plain copy.

    The plain copy is a stand-in for an export: a sorted join of ten columns to CSV, without a view's terms,
    its hash and its record, so the share said here is more than an export's.
    """
    key = MarkKey("2026", bytes(range(32)))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        table = place / "turnout.parquet"
        with closing(engine()) as con:
            con.execute(f"COPY ({_TURNOUT.format(rows=ROWS)}) TO '{table}' (FORMAT parquet)")
            voters, out = place / "voters.parquet", place / "out.csv"
            con.execute(f"COPY ({_VOTERS.format(rows=ROWS)}) TO '{voters}' (FORMAT parquet)")
            begun = time.process_time()
            marks.marks([key], "first", "turnout", table, place / "at.parquet", place / "first.parquet")
            once = time.process_time() - begun
            begun = time.process_time()
            for n in range(COPIES):
                marks.marks([key], f"r{n}", "turnout", table, place / "at.parquet", place / f"{n}.parquet")
            each = (time.process_time() - begun) / COPIES
            begun = time.process_time()
            joined = f"SELECT * FROM '{voters}' JOIN '{table}' USING (state_voter_id) ORDER BY state_voter_id"
            con.execute(f"COPY ({joined}) TO '{out}'")
            return once, each, time.process_time() - begun


_TURNOUT = (
    "SELECT 'GA' || lpad(range::VARCHAR, 9, '0') AS state_voter_id, range % 1001 / 10 AS value, "
    "'2026-10-01.ab' AS version FROM range({rows})"
)
_VOTERS = (
    "SELECT 'GA' || lpad(range::VARCHAR, 9, '0') AS state_voter_id, "
    "md5(range::VARCHAR)[1:8] AS first_name, md5(range::VARCHAR)[8:18] AS last_name, "
    "range % 9000 || ' OAK ST' AS residence_line1, 'ATHENS' AS residence_city, '30601' AS residence_zip5, "
    "1940 + range % 60 AS birth_year, 'DEM' AS party, '13059' AS county_fips, "
    "DATE '2001-01-01' + (range % 9000)::INT AS registered_on FROM range({rows})"
)


def say(name: str, value: float, bar: str, ok: bool, **more: Any) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "bar": bar, "ok": ok} | more))


def main() -> None:
    usable = [with_scores(seed) for seed in range(TRIALS)]
    caught, innocent = (sum(one[i] for one in usable) for i in (0, 1))
    say("leaks with usable scores that name a leaker", caught / TRIALS, "0.99", caught >= 0.99 * TRIALS)
    bare = [without_scores(seed, DECOYS, LEAKERS, 0.2) for seed in range(TRIALS)]
    say("leaks without scores, 15,000 decoys", sum(one[0] for one in bare) / TRIALS, "0.95",
        sum(one[0] for one in bare) >= 0.95 * TRIALS)  # fmt: skip
    single = [without_scores(seed, 500, 1, 1.0) for seed in range(TRIALS)]
    say("one whole copy without scores, 500 decoys", sum(one[0] for one in single) / TRIALS, "0.99",
        sum(one[0] for one in single) >= 0.99 * TRIALS)  # fmt: skip
    wrong = innocent + sum(one[1] for one in (*bare, *single)) + sum(foreign(s) for s in range(TRIALS))
    say("innocents accused in any trial", wrong, "0", wrong == 0)
    for layer in marks.LAYERS:
        found = given_away(layer)
        say(f"AUC of marked rows in own exports, {layer}", found, "0.52", found <= 0.52)
    once, each, plain = cost()
    share = (once / 60 + each) / plain
    say("marking of 60 copies by writing them", share, "0.20", share <= 0.2, once=round(once, 2),
        each=round(each, 3), plain=round(plain, 2))  # fmt: skip


if __name__ == "__main__":
    main()
