"""The gate's checks of who the rows are: ids gone, new, reused or renumbered; births and registrations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from commonroll.roll.gate.checks import FEW, MANY, Check, Level
from commonroll.roll.gate.county_checks import COUNTY_ENOUGH, listed
from commonroll.roll.gate.county_figures import YOUNG
from commonroll.roll.gate.figures import Figures, Past
from commonroll.roll.gate.reuse import Churn

GONE_REFUSED = 0.20
"""Share of ids: no state strikes a fifth of its voters between two files; another column of ids does."""
GONE_WARNED = 0.08
"""Share of ids: more than the list maintenance after a federal election removes."""
COUNTY_GONE = 0.25
"""Share of a county's ids: a county that numbers its voters anew, or whose lines are another county's."""
RENUMBERED = 0.5
"""Share of ids gone or given to others: above it a state that numbers anew is told from another roll."""
FOUND_AGAIN = 0.8
"""Share of the voters whose id is gone: if so many stand under new ids, the state has renumbered."""
REUSED_HELD = 0.0005
"""Share of ids: a clerk's slip gives a few ids to somebody else; one in two thousand is a habit."""
ALIKE_WARNED = 0.005
"""Share of registrations that look like another one: moves leave a few per thousand behind."""
ALIKE_HELD = 0.10
YOUNG_HELD = 0.01
"""Share of voters registered too young: above it a date's column or format is another one."""
OLDEST = 115
"""Years: nobody on a roll is older; registrars write such births where they know none."""
OLD_HELD = 0.01
NAMES_ENOUGH = 200
"""Rows below which a few families could decide."""
SWAPPED = 0.15
"""Share of last names that are first names: a quarter of what a swap gives, 25 times what a roll has."""


def ids(churn: Churn, past: Past) -> Iterator[Check]:
    """Ids gone, new and reused against the previous snapshot."""
    if not churn.before:
        return
    gone = churn.gone / churn.before
    delivered = churn.before - churn.gone + churn.new
    new = churn.new / delivered if delivered else 0.0
    moves = (
        f"{gone:.1%} of the ids of snapshot {past.snapshot} are gone, {new:.1%} of those delivered are new."
    )
    lost = churn.gone + churn.reused
    if lost > RENUMBERED * churn.before and churn.found_again >= FOUND_AGAIN * lost:
        again = churn.found_again / lost
        sentence = f"{moves} The state has renumbered: {again:.0%} of those gone stand under a new id with"
        yield Check("ids", "quarantine", round(gone, 4), GONE_REFUSED, f"{sentence} the same name and birth.")
    else:
        yield Check("ids", _gone_level(gone, churn.before), round(gone, 4), GONE_REFUSED, moves)
    yield from _reused(churn, past)


def _gone_level(gone: float, before: int) -> Level:
    if gone > GONE_REFUSED and before >= COUNTY_ENOUGH:
        return "refuse"
    return "warn" if gone > GONE_WARNED else "ok"


def _reused(churn: Churn, past: Past) -> Iterator[Check]:
    level: Level = "warn" if churn.reused else "ok"
    if churn.reused >= FEW and churn.reused > REUSED_HELD * churn.before:
        level = "quarantine"
    whose = "1 id" if churn.reused == 1 else f"{churn.reused:,} ids"
    verb = "means" if churn.reused == 1 else "mean"
    sentence = (
        f"{whose} of snapshot {past.snapshot} {verb} another person now; the old rows end, new ones begin."
    )
    yield Check("reused ids", level, churn.reused, round(REUSED_HELD * churn.before), sentence)


def ids_of_counties(churn: Churn, now: Figures) -> Iterator[Check]:
    """Counties that lost a large share of their ids while the state as a whole did not."""
    if churn.gone > GONE_REFUSED * churn.before:
        return
    found = sorted(
        (
            (one["gone"] / one["before"], fips)
            for fips, one in churn.counties.items()
            if fips and one["before"] >= COUNTY_ENOUGH and one["gone"] > COUNTY_GONE * one["before"]
        ),
        reverse=True,
    )
    if found:
        sentence = f"Ids that are gone, by county: {listed(found, now.names)}."
        yield Check("ids of counties", "warn", round(found[0][0], 4), COUNTY_GONE, sentence)


def names(now: Figures) -> Iterator[Check]:
    """Refuses a roll whose last names are first names (`familiar_names.py`)."""
    rows = now.familiar.get("rows", 0)
    if rows < NAMES_ENOUGH:
        return
    first, last = (now.familiar[name] / rows for name in ("first", "last"))
    swapped = last > max(SWAPPED, first)
    sentence = f"{first:.0%} of the first names and {last:.0%} of the last names are common first names"
    sentence += ": the two columns look swapped; compare the layout with the file." if swapped else "."
    yield Check("names", "refuse" if swapped else "ok", round(last, 4), SWAPPED, sentence)


def births(now: Figures, at: datetime) -> Iterator[Check]:
    """Voters who registered before they can have been of age, and those too old to be alive."""
    voters = now.rows.get("voters", 0)
    if not voters or not now.births:
        return
    sentence = f"{_voters(now.young)} registered before the age of {YOUNG}, by their birth."
    yield _some("registered too young", now.young, voters, sentence, YOUNG_HELD)
    oldest = at.year - OLDEST
    old = sum(count for year, count in now.births.items() if int(year) < oldest)
    sentence = f"{_voters(old)} {'was' if old == 1 else 'were'} born before {oldest}."
    yield _some("born too early", old, voters, sentence, OLD_HELD)


def _voters(count: int) -> str:
    return "1 voter" if count == 1 else f"{count:,} voters"


def alike(now: Figures) -> Iterator[Check]:
    """Registrations that share name, birth and address: perhaps one person registered twice."""
    voters = now.rows.get("voters", 0)
    if not voters or not now.births:
        return
    share = now.alike / voters
    level: Level = "ok"
    if now.alike >= FEW and share > ALIKE_WARNED:
        level = "quarantine" if share > ALIKE_HELD and voters >= MANY else "warn"
    sentence = (
        f"{now.alike:,} registrations share name, birth and address with another one: a person may be "
        "registered twice, or two share all three."
    )
    yield Check("registrations alike", level, now.alike, round(ALIKE_WARNED * voters), sentence)


def _some(name: str, count: int, of: int, sentence: str, held: float) -> Check:
    level: Level = "warn" if count else "ok"
    if count >= FEW and count > held * of:
        level = "quarantine"
    return Check(name, level, count, round(held * of), sentence)
