"""The word by which a universe asks what an owner's model guesses of a voter: `score('turnout')`.

A field without a column of its own, of one score; scores are from 0.0 to 100.0 with one decimal. Another
member's copy carries that member's marks (`marked`), on screens, in counts and in files alike. A score that a
gatherer's model made and that came home has the gatherer before its code: `score('rivera.score_turnout')`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from commonroll.views.cleaning import cleans
from commonroll.views.derived import Kind, Visible

SOURCE = "scores.value"
CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
CREDIT = "."
"""Stands between a gatherer's key and the code of what came home from it; an owner's own codes have none."""


@dataclass(frozen=True)
class ScoreWord:
    """The word before a score's code in parentheses."""

    name: str
    kind: Kind
    meaning: str

    @property
    def usage(self) -> str:
        return f"{self.name}('code')"


WORD = ScoreWord(
    "score",
    "number",
    "what the owner's model guesses of the voter, from 0.0 to 100.0; none where it does not",
)
SCORE_WORDS = {WORD.name: WORD}
_NAME = re.compile(rf"{WORD.name}\(\s*'({CODE.pattern})'\s*\)")


@dataclass(frozen=True)
class ScoreField(Visible):
    """A field of one score."""

    score: str

    @property
    def gatherer(self) -> str:
        """Whose model made it; empty for the owner's own."""
        gatherer, dot, _ = self.score.partition(CREDIT)
        return gatherer if dot else ""

    @property
    def cleans(self) -> bool:
        """Whether it says who is gone, double or not at home."""
        return cleans(self.score)

    def known_to(self, viewer: str, told: Collection[str]) -> bool:
        """Whether a reader of another's rows may know it: of a gatherer's own, it and who is told of it."""
        return self.gatherer in ("", viewer) or self.gatherer in told


def score_field(score: str) -> ScoreField:
    """The field of a score's code; its name is how a universe and a list of columns write it."""
    return ScoreField(f"{WORD.name}('{score}')", WORD.kind, "model", (SOURCE,), None, WORD.meaning, score)


def named(name: str) -> ScoreField | None:
    """What a name means; None where it is of no score."""
    found = _NAME.fullmatch(name)
    return score_field(found[1]) if found else None


def spoken(name: str) -> str:
    """A score's field as people say it, `score turnout`; empty for another name."""
    found = named(name)
    return f"score {found.score.replace('_', ' ')}" if found else ""
