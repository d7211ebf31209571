"""What a lead looks at before turfs go out, and whom each turf suits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from commonroll.server.models import Turf, TurfCut

UNEVEN = 1.5
"""How many times as long as the cut's usual turf one is that is too long; the short are as much shorter."""

SHORT, LONG = 0.7, 1.3
"""Of the usual walk: what suits somebody who cannot walk far, and somebody on a bike."""


@dataclass(frozen=True)
class Check:
    """Something to look at: in words, and the turfs that it is about."""

    words: str
    turfs: tuple[int, ...] = ()


def of(cut: TurfCut, turfs: Sequence[Turf]) -> list[Check]:
    """What is unusual; nothing where every turf can go out as it is."""
    usual = median(one.minutes for one in turfs if one.minutes) if any(one.minutes for one in turfs) else 0.0
    found = [
        _check(turfs, "one door alone", lambda one: one.doors == 1),
        _check(turfs, "driven to in part", lambda one: one.car),
        _check(
            turfs,
            f"longer than {UNEVEN * usual:,.0f} minutes",
            lambda one: (one.minutes or 0) > UNEVEN * usual,
        ),
        _check(turfs, "locked", lambda one: one.locked),
    ]
    return [one for one in found if one is not None]


def _check(turfs: Sequence[Turf], words: str, is_so: Callable[[Turf], bool]) -> Check | None:
    found = tuple(one.number for one in turfs if is_so(one))
    return Check(words, found) if found else None


def usual_walk(turfs: Sequence[Turf]) -> float:
    """Metres of the cut's usual round; 0 where none is known."""
    walks = [one.metres for one in turfs if one.metres]
    return float(median(walks)) if walks else 0.0


def is_short(one: Turf, usual: float) -> bool:
    """Whether somebody who cannot walk far can walk it."""
    return one.metres is not None and not one.car and one.metres <= SHORT * usual


def is_long(one: Turf, usual: float) -> bool:
    """Whether it is one for a bike, or a car."""
    return one.car or (one.metres or 0) >= LONG * usual


def suits(turfs: Sequence[Turf]) -> list[str]:
    """Whom each turf suits, in words: a short walk, a bike, no flats to climb to."""
    usual, flats = usual_walk(turfs), any(one.units for one in turfs)
    found = []
    for one in turfs:
        said = [
            "short walk" if is_short(one, usual) else "",
            "by bike" if is_long(one, usual) else "",
            "no flats" if flats and not one.units else "",
        ]
        found.append(", ".join(word for word in said if word) if usual else "")
    return found


def made_for(turfs: Sequence[Turf], short: int, bike: int) -> str:
    """How many turfs there are for those who were asked for, in words; empty where nobody was."""
    said = [word.split(", ") for word in suits(turfs)]
    parts = [
        f"{sum(word in each for each in said):,} suit {whom} ({asked:,} asked for)"
        for word, whom, asked in (("short walk", "a short walk", short), ("by bike", "a bike", bike))
        if asked
    ]
    return "; ".join(parts)
