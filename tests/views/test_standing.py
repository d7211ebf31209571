"""The day from which a voter may be shown, held against the rule itself: protection, age, registration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import Any

import ibis
import pytest
from evaluator import adult
from hypothesis import given, settings
from hypothesis import strategies as st
from view_rolls import grant, owned, tables, voter

from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.standing import EARLIEST, NEVER, with_days
from commonroll.views.view import Question, plan

KINDS = {
    "confidential": "boolean", "status": "string", "birth_date": "date", "birth_year": "int16",
    "age": "int16", "shown_from": "date", "listed_from": "date",
}  # fmt: skip
ELECTIONS = (
    EARLIEST, date(2026, 11, 3), date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 28),
    date(2028, 2, 29), date(2028, 3, 1), date(2030, 2, 28), date(2030, 3, 1), date(2034, 12, 31),
)  # fmt: skip
BORN = (
    None, date(1931, 5, 17), date(2008, 1, 1), date(2008, 1, 2), date(2008, 2, 29), date(2008, 11, 3),
    date(2008, 12, 31), date(2010, 2, 28), date(2010, 3, 1), date(2012, 2, 29), date(2016, 12, 31),
)  # fmt: skip


def with_days_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    full = [{name: row.get(name) for name in KINDS} for row in rows]
    made: list[dict[str, Any]] = (
        ibis_engine().to_pyarrow(with_days(ibis.memtable(full, schema=ibis.schema(KINDS)))).to_pylist()
    )
    return made


def check(row: dict[str, Any], election: date) -> None:
    shown = row["confidential"] is False and adult(row, election)
    assert (row["shown_from"] <= election) is shown, (row, election)
    assert (row["listed_from"] <= election) is (shown and row["status"] not in (None, "removed"))


def test_every_combination_of_what_decides() -> None:
    combined = product(
        (False, True, None), ("active", "removed", None), BORN, (None, 1931, 2007, 2008, 2010), (None, 17, 18)
    )
    rows = with_days_of([dict(zip(KINDS, values, strict=False)) for values in combined])
    assert len(rows) == 3 * 3 * len(BORN) * 5 * 3
    for row in rows:
        for election in ELECTIONS:
            check(row, election)


births = st.fixed_dictionaries(
    {
        "confidential": st.sampled_from([False, False, None, True]),
        "status": st.sampled_from(["active", "inactive", "removed", None]),
        "birth_date": st.none() | st.dates(date(1900, 1, 2), date(2030, 12, 31)),
        "birth_year": st.none() | st.integers(1901, 2030),
        "age": st.none() | st.integers(0, 130),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(births, min_size=1, max_size=60),
    st.lists(st.dates(EARLIEST, date(2050, 12, 31)), min_size=1, max_size=8),
)
def test_any_birth_on_any_election_day(rows: list[dict[str, Any]], elections: list[date]) -> None:
    for row in with_days_of(rows):
        for election in elections:
            check(row, election)


@pytest.mark.parametrize("day", [date(2025, 12, 31), NEVER])
def test_a_day_that_the_roll_says_nothing_about_is_no_election_day(tmp_path: Any, day: date) -> None:
    owner = owned(tables(tmp_path, "oh", [voter("1")]), grant("oh"), election_day=day)
    with pytest.raises(ValueError, match="election day"):
        plan(
            ibis_engine(), Question("national", "gotv", "count"), [owner], denied={}, names={},
            now=grant("oh").start,
        )  # fmt: skip
