"""What screening reads, visits and answers, and what it says: flags that explain themselves."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Rule = Literal["pace", "minute", "together", "fast_talk", "same_answers", "talk_share"]


@dataclass(frozen=True)
class Knock:
    """A visit as it counts: when it was recorded (first and last), where (metres east and north, in any
    frame of its cut; None: not known), in which building. `typed`: on paper first: its time says nothing."""

    canvasser: str
    cut: int
    turf: int
    at: datetime
    until: datetime
    received: datetime
    building: Hashable
    place: tuple[float, float] | None
    result: str
    typed: bool = False
    car: bool = False


@dataclass(frozen=True)
class Said:
    """One answer that counts."""

    canvasser: str
    cut: int
    question: str
    answer: str


@dataclass(frozen=True)
class Flag:
    """What is asked about. `of`: the day, or the cut's number where all its days count together.
    `numbers` are those of the sentence; `may_be` says what might explain it."""

    rule: Rule
    canvasser: str
    of: date | int
    sentence: str
    may_be: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for the same question, whatever its numbers come to later."""
        return f"{self.rule} {self.of} {self.canvasser}"


MAY_BE: Mapping[Rule, str] = {
    "pace": "A bicycle, a car, two people with one phone, or doors noted on paper and typed in later.",
    "minute": "Nobody was home along a street, and it was noted for all its doors together.",
    "together": "No signal, rain, a phone kept in the pocket, or a paper list typed in afterwards.",
    "fast_talk": "Conversations noted later, or a question that most people answer at once.",
    "same_answers": "A street that thinks alike, or a list of people who are known to agree.",
    "talk_share": "A time of day at which people are home, a friendly building, another way of counting.",
}
