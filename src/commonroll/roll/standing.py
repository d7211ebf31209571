"""From which election day on a voter may be in a view: protection and age as two days of the roll.

They are computed once, when a row is loaded, so that a question compares one day instead of reading every
voter's birth, protection and status (docs/adr/0035). The rule itself: docs/adr/0032.
"""

from __future__ import annotations

import datetime

import ibis
import ibis.expr.types as ir

EARLIEST = datetime.date(2026, 1, 1)
"""The first election day that can be asked about. Whoever is 18 by then has this day: the days stay few."""

NEVER = datetime.date.max
"""Stands for no day at all: protected, or of unknown birth."""

ADULT = 18


def shown_from(
    confidential: ir.BooleanValue,
    birth_date: ir.DateValue,
    birth_year: ir.IntegerValue,
    age: ir.IntegerValue,
) -> ir.DateValue:
    """The first election day, from EARLIEST on, on which the voter is 18 at the youngest possible age.

    NEVER where the voter is protected, or it is not known, or no birth is known. By birth date; else as if
    born on the last day of the birth year; else by the published age, which was reached before the load.
    """
    never, earliest = ibis.literal(NEVER, "date"), ibis.literal(EARLIEST, "date")
    day: ir.DateValue = ibis.cases(
        (confidential.fill_null(True), never),
        (
            birth_date.notnull(),
            ibis.ifelse(birth_date <= _eighteen(EARLIEST), earliest, _birthday(birth_date)),
        ),
        (
            birth_year.notnull(),
            ibis.ifelse(birth_year < EARLIEST.year - ADULT, earliest, _year_end(birth_year)),
        ),
        (age >= ADULT, earliest),
        else_=never,
    )
    return day


def listed_from(status: ir.StringValue, shown: ir.DateValue) -> ir.DateValue:
    """`shown`, but NEVER for removed registrations and unknown status: who is meant where none is named."""
    day: ir.DateValue = ibis.ifelse(status != "removed", shown, ibis.literal(NEVER, "date"))
    return day


def with_days(voters: ir.Table) -> ir.Table:
    """`voters` with its columns `shown_from` and `listed_from` filled from the others."""
    shown = shown_from(voters["confidential"], voters["birth_date"], voters["birth_year"], voters["age"])
    return voters.mutate(shown_from=shown, listed_from=listed_from(voters["status"], shown))


def _eighteen(day: datetime.date) -> datetime.date:
    return day.replace(year=day.year - ADULT)


def _birthday(birth_date: ir.DateValue) -> ir.DateValue:
    """Born on 29 February, 18 on 1 March: no such day is in the eighteenth year after."""
    year, month, day = birth_date.year() + ADULT, birth_date.month(), birth_date.day()
    leap = (month == 2) & (day == 29)
    born: ir.DateValue = ibis.ifelse(leap, ibis.date(year, 3, 1), ibis.date(year, month, day))
    return born


def _year_end(birth_year: ir.IntegerValue) -> ir.DateValue:
    return ibis.date(birth_year.cast("int32") + ADULT, 12, 31)
