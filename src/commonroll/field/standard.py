"""The federation's own questions: what their answers are called, and how a member's answers are counted so.

Members ask in their own words; what adds up does so by the federation's. Words of answers keep their meaning
from version to version of a question: one may be added or named otherwise, and none taken away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commonroll.errors import Refusal
from commonroll.field.script_check import MOST_ANSWER_TEXT, MOST_CODE, MOST_WORD, RESERVED, fault_of

KINDS = ("support", "issue", "disposition")
MOST_ANSWERS = 30
CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

SUPPORT = (
    ("1", "Strong support"),
    ("2", "Leans to support"),
    ("3", "Undecided"),
    ("4", "Leans against"),
    ("5", "Strongly against"),
)
"""Answers of every question on a race."""

Pair = tuple[str, str, str]
"""A member's question and answer, and the standard answer that it is."""


@dataclass(frozen=True)
class Standard:
    """A question of the federation; `answers` are words and what people call them, in order."""

    code: str
    name: str
    kind: str
    answers: tuple[tuple[str, str], ...]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for word, _ in self.answers)


def standard(*, code: str, name: str, kind: str, answers: Sequence[Sequence[str]] = ()) -> Standard:
    """A checked question; one on a race has the five answers of SUPPORT and no others."""
    where = "the question"
    if not CODE.fullmatch(code) or code in RESERVED:
        raise Refusal(
            "Its code is not 2 to 40 small letters, digits and hyphens.", where=where, next_step=_ANEW
        )
    if kind not in KINDS:
        raise Refusal("There is no such kind.", where=where, next_step=f"Kinds: {', '.join(KINDS)}.")
    if kind == "support" and answers and tuple(map(tuple, answers)) != SUPPORT:
        raise Refusal(
            "A question on a race has the answers 1 to 5, and no others.", where=where, next_step=_ANEW
        )
    found = SUPPORT if kind == "support" else tuple((str(one[0]), _text(one[1])) for one in answers)
    words = [word for word, _ in found]
    if not 1 <= len(words) <= MOST_ANSWERS or len(set(words)) < len(words):
        raise Refusal(f"It has 1 to {MOST_ANSWERS} answers, each once.", where=where, next_step=_ANEW)
    if strange := [n for n, word in enumerate(words, 1) if not WORD.fullmatch(word)]:
        raise Refusal(
            "A word is 1 to 40 small letters, digits and hyphens.",
            where=f"answer {strange[0]}",
            next_step=_ANEW,
        )
    return Standard(code, _text(name), kind, found)


def follows(new: Standard, old: Standard) -> None:
    """Raise Refusal unless answers counted by the old version count the same by the new one."""
    if new.kind != old.kind:
        raise Refusal(
            "A question stays of its kind.", where=f"the question {old.code}", next_step="Take another code."
        )
    gone = [word for word, _ in old.answers if word not in new.words]
    if gone:
        raise Refusal(
            f"The answers {', '.join(gone)} would be gone, and what was counted by them with it.",
            where=f"the question {old.code}",
            next_step="Keep them; ask a question with another code where other things are meant.",
        )


def pairs(given: Any, standard: Standard) -> tuple[Pair, ...]:
    """What of a member's a standard question means, checked: each own answer once."""
    where = f"what is meant by {standard.code}"
    if not isinstance(given, list | tuple) or len(given) > 500:
        raise Refusal("It is not a list of at most 500 answers.", where=where, next_step=_ANEW)
    found: dict[tuple[str, str], str] = {}
    for n, one in enumerate(given, 1):
        here = f"{where}, line {n}"
        if not isinstance(one, list | tuple) or len(one) != 3 or not all(isinstance(x, str) for x in one):
            raise Refusal(
                "A line is a question, an answer and the standard answer.", where=here, next_step=_ANEW
            )
        question, answer, meant = one
        if not question or not answer or len(question) > MOST_CODE or len(answer) > MOST_WORD:
            raise Refusal("There is no such question or answer.", where=here, next_step=_ANEW)
        if meant not in standard.words:
            raise Refusal(
                "The standard question has no such answer.", where=here,
                next_step=f"Its answers: {', '.join(word for word, _ in standard.answers)}.",
            )  # fmt: skip
        if found.setdefault((question, answer), meant) != meant:
            raise Refusal(
                "One answer of yours cannot be two of the federation's.", where=here, next_step=_ANEW
            )
    return tuple((question, answer, meant) for (question, answer), meant in found.items())


def _text(text: Any) -> str:
    said = " ".join(str(text).split())
    fault = fault_of(said, MOST_ANSWER_TEXT) if said else "it is empty"
    if fault:
        raise Refusal(f"A name does not do: {fault}.", where="the question", next_step=_ANEW)
    return said


_ANEW = "Change it, and save it again."
