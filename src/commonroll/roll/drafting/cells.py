"""What the cells of an unknown column look like: dates and their format, zips, phones, codes, ids.

What is said of them is a count, a pattern or a short code that repeats; no cell of a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..layout.fields import CODED
from ..recognition.cell_tests import is_date
from ..schema import VOTERS
from .masks import CODE_LENGTH, is_code, masked

FITS = 0.9
"""Least share of filled cells that must read as a kind."""

FEW_CODES = 40
"""A column with more texts than this is no column of codes."""

SHOWN = 8

DATES = (
    "%m/%d/%Y", "%Y-%m-%d", "%Y%m%d", "%m-%d-%Y", "%m%d%Y", "%Y/%m/%d", "%d-%b-%Y", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
)  # fmt: skip
"""The first that fits counts; a day before the month is in no state's file."""

KINDS: Mapping[str, re.Pattern[str]] = {
    "year": re.compile(r"(?:18|19|20)\d{2}"),
    "zip": re.compile(r"\d{5}(?:-?\d{4})?"),
    "phone": re.compile(r"\(?[2-9]\d{2}\)?[ .-]?\d{3}[ .-]?\d{4}"),
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "state": re.compile(r"[A-Z]{2}"),
    "number": re.compile(r"\d+"),
}

MUST_BE: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone",), "email": ("email",), "birth_year": ("year", "date"), "age": ("number",),
    "residence_zip5": ("zip",),
}  # fmt: skip
"""Kinds that a field's cells must be of; dates and codes have tests of their own."""

DISTRICT = "a district"
SHARED = frozenset({*(column.name for column in VOTERS if column.cls == "district"), DISTRICT})
"""What many voters share."""


@dataclass(frozen=True)
class Column:
    """An unknown column: its name, how many rows there are, and how often each text stands there."""

    name: str
    rows: int
    counted: Counter[str]

    @property
    def filled(self) -> int:
        return self.counted.total()

    @property
    def is_unique(self) -> bool:
        """Whether every row has a text, and no two the same."""
        return self.rows > 1 and len(self.counted) == self.filled == self.rows

    @property
    def is_coded(self) -> bool:
        """Whether few texts stand there, again and again."""
        return 0 < len(self.counted) <= min(FEW_CODES, max(1, self.filled // 2))

    def share(self, fits: Callable[[str], bool]) -> float:
        """Share of the filled cells that fit."""
        return sum(n for text, n in self.counted.items() if fits(text)) / self.filled if self.filled else 0.0

    @cached_property
    def date(self) -> str:
        """The format of its dates, "" where they are none."""
        for form in DATES:
            if self.share(lambda cell, form=form: is_date(cell, form)) >= FITS:  # type: ignore[misc]
                return form
        return ""

    @cached_property
    def kind(self) -> str:
        """date, or one of KINDS, or "" for anything else."""
        if self.date:
            return "date"
        for kind, pattern in KINDS.items():
            if self.share(lambda cell, pattern=pattern: bool(pattern.fullmatch(cell))) >= FITS:  # type: ignore[misc]
                return kind
        return ""

    def may_be(self, field: str, is_day: bool) -> bool:
        """Whether the cells may be those of a field of the roll; a column without any may be all."""
        if not self.filled:
            return True
        if is_day:
            return bool(self.date) or len(self.counted) <= 2
        if field in MUST_BE:
            return self.kind in MUST_BE[field]
        if field in SHARED:
            return len(self.counted) <= max(FEW_CODES, self.filled // 2)
        return field not in CODED or len(self.counted) <= FEW_CODES

    def evidence(self) -> str:
        """How full it is and what stands in it: codes, otherwise patterns."""
        if not self.filled:
            return f"blank in all {self.rows} rows"
        shown = masked(self.counted, FEW_CODES)
        texts = list(dict.fromkeys(shown[text] for text, _ in self.counted.most_common()))
        rest = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
        said = f"{self.filled} of {self.rows} filled, {len(self.counted)} different"
        return f"{said}: {', '.join(texts[:SHOWN])}{rest}"

    def codes(self, known: Mapping[str, Counter[str]], fold: Callable[[str], str]) -> list[str]:
        """The texts that may be written into a layout: known codes, and short ones that repeat."""
        codes = all(len(text) <= CODE_LENGTH for text in self.counted)
        return [
            text
            for text, times in self.counted.most_common()
            if fold(text) in known or (codes and is_code(text, times))
        ]


def columns_of(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Column]:
    """Each column with what stands in it."""
    counted = [Counter(row[at] for row in rows if at < len(row) and row[at]) for at in range(len(names))]
    return {name: Column(name, len(rows), found) for name, found in zip(names, counted, strict=True)}
