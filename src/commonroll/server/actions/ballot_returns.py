"""Ballots that came back, by day, party and county, beside the same day before earlier elections.

Counts are governed questions like any other; receipts of looks within a minute are one.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.ballots import counties
from commonroll.roll.ballots.counties import CountyWord
from commonroll.roll.counties import all_counties
from commonroll.roll.engine import engine
from commonroll.roll.schema import BALLOTS
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import questions
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.permits import grants_in_force
from commonroll.views.counts import UNKNOWN, Answer
from commonroll.views.question import Gap

EARLIER = 2
"""Elections that are set beside the one looked at."""


@dataclass(frozen=True)
class Day:
    """A day of returns: `before` days before the election (after it: negative), how many came back on it, by
    party, and of each earlier election as many as had come by the same day."""

    on: datetime.date
    before: int
    returned: int
    so_far: int
    parties: Mapping[str, int]
    earlier: tuple[int | None, ...]


@dataclass(frozen=True)
class Part:
    """A party or county: how many have come back, as many as on the same day before each earlier election;
    of a county, what its word is worth."""

    name: str
    returned: int
    earlier: tuple[int, ...]
    word: CountyWord | None = None
    stale: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Returns:
    """What is known of an election's returns. `as_of`: the counties' last days, the first and the latest."""

    election: datetime.date
    elections: tuple[datetime.date, ...]
    compared: tuple[datetime.date, ...]
    days: tuple[Day, ...]
    parties: tuple[Part, ...]
    counties: tuple[Part, ...]
    as_of: tuple[datetime.date, datetime.date] | None
    gaps: tuple[Gap, ...]
    undated: int = 0

    @property
    def total(self) -> int:
        return self.days[-1].so_far if self.days else 0


def elections(*, home: Home, viewer: Member, purpose: str) -> list[datetime.date]:
    """Elections of which the viewer has ballots, or an owner that lets it ask of them; the latest first."""
    owners = {viewer.key} if viewer.state else set()
    granting = grants_in_force(viewer, purpose, timezone.now())
    owners |= {owner for owner, grant in granting.items() if "ballots.election_date" in grant.columns}
    return sorted({day for owner in owners for day in _elections(home, owner)}, reverse=True)


def _elections(home: Home, owner: str) -> tuple[datetime.date, ...]:
    vault = Vault(home.vaults, owner)
    head = vault.current()
    if head is None or not head.rows.get(BALLOTS.name):
        return ()
    with vault.lease(head):
        return _days_of(vault.files(head, BALLOTS.name))


@lru_cache(maxsize=256)
def _days_of(files: tuple[str, ...]) -> tuple[datetime.date, ...]:
    asked = "SELECT DISTINCT election_date FROM read_parquet($files) WHERE election_date IS NOT NULL"
    with closing(engine()) as con:
        return tuple(row[0] for row in con.execute(asked, {"files": list(files)}).fetchall())


def returns(
    *, home: Home, viewer: Member, purpose: str, election: datetime.date | None, by: Actor
) -> Returns | None:
    """The returns of an election (the latest); None where nobody has ballots that the viewer may ask about.

    Raises Refusal where no owner grants the question, or there is no such election.
    """
    by.require("count", viewer)
    known = elections(home=home, viewer=viewer, purpose=purpose)
    if not known:
        return None
    chosen = election or known[0]
    if chosen not in known:
        raise Refusal("No ballots of that election are here.", next_step="Choose one of those listed.")
    compared = tuple(day for day in known if day < chosen)[:EARLIER]
    asking = _Asking(home, viewer, purpose, by)
    now, past = asking.of(chosen), [asking.of(day) for day in compared]
    words = _words(home, now.answer.by_owner, chosen)
    latest = max((word.as_of for word in words.values()), default=timezone.localdate())
    cut = (chosen - latest).days
    return Returns(
        chosen, tuple(known), compared, tuple(_days(now, past, latest)),
        tuple(_parts(now.by_party, [one.by_party for one in past], cut)),
        tuple(_counties(now, past, cut, words)),
        (min(word.as_of for word in words.values()), latest) if words else None,
        now.answer.gaps,
    )  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """An election's returns: (days before, party or county) -> ballots."""

    election: datetime.date
    answer: Answer
    by_party: Mapping[tuple[int, str], int]
    by_county: Mapping[tuple[int, str], int]

    def by_day(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for (before, _), n in self.by_county.items():
            found[before] += n
        return found


@dataclass(frozen=True)
class _Asking:
    home: Home
    viewer: Member
    purpose: str
    by: Actor

    def of(self, election: datetime.date) -> _Told:
        counties_, party = self._count(election, "county_name"), None
        with suppress(Refusal):  # where nobody publishes or grants parties, days and counties still stand
            party = self._count(election, "party")
        return _Told(election, counties_, _cells(party, election), _cells(counties_, election))

    def _count(self, election: datetime.date, column: str) -> Answer:
        day = f"ballot_returned_on('{election}')"
        return questions.count(
            home=self.home, viewer=self.viewer, purpose=self.purpose, where=f"{day} IS NOT NULL",
            by_columns=(day, column), live=True, by=self.by,
        )  # fmt: skip


def _cells(answer: Answer | None, election: datetime.date) -> Mapping[tuple[int, str], int]:
    found: Counter[tuple[int, str]] = Counter()
    for values, n in answer.grouped() if answer else ():
        if isinstance(values[0], datetime.date):
            found[(election - values[0]).days, str(values[1])] += n
    return found


def _words(home: Home, owners: Iterable[str], election: datetime.date) -> Mapping[str, CountyWord]:
    """County's name -> its word, of the owners in the answer."""
    names, found = all_counties(), dict[str, CountyWord]()
    for owner in owners:
        words = counties.words_of(counties.files_of(Vault(home.vaults, owner), election))
        found |= {names.get(fips, UNKNOWN): word for fips, word in words.items()}
    return found


def _days(now: _Told, past: Sequence[_Told], latest: datetime.date) -> Iterator[Day]:
    """Every day from the first return of this election to its day, those without returns too; after it the
    days alone on which something came."""
    here, so_far = now.by_day(), 0
    if not here:
        return
    totals = [one.by_day() for one in past]
    last = min(min(here), max((now.election - latest).days, -60))
    for before in range(max(here), last - 1, -1):
        if before < 0 and not here[before]:
            continue
        so_far += here[before]
        parties = {party: n for (on, party), n in now.by_party.items() if on == before}
        earlier = tuple(sum(n for on, n in of.items() if on >= before) if of else None for of in totals)
        yield Day(
            now.election - datetime.timedelta(days=before), before, here[before], so_far, parties, earlier
        )


def _sums(cells: Mapping[tuple[int, str], int], cut: int | None = None) -> Counter[str]:
    found: Counter[str] = Counter()
    for (before, name), n in cells.items():
        if cut is None or before >= cut:
            found[name] += n
    return found


def _parts(
    now: Mapping[tuple[int, str], int], past: Sequence[Mapping[tuple[int, str], int]], cut: int
) -> Iterator[Part]:
    earlier = [_sums(cells, cut) for cells in past]
    here = _sums(now)
    for name in sorted(
        {*here, *(one for sums in earlier for one in sums)}, key=lambda one: (-here[one], one)
    ):
        yield Part(name, here[name], tuple(sums[name] for sums in earlier))


def _counties(now: _Told, past: Sequence[_Told], cut: int, words: Mapping[str, CountyWord]) -> Iterator[Part]:
    """Counties with returns or with a file, by name."""
    today = timezone.localdate()
    here, earlier = _sums(now.by_county), [_sums(one.by_county, cut) for one in past]
    for name in sorted({*here, *words}):
        word = words.get(name)
        over = (today - now.election).days > counties.STALE_DAYS  # nobody waits for files then
        yield Part(
            name, here[name], tuple(sums[name] for sums in earlier), word,
            bool(word and not over and word.stale(today)), bool(word and not over and word.silent(today)),
        )  # fmt: skip


def as_csv(found: Returns) -> str:
    """A line a day: how many came back, by party, and what had come by the same day before."""
    text = io.StringIO()
    parties = [part.name for part in found.parties]
    lines = csv.writer(text)
    lines.writerow([
        "day", "days_before", "returned", "so_far", *parties,
        *(f"so_far_before_{day}" for day in found.compared),
    ])  # fmt: skip
    for day in found.days:
        lines.writerow([
            day.on, day.before, day.returned, day.so_far, *(day.parties.get(party, 0) for party in parties),
            *("" if n is None else n for n in day.earlier),
        ])  # fmt: skip
    return text.getvalue()
