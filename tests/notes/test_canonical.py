"""The one byte form of signed documents (RFC 8785) and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from commonroll.notes import NoteError, canonical, parse_canonical, parse_strict, sha256_text

AGREEMENT = json.loads((Path(__file__).parent / "agreement_vector.json").read_bytes())["agreement"]

KEYS = st.text(st.characters(max_codepoint=127), max_size=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
DOCUMENTS = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def test_agreement_vector() -> None:
    data = canonical(AGREEMENT)
    assert len(data) == 2870
    assert (
        hashlib.sha256(data).hexdigest() == "2bc1fa25da1d6306957fc464681672decca201496dae9b30430e655ee422bb40"
    )
    assert sha256_text(data) == "sha256:K8H6JdodYwaVf8RkaBZy3syiAUltrpswQw5lXuQiu0A="


@given(DOCUMENTS)
def test_the_bytes_are_those_of_another_program(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (1, "$"),
        (1.5, "$"),
        (True, "$"),
        (None, "$"),
        ({"rows": "12", "list": ["a", 3]}, "$.list[1]"),
        ({"a": {"b": None}}, "$.a.b"),
        ({"s\u00e9t": "x"}, "$"),
        ({1: "x"}, "$"),
    ],
)
def test_what_readers_could_read_differently_is_refused(value: object, where: str) -> None:
    with pytest.raises(NoteError) as caught:
        canonical(value)
    assert caught.value.where == where


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(NoteError, match="Unicode"):
        canonical({"a": "\ud800"})


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":"1","a":"2"}',
        b'{"a":{"b":"1","b":"1"}}',
        b'{"a":1}',
        b'{"a":null}',
        b'{"a":true}',
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":"1"}',
        b'{"a":"1"} x',
        b"",
        b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_parse_strict_refuses(data: bytes) -> None:
    with pytest.raises(NoteError):
        parse_strict(data)


@pytest.mark.parametrize("depth", [100, 300, 500, 700, 900, 990, 2000])
def test_deep_nesting_is_refused_or_read(depth: int) -> None:
    data = b"[" * depth + b"]" * depth
    try:
        assert canonical(parse_canonical(data)) == data
    except NoteError:
        assert depth > 100


@pytest.mark.parametrize("data", [b'{"a": "1"}', b'{"b":"1","a":"2"}', b'{"a":"1"}\n', b'{"a":"\\u0041"}'])
def test_stored_bytes_must_be_canonical(data: bytes) -> None:
    parse_strict(data)
    with pytest.raises(NoteError, match="canonical"):
        parse_canonical(data)


@given(DOCUMENTS)
def test_canonical_form_survives_a_round_trip(value: object) -> None:
    data = canonical(value)
    assert parse_canonical(data) == value


@given(DOCUMENTS)
def test_canonical_form_is_what_the_standard_library_writes(value: object) -> None:
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert canonical(value) == plain


@given(st.data())
def test_a_changed_byte_is_another_document_or_none(data: st.DataObject) -> None:
    stored = bytearray(canonical(AGREEMENT))
    at = data.draw(st.integers(0, len(stored) - 1))
    stored[at] ^= data.draw(st.integers(1, 255))
    try:
        changed = parse_canonical(bytes(stored))
    except NoteError:
        return
    assert changed != AGREEMENT
