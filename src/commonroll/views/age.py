"""Age in years on the day of a question, from what the reader may see of a birth."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import ibis
import ibis.expr.types as ir

from commonroll.agreements.profile import Mask
from commonroll.views.masks import CODES


def age(
    day: date,
    birth_date: ir.DateValue,
    date_masks: Collection[Mask],
    date_code: ir.Value | None,
    birth_year: ir.IntegerValue,
    published: ir.IntegerValue,
) -> ir.IntegerValue:
    """Age on `day`: exact from a plain birth date, else the difference of years, else the published age.

    `birth_date` is the bare column, looked at only as far as its mask shows it: `date_masks` are those in
    use, `date_code` each row's where they differ. `birth_year` and `published` are as the reader sees them.
    """
    year = ibis.literal(day.year, "int16")
    born = birth_date.year()
    by_mask: dict[Mask, ir.Value] = {
        "plain": _exact(day, birth_date), "year": year - born, "decade": year - (born - born % 10),
    }  # fmt: skip
    told = [
        (
            mask,
            birth_date.notnull() if date_code is None else (date_code == CODES[mask]) & birth_date.notnull(),
        )
        for mask in by_mask
        if mask in date_masks
    ]
    branches = [(test, by_mask[mask]) for mask, test in told]
    # a plain day is better than a year, a year better than a masked day
    at = 1 if "plain" in date_masks else 0
    branches.insert(at, (birth_year.notnull(), year - birth_year))
    return ibis.cases(*branches, else_=published).cast("int16")


def _exact(day: date, birth_date: ir.DateValue) -> ir.IntegerValue:
    """Full years; who is born on 29 February completes one on 1 March where the day is missing."""
    birthday = birth_date.month() * 100 + birth_date.day()
    years = ibis.literal(day.year, "int16") - birth_date.year()
    return years - (birthday > ibis.literal(day.month * 100 + day.day, "int16")).cast("int16")
