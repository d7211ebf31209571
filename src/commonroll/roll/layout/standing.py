"""From which election day on a voter may be in a view: protection and age as two days of the roll.

They are computed once, when a row is loaded, so that a question compares one day instead of reading every
voter's birth, protection and status (docs/adr/0035). The rule itself: docs/adr/0032; where a state publishes
no birth: docs/adr/0050.
"""

from __future__ import annotations

import datetime

import ibis
import ibis.expr.types as ir

from commonroll.roll.layout.shape import Adults

EARLIEST = datetime.date(2026, 1, 1)
"""The first election day that can be asked about. Whoever is 18 by then has this day: the days stay few."""

NEVER = datetime.date.max
"""Stands for no day at all: protected, or of unknown birth."""

ADULT = 18

REGISTERED = ("active", "inactive")
"""Of these alone the law says that they are old enough: the pending may be pre-registered, and a removed
registration may be one that should not have been."""


def shown_from(
    confidential: ir.BooleanValue,
    birth_date: ir.DateValue,
    birth_year: ir.IntegerValue,
    age: ir.IntegerValue,
    without_birth: ir.DateValue | None = None,
) -> ir.DateValue:
    """The first election day, from EARLIEST on, on which the voter is 18 at the youngest possible age.

    NEVER where the voter is protected, or it is not known. By birth date; else as if born on the last day of
    the birth year; else by the published age, which was reached before the load. Without any of these
    `without_birth`, else NEVER.
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
        (age.notnull(), never),
        else_=never if without_birth is None else without_birth.fill_null(never),
    )
    return day


def by_law(
    adults: Adults, registered_on: ir.DateValue, status: ir.StringValue, as_of: datetime.date
) -> ir.DateValue:
    """By which day the law that registered a voter has the voter be 18; NEVER but for REGISTERED.

    A registration without a day is older than the file, so `as_of`, the day of the load, bounds it.
    """
    loaded = ibis.literal(as_of, "date")
    day: ir.DateValue = ibis.ifelse(registered_on <= loaded, registered_on, loaded).fill_null(loaded)
    if adults.by == "general election":
        old_enough = general_election(day)
    else:  # a day and an interval are a moment to the engine
        old_enough = (day.cast("timestamp") + ibis.interval(days=adults.days)).date()
    earliest = ibis.literal(EARLIEST, "date")
    known = status.isin(REGISTERED).fill_null(False)
    late = ibis.ifelse(old_enough > earliest, old_enough, earliest)
    found: ir.DateValue = ibis.ifelse(known, late, ibis.literal(NEVER, "date"))
    return found


def general_election(day: ir.DateValue) -> ir.DateValue:
    """The first federal general election on `day` or after it: the Tuesday after the first Monday of November
    of an even year (2 U.S.C. 7)."""
    year = day.year() + day.year() % 2
    this = _election_of(year)
    found: ir.DateValue = ibis.ifelse(day <= this, this, _election_of(year + 2))
    return found


def _election_of(year: ir.IntegerValue) -> ir.DateValue:
    # the Tuesday is the 2nd where the 1st is a Monday, the 8th where it is a Tuesday
    first = ibis.date(year, 11, 1).day_of_week.index()
    return ibis.date(year, 11, 2 + (7 - first) % 7)


def listed_from(status: ir.StringValue, shown: ir.DateValue) -> ir.DateValue:
    """`shown`, but NEVER for removed registrations and unknown status: who is meant where none is named."""
    day: ir.DateValue = ibis.ifelse(status != "removed", shown, ibis.literal(NEVER, "date"))
    return day


def with_days(voters: ir.Table, without_birth: ir.DateValue | None = None) -> ir.Table:
    """`voters` with its columns `shown_from` and `listed_from` filled from the others; `without_birth`: the
    first of them for voters of whom no birth is known, else NEVER."""
    shown = shown_from(
        voters["confidential"], voters["birth_date"], voters["birth_year"], voters["age"], without_birth
    )
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
