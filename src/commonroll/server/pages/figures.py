"""Lengths and shares for the pages' small drawings: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STEPS = 6


@dataclass(frozen=True)
class Bar:
    """One bar: words, the number it stands for, its length in percent of the longest."""

    label: str
    value: int
    length: str
    href: str = ""


def bars(pairs: Iterable[tuple[str, int]]) -> list[Bar]:
    """Bars for label and number, as long as their share of the longest."""
    held = list(pairs)
    most = max((value for _, value in held), default=0)
    return [Bar(label, value, percent(value, most)) for label, value in held]


def percent(part: float, whole: float) -> str:
    """A share as text for an SVG attribute, `0` where there is no whole."""
    return f"{min(100 * part / whole, 100):.2f}" if whole else "0"


def steps(values: Sequence[int]) -> list[int]:
    """Upper ends of five classes by quantile, for maps: equal places per step, ties kept together."""
    ordered = sorted(value for value in values if value > 0)
    if not ordered:
        return []
    ends = [ordered[min(len(ordered) * part // (STEPS - 1), len(ordered)) - 1] for part in range(1, STEPS)]
    return sorted(set(ends))


def step_of(value: int, ends: Sequence[int]) -> int:
    """0 for nothing, else the first class that holds the value."""
    if value <= 0:
        return 0
    return STEPS - len(ends) + next((n for n, end in enumerate(ends) if value <= end), len(ends) - 1)


def step_key(ends: Sequence[int]) -> list[tuple[int, str]]:
    """What each step of a map means, in words."""
    key, low = [], 1
    for end in ends:
        key.append((step_of(end, ends), f"{low:,} to {end:,}" if low < end else f"{end:,}"))
        low = end + 1
    return [*key, (0, "none")]
