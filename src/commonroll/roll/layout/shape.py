"""What a layout says: the shapes that `roll/layout/file.py` reads and every stage of a load uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from commonroll.roll import schema
from commonroll.roll.counties import County
from commonroll.roll.layout.format import Format, Marks
from commonroll.roll.layout.history import Unpivot
from commonroll.roll.layout.places import PlacesBeside
from commonroll.roll.layout.source import Source

Role = Literal["registration", "history", "absentee", "elections", "places"]
Protected = Literal["flagged", "withheld", "unstated"]

ELECTION_CODES = schema.Table(
    "elections",
    "what a delivery says of its election codes; read during a load, no table of a vault",
    ("code",),
    tuple(
        schema.Column("elections", name, "date" if name == "election_date" else "string", "vote_history",
                      meaning, name != "code", values)
        for name, meaning, values in (
            ("code", "the election's code or number", None),
            ("election_date", "day of the election", None),
            ("election_type", "type of the election", schema.ELECTION_TYPES),
            ("election_name", "name of the election as published", None),
        )
    ),
)  # fmt: skip

LISTED_PLACES = schema.Table(
    "places",
    "what a delivery says of the districts of its places; read during a load, no table of a vault",
    ("place",),
    (
        schema.Column("places", "place", "string", "district", "what voters' files call the place", False),
        schema.Column("places", "type", "string", "district",
                      "which type of district the place's numbers are", True, schema.DISTRICT_TYPES),
        schema.Column("places", "label", "string", "district",
                      "what the state calls a type that the roll has no word for", True),
        schema.Column("places", "name", "string", "district", "name of the district", True),
        *(
            schema.Column("places", kind, "string", "district", f"district of the type {kind}", True)
            for kind in schema.DISTRICT_TYPES
        ),
    ),
)  # fmt: skip
"""A line says one of: the districts of a place; the type of the districts that a place's numbers are; the
name of such a district."""

LISTS = (ELECTION_CODES, LISTED_PLACES)
"""What is read before the files that name its codes, and fills no table."""

TABLE_OF: Mapping[Role, schema.Table] = MappingProxyType(
    {
        "registration": schema.VOTERS,
        "history": schema.HISTORY,
        "absentee": schema.BALLOTS,
        "elections": ELECTION_CODES,
        "places": LISTED_PLACES,
    }
)
"""The table a file of each role fills, beside `districts` (registration) and `history` (wide columns)."""


@dataclass(frozen=True)
class DistrictColumns:
    """One district type of a file: the column of its number or code, and of its name where published.

    `id` is the column of the number, `source` how the number is read from it. `label` stands before the id
    where a file has several kinds of one type ("WATER 12").
    """

    id: str
    source: Source
    name: str | None = None
    label: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*self.source.columns, self.name) if self.name else self.source.columns


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
class Adults:
    """Why a file without births still says who is an adult: whom the law registers is 18 `by` then.

    "general election": on the first general election after the registration; "90 days": so many days after
    it. `cites`: the law.
    """

    by: str
    cites: str

    @property
    def days(self) -> int:
        """Days after the registration, where that is the rule."""
        return int(self.by.removesuffix(" days"))


@dataclass(frozen=True)
class Layout:
    """One role's file format of one state, in force from `since` until the role's next layout.

    `key`: "nc/2022-02.registration"; of several products of a role each has a `variant` behind it. `order`:
    official column order. `optional`: columns of it that some deliveries lack. `headers`: other spellings of
    a column's name, spelling to column. `columns`: field of the roll to source. `codes`: field, then
    published code to the roll's value ("" = null). `any_case`: fields whose codes are compared without regard
    to case and spaces. `left_out`: field, then code to the reason why a row with it states nothing for the
    table. `placeholders`: field (or "districts") to the texts that mean "not given" in it. `counties`: the
    state's county codes. `dates`: strptime formats, tried in turn. `published`: qualified columns the file
    fills. `marks`: what tells the file from another of the same columns. `beside`: names of other
    files that come with it, as patterns, to the reason why they are not read. `adults`: where no birth is
    published, what the law says of whom it registers. `places`: what is looked up in lists of places that
    come along. `quirks`, `sources`, `access`:
    for the state's page, in our words. `own`: what of it does not come with the program, "" if all does.
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
    marks: Marks = field(default_factory=Marks)
    any_case: frozenset[str] = frozenset()
    quirks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    access: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    adults: Adults | None = None
    places: PlacesBeside | None = None

    @property
    def has_births(self) -> bool:
        """Whether the file has a birth, or an age."""
        return not {"birth_date", "birth_year", "age"}.isdisjoint(self.columns)

    @property
    def table(self) -> schema.Table:
        """The table of `roll/schema.py` that the file's rows become."""
        return TABLE_OF[self.role]

    def canonical(self, spelling: str) -> str:
        """The official name of a column that a header spells in one of the known ways."""
        return self.headers.get(spelling, spelling)

    @property
    def variant(self) -> str:
        """The name of a product that the state publishes beside another of the same role; '' mostly."""
        return ".".join(self.key.split("/")[1].split(".")[2:])

    @property
    def has_rows(self) -> bool:
        """True where a line is a row of the layout's table; a history file may hold nothing but elections."""
        return self.role == "registration" or self.unpivot is None

    @property
    def has_districts(self) -> bool:
        """Whether a voter of the file may have districts."""
        return bool(self.districts or self.places)

    @cached_property
    def mapped(self) -> frozenset[str]:
        """Columns that a field, a district or a slot reads."""
        read = {column for source in self.columns.values() for column in source.columns}
        read |= {column for kind in self.districts.values() for one in kind for column in one.columns}
        read |= self.places.columns if self.places else set()
        return frozenset(read | self.unpivot.columns) if self.unpivot else frozenset(read)

    def is_election(self, column: str) -> bool:
        """True for a column that is named after an election, and is not read or ignored as another."""
        if self.unpivot is None or column in self.ignore or column in self.mapped:
            return False
        return self.unpivot.groups_of(column) is not None

    def knows(self, column: str) -> bool:
        """True where the official column is mapped, ignored or an election of a wide history."""
        return column in self.order or column in self.ignore or self.is_election(column)
