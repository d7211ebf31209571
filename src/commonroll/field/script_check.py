"""What a script's document must be before anybody walks with it.

All that is wrong is found at once, each with its place in words, so that an editor can show it beside the
question. Branches reach questions that exist, none comes round to a question again, and so every way ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

END = "end"
"""Where an answer goes that ends the questions."""

JOINED = ";"
MOST_QUESTIONS, MOST_ANSWERS, MOST_LANGUAGES = 60, 30, 6
MOST_NAME, MOST_CODE, MOST_WORD, MOST_ANSWER_TEXT, MOST_TEXT = 120, 64, 200, 200, 1_000
"""Characters. A code and a word are as long as SurveyQuestion and SurveyAnswer have them."""

RESERVED = frozenset({"optout", "bounced", "address", "withdrawn"})
"""Codes that mean something else where answers come in (`insight/responses.sql`)."""

MOST_BYTES = 96 << 10
"""Of the document as JSON: it goes to every phone."""

SHOWS = ("age", "language", "last")
"""What a phone may show of a person beside the name: an age in bands, the language of a talk, what came of
the last visit. Never a vote history (design, what Commonroll refuses)."""

_FIELDS = {
    "name", "version", "languages", "intro", "consent", "shows", "start", "questions", "closing",
}  # fmt: skip
_QUESTION = {"id", "code", "of", "text", "kind", "answers", "next"}
_ANSWER = {"answer", "text", "next"}
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")
_TAG = re.compile(r"<\s*[A-Za-z/!?]")
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: "question q2, answer 3". `what` begins small and has no full stop."""

    where: str
    what: str


def problems(document: Any) -> tuple[Problem, ...]:
    """All that is wrong with a script's document; nothing where it can be walked with."""
    if not isinstance(document, dict):
        return (Problem("the script", "it is not a JSON object"),)
    shape = tuple(_shape(document))
    return shape or tuple(_way(document))


