"""A script walked through on the page without a script of the browser: one screen, its answers as links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonroll.field import script as documents
from commonroll.field.script_check import Problem


@dataclass(frozen=True)
class Screen:
    """What the phone shows: `first`, `last` are the words around the questions; links are values of `w`."""

    title: str
    text: str
    answers: tuple[tuple[str, str], ...]
    skip: str | None
    back: str | None
    first: bool = False
    last: bool = False
    several: bool = False


def walk(draft: Mapping[str, Any], way: str, faults: Sequence[Problem]) -> Screen | None:
    """The screen after the answers in `way` ("begun,q1=0,q2="); None where the draft cannot be walked."""
    if faults:
        return None
    script = documents.parse({**draft, "version": 1})
    language = script.languages[0]
    steps = [step for step in way.split(",") if step][:70]
    if not steps:
        return Screen(script.name, script.said(script.intro, language), (), "begun", None, first=True)
    given: dict[str, list[str]] = {}
    for step in steps[1:]:
        id_, _, place = step.partition("=")
        known = next((one for one in script.questions if one.id == id_), None)
        if known is not None:
            at = int(place) if place.isdecimal() and len(place) < 3 else -1
            given[id_] = [known.answers[at].answer] if 0 <= at < len(known.answers) else []
    back, so_far = ",".join(steps[:-1]), ",".join(steps)
    id_next = documents.next_question(script, given)
    if id_next is None:
        return Screen("", script.said(script.closing, language), (), None, back, last=True)
    question = script.question(id_next)
    answers = tuple(
        (script.said(one.text, language), f"{so_far},{id_next}={n}") for n, one in enumerate(question.answers)
    )
    title = "The household" if question.of == "household" else ""
    text = script.said(question.text, language)
    return Screen(title, text, answers, f"{so_far},{id_next}=", back, several=question.kind == "many")
