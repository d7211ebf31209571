"""A script's document: what is refused, and the way through it, the same on the server and on the phone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript import found_by

from commonroll.errors import Refusal
from commonroll.field.script import (
    as_document,
    asked,
    gaps,
    length,
    next_question,
    parse,
    recorded,
    taken_apart,
)
from commonroll.field.script_check import problems
from commonroll.field.voting_words import has_official_link, says_how_to_vote
from thorough import dear

Document = dict[str, Any]


def question(id_: str, *answers: tuple[str, str | None], next_: str | None = None, **more: Any) -> Document:
    offered = [{"answer": word, "text": {"en": word.title()}, "next": to} for word, to in answers]
    made = {"id": id_, "code": f"c_{id_}", "of": "person", "text": {"en": f"{id_}?"}, "kind": "one"}
    return made | {"answers": offered, "next": next_} | more


def script(*questions: Document, **more: Any) -> Document:
    made = {"name": "Doors", "version": 1, "languages": ["en", "es"], "intro": {"en": "Hello."}}
    made |= {"consent": True, "shows": ["age"], "start": questions[0]["id"] if questions else None}
    return made | {"questions": list(questions), "closing": {"en": "Thank you."}} | more


BRANCHED = script(
    question("support", ("for", "sign"), ("against", "end"), ("unsure", None), next_="issues"),
    question("sign", ("yes", None), ("no", None), next_="issues"),
    question("issues", ("roads", None), ("schools", None), kind="many"),
)


@pytest.mark.parametrize(
    ("answers", "way", "kept"),
    [
        ({}, ["support"], []),
        ({"support": ["for"]}, ["support", "sign"], [("c_support", "for")]),
        ({"support": ["unsure"]}, ["support", "issues"], [("c_support", "unsure")]),
        ({"support": ["against"], "issues": ["roads"]}, ["support"], [("c_support", "against")]),
        ({"support": []}, ["support", "issues"], []),
        (
            {"support": ["unsure"], "sign": ["yes"], "issues": ["schools", "roads"]},
            ["support", "issues"],
            [("c_support", "unsure"), ("c_issues", "roads;schools")],
        ),
    ],
)
def test_the_way_that_answers_take(
    answers: dict[str, list[str]], way: list[str], kept: list[tuple[str, str]]
) -> None:
    read = parse(BRANCHED)
    assert list(asked(read, answers)) == way
    assert [(one.question, one.answer) for one in recorded(read, answers)] == kept
    assert (next_question(read, answers) is None) == (way[-1] in answers)


def test_a_script_has_its_length_and_names_what_is_not_translated() -> None:
    read = parse(BRANCHED)
    assert length(read) == (1, 3)
    assert gaps(read)[0].where == "opening words"
    assert len(gaps(read)) == 2 + 3 + 7 and {one.language for one in gaps(read)} == {"es"}
    assert parse(script()).start is None and length(parse(script())) == (0, 0)
    assert taken_apart("roads;schools") == ("roads", "schools")


YES = ("yes", None)

WRONG = [
    ([], "not a JSON object"),
    (script(more=1), "not a script's"),
    (script(question("q1", YES), start="q9"), "no such question"),
    (script(question("q1", YES), start=None), "no question is the first"),
    (script(question("q1", ("yes", "q9"))), "does not exist"),
    (script(question("q1", YES, next_="q2"), question("q2", ("yes", "q1"))), "come round"),
    (script(question("q1", YES, next_="q1")), "come round"),
    (script(question("q1", YES), question("q2", YES)), "no way comes to it"),
    (script(question("q1", YES), question("q1", YES)), "its id stands twice"),
    (script(question("end", YES)), "not a short word"),
    (script(question("q1", YES, YES)), "its word stands twice"),
    (script(question("q1")), "1 to 30 answers"),
    (script(question("q1", *((f"a{n}", None) for n in range(31)))), "1 to 30 answers"),
    (script(question("q1", YES, text={"es": "¿Sí?"})), "no text in en"),
    (script(question("q1", YES, text={"en": "Yes?", "fr": "Oui?"})), "does not have"),
    (script(question("q1", YES, text={"en": "<b>Yes</b>?"})), "HTML"),
    (script(intro={"en": "<script>alert(1)</script>"}), "HTML"),
    (script(closing={"en": "Thank \u202eyou"}), "nobody sees"),
    (script(intro={"en": "a" * 1_001}), "1,001 characters"),
    (script(question("q1", ("yes", "end"), kind="many")), "in one way"),
    (script(question("q1", ("a;b", None), kind="many")), "between many answers"),
    (script(question("q1", YES, next_="q2"), question("q2", YES, code="c_q1")), "the same code"),
    (script(languages=[]), "codes such as en"),
    (script(languages=["en", "en"]), "codes such as en"),
    (script(shows=["history"]), "it may be age"),
    (script(version=True), "whole number"),
    (script(consent="yes"), "neither true nor false"),
    (script(*(question(f"q{n}", YES) for n in range(61))), "at most 60"),
    (script(name="a\nb"), "one line"),
]


@pytest.mark.parametrize(("document", "said"), WRONG)
def test_what_is_wrong_is_said_with_its_place(document: Any, said: str) -> None:
    found = problems(document)
    assert any(said in one.what for one in found) and all(one.where for one in found)
    with pytest.raises(Refusal, match="cannot be walked"):
        parse(document)


@st.composite
def scripts(draw: st.DrawFn, most: int = 7) -> Document:
    """Any sound script: questions go on to later ones, and those that no way comes to are left out."""
    n = draw(st.integers(1, most))
    made = []
    for at in range(n):
        later = st.sampled_from([None, "end", *(f"q{one}" for one in range(at + 1, n))])
        several = draw(st.booleans())
        words = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
        answers = [(word, None if several else draw(later)) for word in words]
        made.append(question(f"q{at}", *answers, next_=draw(later), kind="many" if several else "one"))
    reached, kept = {"q0"}, []
    for one in made:
        if one["id"] in reached:
            kept.append(one)
            reached |= {one["next"], *(each["next"] for each in one["answers"])}
    return script(*kept)


answered = st.dictionaries(
    st.sampled_from([f"q{n}" for n in range(7)]), st.lists(st.sampled_from("abcdefx"), max_size=3), max_size=7
)


@settings(max_examples=60, deadline=None)
@given(scripts(), st.data())
def test_every_way_ends_and_is_as_long_as_was_said(document: Document, data: st.DataObject) -> None:
    read = parse(document)
    assert as_document(read) == document
    least, most = length(read)
    taken: dict[str, list[str]] = {}
    while (at := next_question(read, taken)) is not None:
        assert at not in taken and asked(read, taken)[-1] == at
        words = [one.answer for one in read.question(at).answers]
        taken[at] = data.draw(st.lists(st.sampled_from(words), max_size=2, unique=True))
    assert least <= len(taken) <= most
    assert tuple(taken) == asked(read, taken)


@settings(max_examples=80, deadline=None)
@given(scripts(), st.data())
def test_a_document_bent_anywhere_is_refused_or_walked(document: Document, data: st.DataObject) -> None:
    bent = copy.deepcopy(document)
    at: Any = bent
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not (isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans())):
            break
        at = at[key]
    at[key] = data.draw(
        st.sampled_from([None, "", "q0", "q3", "end", 1, True, [], {}, ["en"], [{}], {"en": "<i>"}, [[]]])
    )
    if not problems(bent):
        assert as_document(parse(bent)) == bent


def on_the_phone(cases: list[tuple[Document, dict[str, list[str]]]]) -> list[Any]:
    """What the phone's module finds."""
    body = (
        "given.map(([script, answers]) => { const said = new Map(Object.entries(answers));"
        " return [m.asked(script, said), m.nextQuestion(script, said), m.recorded(script, said),"
        " m.left(script, new Map())]; })"
    )
    return list(found_by("field/script.js", body, cases))


