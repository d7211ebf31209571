"""The editor's forms: a draft's parts as fields, and fields as a draft's parts. A draft may be unfinished."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from commonroll.field.script_check import END, MOST_ANSWERS, SHOWS, Problem

SPARE = 2
"""Empty lines for further answers below those there are."""

LANGUAGES = {
    "en": "English", "es": "Español", "zh": "中文", "vi": "Tiếng Việt", "tl": "Tagalog", "ko": "한국어",
    "ar": "العربية", "fr": "Français", "ht": "Kreyòl ayisyen", "pt": "Português", "ru": "Русский",
    "so": "Soomaali", "hmn": "Hmoob",
}  # fmt: skip

SHOWN = {"age": "age, in bands", "language": "language of a talk", "last": "what came of the last visit"}
assert set(SHOWN) == set(SHOWS)


def called(language: str) -> str:
    return LANGUAGES.get(language, language)


def words(draft: Mapping[str, Any], given: QueryDict) -> dict[str, Any]:
    """The draft with its name, languages, opening and closing words as the form has them."""
    languages = [one for one in dict.fromkeys(given.getlist("language")) if one] or ["en"]
    other = given.get("other-language", "").strip()
    if other and other not in languages:
        languages.append(other)
    kept = [one for one in draft["languages"] if one in languages]
    languages = [*kept, *(one for one in languages if one not in kept)]
    return {
        **draft,
        "name": given.get("name", "").strip(),
        "languages": languages,
        "intro": _texts("intro", languages, given),
        "closing": _texts("closing", languages, given),
        "consent": "consent" in given,
        "shows": [one for one in SHOWS if one in given.getlist("shows")],
        "start": given.get("start") or (draft["questions"][0]["id"] if draft["questions"] else None),
        "questions": [_in(one, languages) for one in draft["questions"]],
    }


def _in(question: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    """A question without texts in languages that the script does not have any more."""
    answers = [{**one, "text": _kept(one["text"], languages)} for one in question["answers"]]
    return {**question, "text": _kept(question["text"], languages), "answers": answers}


def _kept(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if language in languages}


def question(draft: Mapping[str, Any], id_: str, given: QueryDict) -> dict[str, Any]:
    """The draft with one question as the form has it. Lines without a text and a word are no answers."""
    languages = draft["languages"]
    several = given.get("kind") == "many"
    answers: list[dict[str, Any]] = []
    for n in range(MOST_ANSWERS + SPARE):
        text = _texts(f"a{n}", languages, given)
        word = " ".join(given.get(f"a{n}-word", "").split())
        if (not text and not word) or given.get("drop") == str(n):
            continue
        word = word or word_of(next(iter(text.values())), {one["answer"] for one in answers})
        next_ = None if several else given.get(f"a{n}-next") or None
        answers.append({"answer": word, "text": text, "next": next_})
    made = {
        "id": id_,
        "code": given.get("code", "").strip() or word_of(given.get(f"text-{languages[0]}", ""), set()),
        "of": "household" if given.get("of") == "household" else "person",
        "text": _texts("text", languages, given),
        "kind": "many" if several else "one",
        "answers": answers,
        "next": given.get("next") or None,
    }
    return {**draft, "questions": [made if one["id"] == id_ else one for one in draft["questions"]]}


def word_of(text: str, taken: set[str]) -> str:
    """A word to keep an answer by, from what is read out."""
    word = re.sub("[^a-z0-9]+", "_", text.lower()).strip("_")[:40] or "answer"
    tries = (word if n == 1 else f"{word}_{n}" for n in range(1, MOST_ANSWERS + SPARE + 2))
    return next(one for one in tries if one not in taken)


def added(
    draft: Mapping[str, Any], after: str, begun: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], str]:
    """The draft with a further question, put after one or first, and its id."""
    questions = list(draft["questions"])
    known = {one["id"] for one in questions}
    id_ = next(f"q{n}" for n in range(1, len(known) + 2) if f"q{n}" not in known)
    made: dict[str, Any] = {
        "id": id_, "code": "", "of": "person", "text": {}, "kind": "one", "next": None,
        "answers": [], **(begun or {}),
    }  # fmt: skip
    at = next((n for n, one in enumerate(questions) if one["id"] == after), None)
    if at is None:
        return {**draft, "start": id_, "questions": [{**made, "next": draft["start"]}, *questions]}, id_
    made["next"] = questions[at]["next"]
    questions[at] = {**questions[at], "next": id_}
    return {**draft, "questions": [*questions[: at + 1], made, *questions[at + 1 :]]}, id_


def without(draft: Mapping[str, Any], id_: str) -> dict[str, Any]:
    """The draft without a question; what led to it leads to what came after it."""
    gone = next((one for one in draft["questions"] if one["id"] == id_), None)
    if gone is None:
        return dict(draft)
    on = None if gone["next"] in (None, END) else gone["next"]

    def led(next_: str | None, otherwise: str | None) -> str | None:
        return otherwise if next_ == id_ else next_

    questions = [
        {
            **one,
            "next": led(one["next"], on),
            "answers": [{**each, "next": led(each["next"], on or END)} for each in one["answers"]],
        }
        for one in draft["questions"]
        if one["id"] != id_
    ]
    start = on if draft["start"] == id_ else draft["start"]
    return {**draft, "start": start or (questions[0]["id"] if questions else None), "questions": questions}


def begun(
    code: str, name: str, answers: Sequence[tuple[str, str]], language: str, *, several: bool = False
) -> dict[str, Any]:
    """A question that is asked already, with what people call its answers as their texts."""
    offered = [{"answer": word, "text": {language: text}, "next": None} for word, text in answers]
    return {
        "code": code, "text": {language: name}, "answers": offered[:MOST_ANSWERS],
        "kind": "many" if several else "one",
    }  # fmt: skip


def _texts(name: str, languages: Sequence[str], given: QueryDict) -> dict[str, str]:
    found = {one: given.get(f"{name}-{one}", "").replace("\r\n", "\n").strip() for one in languages}
    return {language: text for language, text in found.items() if text}


# What the page shows of a draft


@dataclass(frozen=True)
class Line:
    """An answer of the form, or an empty line: number, word, texts by language, where it goes on to."""

    n: int
    word: str
    texts: tuple[tuple[str, str, str], ...]
    next: str
    leads: str


def lines(draft: Mapping[str, Any], one: Mapping[str, Any], *, spare: int = SPARE) -> list[Line]:
    found = [*one["answers"], *({"answer": "", "text": {}, "next": None} for _ in range(spare))]
    return [
        Line(
            n, each["answer"], texts(draft, each["text"]), each["next"] or "", leads(draft, one, each["next"])
        )
        for n, each in enumerate(found[: MOST_ANSWERS + spare])
    ]


def texts(draft: Mapping[str, Any], given: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """(language, what it is called, text), in the draft's order."""
    return tuple((one, called(one), given.get(one, "")) for one in draft["languages"])


