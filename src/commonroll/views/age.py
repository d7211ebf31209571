"""Age in years on the day of a question, from what the reader may see of a birth."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from commonroll.agreements.profile import Mask
from commonroll.views.masks import CODES


def age(
    day: date,
    birth_date: ir.DateValue,
    birth_year: ir.IntegerValue,
    published: ir.IntegerValue,
    date_masks: set[Mask],
    date_code: ir.Value | None,
) -> ir.IntegerValue:
    """Age on `day`: exact from a plain birth date, else the difference of years, else the published age.

    The three values are as the reader sees them, after masks; `date_masks` and `date_code` say how the birth
    date is shown, since the first of January of a masked date is no birthday.
    """
    by_year = ibis.literal(day.year, "int16") - birth_year
    by_masked_date = ibis.literal(day.year, "int16") - birth_date.year()
    exact = _exact(day, birth_date)
    plain = birth_date.notnull()
    if date_masks == {"plain"}:
        branches = [(plain, exact), (birth_year.notnull(), by_year)]
    elif "plain" in date_masks and date_code is not None:
        plain = plain & (date_code == CODES["plain"])
        branches = [(plain, exact), (birth_year.notnull(), by_year), (birth_date.notnull(), by_masked_date)]
    elif date_masks == {"null"}:
        branches = [(birth_year.notnull(), by_year)]
    else:
        branches = [(birth_year.notnull(), by_year), (birth_date.notnull(), by_masked_date)]
    return ibis.cases(*branches, else_=published).cast("int16")


def _exact(day: date, birth_date: ir.DateValue) -> ir.IntegerValue:
    """Full years; who is born on 29 February completes one on 1 March where the day is missing."""
    birthday = birth_date.month() * 100 + birth_date.day()
    years = ibis.literal(day.year, "int16") - birth_date.year()
    return years - (birthday > ibis.literal(day.month * 100 + day.day, "int16")).cast("int16")
