"""What screening asks is said in the phone's language with the same numbers as in the site's sentence."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

import pytest
from javascript import found_by
from test_screening import OTHERS, answers, street

from commonroll.field.flags import MAY_BE, Flag
from commonroll.field.screening import screened

ASKED: dict[str, tuple[Any, Any]] = {
    "pace": (street(30, every=40, apart=200), []),
    "minute": (street(10, every=3) + street(40, every=60, first=3600), []),
    "together": (street(30, every=2), []),
    "fast_talk": (street(30, every=35, talk=1), []),
    "talk_share": (street(40, every=90, talk=1) + OTHERS, []),
    "same_answers": ([], answers("Ann", "1" * 20) + answers("Bob", "12345" * 12)),
}
A_NUMBER = re.compile(r"\d+(?:[.,:]\d+)?")


def on_the_phone(flags: list[Flag], language: str) -> list[list[str]]:
    """The sentence and what may be, of each flag."""
    given = [
        {"rule": one.rule, "numbers": dict(one.numbers), "sentence": one.sentence, "may_be": one.may_be,
         "on": str(one.of) if "-" in str(one.of) else ""}
        for one in flags
    ]  # fmt: skip
    page = "globalThis.document ??= { documentElement: {} }, document.documentElement.lang = given.lang"
    said = f"({page}, given.flags.map((flag) => [m.sentenceOf(flag), m.mayBe(flag)]))"
    found: list[list[str]] = found_by("phone/flags.js", said, {"lang": language, "flags": given})
    return found


def numbers(text: str) -> list[str]:
    """As English writes them, without commas between thousands."""
    return sorted(one.replace(",", "").removesuffix(".0") for one in A_NUMBER.findall(text))


def spanish_numbers(text: str) -> list[str]:
    return numbers(re.sub(r"(\d),(\d)", r"\1.\2", text))


@pytest.fixture(scope="module")
def flags() -> list[Flag]:
    found = [flag for knocks, said in ASKED.values() for flag in screened(knocks, said, UTC)]
    assert {flag.rule for flag in found} == set(ASKED) == set(MAY_BE)
    return found


def test_spanish_says_the_same_numbers(flags: list[Flag]) -> None:
    for flag, (sentence, may_be) in zip(flags, on_the_phone(flags, "es"), strict=True):
        assert sentence != flag.sentence and may_be != flag.may_be and "{" not in sentence
        assert spanish_numbers(sentence) == numbers(flag.sentence), flag.rule
        assert "October" not in sentence and "undefined" not in sentence


def test_english_is_the_sites_sentence(flags: list[Flag]) -> None:
    assert on_the_phone(flags, "en") == [[flag.sentence, flag.may_be] for flag in flags]