def test_a_phone_takes_the_way_that_the_server_takes() -> None:
    cases: list[tuple[Document, dict[str, list[str]]]] = [(BRANCHED, {}), (script(), {})]

    @settings(max_examples=dear(150), deadline=None, database=None)
    @given(scripts(), answered)
    def collect(document: Document, answers: dict[str, list[str]]) -> None:
        cases.append((document, answers))

    collect()
    wanted = []
    for document, answers in cases:
        read = parse(document)
        kept = [
            {"id": one.id, "of": one.of, "question": one.question, "answer": one.answer}
            for one in recorded(read, answers)
        ]
        wanted.append([list(asked(read, answers)), next_question(read, answers), kept, list(length(read))])
    assert on_the_phone(cases) == wanted


@pytest.mark.parametrize(
    ("words", "says", "official"),
    [
        ("Will you vote for her?", False, False),
        ("Polls close at 7. See vote.example.gov.", True, True),
        ("Early voting began", True, False),
        ("¿Sabe dónde votar? elecciones.example.us", True, True),
        ("el día de las elecciones", True, False),
        ("See http://vote.example.gov.evil.example", False, False),
        ("Write to office@example.gov", False, False),
        ("the drop box at https://example.gov/boxes", True, True),
    ],
)
def test_what_says_how_to_vote(words: str, says: bool, official: bool) -> None:
    read = parse(script(intro={"en": words}, closing={}))
    assert (bool(says_how_to_vote(read)), has_official_link(read)) == (says, official)
