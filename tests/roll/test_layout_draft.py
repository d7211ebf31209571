"""A draft says what a file's columns may be, gives away nobody, and does not load before a person looked."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.drafting.cells import columns_of
from commonroll.roll.drafting.draft import Draft, draft
from commonroll.roll.drafting.masks import masked, pattern
from commonroll.roll.drafting.words import abbreviates, parts
from commonroll.roll.layout.layout import Layout, all_layouts, load_layout
from commonroll.roll.recognition.guessed_format import see

SINCE = date(2026, 11, 1)


def sample(key: str) -> Path:
    state, name = key.split("/")
    return next(iter(sorted((LAYOUTS / state / "sample" / name).iterdir())))


def others(state: str) -> list[Layout]:
    return [one for one in all_layouts() if one.state != state]


def drafted(key: str, folder: Path | None = None) -> Draft:
    """A draft from a state's sample, with the words of all other states."""
    state = key[:2].upper()
    return draft([folder or sample(key)], state=state, since=SINCE, layouts=others(state))


def with_header() -> Iterator[str]:
    for one in all_layouts():
        form = one.format
        delimited = form.kind == "delimited" and form.header and form.header_line == 1
        if delimited and one.role == "registration" and not one.variant:
            yield one.key


SOME = [
    "wv/2000-01.registration", "co/2000-01.registration", "md/2000-01.registration",
    "de/2019-01.registration", "ga/2023-05.registration", "ok/2000-01.registration",
    "nm/2000-01.registration",
]  # fmt: skip


@pytest.mark.parametrize("key", sorted(with_header()))
def test_a_drafts_format_is_that_of_the_file(key: str) -> None:
    known = next(one for one in all_layouts() if one.key == key)
    seen = see(sample(key).read_bytes())
    assert seen.format["delimiter"] == known.format.delimiter
    assert seen.format["header"] is True
    named = [name for name in seen.columns if known.knows(known.canonical(name))]
    assert len(named) >= 0.9 * len(seen.columns)


@pytest.mark.parametrize("key", SOME)
def test_most_of_what_is_guessed_is_what_the_states_own_layout_says(key: str) -> None:
    known = next(one for one in all_layouts() if one.key == key)
    document = drafted(key).document
    right = wrong = 0
    for field, source in document["columns"].items():
        if isinstance(source, str) and source != "TODO":
            mine = known.columns.get(field)
            fits = mine is not None and source in {known.canonical(name) for name in mine.columns} | {
                *mine.columns
            }
            right, wrong = right + fits, wrong + (not fits)
    assert right >= 5 and right >= 3 * wrong


@pytest.mark.parametrize("key", SOME)
def test_a_draft_does_not_load(key: str, tmp_path: Path) -> None:
    made = drafted(key)
    path = tmp_path / f"{made.key}.toml"
    path.parent.mkdir()
    path.write_text(made.text, "utf-8")
    path.with_name("counties.csv").write_text(made.county_list or "code,fips,name\n", "utf-8")
    with pytest.raises(Refusal):
        load_layout(path)
    assert made.todo > 0 and tomllib.loads(made.text) == made.document


CODES = {text.upper() for one in all_layouts() for codes in one.codes.values() for text in codes}
CODES |= {
    text.upper()
    for one in all_layouts()
    if one.unpivot
    for codes in one.unpivot.codes.values()
    for text in codes
}


@pytest.mark.parametrize("key", SOME)
def test_a_draft_holds_no_text_of_a_person(key: str) -> None:
    made = drafted(key)
    seen = see(sample(key).read_bytes())
    public = {word for text in (*seen.columns, made.county_list) for word in re.split(r"[\s,()]+", text)}
    words = set(re.split(r'[\s",:]+', made.text)) - public
    for column in columns_of(seen.columns, seen.rows).values():
        for text, times in column.counted.items():
            short = len(text) <= 4 and (times > 1 or text.isupper() or text.isdigit())
            if not short and text.upper() not in CODES and text != pattern(text):
                assert text not in words, (column.name, times)


