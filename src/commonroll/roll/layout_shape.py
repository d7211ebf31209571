"""What a layout says: the shapes that `roll/layout_file.py` reads and every stage of a load uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from commonroll.roll import schema
from commonroll.roll.counties import County
from commonroll.roll.layout_format import Format, Marks
from commonroll.roll.layout_history import Unpivot

Role = Literal["registration", "history", "absentee"]
Protected = Literal["flagged", "withheld", "unstated"]

TABLE_OF: Mapping[Role, schema.Table] = MappingProxyType(
    {"registration": schema.VOTERS, "history": schema.HISTORY, "absentee": schema.BALLOTS}
)
"""The table a file of each role fills, beside `districts` (registration) and `history` (wide columns)."""


@dataclass(frozen=True)
class Source:
    """Where a field's value comes from: one column, several joined by a space, a constant,
    or columns given to a function that `roll/normalise.py` names."""

    columns: tuple[str, ...] = ()
    constant: str | None = None
    call: str | None = None


@dataclass(frozen=True)
class DistrictColumns:
    """One district type of a file: the column of its number or code, and of its name where published.

    `label` stands before the id where a file has several kinds of one type ("WATER 12").
    """

    id: str
    name: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Bounds:
    """Least and most, both allowed."""

    min: float
    max: float


@dataclass(frozen=True)
class Expect:
    """What a healthy file holds: rows, least share filled per field, share of a value per field."""

    rows: Bounds
    filled: Mapping[str, float]
    share: Mapping[str, Mapping[str, Bounds]]


@dataclass(frozen=True)
class Layout:
    """One role's file format of one state, in force from `since` until the role's next layout.

    `key`: "nc/2022-02.registration". `order`: official column order. `optional`: columns of it that some
    deliveries lack. `headers`: other spellings of a column's name, spelling to column. `columns`: field of
    the roll to source. `codes`: field, then published code to the roll's value ("" = null). `left_out`:
    field, then code to the reason why a row with it states nothing for the table. `placeholders`: field
    (or "districts") to the texts that mean "not given" in it. `counties`: the state's county codes.
    `dates`: strptime formats, tried in turn. `published`: qualified columns the file fills. `marks`: what
    tells the file from another of the same columns.
    """

    state: str
    key: str
    role: Role
    since: date
    title: str
    confidence: str
    protected: Protected | None
    format: Format
    files: tuple[str, ...]
    dates: tuple[str, ...]
    order: tuple[str, ...]
    optional: frozenset[str]
    headers: Mapping[str, str]
    columns: Mapping[str, Source]
    ignore: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    left_out: Mapping[str, Mapping[str, str]]
    placeholders: Mapping[str, tuple[str, ...]]
    districts: Mapping[str, tuple[DistrictColumns, ...]]
    unpivot: Unpivot | None
    counties: Mapping[str, County]
    expect: Expect
    published: frozenset[str]
    marks: Marks = Marks()

    @property
    def table(self) -> schema.Table:
        """The table of `roll/schema.py` that the file's rows become."""
        return TABLE_OF[self.role]

    def canonical(self, spelling: str) -> str:
        """The official name of a column that a header spells in one of the known ways."""
        return self.headers.get(spelling, spelling)

    def knows(self, column: str) -> bool:
        """True where the official column is mapped, ignored or an election of a wide history."""
        wide = self.unpivot is not None and self.unpivot.pattern.fullmatch(column) is not None
        return wide or column in self.order or column in self.ignore
