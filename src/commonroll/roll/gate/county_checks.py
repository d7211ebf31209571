"""The gate's checks of single counties: those gone or changed, fields that emptied, codes that moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from commonroll.roll.gate.checks import Check, Level, on, since
from commonroll.roll.gate.county_figures import CODES_PER_COUNTY, PER_COUNTY
from commonroll.roll.gate.figures import Counts, Figures, Past
from commonroll.roll.layout.shape import Layout

COUNTY_WARNED = 0.10
"""Share of a county's voters gained or lost: more than a census decade moves in a year."""
COUNTY_SMALL = 50
"""Voters: below it a county's change is chance, and its absence is only warned of."""
NAMED = 5
"""Counties that a sentence names; the report's table has them all."""
IF_A_PIECE = (
    "If the files are a part of the state's delivery, load them as one: the other counties then stay "
    "(on the page a box to tick, on the command line `--piece`)."
)
UNUSUAL = 5.0
"""Times the usual change: where a county's change is worth a sentence although its share is small."""
COUNTY_ENOUGH = 200
"""Voters, then and now: below it the share of a county's fields is chance."""
EMPTIED_HELD = 0.5
"""Share of the earlier fill: a county that keeps less than half of a field's values sent another file."""
EMPTIER_WARNED = 0.15
"""Share of a county's voters: clerks fill fields unevenly, but not by so much from one file to the next."""
COUNTY_DRIFT_HELD = 0.5
"""Share of a county's voters with another code than before: its column holds something else."""
COUNTY_DRIFT_WARNED = 0.15


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


def changes(now: Figures, past: Sequence[Past], at: datetime) -> Iterator[Check]:
    """Voters per county against the previous snapshot: counties that are gone or changed unusually."""
    before = past[0].figures
    if "voters" not in now.rows or not before.counties:
        return
    names = {**before.names, **now.names}
    gone = [fips for fips, was in before.counties.items() if fips and was and not now.counties.get(fips)]
    if gone:
        yield _missing(gone, names, past[0], at)
    found = bool(gone)
    for fips in sorted({*before.counties, *now.counties} - {"", *gone}):
        check = _county(fips, names.get(fips) or fips, now, past, at)
        if check is not None:
            found = True
            yield check
    if not found:
        sentence = f"No county gained or lost more than {COUNTY_WARNED:.0%}."
        yield Check("counties", "ok", 0, COUNTY_WARNED, sentence)


def _missing(gone: Sequence[str], names: Mapping[str, str], past: Past, at: datetime) -> Check:
    """Counties of the previous snapshot without a voter now, the largest first, and what they may mean."""
    before = past.figures.counties
    largest = sorted(gone, key=lambda fips: (-before[fips], fips))
    when = since(past.made_at, at)
    if len(gone) == 1:
        (fips,) = gone
        said = f"{county(names.get(fips) or fips)} had {before[fips]:,} voters and has none {when}."
    else:
        named = [f"{names.get(fips) or fips} ({before[fips]:,} before)" for fips in largest[:NAMED]]
        of = len([fips for fips, was in before.items() if fips and was])
        said = f"{len(gone):,} of {of:,} counties have no row: {and_more(named, len(gone))}."
    level: Level = "refuse" if before[largest[0]] >= COUNTY_SMALL else "warn"
    advice = f" {IF_A_PIECE}" if level == "refuse" else ""
    return Check("counties missing", level, -len(gone), 0, said + advice)


def and_more(named: Sequence[str], of: int) -> str:
    """The first of `of` things, those in `named`, as a list that counts the others."""
    more = f" and {of - len(named):,} more" if of > len(named) else ""
    return f"{', '.join(named)}{more}"


def _county(fips: str, name: str, now: Figures, past: Sequence[Past], at: datetime) -> Check | None:
    was, is_ = past[0].figures.counties.get(fips, 0), now.counties.get(fips, 0)
    change = is_ - was
    when = since(past[0].made_at, at)
    share = abs(change) / was if was else 1.0
    times = _times(abs(change), _usual(fips, past))
    if abs(change) < COUNTY_SMALL or (share <= COUNTY_WARNED and times < UNUSUAL):
        return None
    verb = "lost" if change < 0 else "gained"
    sentence = f"{county(name)} {verb} {abs(change):,} voters {when}."
    if times >= UNUSUAL:
        sentence += f" That is {times:,.0f} times the usual."
    elif was:
        sentence += f" That is {share:.1%} of its {was:,}."
    return Check(f"county {fips}", "warn", change, round(COUNTY_WARNED * was), sentence)


