"""The gate's checks of single counties: fields that emptied, codes that moved, in one county's file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commonroll.roll.checks import Check, Level, county, on
from commonroll.roll.county_figures import CODES_PER_COUNTY, PER_COUNTY
from commonroll.roll.figures import Counts, Figures, Past

COUNTY_ENOUGH = 200
"""Voters, then and now: below it the share of a county's fields is chance."""
EMPTIED_HELD = 0.5
"""Share of the earlier fill: a county that keeps less than half of a field's values sent another file."""
EMPTIER_WARNED = 0.15
"""Share of a county's voters: clerks fill fields unevenly, but not by so much from one file to the next."""
COUNTY_DRIFT_HELD = 0.5
"""Share of a county's voters with another code than before: its column holds something else."""
COUNTY_DRIFT_WARNED = 0.15
NAMED = 5
"""Counties that a sentence names; the report's table has them all."""


@dataclass(frozen=True)
class _Found:
    """One county's share of something, then and now, and how grave the difference is."""

    fips: str
    name: str
    was: float
    now: float
    grave: bool

    @property
    def fall(self) -> float:
        return self.was - self.now


def fields(now: Figures, past: Past, at: datetime) -> Iterator[Check]:
    """Columns that are emptier in some counties than in the previous snapshot, by county."""
    for name in PER_COUNTY:
        found = sorted(_emptier(f"voters.{name}", now, past.figures), key=lambda one: -one.fall)
        if found:
            grave = any(one.grave for one in found)
            level: Level = "quarantine" if grave else "warn"
            sentence = _sentence(name.replace("_", " "), found, past, at)
            worst = found[0]
            yield Check(f"county fill {name}", level, round(-worst.fall, 4), -EMPTIER_WARNED, sentence)


def _emptier(column: str, now: Figures, before: Figures) -> Iterator[_Found]:
    for fips in _comparable(now, before):
        was, share = before.county_share(column, fips), now.county_share(column, fips)
        if was is None or share is None:
            continue
        grave = was >= EMPTIER_WARNED and share < was * EMPTIED_HELD
        if grave or was - share > EMPTIER_WARNED:
            yield _Found(fips, now.names.get(fips) or fips, was, share, grave)


def _comparable(now: Figures, before: Figures) -> Iterator[str]:
    for fips in sorted(set(now.counties) & set(before.counties) - {""}):
        if min(now.counties[fips], before.counties[fips]) >= COUNTY_ENOUGH:
            yield fips


def _sentence(column: str, found: Sequence[_Found], past: Past, at: datetime) -> str:
    then = on(past.made_at, at)
    if len(found) == 1:
        one = found[0]
        return f"{county(one.name)}: {column} is filled in {one.now:.0%}, {one.was:.0%} {then}."
    named = [f"{one.name} {one.now:.0%} ({one.was:.0%} {then})" for one in found[:NAMED]]
    more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    return f"{column.capitalize()} is emptier in {len(found):,} counties: {', '.join(named)}{more}."


def shares(now: Figures, past: Past, at: datetime) -> Iterator[Check]:
    """Codes of a column that are spread otherwise within some counties than in the previous snapshot."""
    for name in CODES_PER_COUNTY:
        column = f"voters.{name}"
        mine, theirs = now.county_codes.get(column, {}), past.figures.county_codes.get(column, {})
        found = [
            (drift, fips)
            for fips in _comparable(now, past.figures)
            if fips in mine and fips in theirs
            if (drift := _drift(mine[fips], theirs[fips])) > COUNTY_DRIFT_WARNED
        ]
        if found:
            found.sort(reverse=True)
            level: Level = "quarantine" if found[0][0] > COUNTY_DRIFT_HELD else "warn"
            then = on(past.made_at, at)
            sentence = f"Voters with another {name} than {then}, by county: {listed(found, now.names)}."
            yield Check(f"county codes {name}", level, round(found[0][0], 4), COUNTY_DRIFT_WARNED, sentence)


def listed(found: Sequence[tuple[float, str]], names: Mapping[str, str]) -> str:
    """Shares and FIPS codes as `Wake 31%, Durham 28% and 4 more`."""
    named = ", ".join(f"{names.get(fips) or fips} {share:.0%}" for share, fips in found[:NAMED])
    return f"{named} and {len(found) - NAMED:,} more" if len(found) > NAMED else named


def _drift(now: Counts, before: Counts) -> float:
    """Total variation distance of two distributions of codes."""
    rows, earlier = sum(now.values()), sum(before.values())
    if not rows or not earlier:
        return 0.0
    codes = {*now, *before}
    return sum(abs(now.get(code, 0) / rows - before.get(code, 0) / earlier) for code in codes) / 2
