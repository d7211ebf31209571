"""The words by which a universe asks how far a voter's ballot for an election is: `chase('2026-11-03')`.

They are fields without a column of their own, of one election each. What they say follows from `ballots` as
the owner shows it; whether a cure is open follows from the owner's law pack (docs/adr/0100).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from commonroll.roll.schema import BALLOT_STATUSES
from commonroll.views.derived import Kind, Visible

ELECTION = "ballots.election_date"
VOTED = ("returned", "accepted", "cured")
"""States of a ballot that has come back and is not known to be lost: nobody asks for this vote again."""


@dataclass(frozen=True)
class BallotWord:
    """A word before an election's day in parentheses: its kind of value, the columns it is made of."""

    name: str
    kind: Kind
    sources: tuple[str, ...]
    meaning: str
    values: tuple[str, ...] | None = None

    @property
    def usage(self) -> str:
        return f"{self.name}('election date')"

    @property
    def computed(self) -> bool:
        """Whether it is worked out from its sources rather than one of them."""
        return self.name in ("chase", "cure", "cure_by", "cure_why")


_STATUS, _REASON = "ballots.status", "ballots.reason"

BALLOT_WORDS: Mapping[str, BallotWord] = {
    word.name: word
    for word in (
        BallotWord("ballot_status", "text", (_STATUS,), "how far the ballot is", BALLOT_STATUSES),
        BallotWord("ballot_requested_on", "date", ("ballots.requested_on",), "day it was asked for"),
        BallotWord("ballot_sent_on", "date", ("ballots.sent_on",), "day it was sent"),
        BallotWord("ballot_returned_on", "date", ("ballots.returned_on",), "day it came back"),
        BallotWord("ballot_as_of", "date", ("ballots.as_of",), "day of the report that says so"),
        BallotWord("ballot_reason", "text", (_REASON,), "the state's reason, as published"),
        BallotWord(
            "chase", "yes or no", (_STATUS,),
            "the ballot was sent and is not back, in a county that says which came back; until the election",
        ),
        BallotWord(
            "cure", "yes or no", (_STATUS, _REASON),
            "the ballot was rejected for a reason that can be cured, and there is still time as far as known",
        ),
        BallotWord(
            "cure_by", "date", (_STATUS, _REASON),
            "last day to cure a rejected ballot; none where no law pack names it: ask the county",
        ),
        BallotWord("cure_why", "text", (_STATUS, _REASON), "why a ballot was rejected, in plain words"),
    )
}  # fmt: skip

_NAME = re.compile(rf"({'|'.join(BALLOT_WORDS)})\(\s*'([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})'\s*\)")


@dataclass(frozen=True)
class BallotField(Visible):
    """A field of one election."""

    word: str
    election: date

    @property
    def also(self) -> tuple[str, ...]:
        return (ELECTION, *BALLOT_WORDS[self.word].sources[1:])


def ballot_field(word: str, election: date) -> BallotField:
    """The field of an election; its name is how a universe and a list of columns write it."""
    said = BALLOT_WORDS[word]
    return BallotField(
        f"{word}('{election}')", said.kind, "ballot", said.sources[:1], said.values, said.meaning, word,
        election,
    )  # fmt: skip


def named(name: str) -> BallotField | None:
    """What a name means; None where it is of no ballot."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return ballot_field(found[1], date.fromisoformat(found[2]))
    except ValueError:
        return None


def spoken(name: str) -> str:
    """A ballot's field as people say it, `ballot to chase, 3 Nov 2026`; empty for another name."""
    found = named(name)
    if found is None:
        return ""
    said = _SAID.get(found.word) or found.word.replace("_", " ")
    return f"{said}, {found.election.day} {found.election:%b %Y}"


_SAID = {
    "chase": "ballot to chase", "cure": "ballot to cure", "cure_by": "last day to cure",
    "cure_why": "why rejected",
}  # fmt: skip
