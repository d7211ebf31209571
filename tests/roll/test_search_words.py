"""Search over a roll's words: what the files find is what a slow look at every row finds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.lookup import ahead, word_files
from commonroll.roll.lookup import words as of_words
from commonroll.roll.lookup.texts import ADDRESS, NAMES, SEARCHED, Part, meant, parts, words
from commonroll.roll.lookup.words import Words, words_of
from commonroll.roll.schema import VOTERS
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault.bulk import arrow_schema

FIRST = ["JOSÉ", "Jose María", "ANNA", "Ann-Marie", "Øystein", "Strauß", "", None, "J.R.", "Zoë"]
LAST = [
    "O'Brien",
    "OBRIEN",
    "van der Elm",
    "SMITH",
    "Smith-Jones",
    "Nuñez",
    "Wilhelm",
    "ELM",
    "Lee",
    "Müller",
]
STREETS = ["ELM ST", "Elm Street", "N. 4TH AVE", "MAIN ST APT 14", "14TH ST", "OLD ELM RD"]
CITIES = ["Columbus", "SAN JOSÉ", "Łódź", None]


def made(at: int, draw: random.Random) -> dict[str, Any]:
    return {
        "state_voter_id": f"OH{draw.randrange(10**4):06}-{at}" if at % 7 else f"wa{at}",
        "first_name": draw.choice(FIRST), "middle_name": draw.choice(["A", "Elm", None]),
        "last_name": draw.choice(LAST), "residence_line1": f"{draw.randrange(300)} {draw.choice(STREETS)}",
        "residence_unit": draw.choice([None, "APT 3", "14B"]), "residence_city": draw.choice(CITIES),
        "residence_zip5": f"4321{at % 9}",
        "email": draw.choice([None, f"Ann.Elm{at}@Example.org", "smith@x.org"]),
        "county_voter_id": draw.choice([None, f"{draw.randrange(10**4):05}-{at % 3}"]),
        "phone": draw.choice([None, f"+1614555{draw.randrange(9999):04}", "5550134", f"(216) 014-{at:04}"]),
    }  # fmt: skip


ROWS = [made(at, random.Random(at)) for at in range(400)]
VALUES = [{name: str(row[name]) for name in SEARCHED if row[name] is not None} for row in ROWS]
TYPED = [
    "jose", "brien", "o'brien", "smith jones", "14 elm", "elm", "(614) 555-0", "555-0134", "6145550", "0134",
    "OH00", "wa14", "-14", "muller", "strauss", "4321 ann", "lodz", "wilhelm elm", "main 43211", "j.r. lee",
]  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Words:
    vault = tmp_path_factory.mktemp("vault")
    files = []
    for name, rows in (("a", ROWS[:150]), ("b", ROWS[150:])):
        filled = [dict.fromkeys(VOTERS.names) | row for row in rows]
        pq.write_table(pa.Table.from_pylist(filled, arrow_schema(VOTERS)), vault / f"{name}.parquet")
        files.append(str(vault / f"{name}.parquet"))
    made = words_of(vault, "oh", files)
    assert words_of(vault, "oh", files) is made and made.rows == len(ROWS)
    return made


def slowly(
    wanted: tuple[Part, ...], columns: tuple[str, ...], seen: Any, hidden: dict[str, Any]
) -> list[tuple[int, int]]:
    """Every row looked at, one by one."""
    met = []
    for place, values in enumerate(VALUES):
        shown = {c: v for c, v in values.items() if c in columns and place not in hidden.get(c, ())}
        if seen[place] and (worth := meant(wanted, shown)[0]):
            met.append((worth, place))
    return sorted(met, key=lambda one: (-one[0], one[1]))


def texts() -> st.SearchStrategy[str]:
    """What people type: pieces of values in any order, anything else among them."""
    pieces = st.sampled_from(sorted({value for values in VALUES for value in values.values()}))
    cut = st.tuples(pieces, st.integers(0, 9), st.integers(2, 12)).map(lambda c: c[0][c[1] : c[1] + c[2]])
    latin = st.text(st.characters(max_codepoint=0x17F, exclude_categories=["Cs"]), max_size=6)
    typed = st.lists(st.one_of(st.sampled_from(TYPED), cut, latin), min_size=1, max_size=3).map(" ".join)
    return st.one_of(st.sampled_from(TYPED), typed)


@given(
    text=texts(),
    columns=st.sets(st.sampled_from(SEARCHED), min_size=1),
    out=st.sets(st.integers(0, len(ROWS) - 1), max_size=40),
    most=st.sampled_from([1, 21, len(ROWS)]),
    dense=st.booleans(),
)
def test_files_find_what_a_look_at_every_row_finds(
    found: Words, text: str, columns: set[str], out: set[int], most: int, dense: bool
) -> None:
    try:
        wanted = parts(text)
    except Refusal:
        assume(False)
    seen = np.ones(len(ROWS), bool)
    seen[sorted(out)] = False
    hidden = {"phone": np.arange(0, len(ROWS), 3, np.uint32)}
    chosen = tuple(name for name in SEARCHED if name in columns)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(of_words, "SPARSE", 0 if dense else 100)
        patched.setattr(of_words, "LONG", 5)
        patched.setattr(of_words, "BLOCK", 64)
        got = found.find(wanted, chosen, seen, hidden, most)
    assert got == slowly(wanted, chosen, seen, {"phone": set(hidden["phone"].tolist())})[:most]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("José", ["JOSE"]),
        ("O’Brien-Smith", ["OBRIEN", "SMITH"]),
        ("(614) 555-0134", ["6145550134"]),
        ("+1 614.555.0134 lee", ["6145550134", "LEE"]),
        ("555-0134", ["5550134"]),
        ("14 elm 43215", ["14", "ELM", "43215"]),
        ("lee lee", ["LEE"]),
    ],
)
def test_a_text_is_taken_apart(text: str, said: list[str]) -> None:
    assert [part.text for part in parts(text)] == said


@pytest.mark.parametrize("text", ["", "j s", "' ' '", "a" * 201, "ann b c d e f g h i"])
def test_what_would_find_half_a_roll_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        parts(text)


def test_whole_words_come_before_parts_and_names_before_streets() -> None:
    def worth(text: str, **values: str) -> int:
        return meant(parts(text), values)[0]

    assert worth("elm", last_name="Elm") > worth("elm", residence_line1="14 Elm St")
    assert worth("elm", residence_line1="14 Elm St") > worth("elm", last_name="Elmer")
    assert worth("elm", last_name="Elmer") > worth("elm", last_name="Wilhelm") > worth("elm", last_name="Lee")
    assert worth("14 elm", residence_line1="14 ELM ST") > worth("14 elm", residence_line1="140 ELM ST")
    assert meant(parts("jose 0134"), {"first_name": "José", "phone": "+16145550134"})[1] == {
        "first_name": ["JOSE"], "phone": ["0134"],
    }  # fmt: skip


def test_ids_are_found_in_the_states_own_writing(found: Words) -> None:
    ids = [ROWS[at]["state_voter_id"] for at in (3, 7, 399)]
    assert found.places_of([*ids, "OH1", "x" * 60]).tolist() == [3, 7, 399]
    assert found.places_of([]).tolist() == []


def test_words_are_made_ahead_where_somebody_searched_before(tmp_path: Path) -> None:
    files = []
    for at in range(3):
        rows = [dict.fromkeys(VOTERS.names) | made(at, random.Random(at))]
        pq.write_table(pa.Table.from_pylist(rows, arrow_schema(VOTERS)), tmp_path / f"{at}.parquet")
        files.append([str(tmp_path / f"{at}.parquet")])
    ahead.make(tmp_path, "oh", files[0], "salt")
    assert not (tmp_path / word_files.FOLDER).exists()
    words_of(tmp_path, "oh", files[0])
    for each in files[1:]:
        ahead.make(tmp_path, "oh", each, "salt")
        kept = set((tmp_path / word_files.FOLDER).iterdir())
        assert len(kept) == 2 and words_of(tmp_path, "oh", each).path in kept


def test_an_empty_roll_has_nobody(tmp_path: Path) -> None:
    pq.write_table(arrow_schema(VOTERS).empty_table(), tmp_path / "none.parquet")
    none = words_of(tmp_path, "oh", [str(tmp_path / "none.parquet")])
    assert none.find(parts("anna 0134"), SEARCHED, np.ones(0, bool), {}, 21) == []


def test_the_engine_makes_the_same_words_of_every_letter(tmp_path: Path) -> None:
    values = [f"x{chr(code)}y" for code in (*range(0x20, 0x250), 0x2019, 0x1E9E, 0x300, 0xFB01)]
    rows = [dict.fromkeys(VOTERS.names) | {"state_voter_id": str(at), "middle_name": value}
            for at, value in enumerate(values)]  # fmt: skip
    path = tmp_path / "letters.parquet"
    pq.write_table(pa.Table.from_pylist(rows, arrow_schema(VOTERS)), path)
    sql = text_of("commonroll.roll.lookup", "words").replace("{column}", "middle_name")
    with engine() as cursor:
        found = cursor.execute(sql, {"files": [str(path)], "starts": [0]}).fetchall()
    made: dict[int, list[str]] = {}
    for place, word in found:
        made.setdefault(place, []).append(word)
    assert {values[at]: said for at, said in made.items()} == {value: words(value) for value in values}


@given(st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cs"]), max_size=12))
def test_a_word_is_found_by_itself(value: str) -> None:
    for word in words(value):
        assert all(meant((Part(word),), {column: value})[0] for column in (NAMES[0], ADDRESS[0]))
