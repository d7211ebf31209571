"""The drawing of who came and went: bars of a period above and below a line, and a small one per county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonroll.roll.changes.timeline import Period

WIDE, UP, DOWN = 600.0, 80.0, 80.0
"""The drawing's units: its width, the longest bar above the line and below it."""
WIDEST = 40.0
SMALL_WIDE, SMALL_HIGH = 120, 24


@dataclass(frozen=True)
class Column:
    """One period of the drawing: both bars in the drawing's units, and its counts."""

    period: Period
    counts: dict[str, int]
    x: float
    width: float
    came_y: float
    came: float
    went: float

    @property
    def gone(self) -> int:
        """Who is in the file no more under the id: dropped, or followed by another person."""
        return self.counts["dropped"] + self.counts["reused"]

    @property
    def new(self) -> int:
        return self.counts["added"] + self.counts["reused"]

    @property
    def share(self) -> float | None:
        return share(self.counts)


@dataclass(frozen=True)
class County:
    """One county over all periods: sums, the share that came or went in the worst period, a small drawing."""

    fips: str
    name: str
    came: int
    went: int
    moved_between: int
    worst: float
    worst_at: datetime | None
    drawing: str


def share(counts: dict[str, int]) -> float | None:
    """Voters who came or went in a period, as a share of those before it."""
    turned = counts["added"] + counts["dropped"] + 2 * counts["reused"]
    return turned / counts["voters"] if counts["voters"] else None


def context(periods: Sequence[Period], county: str) -> dict[str, Any]:
    """What the page needs of the periods, oldest first; `county` is a FIPS code, or empty for all."""
    names = {place[0]: place[1] for one in periods for place in one.counties if place[0]}
    county = county if county in names else ""
    drawn = columns(periods, county)
    worst = max(drawn, key=lambda one: one.share or 0, default=None)
    return {
        "county": county,
        "name": names.get(county, ""),
        "columns": drawn,
        "worst": worst,
        "line": UP,
        "high": UP + DOWN,
        "counties": counties(periods, names),
        "choices": sorted(names.items(), key=lambda one: one[1]),
    }


def columns(periods: Sequence[Period], county: str) -> list[Column]:
    """The bars of each period, as long as their share of the longest of all."""
    totals = [one.total(county) for one in periods]
    most = max((max(n["added"], n["dropped"]) + n["reused"] for n in totals), default=0) or 1
    room = WIDE / max(len(periods), 1)
    wide = min(room * 0.7, WIDEST)
    found = []
    for at, (one, n) in enumerate(zip(periods, totals, strict=True)):
        came, went = ((n[kind] + n["reused"]) / most for kind in ("added", "dropped"))
        x = round(at * room + (room - wide) / 2, 2)
        found.append(
            Column(
                one, n, x, round(wide, 2), *(round(v, 2) for v in (UP - UP * came, UP * came, DOWN * went))
            )
        )
    return found


def counties(periods: Sequence[Period], names: dict[str, str]) -> list[County]:
    """Every county, the one first that most voters came to or went from."""
    found = [_county(periods, fips, name) for fips, name in names.items()]
    return sorted(found, key=lambda one: (-one.came - one.went, one.name))


def _county(periods: Sequence[Period], fips: str, name: str) -> County:
    totals = [one.total(fips) for one in periods]
    shares = [share(n) or 0.0 for n in totals]
    worst = max(shares, default=0.0)
    came, went = (sum(n[kind] + n["reused"] for n in totals) for kind in ("added", "dropped"))
    moved = sum(n["moved_between"] for n in totals)
    at = periods[shares.index(worst)].until if worst else None
    return County(fips, name, came, went, moved, worst, at, _small(shares))


def _small(shares: Sequence[float]) -> str:
    """One path of thin bars, each as high as its share of the highest."""
    most, room = max(shares, default=0.0) or 1.0, SMALL_WIDE / max(len(shares), 1)
    wide = min(room * 0.7, 12)
    bars = []
    for at, value in enumerate(shares):
        if value:
            high = max(SMALL_HIGH * value / most, 1)
            bars.append(f"M{at * room:.1f} {SMALL_HIGH}v-{high:.1f}h{wide:.1f}v{high:.1f}z")
    return "".join(bars)
