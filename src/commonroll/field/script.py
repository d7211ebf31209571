"""What is said and asked at a door: a script's document, and the way through it that given answers take.

The document is JSON, as field/script_check.py checks it; what is parsed here has passed. Its twin in the
browser is server/static/field/script.js: both go the same way (tests/field/test_script.py).

    {"name", "version", "languages": ["en", "es"], "intro": {"en": …}, "consent": true, "shows": ["age"],
     "start": "q1", "closing": {…},
     "questions": [{"id": "q1", "code": "support", "of": "person", "text": {"en": …}, "kind": "one",
                    "answers": [{"answer": "1", "text": {…}, "next": "q2"}], "next": null}]}

An answer's `next` goes before the question's; null is the question's own way on, "end" the closing words.
A question's null is the closing words too. A text is in the first language at least, which stands in for
the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from commonroll.errors import Refusal
from commonroll.field import script_check

END = script_check.END

JOINED = script_check.JOINED
"""Between the answers to a question with several: they are one answer, so that a later one replaces all."""

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """`answer` is the word that is kept (`responses.answer`), `text` what the walker reads."""

    answer: str
    text: Texts
    next: str | None


@dataclass(frozen=True)
class Question:
    """`code` is the question by which answers are kept (`responses.question`)."""

    id: str
    code: str
    of: Literal["person", "household"]
    text: Texts
    kind: Literal["one", "many"]
    answers: tuple[Answer, ...]
    next: str | None

    def goes_on(self, chosen: Sequence[str]) -> str | None:
        """The question after this one; None after the last. No answer takes the question's own way."""
        branch = next((one.next for one in self.answers if one.answer in chosen and one.next), None)
        after = branch or self.next
        return None if after == END else after


@dataclass(frozen=True)
class Script:
    """A checked script. `shows`: what of a person the phone shows beside the name."""

    name: str
    version: int
    languages: tuple[str, ...]
    intro: Texts
    consent: bool
    shows: tuple[str, ...]
    start: str | None
    questions: tuple[Question, ...]
    closing: Texts

    def question(self, id_: str) -> Question:
        return next(one for one in self.questions if one.id == id_)

    def said(self, texts: Texts, language: str) -> str:
        """A text in a language, or in the script's first."""
        return texts.get(language) or texts.get(self.languages[0], "")


@dataclass(frozen=True)
class Gap:
    """A text that is not there in one of the script's languages; `where` as problems have it."""

    where: str
    language: str


def parse(document: Any) -> Script:
    """A script's document. Raises Refusal with the first thing that is wrong with it."""
    wrong = script_check.problems(document)
    if wrong:
        more = f" {len(wrong) - 1} more things are wrong with it." if len(wrong) > 1 else ""
        raise Refusal(
            f"The script cannot be walked: {wrong[0].what}.{more}",
            where=wrong[0].where,
            next_step="Change it there, and save it again.",
        )
    return Script(
        name=document["name"],
        version=document["version"],
        languages=tuple(document["languages"]),
        intro=document["intro"],
        consent=document["consent"],
        shows=tuple(document["shows"]),
        start=document["start"],
        questions=tuple(_question(one) for one in document["questions"]),
        closing=document["closing"],
    )


def _question(given: Mapping[str, Any]) -> Question:
    answers = tuple(Answer(one["answer"], one["text"], one["next"]) for one in given["answers"])
    return Question(
        given["id"], given["code"], given["of"], given["text"], given["kind"], answers, given["next"]
    )


def as_document(script: Script) -> dict[str, Any]:
    """The script as JSON has it; `parse` gives the same back."""
    return {
        "name": script.name,
        "version": script.version,
        "languages": list(script.languages),
        "intro": dict(script.intro),
        "consent": script.consent,
        "shows": list(script.shows),
        "start": script.start,
        "questions": [
            {
                "id": one.id,
                "code": one.code,
                "of": one.of,
                "text": dict(one.text),
                "kind": one.kind,
                "answers": [
                    {"answer": each.answer, "text": dict(each.text), "next": each.next}
                    for each in one.answers
                ],
                "next": one.next,
            }
            for one in script.questions
        ],
        "closing": dict(script.closing),
    }


def gaps(script: Script) -> tuple[Gap, ...]:
    """Texts that the first language stands in for."""
    texts = [("opening words", script.intro), ("closing words", script.closing)]
    for one in script.questions:
        texts.append((f"question {one.id}", one.text))
        texts += [(f"question {one.id}, answer {each.answer}", each.text) for each in one.answers]
    return tuple(
        Gap(where, language)
        for where, text in texts
        for language in script.languages[1:]
        if any(text.values()) and not text.get(language)
    )


Given = Mapping[str, Sequence[str]]
"""Question id -> the answers chosen; none where the question was put and not answered."""


def asked(script: Script, given: Given) -> tuple[str, ...]:
    """The questions on the way that the given answers take, the one to put next last, if there is one.

    Answers to questions that are not on the way do not count: somebody went back and answered otherwise.
    """
    way: list[str] = []
    at = script.start
    while at is not None:
        way.append(at)
        if at not in given:
            break
        at = script.question(at).goes_on(given[at])
    return tuple(way)


def next_question(script: Script, given: Given) -> str | None:
    """The question to put next; None when it is time for the closing words."""
    way = asked(script, given)
    return way[-1] if way and way[-1] not in given else None


@dataclass(frozen=True)
class Recorded:
    """An answer as an event of kind `answer` has it: value {"question": question, "answer": answer}."""

    id: str
    of: str
    question: str
    answer: str


def recorded(script: Script, given: Given) -> tuple[Recorded, ...]:
    """What the given answers come to, in the order of the way; several answers to one question are one,
    with JOINED between them in the script's order."""
    found = []
    for id_ in asked(script, given):
        question = script.question(id_)
        chosen = [one.answer for one in question.answers if one.answer in given.get(id_, ())]
        if chosen:
            answer = JOINED.join(chosen if question.kind == "many" else chosen[:1])
            found.append(Recorded(id_, question.of, question.code, answer))
    return tuple(found)


def taken_apart(answer: str) -> tuple[str, ...]:
    """The answers that an answer to a question with several holds."""
    return tuple(one for one in answer.split(JOINED) if one)


def length(script: Script) -> tuple[int, int]:
    """How many questions the shortest and the longest way have."""
    known: dict[str | None, tuple[int, int]] = {None: (0, 0)}
    for id_ in reversed(script_check.in_order([(one.id, ways(one)) for one in script.questions])):
        after = [known[one] for one in ways(script.question(id_))]
        known[id_] = 1 + min(least for least, _ in after), 1 + max(most for _, most in after)
    return known[script.start]


def ways(question: Question) -> tuple[str | None, ...]:
    """Where a question may go on to, its own way first, each once."""
    own = (question.goes_on(()), *(question.goes_on((one.answer,)) for one in question.answers))
    return tuple(dict.fromkeys(own))
