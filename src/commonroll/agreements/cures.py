"""Whether a rejected ballot can be cured, until when and by whom: dated facts of a state's law pack.

Where no pack says so, nobody here knows: ask the county.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

ASK = "ask the county"
"""What is said where no law pack has the fact."""

UNKNOWN_DAYS = 14
"""Days after an election for which a rejected ballot stays on the list of a state whose deadline nobody here
knows; no law says so, and the county does."""

_KEYS = frozenset(("since", "exists", "days_after", "at", "who", "cites", "says"))


@dataclass(frozen=True)
class Cure:
    """What holds for elections from `since` on: whether a cure `exists`, the last day (`days_after` the
    election, before it where negative) and hour `at`, `who` may do it, the source."""

    since: date
    exists: bool
    days_after: int
    at: str
    who: str
    cites: str
    says: str

    def until(self, election: date) -> date | None:
        """The last day; None where there is no cure."""
        return election + timedelta(days=self.days_after) if self.exists else None


@dataclass(frozen=True)
class Reason:
    """One kind of reason: how published reasons are known (`pattern`, of capitals), and in plain words."""

    pattern: str
    says: str
    curable: bool


REASONS = (
    Reason(r"LATE\b|DEADLINE|NO TIME", "it came too late", False),
    Reason(
        r"WRONG VOTER|DUPLICATE|NO APPLICATION|ALREADY VOTED", "it is another's, or a second ballot", False
    ),
    Reason(r"WITNESS|NOTAR|ASSISTANT", "the witness, helper or notary is missing or incomplete", True),
    Reason(
        r"(NO|MISSING|WITHOUT|UN|NOT) ?SIGN|SIGN[A-Z]* (MISSING|ABSENT)", "the signature is missing", True
    ),
    Reason(r"SIGN", "the signature does not look like the one on file", True),
    Reason(r"\bID\b|IDENTIF|PHOTO", "the identification is missing or does not do", True),
    Reason(r"AFFIDAVIT|OATH|DECLARATION", "the statement on the envelope is missing or incomplete", True),
    Reason(r"ENVELOPE|SECRECY|SLEEVE", "the envelope is not as it must be", True),
)
"""The first that fits counts; published words differ from county to county."""

OTHER = "the county says why"


def read(row: Mapping[str, Any]) -> Cure:
    """One `[[cure]]` of a law pack. Raises ValueError that says what is wrong."""
    if unknown := row.keys() - _KEYS:
        raise ValueError(f"The key {sorted(unknown)[0]} is not known.")
    for key in ("cites", "says"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise ValueError(f"The cure lacks {key}.")
    since, exists = row.get("since"), row.get("exists", True)
    if type(since) is not date or type(exists) is not bool:
        raise ValueError("A cure says since when, and exists is true or false.")
    days = row.get("days_after")
    if exists != (type(days) is int):
        raise ValueError("A cure says days_after, and only where it exists.")
    at, who = (str(row.get(key, "")) for key in ("at", "who"))
    return Cure(since, exists, days or 0, at, who, row["cites"], row["says"])
