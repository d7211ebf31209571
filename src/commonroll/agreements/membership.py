"""The federation's own criteria for members: what it asks of a candidate or group that is none yet.

Closed like an owner's criteria (`admission`), without race, price or terms: membership opens no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonroll.agreements.admission import read_days, read_papers, read_questions, read_words
from commonroll.agreements.document import instant
from commonroll.agreements.reading import read_count, read_keys

RACE = "membership"
"""Stands in an application for the race that it is not about."""
_CHOSEN = ("title", "questions", "papers", "decideDays", "appealDays")
_ISSUED = ("@type", "version", "issued")


@dataclass(frozen=True)
class Membership:
    """What is asked of whoever wants to be a member, and the days for a word and an appeal."""

    version: int
    title: str
    questions: tuple[str, ...]
    papers: tuple[str, ...]
    decide_days: int
    appeal_days: int

    @property
    def races(self) -> tuple[str, ...]:
        return (RACE,)


def document(chosen: Mapping[str, Any], *, version: int, issued: datetime) -> dict[str, Any]:
    """The document of what the federation asks; raises TermsRefused naming the path of what is unknown."""
    read_keys(dict(chosen), "membership", _CHOSEN)
    made = {"@type": "cr:Membership", "version": str(version), "issued": instant(issued), **chosen}
    membership_of(made)
    return made


def membership_of(value: Any) -> Membership:
    """Read a document of criteria for members; raises TermsRefused."""
    keys = read_keys(value, "membership", (*_ISSUED, *_CHOSEN))
    return Membership(
        version=read_count(keys["version"], "membership.version"),
        title=read_words(keys["title"], "membership.title"),
        questions=read_questions(keys["questions"], "membership.questions"),
        papers=read_papers(keys["papers"], "membership.papers"),
        decide_days=read_days(keys["decideDays"], "membership.decideDays"),
        appeal_days=read_days(keys["appealDays"], "membership.appealDays"),
    )
