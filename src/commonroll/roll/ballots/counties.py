"""How far each county's word on ballots reaches: its last file, its last news, its usual lag, its counts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ..engine import engine
from ..schema import BALLOT_FILES
from ..vault.vault import Vault

STALE_DAYS = 3
"""Days without a file or news after which a county is marked."""


@dataclass(frozen=True)
class CountyFile:
    """One county's part of one day's file, in counts. `lag`: median days from a return to this file, of
    returns that it told first."""

    election: datetime.date
    as_of: datetime.date
    fips: str
    piece: bool
    voters: int
    sent: int
    returned: int
    rejected: int
    doubtful: int
    changed: int
    lag: float | None


@dataclass(frozen=True)
class CountyWord:
    """What a county is known to say of an election. `told`: whether it says which ballots came back at all;
    where it does not, nobody knows who is to be chased. `lag`: its usual one, days."""

    fips: str
    as_of: datetime.date
    news: datetime.date
    told: bool
    lag: float | None
    voters: int
    sent: int
    returned: int
    rejected: int
    doubtful: int

    def stale(self, today: datetime.date) -> bool:
        """Whether no file of the county came for three days."""
        return (today - self.as_of).days >= STALE_DAYS

    def silent(self, today: datetime.date) -> bool:
        """Whether its files said nothing new for three days."""
        return (today - self.news).days >= STALE_DAYS


def files_of(vault: Vault, election: datetime.date | None = None) -> tuple[CountyFile, ...]:
    """The counties' files, the oldest first; of two of one county and day the one that came last."""
    paths = vault.event_files(BALLOT_FILES.name)
    if not paths:
        return ()
    asked = """
        SELECT election_date, as_of, county_fips, piece, voters, sent, returned, rejected, doubtful,
            changed, lag
        FROM read_parquet($paths)
        WHERE $election IS NULL OR election_date = $election
        QUALIFY row_number() OVER (PARTITION BY election_date, as_of, county_fips ORDER BY loaded_at DESC) = 1
        ORDER BY as_of, county_fips"""
    with closing(engine()) as con:
        rows = con.execute(asked, {"paths": list(paths), "election": election}).fetchall()
    return tuple(CountyFile(*row) for row in rows)


def words_of(files: Sequence[CountyFile]) -> Mapping[str, CountyWord]:
    """What the files of one election, the oldest first, come to by county."""
    by_county: dict[str, list[CountyFile]] = {}
    for one in files:
        by_county.setdefault(one.fips, []).append(one)
    return {fips: _word(of) for fips, of in by_county.items()}


def _word(files: Sequence[CountyFile]) -> CountyWord:
    last = files[-1]
    news = [one.as_of for one in files if one.changed]
    lags = sorted(one.lag for one in files if one.lag is not None)
    return CountyWord(
        last.fips, last.as_of, news[-1] if news else files[0].as_of, any(one.returned for one in files),
        lags[len(lags) // 2] if lags else None, last.voters, last.sent, last.returned, last.rejected,
        last.doubtful,
    )  # fmt: skip


def as_dict(word: CountyWord, name: str, today: datetime.date) -> dict[str, Any]:
    """A county's word as one JSON document."""
    return {
        "county_fips": word.fips, "county": name, "as_of": word.as_of.isoformat(),
        "news": word.news.isoformat(), "returns": "told" if word.told else "unknown",
        "usual_lag_days": word.lag, "ballots": word.voters, "sent": word.sent, "returned": word.returned,
        "rejected": word.rejected, "impossible_dates": word.doubtful, "no_file_for_days": word.stale(today),
        "no_news_for_days": word.silent(today),
    }  # fmt: skip