def _shape(document: Mapping[str, Any]) -> Iterator[Problem]:
    here = "the script"
    yield from _fields(document, _FIELDS, here)
    if not set(document) >= _FIELDS:
        return
    if len(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")) > MOST_BYTES:
        yield Problem(here, f"it has more than {MOST_BYTES >> 10} kB, too much for a phone")
        return
    yield from _line(document["name"], MOST_NAME, "the name")
    if not _whole(document["version"]):
        yield Problem("the version", "it is not a whole number from 1 on")
    languages = document["languages"]
    if not _list_of(languages, MOST_LANGUAGES, _LANGUAGE) or not languages:
        yield Problem(
            "the languages", f"they are not 1 to {MOST_LANGUAGES} codes such as en or es, each once"
        )
        return
    if not isinstance(document["consent"], bool):
        yield Problem("asking first", "it is neither true nor false")
    shows = document["shows"]
    if not isinstance(shows, list) or any(one not in SHOWS for one in shows) or len(set(shows)) < len(shows):
        yield Problem("what is shown of a person", f"it may be {', '.join(SHOWS)}, each once")
    yield from _texts(document["intro"], languages, MOST_TEXT, "opening words", needed=False)
    yield from _texts(document["closing"], languages, MOST_TEXT, "closing words", needed=False)
    yield from _questions(document["questions"], languages)


def _questions(questions: Any, languages: Sequence[str]) -> Iterator[Problem]:
    if not isinstance(questions, list) or len(questions) > MOST_QUESTIONS:
        yield Problem("the questions", f"they are not a list of at most {MOST_QUESTIONS}")
        return
    known: set[str] = set()
    for n, one in enumerate(questions, 1):
        if not isinstance(one, dict):
            yield Problem(f"question {n}", "it is not a JSON object")
            continue
        id_ = one.get("id")
        if not _matches(id_, _ID) or id_ == END:
            yield Problem(f"question {n}", "its id is not a short word in small letters, such as q1")
            continue
        here = f"question {id_}"
        if id_ in known:
            yield Problem(here, "its id stands twice")
        known.add(str(id_))
        yield from _question(one, languages, here)


def _question(one: Mapping[str, Any], languages: Sequence[str], here: str) -> Iterator[Problem]:
    yield from _fields(one, _QUESTION, here)
    if not set(one) >= _QUESTION:
        return
    yield from _line(one["code"], MOST_CODE, f"{here}, code")
    if one["code"] in tuple(RESERVED):
        yield Problem(f"{here}, code", "it means something else where answers come in")
    if one["of"] not in ("person", "household"):
        yield Problem(here, "it is put neither to a person nor to a household")
    if one["kind"] not in ("one", "many"):
        yield Problem(here, "it takes neither one answer nor many")
    yield from _texts(one["text"], languages, MOST_TEXT, here)
    yield from _next(one["next"], here)
    answers = one["answers"]
    if not isinstance(answers, list) or not 1 <= len(answers) <= MOST_ANSWERS:
        yield Problem(here, f"it does not have 1 to {MOST_ANSWERS} answers")
        return
    words: set[Any] = set()
    for n, each in enumerate(answers, 1):
        where = f"{here}, answer {n}"
        if not isinstance(each, dict):
            yield Problem(where, "it is not a JSON object")
            continue
        yield from _answer(each, languages, where, several=one["kind"] == "many")
        word = each.get("answer")
        if isinstance(word, str):
            if word in words:
                yield Problem(where, "its word stands twice")
            words.add(word)


def _answer(
    one: Mapping[str, Any], languages: Sequence[str], here: str, *, several: bool
) -> Iterator[Problem]:
    yield from _fields(one, _ANSWER, here)
    if not set(one) >= _ANSWER:
        return
    yield from _line(one["answer"], MOST_WORD, f"{here}, word")
    yield from _texts(one["text"], languages, MOST_ANSWER_TEXT, here)
    yield from _next(one["next"], here)
    if several and one["next"] is not None:
        yield Problem(here, "a question with many answers goes on in one way, whatever is chosen")
    if several and isinstance(one["answer"], str) and JOINED in one["answer"]:
        yield Problem(here, f"{JOINED!r} stands between many answers, so it cannot be in one")


def _way(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Where the questions lead; the document's shape is sound."""
    questions = document["questions"]
    known = {one["id"] for one in questions}
    start = document["start"]
    if start is None and questions:
        yield Problem("the start", "no question is the first")
    elif start is not None and (not isinstance(start, str) or start not in known):
        yield Problem("the start", "there is no such question")
        return
    lost = tuple(_lost(questions, known))
    yield from lost
    if lost or start is None:
        return
    ways = [(one["id"], _ways(one)) for one in questions]
    ordered = set(in_order(ways))
    for id_, _ in ways:
        if id_ not in ordered:
            yield Problem(f"question {id_}", "its ways come round to a question that was put before")
    reached = _reached(start, dict(ways))
    for id_, _ in ways:
        if id_ not in reached:
            yield Problem(f"question {id_}", "no way comes to it")
    if len(ordered) == len(ways):
        yield from _twice(questions, dict(ways))


def _lost(questions: Sequence[Mapping[str, Any]], known: set[str]) -> Iterator[Problem]:
    for one in questions:
        here = f"question {one['id']}"
        nexts = [(here, one["next"])]
        nexts += [(f"{here}, answer {n}", each["next"]) for n, each in enumerate(one["answers"], 1)]
        for where, next_ in nexts:
            if next_ not in (None, END) and next_ not in known:
                yield Problem(where, "the question it goes on to does not exist")


def _twice(
    questions: Sequence[Mapping[str, Any]], ways: Mapping[str, Sequence[str | None]]
) -> Iterator[Problem]:
    codes = {one["id"]: one["code"] for one in questions}
    for id_ in ways:
        later = _reached(id_, ways) - {id_}
        if any(codes[one] == codes[id_] for one in later):
            yield Problem(f"question {id_}", "a later question keeps its answer under the same code")


def _ways(one: Mapping[str, Any]) -> tuple[str | None, ...]:
    own = one["next"]
    found = [own, *(each["next"] or own for each in one["answers"])]
    return tuple(dict.fromkeys(None if next_ == END else next_ for next_ in found))


def in_order(ways: Iterable[tuple[str, Sequence[str | None]]]) -> tuple[str, ...]:
    """Ids such that each stands before those it goes on to; those on or behind a circle are not there."""
    after = {id_: [one for one in nexts if one is not None] for id_, nexts in ways}
    before = dict.fromkeys(after, 0)
    for nexts in after.values():
        for one in nexts:
            before[one] += 1
    free = [id_ for id_, count in before.items() if not count]
    found = []
    while free:
        found.append(free.pop())
        for one in after[found[-1]]:
            before[one] -= 1
            if not before[one]:
                free.append(one)
    return tuple(found)


def _reached(start: str, ways: Mapping[str, Sequence[str | None]]) -> set[str]:
    found, open_ = {start}, [start]
    while open_:
        for one in ways[open_.pop()]:
            if one is not None and one not in found:
                found.add(one)
                open_.append(one)
    return found


def _texts(
    texts: Any, languages: Sequence[str], most: int, here: str, *, needed: bool = True
) -> Iterator[Problem]:
    if not isinstance(texts, dict) or not all(isinstance(one, str) for one in texts.values()):
        yield Problem(here, "its text is not one text a language")
        return
    if not set(texts) <= set(languages):
        yield Problem(here, "its text is in a language that the script does not have")
    if needed and not texts.get(languages[0], "").strip():
        yield Problem(here, f"it has no text in {languages[0]}, the first language")
    for language, text in texts.items():
        if fault := fault_of(text, most):
            yield Problem(f"{here} ({language})", fault)


def _line(text: Any, most: int, here: str) -> Iterator[Problem]:
    if not isinstance(text, str) or not text.strip() or text != text.strip() or "\n" in text:
        yield Problem(here, "it is not one line of text")
    elif fault := fault_of(text, most):
        yield Problem(here, fault)


def fault_of(text: str, most: int) -> str:
    """Why a text may not stand in a script; empty where it may."""
    if len(text) > most:
        return f"it has {len(text):,} characters, at most {most:,} go"
    if _TAG.search(text):
        return "it has HTML in it; a script is plain text"
    return "it has signs in it that nobody sees" if _UNSEEN.search(text) else ""


def _next(next_: Any, here: str) -> Iterator[Problem]:
    if next_ is not None and not isinstance(next_, str):
        yield Problem(here, "where it goes on to is not the id of a question")


def _fields(given: Mapping[str, Any], known: set[str], here: str) -> Iterator[Problem]:
    if missing := sorted(known - set(given)):
        yield Problem(here, f"{', '.join(missing)} is missing")
    if strange := set(given) - known:
        yield Problem(here, f"{len(strange)} of its fields are not a script's")


def _list_of(given: Any, most: int, pattern: re.Pattern[str]) -> bool:
    return (
        isinstance(given, list)
        and len(given) <= most
        and all(_matches(one, pattern) for one in given)
        and len(set(given)) == len(given)
    )


def _matches(given: Any, pattern: re.Pattern[str]) -> bool:
    return isinstance(given, str) and pattern.fullmatch(given) is not None


def _whole(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given < 2**31
