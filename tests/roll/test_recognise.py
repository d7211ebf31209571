"""A file is told by its header, or by the shape of its cells; otherwise the refusal says what differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout import all_layouts, layout
from commonroll.roll.recognise import recognise

SAMPLES = [
    (f"{path.parent.parent.parent.name}/{path.parent.name}", path)
    for path in sorted(LAYOUTS.glob("*/sample/*/*"))
]
Change = Callable[[list[str]], list[str]]


def sample(key: str) -> tuple[str, list[str]]:
    path = next(path for known, path in SAMPLES if known == key)
    return path.name, path.read_bytes().decode("latin-1").splitlines()


def with_header(key: str, change: Change) -> tuple[bytes, str]:
    """The sample's first line with its columns changed, every other line dropped."""
    known = layout(key)
    quote = '"' if known.format.quoting == "every" else ""
    name, _ = sample(key)
    columns = change(list(known.order))
    return f"{quote}{(quote + known.format.delimiter + quote).join(columns)}{quote}\n".encode("latin-1"), name


@pytest.mark.parametrize(("key", "path"), SAMPLES, ids=[str(p.relative_to(LAYOUTS)) for _, p in SAMPLES])
def test_every_sample_is_recognised(key: str, path: Path) -> None:
    seen = recognise(path.read_bytes(), path.name)
    assert seen.layout.key == key
    assert seen.role == key.split(".")[-1]
    assert seen.has_header is layout(key).format.header


@pytest.mark.parametrize(("key", "path"), SAMPLES, ids=[str(p.relative_to(LAYOUTS)) for _, p in SAMPLES])
def test_the_name_of_a_file_is_not_needed(key: str, path: Path) -> None:
    assert recognise(path.read_bytes(), "delivery").layout.key == key


def test_columns_in_another_order_are_read_by_name() -> None:
    head, name = with_header("nc/2022-02.registration", lambda columns: columns[::-1])
    seen = recognise(head, name)
    assert seen.columns == layout("nc/2022-02.registration").order[::-1]
    assert "not in official order" in seen.evidence


@settings(max_examples=40, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([known.key for known in all_layouts() if known.format.header]),
)
def test_any_order_of_the_known_columns_is_recognised(luck: Random, key: str) -> None:
    head, name = with_header(key, lambda columns: luck.sample(columns, len(columns)))
    seen = recognise(head, name)
    assert (seen.layout.key, set(seen.columns)) == (key, set(layout(key).order))


@pytest.mark.parametrize("column", layout("nc/2022-02.registration").order)
def test_each_column_that_is_missing_is_named(column: str) -> None:
    head, name = with_header("nc/2022-02.registration", lambda c: [x for x in c if x != column])
    with pytest.raises(Refusal, match=f"{column} missing"):
        recognise(head, name)


def test_known_spellings_are_evidence() -> None:
    head, name = with_header(
        "wa/2023-08.registration", lambda c: ["YearOfBirth" if x == "Birthyear" else x for x in c]
    )
    seen = recognise(head, name)
    assert "Birthyear" in seen.columns
    assert "known spellings: YearOfBirth" in seen.evidence


def test_columns_that_may_be_absent() -> None:
    gone = ("Title", "AbsenteeType")
    head, name = with_header("wa/2020-01.registration", lambda columns: [c for c in columns if c not in gone])
    seen = recognise(head, name)
    assert seen.layout.key == "wa/2020-01.registration"
    assert "without Title, AbsenteeType" in seen.evidence


def test_elections_of_a_wide_history_are_columns() -> None:
    head, name = with_header(
        "oh/2018-04.registration", lambda c: [*c, "GENERAL-11/05/2024", "PRIMARY-05/05/2026"]
    )
    assert recognise(head, name).columns[-1] == "PRIMARY-05/05/2026"


# layout, what is done to its header, what the refusal says
REFUSED: list[tuple[str, Change, list[str]]] = [
    (
        "nc/2022-02.registration",
        lambda columns: ["party" if c == "party_cd" else c for c in columns],
        ["nc/2022-02.registration comes closest", "party_cd missing", "party unknown"],
    ),
    ("nc/2022-02.registration", lambda columns: columns[:-1], ["vtd_desc missing"]),
    ("nc/2022-02.registration", lambda columns: [*columns, "shoe_size"], ["shoe_size unknown"]),
    ("nc/2022-02.registration", lambda columns: [*columns, "ncid"], ["ncid there twice"]),
    ("oh/2018-04.registration", lambda c: [*c, "GENERAL-2024"], ["oh/2018-04", "GENERAL-2024 unknown"]),
    ("wa/2020-01.history", lambda columns: columns[1:], ["VoterHistoryID missing"]),
]


@pytest.mark.parametrize(("key", "change", "said"), REFUSED, ids=[said[-1] for _, _, said in REFUSED])
def test_a_changed_header_stops_and_says_what_differs(key: str, change: Change, said: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        recognise(*with_header(key, change))
    for words in said:
        assert words in refusal.value.what
    assert refusal.value.next_step


def test_a_history_file_whose_header_was_forgotten() -> None:
    """Washington sent one in June 2024."""
    name, lines = sample("wa/2020-01.history")
    seen = recognise("\n".join(lines[1:6]) + "\n", name)
    assert (seen.layout.key, seen.has_header) == ("wa/2020-01.history", False)
    assert seen.columns == layout("wa/2020-01.history").order


def test_a_byte_order_mark_before_the_header() -> None:
    head, name = with_header("wa/2020-01.history", lambda columns: columns)
    assert recognise(b"\xef\xbb\xbf" + head, name).has_header


def test_a_partial_last_line_does_not_count() -> None:
    name, lines = sample("fl/2018-10.registration")
    assert recognise("\n".join([*lines[:3], "DES\t1000"]), name).layout.key == "fl/2018-10.registration"


@pytest.mark.parametrize("missing", ["", "\n\n"])
def test_an_empty_file_is_refused(missing: str) -> None:
    with pytest.raises(Refusal, match="empty"):
        recognise(missing, "ncvoter_Statewide.txt")


def test_a_headerless_file_with_a_field_too_few() -> None:
    name, lines = sample("fl/2018-10.registration")
    short = "\n".join(line.rsplit("\t", 1)[0] for line in lines) + "\n"
    with pytest.raises(Refusal) as refusal:
        recognise(short, name)
    assert "fl/2018-10.registration comes closest: 37 fields, not 38" in refusal.value.what


def test_a_headerless_file_with_its_columns_shifted() -> None:
    name, lines = sample("fl/2018-10.registration")
    shifted = "\n".join("\t".join([*line.split("\t")[1:], ""]) for line in lines) + "\n"
    with pytest.raises(Refusal, match=r"38 fields, but only \d+% of the cells fit"):
        recognise(shifted, name)


def test_no_cell_of_a_person_is_in_a_refusal() -> None:
    for key, path in SAMPLES:
        known = layout(key)
        body = path.read_bytes().decode("latin-1").splitlines()[1:]
        cut = "\n".join(line.rsplit(known.format.delimiter, 3)[0] for line in body) + "\n"
        with pytest.raises(Refusal) as refusal:
            recognise(cut, path.name)
        told = str(refusal.value)
        for word in ("ASHBY", "NORA", "BRANDT", "CORTEZ", "INES", "DUNN", "AVERY", "ALDER", "BL1000"):
            assert word not in told


def test_every_layout_has_a_sample() -> None:
    assert {key for key, _ in SAMPLES} == {known.key for known in all_layouts()}
