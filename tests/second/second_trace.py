"""A trace's scores and bounds worked out a second time, slowly, by the code's own words, row by row."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from commonroll.tracing import code

GRID = [1e-4 * (20 / 1e-4) ** (n / 79) for n in range(80)]


def positions(
    key: bytes, score: str, values: Mapping[str, tuple[str, float]], said: Mapping[str, float],
    per_million: Mapping[str, int],
) -> dict[str, list[tuple[str, str, int]]]:  # fmt: skip
    """Layer -> id, version, the leak's bit; `values`: id -> version and value; `said`: id -> leaked value."""
    found: dict[str, list[tuple[str, str, int]]] = {"tenth": [], "point": []}
    chosen: dict[str, str] = {}
    for row in said:
        version = values[row][0]
        for layer in ("point", "tenth"):
            if code.selected(key, f"{layer}:{score}:{version}", row, per_million[layer]):
                chosen[row] = layer
                break
    free = {row: value for row, value in said.items() if row not in chosen}
    for row, layer in chosen.items():
        version, true = values[row]
        y = tenth_bit(said[row]) if layer == "tenth" else point_bit(said[row], tenths(true), values, free)
        if y is not None:
            found[layer].append((row, version, y))
    return found


def tenths(value: float) -> int:
    return math.floor(value * 10 + 0.5)


def tenth_bit(value: float) -> int:
    return tenths(value) % 2


def point_bit(
    value: float, true: int, values: Mapping[str, tuple[str, float]], free: Mapping[str, float]
) -> int | None:
    """Which of its two points a leaked value is nearer to, moved as unmarked rows like it were."""
    away = []
    for b in (0, 1):
        alike = [
            said - tenths(values[row][1]) / 10
            for row, said in free.items()
            if tenths(values[row][1]) % 10 == true % 10 and tenths(values[row][1]) // 10 % 2 == b
        ]
        if len(alike) < 3:
            return None
        away.append(abs(value - code.embed_point(true, b) / 10 - statistics.median(alike)))
    return None if abs(away[0] - away[1]) <= 1e-6 else int(away[1] < away[0])


def score(key: bytes, of: str, who: str, seen: Sequence[tuple[str, str, int]]) -> float:
    """A recipient's score."""
    total = 0.0
    for row, version, y in seen:
        p = code.bias32(key, row) / 2**32
        up, down = math.sqrt((1 - p) / p), math.sqrt(p / (1 - p))
        x = code.bit(key, who, f"{of}:{version}", row)
        total += {(1, 1): up, (1, 0): -up, (0, 1): -down, (0, 0): down}[x, y]
    return total


def log_bound(key: bytes, total: float, seen: Sequence[tuple[str, str, int]]) -> float:
    """Chernoff's bound, each position by itself."""
    if total <= 0:
        return 0.0
    best = 0.0
    for t in GRID:
        log = -t * total
        for row, _, y in seen:
            p = code.bias32(key, row) / 2**32
            up, down = math.sqrt((1 - p) / p), math.sqrt(p / (1 - p))
            one, zero = (up, -down) if y == 1 else (-up, down)
            a, b = math.log(p) + t * one, math.log1p(-p) + t * zero
            log += max(a, b) + math.log1p(math.exp(-abs(a - b)))
        best = min(best, log)
    return best
