"""The index of a roll: what it finds is what the rows say, and a voter keeps its number."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.lookup import ahead, numbers
from commonroll.roll.lookup.index import BATCH, Index, index_of
from commonroll.roll.lookup.keys import KEYS, printed
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.bulk import arrow_schema

SALT = "salt"


def voters(path: Path, rows: list[dict[str, Any]]) -> str:
    filled = [dict.fromkeys(VOTERS.names) | row for row in rows]
    pq.write_table(pa.Table.from_pylist(filled, arrow_schema(VOTERS)), path, row_group_size=700)
    return str(path)


def made(at: int) -> dict[str, Any]:
    return {
        "state_voter_id": f"OH{at:06}", "first_name": f"ZOË {at % 40}", "last_name": f"O'NEIL-{at % 300}",
        "residence_line1": f"{at % 97} Elm St.", "residence_zip5": f"{43000 + at % 9}",
        "birth_date": date(1950, 1, 1) + timedelta(days=at % 5000), "phone": f"+1614555{at % 2000:04}",
        "email": f"Voter{at}@Example.org" if at % 3 else None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    vault = tmp_path_factory.mktemp("vault")
    rows = [made(at) for at in range(2 * BATCH + 500)]
    files = [voters(vault / "a.parquet", rows[: BATCH + 77]), voters(vault / "b.parquet", rows[BATCH + 77 :])]
    return index_of(vault, "oh", files, SALT)


def test_every_row_stands_at_its_place(index: Index) -> None:
    places = [0, BATCH - 1, BATCH, BATCH + 76, BATCH + 77, 2 * BATCH + 499]
    found = index.rows(places)
    assert found["state_voter_id"].to_pylist() == [made(at)["state_voter_id"] for at in places]
    assert found["birth_date"].to_pylist() == [made(at)["birth_date"] for at in places]
    assert index.rows([]).num_rows == 0


def texts(at: int) -> dict[str, str]:
    return {column: str(value) for column, value in made(at).items() if value}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_finds_all_rows_that_have_it_and_no_other(index: Index, key: str) -> None:
    prints = [printed(SALT, key, texts(at)) for at in range(2 * BATCH + 500)]
    for at in (0, 1, 2, 303, BATCH, 2 * BATCH + 499):
        same = [place for place, one in enumerate(prints) if one == prints[at]]
        assert index.places(key, texts(at)) == (same if prints[at] is not None else [])


@pytest.mark.parametrize(("column", "said", "held"), [
    ("last_name", "ONeil 7", "o'neil-7"), ("last_name", "Muñoz", "MUNOZ"), ("last_name", "straße", "STRAE"),
    ("phone", "(614) 555-0001", "+16145550001"), ("email", " A@B.org", "a@b.ORG "),
    ("residence_zip5", "43001-1234", "43001"),
])  # fmt: skip
def test_values_are_compared_without_case_accents_and_signs(
    tmp_path: Path, column: str, said: str, held: str
) -> None:
    row = made(1) | {column: held}
    index = index_of(
        tmp_path, "oh", [voters(tmp_path / "a.parquet", [made(0) | {"last_name": "X"}, row])], SALT
    )
    for key, columns in KEYS.items():
        if column in columns:
            assert index.places(key, {c: str(v) for c, v in (row | {column: said}).items() if v}) == [1], key


def test_a_key_with_a_part_missing_finds_nobody(index: Index) -> None:
    assert (
        index.places("born", {"first_name": "ZOË 1", "last_name": "O'NEIL-1", "residence_zip5": "43001"})
        == []
    )


def test_numbers_stay_follow_and_are_not_used_twice(tmp_path: Path) -> None:
    def loaded(name: str, *ids: str) -> dict[str, int]:
        index = index_of(
            tmp_path, "oh", [voters(tmp_path / name, [{"state_voter_id": one} for one in ids])], SALT
        )
        return dict(zip(ids, index.numbers(range(len(ids))).tolist(), strict=True))

    reports = tmp_path / "reports"
    reports.mkdir()
    assert loaded("1.parquet", "A", "B", "C") == {"A": 1, "B": 2, "C": 3}
    assert loaded("2.parquet", "C", "D", "A") == {"C": 3, "D": 4, "A": 1}
    assert loaded("3.parquet", "B", "C") == {"B": 2, "C": 3}
    # B stands under E now, and the state gave C's id to somebody else
    pq.write_table(pa.table({"earlier_id": ["B"], "state_voter_id": ["E"]}), reports / "x.renumbered.parquet")
    pq.write_table(pa.table({"state_voter_id": ["C"]}), reports / "x.reused.parquet")
    assert loaded("4.parquet", "C", "D", "E") == {"C": 5, "D": 4, "E": 2}
    assert loaded("5.parquet", "A", "B", "C") == {"A": 1, "B": 6, "C": 5}


@given(st.lists(st.lists(st.integers(1, 60), unique=True, max_size=30), max_size=6))
def test_a_number_is_one_ids_for_ever(loads: list[list[int]]) -> None:
    kept: dict[int, int] = {}
    prints = np.zeros(0, np.uint64)
    for load in loads:
        prints, found = numbers.with_new(prints, np.array(load, np.uint64))
        for one, number in zip(load, found.tolist(), strict=True):
            assert kept.setdefault(one, number) == number
            assert int(prints[number - 1]) == one
    assert len(set(kept.values())) == len(kept)


# Ahead of anybody's question


def made_indexes(vault: Path) -> list[Path]:
    return sorted((vault / "lookup" / "index").glob("*"), key=lambda path: path.stat().st_mtime)


def test_an_index_is_made_ahead_where_somebody_looked_before(tmp_path: Path) -> None:
    files = [[voters(tmp_path / f"{at}.parquet", [made(at)])] for at in range(4)]
    ahead.make(tmp_path, "oh", files[0], SALT)
    assert made_indexes(tmp_path) == []
    index_of(tmp_path, "oh", files[0], SALT)
    for each in files[1:]:
        ahead.make(tmp_path, "oh", each, SALT)
        newest = made_indexes(tmp_path)[-1]
        # the one before stays: until the load is published its snapshot is today's
        assert len(made_indexes(tmp_path)) == 2 and index_of(tmp_path, "oh", each, SALT).path == newest


def test_a_small_rolls_index_is_made_in_any_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [voters(tmp_path / "a.parquet", [made(at) for at in range(3)])]
    monkeypatch.setattr(ahead, "SMALL", 2)
    ahead.make(tmp_path, "oh", files, SALT, small=True)
    assert made_indexes(tmp_path) == []
    monkeypatch.setattr(ahead, "SMALL", 3)
    ahead.make(tmp_path, "oh", files, SALT, small=True)
    assert len(made_indexes(tmp_path)) == 1


@pytest.mark.parametrize("error", [OSError(28, "no room"), Refusal("busy"), MemoryError()])
def test_an_index_that_cannot_be_made_holds_no_load_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    files = [voters(tmp_path / "a.parquet", [made(1)])]
    monkeypatch.setattr("commonroll.roll.lookup.index._write_keys", fails)
    ahead.make(tmp_path, "oh", files, SALT, small=True)
    assert [path.name for path in (tmp_path / "lookup").iterdir()] == ["lock"]
    monkeypatch.undo()
    # as a process leaves it that was killed
    (tmp_path / "lookup" / ".index-dead.part").mkdir()
    ahead.make(tmp_path, "oh", files, SALT, small=True)
    assert index_of(tmp_path, "oh", files, SALT).rows([0])["state_voter_id"].to_pylist() == ["OH000001"]
    assert not list((tmp_path / "lookup").glob(".*"))
