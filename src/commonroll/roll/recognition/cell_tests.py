"""Whether cells read as a column of a layout: its dates, its codes, its counties."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from functools import cache

from ..layout.cells import ANY_OTHER, folded_text
from ..layout.layout import Layout

DIGITS = {"Y": r"\d{4}", "m": r"1[0-2]|0[1-9]|[1-9]", "d": r"3[01]|[12]\d|0[1-9]|[1-9]"}
"""As strptime reads them."""

Test = frozenset[str] | str
"""The cells that a column may hold, in any case, or "date"."""

_known: dict[int, tuple[Layout, Mapping[str, Test]]] = {}


def columns_tested(layout: Layout) -> Mapping[str, Test]:
    """The columns whose cells can be told right from wrong: coded ones, counties, dates."""
    found = _known.get(id(layout))
    if found is None or found[0] is not layout:
        tests = {field: _test(layout, field) for field in layout.columns}
        made = {layout.columns[field].columns[0]: test for field, test in tests.items() if test is not None}
        found = _known[id(layout)] = (layout, made)
    return found[1]


def _test(layout: Layout, field: str) -> Test | None:
    codes = layout.codes.get(field, {})
    if layout.columns[field].verb != "column" or ANY_OTHER in codes:
        return None
    others = layout.placeholders.get(field, ())
    if field in ("county", "county_voted"):
        return _folded([*layout.counties, *others])
    if field in layout.codes:
        return _folded([*codes, *layout.left_out.get(field, ()), *others])
    return "date" if layout.dates and layout.table[field].type == "date" else None


def _folded(cells: Sequence[str]) -> frozenset[str]:
    return frozenset(map(folded_text, cells))


def reads(layout: Layout, test: Test, cell: str) -> bool:
    """Whether a cell reads as its column should."""
    if not isinstance(test, str):
        return folded_text(cell) in test
    if any(is_date(cell, form) for form in layout.dates):
        return True
    return any(cell in texts for texts in layout.placeholders.values())


def is_date(cell: str, form: str) -> bool:
    """Whether a cell is a date of that format."""
    pattern = _plain_date(form)
    try:
        if pattern is None:
            datetime.datetime.strptime(cell, form).replace(tzinfo=datetime.UTC)
        elif found := pattern.fullmatch(cell):
            datetime.date(int(found["Y"]), int(found["m"]), int(found["d"]))
        else:
            return False
    except ValueError:
        return False
    return True


@cache
def _plain_date(form: str) -> re.Pattern[str] | None:
    """What strptime takes for a form of year, month and day alone, but quicker; None for others."""
    if sorted(re.findall("%.", form)) != ["%Y", "%d", "%m"] or re.search(r"\s", form):
        return None
    pattern = re.escape(form)
    for letter, digits in DIGITS.items():
        pattern = pattern.replace(f"%{letter}", f"(?P<{letter}>{digits})")
    return re.compile(pattern)


def share_that_reads(layout: Layout, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> float | None:
    """Share of the filled cells of tested columns that read as such; None where there is none.

    `columns`: the names of the cells of `rows`.
    """
    tests = columns_tested(layout)
    tested = [(at, tests[name]) for at, name in enumerate(columns) if name in tests]
    fits = [
        reads(layout, test, cell)
        for row in rows
        for at, test in tested
        if at < len(row) and (cell := row[at].strip())
    ]
    return sum(fits) / len(fits) if fits else None
