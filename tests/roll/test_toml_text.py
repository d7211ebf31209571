"""What is written as TOML is read as the same document, whatever its texts hold."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from commonroll.roll.counties import LAYOUTS
from commonroll.roll.drafting.toml_text import WIDTH, toml

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
PLAIN = st.one_of(
    TEXTS, st.booleans(), st.integers(-(2**40), 2**40), st.dates(), st.lists(TEXTS, max_size=30)
)
INLINE = st.one_of(PLAIN, st.dictionaries(TEXTS, st.one_of(TEXTS, st.lists(TEXTS, max_size=3)), max_size=4))
NAMED = st.dictionaries(TEXTS, TEXTS, max_size=3)
SLOTS = st.lists(st.dictionaries(TEXTS, INLINE, min_size=1, max_size=4), min_size=1, max_size=3)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXTS,
        "order": st.lists(TEXTS, max_size=40),
        "since": st.dates(),
        "columns": st.dictionaries(TEXTS, INLINE, max_size=6),
        "codes": st.dictionaries(TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=5), max_size=4),
        "districts": st.dictionaries(TEXTS, st.lists(NAMED, max_size=3), max_size=3),
        "unpivot": st.fixed_dictionaries({"shape": TEXTS}, optional={"slots": SLOTS, "types": NAMED}),
    },
)  # fmt: skip


@given(DOCUMENTS)
def test_a_document_is_read_as_it_was_written(document: dict[str, Any]) -> None:
    assert tomllib.loads(toml(document)) == document


@given(TEXTS)
def test_a_note_is_no_part_of_the_document(note: str) -> None:
    text = toml({"title": "x", "columns": {"a": "b"}}, {(): note, ("columns",): note, ("columns", "a"): note})
    assert tomllib.loads(text) == {"title": "x", "columns": {"a": "b"}}


def test_every_layout_is_written_as_it_was_read() -> None:
    for path in LAYOUTS.glob("*/*.*.toml"):
        document = tomllib.loads(path.read_text("utf-8"))
        assert tomllib.loads(toml(document)) == document, path.name


def test_a_long_list_is_written_in_lines() -> None:
    text = toml({"columns_order": [f"A LONG NAME OF A COLUMN {number}" for number in range(40)]})
    assert max(map(len, text.splitlines())) <= WIDTH and text.count("\n") > 10
