"""What somebody types from a printed list: a code for the door, how it went, what was answered.

`17K2 t 1=2 2=1,3` is door 17, its second person, talked to, who gave answer 2 to question 1, and answers 1
and 3 to question 2. The letter belongs to the number: who mistypes a figure, or swaps two, finds no door.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonroll.errors import Refusal
from commonroll.field.script_check import JOINED

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"
"""Enough that a wrong figure, or two that changed places, make another letter; none looks like 1 or 0."""

RESULTS: Mapping[str, str] = {
    "n": "not_home", "t": "talked", "r": "refused", "b": "busy", "m": "moved", "d": "deceased",
    "l": "language", "i": "inaccessible", "v": "vacant", "x": "dangerous",
}  # fmt: skip
"""Each result under the letter that is typed for it, and printed beside its box."""

STOP = "o"
"""Typed for somebody who wants no calls any more."""

OF_A_PERSON = frozenset({"m", "d", STOP})

_LINE = re.compile(r"(\d{1,5})([a-z])(\d{0,2})", re.IGNORECASE)
_ANSWER = re.compile(r"(\d{1,3})=(\d{1,3}(?:,\d{1,3})*)")


@dataclass(frozen=True)
class Entry:
    """One line: the door's place on the list (from 1), the person's place at the door (from 1, None for
    nobody in particular), the letter of the result, the answers of each question by their ids."""

    door: int
    person: int | None
    result: str
    answers: Mapping[str, str]


def code(door: int) -> str:
    """The code of a door by its place on the list."""
    return f"{door}{_letter(door)}"


def _letter(door: int) -> str:
    return LETTERS[
        sum((at + 1) * int(figure) for at, figure in enumerate(reversed(str(door)))) % len(LETTERS)
    ]


def read(line: str, script: Mapping[str, Any] | None = None) -> Entry:
    """A typed line. Raises Refusal with the part that cannot be read."""
    first, *rest = line.split() or [""]
    found = _LINE.fullmatch(first)
    if found is None:
        raise _refused(
            first, "a line begins with the door's code, such as 17K, or 17K2 for its second person"
        )
    door, person = int(found[1]), int(found[3]) if found[3] else None
    if found[2].upper() != _letter(door):
        raise _refused(first, "no door has this code; look at it again")
    words = [word.lower() for word in rest]
    results = [word for word in words if "=" not in word]
    answers = _answers([word for word in words if "=" in word], script or {})
    if len(results) > 1 or (results and results[0] not in {*RESULTS, STOP}):
        raise _refused(results[-1], f"the result is one of {' '.join((*RESULTS, STOP))}")
    if not results and not answers:
        raise _refused(first, "what happened at the door? Type its letter after the code")
    result = results[0] if results else "t"
    if person is None and (result in OF_A_PERSON or answers):
        raise _refused(first, f"of whom? Type the person's number too, such as {code(door)}1")
    if answers and result != "t":
        raise _refused(result, "answers are of somebody talked to")
    return Entry(door, person, result, answers)


def _answers(words: Sequence[str], script: Mapping[str, Any]) -> dict[str, str]:
    """By the codes of question and answers, which stand on the list under their places."""
    questions = script.get("questions", [])
    found = {}
    for word in words:
        said = _ANSWER.fullmatch(word)
        if said is None:
            raise _refused(word, "an answer is typed as 1=2: question 1, answer 2")
        asked, chosen = int(said[1]), [int(each) for each in said[2].split(",")]
        if not 1 <= asked <= len(questions):
            raise _refused(word, f"the script has {len(questions)} questions")
        question = questions[asked - 1]
        offered = question["answers"]
        if not all(1 <= each <= len(offered) for each in chosen):
            raise _refused(word, f"question {asked} has {len(offered)} answers")
        if len(chosen) > 1 and question["kind"] != "many":
            raise _refused(word, f"question {asked} takes one answer")
        found[question["code"]] = JOINED.join(offered[each - 1]["answer"] for each in sorted(set(chosen)))
    return found


def _refused(part: str, why: str) -> Refusal:
    """Names the part, which is a code or a letter, unless it is long enough to be something else."""
    return Refusal(
        "This line was not taken.", where=part if len(part) <= 12 else "the line", next_step=f"{why}."
    )