def test_a_draft_of_a_file_without_a_header_numbers_its_columns(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("1|A|11/05/2024\n2|B|11/03/2020\n3|A|11/08/2022\n", "utf-8")
    document = draft([tmp_path / "v.txt"], state="TN", since=SINCE, layouts=all_layouts()).document
    assert document["columns_order"] == ["COLUMN 1", "COLUMN 2", "COLUMN 3"]
    assert document["format"] == {
        "kind": "delimited", "delimiter": "|", "encoding": "latin-1", "header": False, "quoting": "none"
    }  # fmt: skip


def test_fixed_columns_end_where_every_line_is_blank(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("001 ADA   19750101\n002 BO    19800202\n003 CLEO  19900303\n", "utf-8")
    document = draft([tmp_path / "v.txt"], state="TN", since=SINCE, layouts=all_layouts()).document
    assert document["positions"] == {"COLUMN 1": [1, 4], "COLUMN 2": [5, 6], "COLUMN 3": [11, 8]}
    assert document["format"]["record_length"] == 18


def test_numbered_columns_are_slots_of_a_history(tmp_path: Path) -> None:
    head = "VOTER ID|LAST NAME|FIRST NAME|STATUS|" + "|".join(
        f"E{n} DATE|E{n} TYPE|E{n} HOW" for n in (1, 2, 3)
    )
    rows = "".join(
        f"{n:04}|DOE{n}|ADA{n}|A|11/05/2024|G|E|08/01/2024|P|E|11/08/2022|G|A\n" for n in range(10, 30)
    )
    (tmp_path / "v.txt").write_text(f"{head}\n{rows}", "utf-8")
    unpivot = draft([tmp_path / "v.txt"], state="TN", since=SINCE, layouts=all_layouts()).document["unpivot"]
    assert unpivot["shape"] == "slots" and unpivot["dates"] == ["%m/%d/%Y"]
    assert unpivot["slots"] == [
        {"numbers": {"from": 1, "to": 3}, "date": "E{n} DATE", "type": "E{n} TYPE", "method": "E{n} HOW"}
    ]
    assert unpivot["types"] == {"G": "general", "P": "primary"}


def test_counties_are_listed_where_their_names_or_numbers_tell(tmp_path: Path) -> None:
    for name, lines in (("Shelby", 0), ("SHELBY COUNTY", 0), ("47157", 0), ("157", 95), ("79", 0)):
        (tmp_path / "v.txt").write_text(f"VOTER ID,COUNTY\n1,{name}\n2,{name}\n", "utf-8")
        made = draft([tmp_path / "v.txt"], state="TN", since=SINCE, layouts=all_layouts())
        rows = list(csv.DictReader(io.StringIO(made.county_list)))
        assert len(rows) == lines and made.document["columns"]["county"] == "COUNTY"
        assert not rows or {"code": "157", "fips": "47157", "name": "Shelby"} in rows


def test_codes_that_no_layout_knows_are_to_do(tmp_path: Path) -> None:
    rows = "".join(f"{n},{'A' if n % 3 else 'ZQ'}\n" for n in range(30))
    (tmp_path / "v.csv").write_text(f"VOTER ID,STATUS\n{rows}", "utf-8")
    document = draft([tmp_path / "v.csv"], state="TN", since=SINCE, layouts=all_layouts()).document
    assert document["codes"]["status"] == {"A": "active", "ZQ": "TODO"}


@pytest.mark.parametrize("text", ["", "one line alone\n", "a,b\n1,2,3\nlonger than the others\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "v.txt").write_text(text, "utf-8")
    with pytest.raises(Refusal) as refusal:
        draft([tmp_path / "v.txt"], state="TN", since=SINCE, layouts=all_layouts())
    assert refusal.value.next_step


@pytest.mark.parametrize(
    ("short", "full", "fits"),
    [
        ("Cong Dist", "Congressional District", True),
        ("REG_DATE", "RegistrationDate", True),
        ("Dist", "Congressional District", False),
        ("F Name", "First Name", False),
        ("Zip", "Name", False),
    ],
)
def test_an_abbreviated_name_begins_as_the_full_one(short: str, full: str, fits: bool) -> None:
    assert abbreviates(parts(short), parts(full)) is fits


@given(st.text())
def test_a_pattern_has_no_letter_and_digit_of_the_text(text: str) -> None:
    made = pattern(text)
    assert not [one for one in made if (one.isalpha() and one not in "Aa") or (one.isdigit() and one != "9")]


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 9), max_size=20))
def test_what_is_shown_is_a_pattern_unless_it_is_a_short_code_that_repeats(counted: dict[str, int]) -> None:
    for text, shown in masked(counted, 30).items():
        assert shown == pattern(text) or (shown == text and len(text) <= 4 and counted[text] > 1)
