"""A pattern read backwards says what it is told to, in a text that the pattern matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.invented.patterns import written
from commonroll.roll.layout.layout import all_layouts

# pattern / what its groups are to say / the text
SAID = [
    (r"(?P<type>PRIMARY|GENERAL)-(?P<date>\d{2}/\d{2}/\d{4})",
     {"type": ["GENERAL"], "date": ["11/05/2024"]}, "GENERAL-11/05/2024"),
    (r"(?P<month>(?P<type>January|November))(?P<year>\d{4})",
     {"type": ["November"], "month": ["11", "November"], "year": ["24", "2024"]}, "November2024"),
    (r"(?P<code>(?P<year>\d\d)(?P<type>[A-Z]+))(?: (?P<method>[A-Z]))?",
     {"code": [], "year": ["2024", "24"], "type": ["GENR"], "method": ["P"]}, "24GENR P"),
    (r"(?P<code>(?P<year>\d\d)(?P<type>[A-Z]+))(?: (?P<method>[A-Z]))?",
     {"code": [], "year": ["24"], "type": ["GENR"], "method": [""]}, "24GENR"),
    (r"(?P<name>.+?)(?P<what>HowVoted)?",
     {"name": ["2024General"], "what": ["HowVoted"]}, "2024GeneralHowVoted"),
    (r"(?P<name>.+?)(?P<what>HowVoted)?", {"name": ["2024General"], "what": [""]}, "2024General"),
    (r"(?P<method>[A-Z]+)(?:[ -].*)?", {"method": ["A"]}, "A"),
    (r"(?P<code>.+)", {"code": []}, None),
    (r"(?P<type>[GPS])\d", {"type": ["X"]}, None),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "said", "text"), SAID)
def test_a_pattern_says_what_it_is_told_to(
    pattern: str, said: dict[str, list[str]], text: str | None
) -> None:
    assert written(pattern, said) == text


@given(
    year=st.integers(2000, 2026),
    kind=st.sampled_from(["PRIMARY", "GENERAL", "SPECIAL"]),
    method=st.sampled_from(["A", "P", "E"]),
)
def test_what_is_written_reads_as_it_was_told(year: int, kind: str, method: str) -> None:
    pattern = r"(?P<year>\d{4}|\d\d)[ _](?P<type>[A-Z]+)(?:/(?P<method>[A-Z])\d?)?"
    text = written(pattern, {"year": [str(year)], "type": [kind], "method": [method]})
    assert text is not None
    found = re.fullmatch(pattern, text)
    assert found and found.groupdict() == {"year": str(year), "type": kind, "method": method}


def test_every_pattern_of_a_layout_can_be_written() -> None:
    """With nothing asked of its groups, so that the walk itself is known to understand each construct."""
    for known in all_layouts():
        patterns = [*known.unpivot.names, *known.unpivot.cells] if known.unpivot else []
        for pattern in patterns:
            assert written(pattern.pattern, {}) is not None, (known.key, pattern.pattern)
