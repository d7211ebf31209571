"""Ids from one snapshot to the next: gone, new, reused by another person, renumbered by the state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import publish, table, voter

from commonroll.roll.changes.diff import diff, diff_rows
from commonroll.roll.gate.figures import Figures, Past
from commonroll.roll.gate.person_checks import ids, ids_of_counties
from commonroll.roll.gate.reuse import Churn, churn
from commonroll.roll.vault.vault import Vault
from thorough import dear

Row = dict[str, Any]
PAST = Past(7, datetime(2026, 3, 3, tzinfo=UTC), Figures())
DAY, LATER = date(2001, 5, 1), date(2020, 5, 1)


def compared(tmp_path: Path, old: Sequence[Row], new: Sequence[Row]) -> tuple[Churn, list[Row]]:
    paths = tmp_path / "old.parquet", tmp_path / "new.parquet"
    for path, rows in zip(paths, (old, new), strict=True):
        pq.write_table(table("voters", rows), path)
    found, again = churn(ibis.duckdb.connect(), [paths[0]], [paths[1]])
    return found, again.reused.to_pylist()


ADA = {"first_name": "ADA", "middle_name": "MAE", "last_name": "TERN", "birth_year": 1950}
FULL = {**ADA, "birth_date": date(1950, 1, 2)}
UNBORN = {**ADA, "birth_year": None, "registered_on": DAY}

#    the row under the id then, what differs now, and whether that is another person
PEOPLE: list[tuple[Row, Row, bool]] = [
    (ADA, {"first_name": "BO", "last_name": "OWL", "birth_year": 1999}, True),
    (ADA, {"first_name": "BO", "birth_year": 1999}, True),
    (ADA, {"last_name": "OWL"}, False),
    (ADA, {"last_name": "OWL", "birth_year": 1951}, False),
    (ADA, {"first_name": "ADELAIDE"}, False),
    (ADA, {"first_name": "BO", "last_name": "OWL"}, False),
    (ADA, {"first_name": "A", "birth_year": 1951}, False),
    (ADA, {"first_name": "MAE", "middle_name": None, "birth_year": 1951}, False),
    (ADA, {"first_name": "TERN", "last_name": "ADA", "birth_year": 1951}, False),
    (ADA, {"first_name": None, "birth_year": 1999}, False),
    (ADA, {"first_name": "BO", "birth_year": None}, False),
    (FULL, {"first_name": "BO", "birth_date": date(1950, 7, 9)}, True),
    (FULL, {"first_name": "BO", "birth_date": None}, False),
    (FULL, {"first_name": "BO", "birth_date": None, "birth_year": 1951}, True),
    (UNBORN, {"first_name": "BO", "last_name": "OWL", "registered_on": LATER}, True),
    (UNBORN, {"first_name": "BO", "last_name": "OWL"}, False),
    (UNBORN, {"first_name": "BO", "registered_on": LATER}, False),
]


@pytest.mark.parametrize(("then", "changes", "another"), PEOPLE)
def test_another_person_under_an_old_id(tmp_path: Path, then: Row, changes: Row, another: bool) -> None:
    found, again = compared(tmp_path, [voter(1, **then)], [voter(1, **{**then, **changes})])
    assert found.reused == another
    assert again == ([{"state_voter_id": "AA000001", "county_fips": "37183"}] if another else [])
    assert (found.before, found.gone, found.new) == (1, 0, 0)


def test_an_id_that_another_person_has_in_another_county_counts_there(tmp_path: Path) -> None:
    other = {"first_name": "BO", "last_name": "OWL", "birth_year": 1999, "county_fips": "37063"}
    found, _ = compared(tmp_path, [voter(1, **ADA)], [voter(1, **{**ADA, **other})])
    assert found.counties["37063"] == {"before": 0, "gone": 0, "new": 0, "reused": 1}


def test_a_reused_id_is_an_end_and_a_beginning_and_no_move(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "nc")
    old = publish(vault, [voter(1, **ADA), voter(2)])
    other = {"first_name": "BO", "last_name": "OWL", "birth_year": 1999, "residence_line1": "9 OAK ST"}
    new = publish(vault, [voter(1, **{**ADA, **other, "party": "REP"}), voter(2)])
    said = {kind: n for kind, n in diff(vault, old, new).total.items() if n}
    assert said == {"reused": 1}
    rolls = (ibis.read_parquet(list(vault.files(one, "voters"))) for one in (old, new))
    rows = diff_rows(*rolls).to_pyarrow().to_pylist()
    assert [(row["kind"], row["first_name"]) for row in rows] == [("reused", "BO")]


def test_a_state_that_renumbers_is_told_from_another_roll(tmp_path: Path) -> None:
    old = [voter(n) for n in range(300)]
    same = [voter(n, state_voter_id=f"ZZ{n:07}") for n in range(300)]
    others = [voter(n, state_voter_id=f"ZZ{n:07}", last_name=f"NEW{n}") for n in range(300)]
    renumbered, _ = compared(tmp_path, old, same)
    assert (renumbered.gone, renumbered.new, renumbered.found_again) == (300, 300, 300)
    (check, _) = ids(renumbered, PAST)
    assert check.level == "quarantine"
    assert check.sentence == (
        "100.0% of the ids of snapshot 7 are gone, 100.0% of those delivered are new. The state has "
        "renumbered: 100% of those gone stand under a new id with the same name and birth."
    )
    stranger, _ = compared(tmp_path, old, others)
    assert stranger.found_again == 0
    assert next(ids(stranger, PAST)).level == "refuse"


#    ids before, gone, new, reused      the level for gone, for reused
BOUNDS = [
    ((100_000, 0, 1_000, 0), "ok", "ok"),
    ((100_000, 9_000, 9_000, 1), "warn", "warn"),
    ((100_000, 21_000, 21_000, 49), "refuse", "warn"),
    ((100_000, 0, 0, 51), "ok", "quarantine"),
    ((100, 30, 0, 19), "warn", "warn"),
]  # fmt: skip


@pytest.mark.parametrize(("counts", "gone", "again"), BOUNDS)
def test_bounds_on_ids(counts: tuple[int, int, int, int], gone: str, again: str) -> None:
    found = Churn(*counts)
    assert [check.level for check in ids(found, PAST)] == [gone, again]


def test_one_id_and_many_are_said_rightly() -> None:
    said = [list(ids(Churn(100_000, reused=n), PAST))[1].sentence for n in (1, 2)]
    assert said == [
        "1 id of snapshot 7 means another person now; the old rows end, new ones begin.",
        "2 ids of snapshot 7 mean another person now; the old rows end, new ones begin.",
    ]


def test_a_county_that_numbers_anew_is_named() -> None:
    counties = {
        "37183": {"before": 1_000, "gone": 900, "new": 900, "reused": 0},
        "37063": {"before": 9_000, "gone": 90, "new": 90, "reused": 0},
        "37137": {"before": 100, "gone": 100, "new": 100, "reused": 0},
    }
    found = Churn(10_100, gone=1_090, new=1_090, counties=counties)
    now = Figures(names={"37183": "Wake"})
    assert [check.sentence for check in ids_of_counties(found, now)] == [
        "Ids that are gone, by county: Wake 90%."
    ]


ROLLS = st.dictionaries(
    st.integers(0, 6),
    st.sampled_from(["37183", "37063", None]).map(lambda fips: {"county_fips": fips}),
    min_size=1,
).map(lambda roll: [voter(number, **changes) for number, changes in roll.items()])


@settings(deadline=None, max_examples=dear(20))
@given(ROLLS, ROLLS)
def test_ids_add_up(tmp_path_factory: pytest.TempPathFactory, old: list[Row], new: list[Row]) -> None:
    found, _ = compared(tmp_path_factory.mktemp("rolls"), old, new)
    assert found.before == len(old)
    assert found.before - found.gone + found.new == len(new)
    for name in ("before", "gone", "new", "reused"):
        assert getattr(found, name) == sum(county[name] for county in found.counties.values())
