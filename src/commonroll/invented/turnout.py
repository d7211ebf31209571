"""Who voted when and how: habits that persist, so that two deliveries tell the same past."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache

import numpy as np

from commonroll.invented.draw import Bools, Ints, one_of
from commonroll.invented.population import OF_AGE, People
from commonroll.invented.rolls import DUPLICATE, Roll
from commonroll.roll.layout.layout import layouts_for

IN_PERSON, EARLY, MAIL, PROVISIONAL, NOT_COUNTED, ABSTAINED = range(6)
METHODS = {
    "NC": (38, 55, 6, 1, 0, 0),
    "FL": (270, 375, 340, 2, 3, 10),
    "OH": (1, 0, 0, 0, 0, 0),
    "WA": (0, 0, 1, 0, 0, 0),
}
# Days before an election when registration ends. North Carolina's are those of same-day registration at an
# early voting site; whoever registers after the regular deadline votes there.
CLOSES = {"NC": 3, "OH": 30, "FL": 29, "WA": 0}
REGULAR_DEADLINE = 25
# The higher the bar, the fewer turn out: about 70, 55, 22, 17 and 25 of a hundred active voters.
BARS = {
    "presidential": 31_000,
    "midterm": 48_000,
    "primary": 66_000,
    "municipal": 69_000,
    "preference": 62_000,
}


@dataclass(frozen=True)
class Election:
    day: int
    kind: str
    bar: int
    closes: int
    code: str = ""
    published: str = ""

    @property
    def name(self) -> str:
        """The published name, or the year and the kind of the election."""
        kind = "PRESIDENTIAL PRIMARY" if self.kind == "preference" else self.kind.upper()
        return self.published or f"{self.year} {kind} ELECTION"

    @property
    def date(self) -> np.datetime64:
        return np.datetime64(self.day, "D")

    @property
    def year(self) -> int:
        return int(str(self.date)[:4])


def day_of(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def election_day(year: int) -> int:
    """The Tuesday after the first Monday of November (2 U.S.C. 7)."""
    first = day_of(f"{year}-11-01")
    return first + (4 - first) % 7 + 1


def november(state: str, year: int) -> tuple[int, str, str]:
    """Day, kind and level of a November election; Ohio alone calls the local ones general too."""
    level = "presidential" if year % 4 == 0 else "midterm" if year % 2 == 0 else "municipal"
    return election_day(year), "general" if year % 2 == 0 or state == "OH" else "municipal", level


PRIMARIES = {
    "NC": "2018-05-08 2020-03-03 2022-05-17 2024-03-05 2026-03-03",
    "OH": """
        2000-03-07 2001-05-08 2002-05-07 2003-05-06 2004-03-02 2005-05-03 2006-05-02 2007-05-08
        2008-03-04 2009-05-05 2010-05-04 2011-05-03 2012-03-06 2013-05-07 2014-05-06 2015-05-05
        2016-03-15 2017-05-02 2018-05-08 2019-05-07 2020-03-17 2021-05-04 2022-05-03 2023-05-02
        2024-03-19 2025-05-06 2026-05-05
    """,
    "FL": "2018-08-28 2020-08-18 2022-08-23 2024-08-20 2026-08-18",
    "WA": """2019-08-06 2020-08-04 2021-08-03 2022-08-02 2023-08-01 2024-08-06 2025-08-05 2026-08-04""",
}
PREFERENCES = {"NC": "", "OH": "", "FL": "2020-03-17 2024-03-19", "WA": "2020-03-10 2024-03-12"}
NOVEMBERS = {
    "NC": range(2016, 2027),
    "OH": range(2000, 2027),
    "FL": range(2016, 2027, 2),
    "WA": range(2019, 2027),
}
OTHERS = {"NC": "", "OH": "2023-08-08", "FL": "2023-11-07 2025-11-04", "WA": ""}
WHIM = 1_000_000
USUAL_METHODS = (45, 25, 28, 2, 0, 0)
USUALLY_CLOSES = 15
FIRST_LISTED, LAST_LISTED = datetime.date(2014, 1, 1), datetime.date(2026, 11, 20)
MOST_LISTED = 12
LISTED_KINDS = {"general": "general", "primary": "primary", "municipal": "municipal"}
LEVELS = {"general": "midterm", "primary": "primary"}


@cache
def elections(state: str) -> tuple[Election, ...]:
    """The elections that the state's files tell of, oldest first."""
    if state not in NOVEMBERS:
        return listed(state) or usual()
    held = [november(state, year) for year in NOVEMBERS[state]]
    held += [(day_of(d), "primary", "primary") for d in PRIMARIES[state].split()]
    held += [(day_of(d), "preference", "preference") for d in PREFERENCES[state].split()]
    held += [(day_of(d), "special", "municipal") for d in OTHERS[state].split()]
    return tuple(Election(day, kind, BARS[level], CLOSES[state]) for day, kind, level in sorted(held))


@cache
def usual() -> tuple[Election, ...]:
    """Elections of a state without a list: each November, and an invented primary on a Tuesday of June."""
    held = [november("", year) for year in range(2014, 2027)]
    primaries = [(election_day(year) - 154, "primary", "primary") for year in range(2014, 2027, 2)]
    every = sorted([*held, *primaries])
    return tuple(Election(day, kind, BARS[level], USUALLY_CLOSES) for day, kind, level in every)


@cache
def listed(state: str) -> tuple[Election, ...]:
    """Elections by the state's own list of codes, the newest; and those without a code on other days."""
    lists = [known.unpivot.listed for known in layouts_for(state) if known.unpivot]
    found = {
        day_of(one.day.isoformat()): Election(
            day_of(one.day.isoformat()),
            LISTED_KINDS.get(one.kind or "", "special"),
            BARS[LEVELS.get(one.kind or "", "municipal")],
            USUALLY_CLOSES,
            code,
            one.name or "",
        )
        for several in lists
        for code, one in several.items()
        if one.day is not None and FIRST_LISTED <= one.day <= LAST_LISTED
    }
    newest = dict(sorted(found.items(), reverse=True)[:MOST_LISTED])
    held = {(election.year, election.kind) for election in newest.values()}
    others = {e.day: e for e in usual() if (e.year, e.kind) not in held}
    return tuple(election for _, election in sorted((others | newest).items())) if newest else ()


def voted(people: People, roll: Roll, election: Election) -> Bools:
    """Who of these rows took part. Nobody votes before 18, before registering or after leaving."""
    luck = people.luck[roll.person]
    score = people.keen[roll.person] * 65 + one_of(luck, election.day, 1000) * 35
    able = (roll.registered <= election.day - election.closes) & (election.day < roll.left)
    able &= (people.birth[roll.person] + OF_AGE <= election.day) & (roll.kind != DUPLICATE)
    return np.asarray(able & (score > election.bar + 22_000 * roll.dormant))


def method(state: str, people: People, roll: Roll, election: Election) -> Ints:
    """How each of these rows votes, by habit in 17 of 20 elections."""
    luck = people.luck[roll.person]
    edges = np.cumsum(METHODS.get(state, USUAL_METHODS))
    habit, whim = one_of(luck, 1, int(edges[-1])), one_of(luck, election.day + WHIM, int(edges[-1]))
    strays = one_of(luck, election.day + 2 * WHIM, 100) < 15
    way = np.searchsorted(edges, np.where(strays, whim, habit), side="right").astype(np.int64)
    late = (state == "NC") & (roll.registered >= election.day - REGULAR_DEADLINE)
    return np.asarray(np.where(late, EARLY, way))
