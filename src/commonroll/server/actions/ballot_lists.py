"""Who is to be chased and who can cure, in counts: governed questions, each with its receipts first."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from commonroll.agreements.cures import ASK
from commonroll.agreements.law import cure_of
from commonroll.roll.ballots import counties
from commonroll.roll.ballots.counties import CountyWord
from commonroll.roll.counties import all_counties
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import questions
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.views.counts import UNKNOWN, Answer


@dataclass(frozen=True)
class ChaseCounty:
    """A county of a chase list: whom to chase, of how many nobody knows whether their ballot is back, and
    what its word is worth. `word` is None where the owner has no daily files of it."""

    owner: str
    county: str
    chase: int
    unknown: int
    word: CountyWord | None

    def as_dict(self, today: datetime.date) -> dict[str, Any]:
        """The county as one JSON document; of its word the days alone."""
        word = self.word
        return {
            "owner": self.owner, "county": self.county, "chase": self.chase, "unknown": self.unknown,
            "as_of": word.as_of.isoformat() if word else None, "usual_lag_days": word.lag if word else None,
            "no_file_for_days": word.stale(today) if word else None,
        }  # fmt: skip


@dataclass(frozen=True)
class CureLine:
    """One kind of rejected ballot that can still be cured: until when (None: ask the county), why it was
    rejected, by whom it can be cured, where the law says so."""

    owner: str
    state: str
    until: datetime.date | None
    why: str
    county: str
    voters: int
    who: str
    at: str
    cites: str

    def left(self, today: datetime.date) -> int | None:
        """Days left, 0 on the last; None where nobody here knows."""
        return None if self.until is None else (self.until - today).days

    def as_dict(self, today: datetime.date) -> dict[str, Any]:
        """The line as one JSON document."""
        return {
            "owner": self.owner, "state": self.state, "days_left": self.left(today), "county": self.county,
            "until": self.until.isoformat() if self.until else ASK, "at": self.at, "why": self.why,
            "voters": self.voters, "who": self.who, "source": self.cites,
        }  # fmt: skip


def narrowed(word: str, election: datetime.date, where: str) -> str:
    """A WHERE within a universe: `chase('2026-11-03') AND (...)`."""
    condition = f"{word}('{election}')"
    return f"{condition} AND ({where})" if where.strip() else condition


def chase(
    *, home: Home, viewer: Member, purpose: str, election: datetime.date, where: str = "",
    live: bool = False, by: Actor,
) -> tuple[Answer, list[ChaseCounty]]:  # fmt: skip
    """Whom to chase, by county: sent, not back, in a county that says which came back.
    `live`: as `questions.count`. Raises Refusal."""
    day = f"ballot_status('{election}')"
    out = f"{day} IN ('sent', 'unknown')"
    answer = questions.count(
        home=home, viewer=viewer, purpose=purpose, where=f"{out} AND ({where})" if where.strip() else out,
        by_columns=("county_name", day), live=live, by=by,
    )  # fmt: skip
    over = timezone.localdate() > election
    cells: dict[tuple[str, str], dict[str, int]] = {}
    for row in answer.rows:
        cells.setdefault((row.owner, str(row.by[0])), {})[str(row.by[1])] = row.n
    words = {owner: _words(home, owner, election) for owner in answer.by_owner}
    found = [
        ChaseCounty(
            owner, county, 0 if over else n.get("sent", 0), n.get("unknown", 0), words[owner].get(county)
        )
        for (owner, county), n in cells.items()
    ]
    return answer, sorted(found, key=lambda one: (-one.chase, -one.unknown, one.owner, one.county))


def _words(home: Home, owner: str, election: datetime.date) -> Mapping[str, CountyWord]:
    """County's name -> its word; days and counts of nobody."""
    files = counties.files_of(Vault(home.vaults, owner), election)
    names = all_counties()
    return {names.get(fips, UNKNOWN): word for fips, word in counties.words_of(files).items()}


def cure(
    *, home: Home, viewer: Member, purpose: str, election: datetime.date, where: str = "",
    live: bool = False, by: Actor,
) -> tuple[Answer, list[CureLine]]:  # fmt: skip
    """Rejected ballots that can still be cured, those with the fewest days left first.
    `live`: as `questions.count`. Raises Refusal."""
    columns = ("county_name", f"cure_by('{election}')", f"cure_why('{election}')")
    answer = questions.count(
        home=home, viewer=viewer, purpose=purpose, where=narrowed("cure", election, where),
        by_columns=columns, live=live, by=by,
    )  # fmt: skip
    states = dict(Member.objects.filter(key__in=answer.by_owner).values_list("key", "state"))
    found = [_line(row.owner, states[row.owner], election, row.by, row.n) for row in answer.rows]
    last = datetime.date.max
    return answer, sorted(found, key=lambda one: (one.until or last, -one.voters, one.owner, one.county))


def _line(owner: str, state: str, election: datetime.date, cells: Sequence[object], n: int) -> CureLine:
    law = cure_of(state, election)
    county, until, why = cells
    return CureLine(
        owner, state, until if isinstance(until, datetime.date) else None, str(why), str(county), n,
        (law.who if law else "") or ASK, law.at if law else "", law.cites if law else "",
    )  # fmt: skip
