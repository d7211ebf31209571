"""A cell is a date where Python's own reader says so, whatever way is quicker."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.roll.layout.layout import all_layouts
from commonroll.roll.recognition.cell_tests import _plain_date, is_date

FORMS = sorted({form for layout in all_layouts() for form in layout.dates})


def slowly(cell: str, form: str) -> bool:
    try:
        datetime.datetime.strptime(cell, form).replace(tzinfo=datetime.UTC)
    except ValueError:
        return False
    return True


days = st.dates(datetime.date(1000, 1, 1)).map(lambda day: (day.year, day.month, day.day))
numbers = st.tuples(st.integers(0, 12000), st.integers(0, 99), st.integers(0, 99))
shapes = (
    "{0:04}-{1:02}-{2:02}", "{1}/{2}/{0}", "{1:02}/{2:02}/{0:04}", "{1:02}-{2:02}-{0}", "{0}{1:02}{2:02}",
    "{1:02}{2:02}{0:04}", "{0}{1}{2}", "{1}{2}{0}",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@given(day=st.one_of(days, numbers), shape=st.sampled_from(shapes), end=st.sampled_from(["", " ", "x", "0"]))
def test_a_date_is_what_strptime_takes(form: str, day: tuple[int, int, int], shape: str, end: str) -> None:
    cell = shape.format(*day) + end
    assert is_date(cell, form) == slowly(cell, form)


def test_the_usual_forms_have_the_quick_way() -> None:
    assert all(_plain_date(form) for form in ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d", "%m%d%Y"))
