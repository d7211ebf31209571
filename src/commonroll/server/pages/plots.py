"""The drawings of a gate report that stands alone: lengths, steps and words; the template draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonroll.agreements.words import label
from commonroll.roll.gate.county_checks import COUNTY_ENOUGH
from commonroll.roll.schema import COLUMNS
from commonroll.server.pages.figures import Bar, percent
from commonroll.server.pages.gate import counties, fills, refused

HEAT_STEPS = 5
FELL = 0.15
"""Share of a county's voters: a fall of a field that gets a mark in the heat table."""
BIRTHS_TOGETHER = 5
"""Years that share a column of the births' drawing."""
BIRTHS_HIGH = 120.0
CODES_SHOWN = 12
SHIFTS_SHOWN = 50


@dataclass(frozen=True)
class Part:
    """One part of a bar of lines: what became of them, how many, where it begins and how long it is."""

    label: str
    value: int
    start: str
    length: str
    kind: str


@dataclass(frozen=True)
class Pair:
    """A share now and before, as numbers and as lengths in percent."""

    label: str
    now: float
    before: float | None
    length: str
    before_length: str


@dataclass(frozen=True)
class Cell:
    """One county's share of a field: a step of the scale, its text, and whether it fell."""

    step: int
    text: str
    fell: bool
    before: str


@dataclass(frozen=True)
class Column:
    """A column of the births' drawing, in the drawing's own units."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float


def context(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the template needs of one report."""
    checks = report["checks"]
    fields, heat = heat_of(report)
    return {
        "report": report,
        "headline": report["sentences"][0].rstrip("."),
        "sentences": report["sentences"][1:],
        "failed": [check for check in checks if check["level"] != "ok"],
        "passed": [check for check in checks if check["level"] == "ok"],
        "lines": lines(report["lines"]),
        "places": counties(report),
        "fills": fills(report),
        "codes": list(codes(report)),
        "refused": refused(report),
        "births": births(report.get("births") or {}),
        "fields": fields,
        "heat": heat,
        "shifts": [
            {**shift, "label": label(f"voters.{shift['column']}")}
            for shift in report.get("county_shifts", ())[:SHIFTS_SHOWN]
        ],
        "more_shifts": max(len(report.get("county_shifts", ())) - SHIFTS_SHOWN, 0),
        "ids": ids(report.get("ids")),
    }


def lines(counted: Mapping[str, int]) -> list[Part]:
    """What became of the delivery's lines, side by side."""
    words = {"accepted": "loaded", "refused": "put aside", "left_out": "state nothing for the roll"}
    found, start = [], 0
    for key, said in words.items():
        length = percent(counted[key], counted["in"])
        found.append(Part(said, counted[key], percent(start, counted["in"]), length, key))
        start += counted[key]
    return found


def codes(report: Mapping[str, Any]) -> Iterator[tuple[str, list[Pair]]]:
    """Per column, the share of rows with each code now and before, most frequent first."""
    for column, counted in report["codes"].items():
        rows = sum(n["now"] for n in counted.values())
        earlier = sum(n["before"] or 0 for n in counted.values())
        ordered = sorted(counted.items(), key=lambda pair: -pair[1]["now"])[:CODES_SHOWN]
        pairs = [_pair(code, n, rows, earlier) for code, n in ordered]
        if pairs:
            yield (label(column) if column in COLUMNS else column), pairs


def _pair(code: str, counted: Mapping[str, int | None], rows: int, earlier: int) -> Pair:
    now, before = counted["now"] or 0, counted["before"]
    return Pair(
        code or "no value",
        now / rows if rows else 0.0,
        before / earlier if before is not None and earlier else None,
        percent(now, rows),
        percent(before or 0, earlier),
    )


def heat_of(report: Mapping[str, Any]) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
    """Fields that some voters lack, and per county how full each is; counties whose fields fell first."""
    filled = report.get("county_filled") or {}
    places = {place["fips"]: place for place in report["counties"]}
    fields = [label(column) if column in COLUMNS else column for column in filled]
    rows = [
        (places[fips]["name"], [_cell(filled[column][fips], places[fips]) for column in filled])
        for fips in next(iter(filled.values()), {})
    ]
    return fields, sorted(rows, key=lambda row: -sum(cell.fell for cell in row[1]))


def _cell(shares: Sequence[float | None], place: Mapping[str, Any]) -> Cell:
    """A county's share of a field; a county too small, then or now, has fallen by chance."""
    now, before = shares
    enough = min(place["now"], place["before"] or 0) >= COUNTY_ENOUGH
    if now is None:
        return Cell(HEAT_STEPS, "", False, "")
    fell = before is not None and before - now > FELL and enough
    return Cell(round(now * HEAT_STEPS), f"{now:.0%}", fell, "" if before is None else f"{before:.0%}")


def births(counted: Mapping[str, int]) -> list[Column]:
    """Voters by year of birth, five years to a column, as high as the most frequent five years are."""
    groups: dict[int, int] = {}
    for year, voters in counted.items():
        first = int(year) // BIRTHS_TOGETHER * BIRTHS_TOGETHER
        groups[first] = groups.get(first, 0) + voters
    if not groups:
        return []
    first, most = min(groups), max(groups.values())
    wide = 600 / ((max(groups) - first) // BIRTHS_TOGETHER + 1)
    return [
        Column(
            f"{year} to {year + BIRTHS_TOGETHER - 1}",
            voters,
            round((year - first) // BIRTHS_TOGETHER * wide, 2),
            round(BIRTHS_HIGH * (1 - voters / most), 2),
            round(wide * 0.8, 2),
            round(BIRTHS_HIGH * voters / most, 2),
        )
        for year, voters in sorted(groups.items())
    ]


def ids(churn: Mapping[str, Any] | None) -> list[Bar]:
    """What became of the earlier snapshot's ids."""
    if not churn or not churn["before"]:
        return []
    kept = churn["before"] - churn["gone"]
    counted = {
        "kept": kept - churn["reused"],
        "another person now": churn["reused"],
        "gone": churn["gone"],
        "new": churn["new"],
    }
    most = max(counted.values())
    return [Bar(said, value, percent(value, most)) for said, value in counted.items()]