def leads(draft: Mapping[str, Any], one: Mapping[str, Any], next_: str | None) -> str:
    """Where an answer goes on to, in words; empty where it is the question's own way."""
    if next_ in (None, one["next"]):
        return ""
    return "closing words" if next_ == END else titled(draft, str(next_))


def titled(draft: Mapping[str, Any], id_: str | None) -> str:
    """A question by its number and first words."""
    if id_ in (None, END):
        return "closing words"
    for n, one in enumerate(draft["questions"], 1):
        if one["id"] == id_:
            said = first(draft, one["text"])
            return f"{n}. {said[:60]}{'…' if len(said) > 60 else ''}" if said else f"{n}. (no words yet)"
    return "a question that is not there"


def first(draft: Mapping[str, Any], given: Mapping[str, str]) -> str:
    return given.get(draft["languages"][0], "") or next(iter(given.values()), "")


def placed(draft: Mapping[str, Any], where: str) -> str:
    """A place by the number that the page gives a question, not by its id."""
    for n, one in enumerate(draft["questions"], 1):
        here = f"question {one['id']}"
        if where == here or where.startswith((f"{here},", f"{here} ")):
            return f"Question {n}{where.removeprefix(here)}"
    return f"{where[:1].upper()}{where[1:]}"


def beside(faults: Sequence[Problem], id_: str) -> list[str]:
    """What is wrong with one question, as sentences with their place in it."""
    here, found = f"question {id_}", []
    for fault in faults:
        if fault.where == here or fault.where.startswith((f"{here},", f"{here} ")):
            place = fault.where.removeprefix(here).strip(", ")
            said = f"{place}: {fault.what}" if place else fault.what
            found.append(f"{said[:1].upper()}{said[1:]}.")
    return found
