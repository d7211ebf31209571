"""How a list's column of birth dates is written: day or month first, or spreadsheet numbers.

Nothing in 03/04/1980 says which is the month. The column does, if any of its dates has a 13; where its dates
contradict each other, the year alone is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

ENOUGH = 3
"""Dates that must speak for an order before it is believed, or one in a hundred."""


@dataclass(frozen=True)
class DateWriting:
    """`formats` for strptime of dates in numbers (with /), whether they are spreadsheet `serial` numbers,
    `ambiguous`: day and month cannot be told apart. `note` says what was told, in words."""

    formats: tuple[str, ...]
    serial: bool
    ambiguous: bool
    note: str


MONTH_FIRST = ("%m/%d/%y", "%m/%d/%Y", "%Y/%m/%d")
DAY_FIRST = ("%d/%m/%y", "%d/%m/%Y", "%Y/%m/%d")


def date_writing(con: duckdb.DuckDBPyConnection) -> DateWriting:
    """How `birth_date` of the temporary table `listed` is written."""
    (month, day, either, serial, iso, filled) = (int(n or 0) for n in con.execute(_COUNTED).fetchall()[0])
    if filled and serial > 0.5 * filled:
        return DateWriting(MONTH_FIRST, True, False, "birth dates are the numbers of a spreadsheet's days")
    least = max(ENOUGH, (month + day) // 100)
    if month and day and min(month, day) >= least:
        note = (
            f"{month:,} birth dates have the month first and {day:,} the day: where both fit, the year counts"
        )
        return DateWriting((*MONTH_FIRST, *DAY_FIRST), False, True, note)
    if day > month:
        return DateWriting(
            (*DAY_FIRST, *MONTH_FIRST), False, False, f"{day:,} birth dates have the day first"
        )
    if month:
        note = f"{month:,} birth dates have the month first"
        return DateWriting((*MONTH_FIRST, *DAY_FIRST), False, False, note)
    if either and not iso:
        return DateWriting(
            MONTH_FIRST, False, True, "no birth date says whether day or month is first: the year counts"
        )
    return DateWriting(MONTH_FIRST, False, False, "birth dates are written year first" if iso else "")


_COUNTED = r"""
WITH said AS (
    SELECT regexp_replace(trim(birth_date), '[ T][0-9]{1,2}:[0-9]{2}.*$', '') AS text FROM listed
    WHERE birth_date IS NOT NULL
),
parts AS (
    SELECT
        text,
        try_cast(regexp_extract(text, '^([0-9]{1,2})[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}$', 1) AS INTEGER) AS one,
        try_cast(regexp_extract(text, '^[0-9]{1,2}[-/. ]([0-9]{1,2})[-/. ][0-9]{2,4}$', 1) AS INTEGER)
            AS other
    FROM said
)
SELECT
    count(*) FILTER (one <= 12 AND other > 12),
    count(*) FILTER (one > 12 AND other <= 12),
    count(*) FILTER (one <= 12 AND other <= 12 AND one <> other),
    count(*) FILTER (regexp_full_match(text, '[1-5][0-9]{4}([.]0)?')),
    count(*) FILTER (regexp_full_match(text, '[0-9]{4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,2}')),
    count(*)
FROM parts
"""
