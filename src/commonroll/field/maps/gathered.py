"""Lines of map files on their way in: what is taken, what is left out and why, within limits."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from commonroll.errors import Refusal
from commonroll.field.arrays import Floats, Ints
from commonroll.field.maps.kinds import UNKNOWN, kind_of

MOST_POINTS = 12_000_000
"""Points of all lines that one bringing may have: a large state's streets; 16 bytes each."""

MOST_NAME = 120

OTHER, SHORT, OFF_EARTH = "other", "short", "off_earth"
LEFT_OUT = {
    OTHER: "no street, motorway, railway or river",
    SHORT: "fewer than two points",
    OFF_EARTH: "points that are no degrees of longitude and latitude",
}
"""Why a line is left out, in words."""

_EVERY = 20_000

Told = Callable[[int], None]
"""Told how many lines are read."""


class Gathered:
    """Lines in the order in which they come. `left`: how many were left out, by LEFT_OUT's keys."""

    def __init__(self, *, most: int = MOST_POINTS, told: Told | None = None) -> None:
        self.names: list[str] = []
        self.classes: list[str] = []
        self.kinds: list[int] = []
        self.left: Counter[str] = Counter()
        self.read = 0
        self._ends = array("q", [0])
        self._lon, self._lat = array("d"), array("d")
        self._most, self._told = most, told
        self._numbers: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.names)

    def add(self, name: str | None, word: str | None, points: Iterable[Sequence[float]]) -> None:
        """Take one line of (longitude, latitude); raises Refusal where there are too many points in all."""
        self.read += 1
        if self._told and self.read % _EVERY == 0:
            self._told(self.read)
        kind = kind_of(word)
        if kind is None:
            self.left[OTHER] += 1
            return
        lon, lat = array("d"), array("d")
        for point in points:
            x, y = (point[0], point[1]) if len(point) > 1 else (math.nan, math.nan)
            if not (-180 <= x <= 180 and -90 <= y <= 90):  # false for what is no number, too
                self.left[OFF_EARTH] += 1
                return
            lon.append(x)
            lat.append(y)
        if len(lon) < 2:
            self.left[SHORT] += 1
            return
        if len(self._lon) + len(lon) > self._most:
            raise Refusal(
                f"The lines have more than {self._most:,} points.",
                where=f"after {len(self):,} lines",
                next_step="Bring the streets of some counties, or a state in parts.",
            )
        self._lon.extend(lon)
        self._lat.extend(lat)
        self._ends.append(len(self._lon))
        self.names.append(self._same((name or "").strip()[:MOST_NAME]))
        self.classes.append(self._same((word or UNKNOWN).strip().lower()[:MOST_NAME]))
        self.kinds.append(int(kind))

    def _same(self, text: str) -> str:
        """One object for all spellings that are the same: a state has few names and many lines."""
        return self._numbers.setdefault(text, text)

    @property
    def first(self) -> Ints:
        """Where each line's points begin, and how many there are behind the last."""
        return np.frombuffer(self._ends, np.int64)

    @property
    def lon(self) -> Floats:
        return np.frombuffer(self._lon, np.float64)

    @property
    def lat(self) -> Floats:
        return np.frombuffer(self._lat, np.float64)
