"""States without births: the law registers who is 18 by a day, and who is shown follows from it."""

from __future__ import annotations

import calendar
import datetime
from pathlib import Path

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import loaded, rows, written

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.layout import load_layout
from commonroll.roll.layout.shape import Adults
from commonroll.roll.layout.standing import EARLIEST, NEVER, by_law
from thorough import dear

D = datetime.date
LOADED = D(2026, 11, 27)
STATUSES = ("active", "inactive", "pending", "removed", None)


def elected(day: D) -> D:
    """The first Tuesday after a Monday of November of an even year, on `day` or after it, by the calendar."""
    for year in (day.year + day.year % 2, day.year + day.year % 2 + 2):
        mondays = [week[0] for week in calendar.monthcalendar(year, 11) if week[0]]
        held = D(year, 11, mondays[0] + 1)
        if day <= held:
            return held
    raise AssertionError(day)


def days_of(adults: Adults, registered: list[tuple[D | None, str | None]]) -> list[D]:
    made = ibis.memtable(
        [{"registered_on": day, "status": status} for day, status in registered],
        schema=ibis.schema({"registered_on": "date", "status": "string"}),
    )
    found = by_law(adults, made["registered_on"], made["status"], LOADED)
    return [row["d"] for row in ibis_engine().to_pyarrow(made.select(d=found)).to_pylist()]


@pytest.mark.parametrize(("by", "then"), [("general election", elected), ("90 days", None)])
@settings(max_examples=dear(40), deadline=None)
@given(
    registered=st.lists(
        st.tuples(st.none() | st.dates(D(1900, 1, 2), D(2040, 12, 31)), st.sampled_from(STATUSES)),
        min_size=1,
        max_size=40,
    )
)
def test_a_registered_voter_is_shown_from_the_day_the_law_names(
    by: str, then: object, registered: list[tuple[D | None, str | None]]
) -> None:
    for (day, status), shown in zip(registered, days_of(Adults(by, "law"), registered), strict=True):
        known = min(day or LOADED, LOADED)
        old_enough = elected(known) if callable(then) else known + datetime.timedelta(days=90)
        registered_now = status in ("active", "inactive")
        assert shown == (max(EARLIEST, old_enough) if registered_now else NEVER)


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        ("11/05/2024", EARLIEST),  # general election day itself
        ("11/06/2024", D(2026, 11, 3)),
        ("11/03/2026", D(2026, 11, 3)),
        ("11/04/2026", D(2028, 11, 7)),
        ("", D(2028, 11, 7)),  # older than the load, no more is known
    ],
)
def test_wisconsin_shows_whom_it_registered_from_the_next_general_election(
    day: str, shown: D, tmp_path: Path
) -> None:
    lines = [{"Voter Reg Number": "0000000007", "Voter Status": "Active", "ApplicationDate": day}]
    key = "wi/2000-01.registration"
    vault, result = loaded("WI", tmp_path, written(key, lines, tmp_path), key=key)
    assert rows(vault, result, "voters", "shown_from", "listed_from") == [(shown, shown)]


def test_a_layout_with_births_needs_no_law(tmp_path: Path) -> None:
    whole = Path(__file__).parents[2] / "src/commonroll/layouts/oh/2018-04.registration.toml"
    (tmp_path / "oh").mkdir()
    changed = tmp_path / "oh" / whole.name
    changed.write_text(whole.read_text() + '\n[adults]\nby = "general election"\ncites = "a law"\n')
    with pytest.raises(Refusal, match="have no birth"):
        load_layout(changed, (whole.parent.parent,))


def test_a_law_of_another_kind_is_refused(tmp_path: Path) -> None:
    whole = Path(__file__).parents[2] / "src/commonroll/layouts/wy/2000-01.registration.toml"
    (tmp_path / "wy").mkdir()
    changed = tmp_path / "wy" / whole.name
    changed.write_text(whole.read_text().replace('by = "general election"', 'by = "always"'))
    with pytest.raises(Refusal, match="by"):
        load_layout(changed, (whole.parent.parent,))