def _usual(fips: str, past: Sequence[Past]) -> float:
    """The median change of a county between earlier snapshots; 0 where fewer than two are known."""
    sizes = [one.figures.counties.get(fips, 0) for one in past]
    changes = [abs(later - earlier) for later, earlier in pairwise(sizes)]
    return float(median(changes)) if len(changes) > 1 else 0.0


def _times(change: int, usual: float) -> float:
    return change / usual if usual else 0.0


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
    listed_here = and_more(named, len(found))
    return f"{column.capitalize()} is emptier in {len(found):,} counties: {listed_here}."


def shares(now: Figures, past: Past, at: datetime) -> Iterator[Check]:
    """Codes of a column that are spread otherwise within some counties than in the previous snapshot."""
    for name in CODES_PER_COUNTY:
        found = [(one.drift, one.fips) for one in shifts(now, past.figures, name)]
        if found:
            level: Level = "quarantine" if found[0][0] > COUNTY_DRIFT_HELD else "warn"
            then = on(past.made_at, at)
            sentence = f"Voters with another {name} than {then}, by county: {listed(found, now.names)}."
            yield Check(f"county codes {name}", level, round(found[0][0], 4), COUNTY_DRIFT_WARNED, sentence)


@dataclass(frozen=True)
class Shift:
    """Codes of `column` in one county: the share of voters that moved, and the code that moved most."""

    column: str
    fips: str
    drift: float
    code: str
    was: float
    now: float

    def as_dict(self) -> dict[str, str | float]:
        """The shift, JSON-ready, shares rounded."""
        drift, was, now = (round(share, 3) for share in (self.drift, self.was, self.now))
        return {"column": self.column, "fips": self.fips, "drift": drift, "code": self.code,
                "was": was, "now": now}  # fmt: skip


def shifts(now: Figures, before: Figures, name: str) -> list[Shift]:
    """Counties whose codes of a column moved by more than COUNTY_DRIFT_WARNED, the greatest shift first."""
    column = f"voters.{name}"
    mine, theirs = now.county_codes.get(column, {}), before.county_codes.get(column, {})
    found = [
        _shift(name, fips, mine[fips], theirs[fips])
        for fips in _comparable(now, before)
        if fips in mine and fips in theirs
    ]
    moved = [one for one in found if one.drift > COUNTY_DRIFT_WARNED]
    return sorted(moved, key=lambda one: (-one.drift, one.fips))


def _shift(name: str, fips: str, now: Counts, before: Counts) -> Shift:
    """The total variation distance of two distributions of codes, and the code with the greatest part."""
    rows, earlier = sum(now.values()), sum(before.values())
    moves = {code: (before.get(code, 0) / earlier, now.get(code, 0) / rows) for code in {*now, *before}}
    drift = sum(abs(is_ - was) for was, is_ in moves.values()) / 2
    code = max(sorted(moves), key=lambda one: abs(moves[one][1] - moves[one][0]))
    return Shift(name, fips, drift, code, *moves[code])


def listed(found: Sequence[tuple[float, str]], names: Mapping[str, str]) -> str:
    """Shares and FIPS codes as `Wake 31%, Durham 28% and 4 more`."""
    return and_more([f"{names.get(fips) or fips} {share:.0%}" for share, fips in found[:NAMED]], len(found))


def county(name: str) -> str:
    """A county's name in a sentence."""
    return name if name.endswith(("County", "Parish", "City", "Borough")) else f"{name} County"


def first(now: Figures, layouts: Sequence[Layout]) -> Iterator[Check]:
    """Counties without a voter in a vault's first delivery, of those that the layout knows."""
    known = {one.fips: one.name for layout in layouts for one in layout.counties.values()}
    if not any(now.counties.get(fips) for fips in known):
        return
    none = sorted(name for fips, name in known.items() if not now.counties.get(fips))
    said = f"{len(none):,} of {len(known):,} counties have no row: {and_more(none[:NAMED], len(none))}."
    advice = " Is this the whole delivery?"
    level: Level = "warn" if none else "ok"
    sentence = said + advice if none else f"Each of {len(known):,} counties has voters."
    yield Check("counties of a first delivery", level, -len(none), 0, sentence)
