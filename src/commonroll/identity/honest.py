"""Honest probabilities: the sum of a pair's weights against what labelled pairs of invented people bear out.

Fields go together (a couple's years, a family's names), so a sum of weights claims too much, or too little.
Where fields' levels meet often enough, a line turns summed bits into honest ones; its slope and offset are
drawn to 1 and 0 where labelled pairs are few.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, log

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from commonroll.identity.comparisons import COMPARISONS

CELL = ("birth", "first_name", "surname_place")
"""Comparisons whose levels name a cell."""

UNDATED = {"birth": -1, "first_name": "same, no birth", "surname_place": "address, surname"}
"""The cell of one first name at one home, a birth not published."""
ALONE = 2.5
"""Bits that such a pair gains where nobody else of the name stands at the address on either side: a son of
the name would. Of 2,411 invented pairs scored .98 all were one person then, so .998 of them at the least:
3.5 bits, of which 2.5 are taken, since a list may name whom no roll knows."""

LEAST_PAIRS = 20
"""A cell with fewer labelled pairs has no line of its own."""
SLOPES = (0.3, 1.5)
_OFFSET_SPREAD, _SLOPE_SPREAD = 2.0, 0.3
_FROM, _TO, _STEPS = -12, 20, 4


@dataclass(frozen=True)
class Line:
    """Honest bits are `slope` times the summed bits plus `offset`, for pairs with these gammas (order of
    CELL)."""

    gammas: tuple[int, ...]
    slope: float
    offset: float


def fitted(con: DuckDBPyConnection, pairs: str) -> tuple[Line, ...]:
    """Lines from labelled pairs: a relation with `match_weight` (summed bits), gammas and `same` (one
    person)."""
    cells: dict[tuple[int, ...], list[tuple[float, int, int]]] = {}
    gammas = ", ".join(f"gamma_{name}" for name in CELL)
    for row in con.execute(f"""
        SELECT {gammas}, avg(match_weight), count(*), count_if(same) FROM {pairs}
        WHERE match_weight >= {_FROM} AND match_weight < {_TO}
        GROUP BY {gammas}, floor(match_weight * {_STEPS}) ORDER BY ALL
    """).fetchall():
        cells.setdefault(tuple(row[: len(CELL)]), []).append(row[len(CELL) :])
    return tuple(
        Line(gammas, *_line(np.array(rows, dtype=float)))
        for gammas, rows in cells.items()
        if sum(count for _, count, _ in rows) >= LEAST_PAIRS
    )


def _line(rows: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset (bits) of greatest likelihood, by Newton's steps; rows of bits, pairs, pairs of one
    person."""
    x, n, k = rows[:, 0] * log(2), rows[:, 1], rows[:, 2]
    slope, offset = 1.0, 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-(slope * x + offset)))
        w = n * p * (1 - p)
        gradient = np.array([
            (x * (k - n * p)).sum() - (slope - 1) / _SLOPE_SPREAD**2,
            (k - n * p).sum() - offset / _OFFSET_SPREAD**2,
        ])  # fmt: skip
        curve = np.array([
            [(x * x * w).sum() + 1 / _SLOPE_SPREAD**2, (x * w).sum()],
            [(x * w).sum(), w.sum() + 1 / _OFFSET_SPREAD**2],
        ])  # fmt: skip
        step = np.linalg.solve(curve, gradient)
        step *= min(1.0, 1.0 / float(np.abs(step).max()))
        slope = float(np.clip(slope + step[0], *SLOPES))
        offset += float(step[1])
        if np.abs(step).max() < 1e-6:
            break
    return round(slope, 4), round(offset / log(2), 3)


def undated_home() -> tuple[int, ...]:
    """Gammas of the cell UNDATED, in the order of CELL."""
    numbers = {
        (comparison.name, level.name): len(comparison.levels) - 1 - at
        for comparison in COMPARISONS
        for at, level in enumerate(comparison.levels)
    }
    return tuple(-1 if level == -1 else numbers[name, str(level)] for name, level in UNDATED.items())


def least_raw(lines: Iterable[Line], meant: float) -> float:
    """Summed bits below which no pair reaches `meant` honest bits."""
    return min([meant, *((meant - line.offset) / line.slope for line in lines)], default=-inf)


def table(lines: Iterable[Line]) -> str:
    """SQL: a relation of the lines, with CELL's gammas, slope, offset_bits."""
    rows = ", ".join(
        f"({', '.join(str(gamma) for gamma in line.gammas)}, {line.slope}, {line.offset})" for line in lines
    )
    columns = ", ".join(f"gamma_{name}" for name in CELL)
    if not rows:
        rows = f"({', '.join('NULL' for _ in CELL)}, 1.0, 0.0)"
    return f"(VALUES {rows}) AS lines({columns}, slope, offset_bits)"
