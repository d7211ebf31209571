"""A gate report as its page shows it: what changed most first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonroll.agreements.words import label
from commonroll.roll.gate.county_checks import COUNTY_SMALL
from commonroll.roll.schema import COLUMNS
from commonroll.server.pages.figures import Bar, bars, percent

WORST_COLUMNS = 3
MULTIPLES = 24
WORTH_A_BAR = 0.002
"""Share of rows: a smaller loss of values would not show in a bar."""
NOTABLE = 0.10
"""Share of a county's voters gained or lost that gets a mark, where it is no chance of a small county."""

PUBLISHED: Mapping[str, str] = {
    "accept": "Accepted",
    "quarantine": "Accepted, with lines put aside",
    "refuse": "Accepted against the gate's advice",
}


@dataclass(frozen=True)
class CountyChange:
    """One county's voters now and before, as two bars on the county's own scale."""

    name: str
    fips: str
    now: int
    before: int | None
    refused: int
    length: str
    before_length: str

    @property
    def change(self) -> int:
        return self.now - (self.before or 0)

    @property
    def share(self) -> float:
        return abs(self.change) / self.before if self.before else 0.0

    @property
    def notable(self) -> bool:
        return self.before is not None and self.share >= NOTABLE and abs(self.change) >= COUNTY_SMALL


def counties(report: Mapping[str, Any]) -> list[CountyChange]:
    """Counties of a report, the greatest change first."""
    found = [
        CountyChange(
            place["name"],
            place["fips"],
            place["now"],
            place["before"],
            place["refused"],
            percent(place["now"], max(place["now"], place["before"] or 0)),
            percent(place["before"] or 0, max(place["now"], place["before"] or 0)),
        )
        for place in report["counties"]
    ]
    return sorted(found, key=lambda place: (place.share, abs(place.change)), reverse=True)


@dataclass(frozen=True)
class Fill:
    """How full a column is, now and before."""

    label: str
    now: float
    before: float | None
    length: str
    before_length: str

    @property
    def lost(self) -> float:
        return (self.before or 0.0) - self.now


def fills(report: Mapping[str, Any]) -> list[Fill]:
    """Columns by how much emptier they are than before, the worst first."""
    found = [
        Fill(
            label(column) if column in COLUMNS else column,
            share["now"],
            share["before"],
            percent(share["now"], 1),
            percent(share["before"] or 0, 1),
        )
        for column, share in report["filled"].items()
        if share["now"] or share["before"]
    ]
    return sorted(found, key=lambda fill: fill.now - (fill.before if fill.before is not None else fill.now))


def refused(report: Mapping[str, Any]) -> list[Bar]:
    """Refused lines by reason, most first."""
    return bars(sorted(report["refused"].items(), key=lambda pair: -pair[1]))


def context(report: Mapping[str, Any], *, published: bool) -> dict[str, Any]:
    """What the template needs of one report."""
    places, columns = counties(report), fills(report)
    failed = [check for check in report["checks"] if check["level"] != "ok"]
    return {
        "report": report,
        "headline": PUBLISHED[report["verdict"]] if published else report["sentences"][0].rstrip("."),
        "sentences": report["sentences"][1:],
        "published": published,
        "places": places,
        "shown_places": places[:MULTIPLES],
        "columns": columns,
        "worst": [fill for fill in columns if fill.before is not None and fill.now < fill.before][
            :WORST_COLUMNS
        ],
        "refused": refused(report),
        "failed": failed,
        "passed": len(report["checks"]) - len(failed),
    }
