"""Every column and function of a view that no table holds as such: what it means and what it is made of.

Whoever uses one needs what it is made of: all sources of a function, and at least one of a derived column's,
which is then computed from what the reader may see of it, after masks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from commonroll.roll.schema import COLUMNS, DISTRICT_TYPES, GRANTABLE, Class, Column

Kind = Literal["text", "number", "date", "yes or no"]

_KINDS: Mapping[str, Kind] = {"string": "text", "date": "date", "bool": "yes or no"}


@dataclass(frozen=True)
class Visible:
    """A name that a universe can use: its kind of value, its class, the columns behind it, closed values.

    `sources` are qualified; with more than one, any of them that an owner grants will do.
    """

    name: str
    kind: Kind
    cls: Class
    sources: tuple[str, ...]
    values: tuple[str, ...] | None
    meaning: str

    @property
    def also(self) -> tuple[str, ...]:
        """Columns that must be granted beside one of `sources`."""
        return ()


@dataclass(frozen=True)
class Parameter:
    """One argument of a function: the column it is compared with, and how."""

    name: str
    column: str
    op: Literal["=", ">="] = "="
    optional: bool = False
    values: tuple[str, ...] | None = None

    @property
    def kind(self) -> Kind:
        return _KINDS.get(COLUMNS[self.column].type, "number")

    @property
    def closed(self) -> tuple[str, ...] | None:
        return self.values or COLUMNS[self.column].values


@dataclass(frozen=True)
class Function:
    """True for a voter with at least one row in `table` that meets every argument; never unknown.

    `present` are columns that the row must have filled, `fixed` those that have one value.
    """

    name: str
    table: str
    parameters: tuple[Parameter, ...]
    cls: Class
    meaning: str
    present: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()

    @property
    def usage(self) -> str:
        """How it is written: `voted('election date')`."""
        return f"{self.name}({', '.join(repr(p.name) for p in self.parameters)})"

    @property
    def least(self) -> int:
        return sum(not p.optional for p in self.parameters)

    def sources(self, arguments: int) -> frozenset[str]:
        """Qualified columns that a call with so many arguments reads."""
        fixed = (column for column, _ in self.fixed)
        return frozenset((*(p.column for p in self.parameters[:arguments]), *self.present, *fixed))


AGE = Visible(
    "age",
    "number",
    "demographic",
    ("voters.birth_date", "voters.birth_year", "voters.age"),
    None,
    "age in years on the day of the question: from the birth date; where only a year is known, "
    "the difference of years; where the state publishes an age alone, that age",
)

OWNER_COLUMNS = ("member", "state")
"""Columns that come with every row: they name the owner and are granted with anything."""


def _visible(column: Column) -> Visible:
    kind = _KINDS.get(column.type, "number")
    free = column.name in OWNER_COLUMNS
    return Visible(
        column.name, kind, column.cls, () if free else (column.qualified,), column.values, column.meaning
    )


VISIBLE: Mapping[str, Visible] = {
    column.name: _visible(column)
    for column in COLUMNS.values()
    if column.table == "voters" and (column.qualified in GRANTABLE or column.name in OWNER_COLUMNS)
} | {"age": AGE}
"""Bare names of a view's columns. `age` is the derived one; the published age stands behind it."""

CONTACTS_MADE = "contacts made"
"""Answers and attempts at which somebody was spoken with, by their day (`answered_on`)."""

FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for function in (
        Function(
            "voted",
            "history",
            (
                Parameter("election date", "history.election_date"),
                Parameter("method", "history.method", optional=True),
            ),
            "vote_history",
            "took part in the election of that day, by that method where one is named; an election whose day "
            "the state does not name is of no day",
        ),
        Function(
            "ballot",
            "ballots",
            (
                Parameter("status", "ballots.status"),
                Parameter("election date", "ballots.election_date", optional=True),
            ),
            "ballot",
            "has a ballot with that status",
        ),
        Function(
            "ballot_returned",
            "ballots",
            (Parameter("election date", "ballots.election_date"),),
            "ballot",
            "has returned a ballot for that election",
            present=("ballots.returned_on",),
        ),
        Function(
            "district",
            "districts",
            (
                Parameter("type", "districts.type", values=DISTRICT_TYPES),
                Parameter("number", "districts.id"),
            ),
            "district",
            "lives in that district",
        ),
        Function(
            "contacted_since",
            CONTACTS_MADE,
            (Parameter("date", "responses.answered_on", op=">="),),
            "response",
            "gave an answer, or was spoken with at the door or by phone, on that day or later, by the reader "
            "or the owner",
        ),
        Function(
            "answered",
            "responses",
            (
                Parameter("question", "responses.question"),
                Parameter("answer", "responses.answer", optional=True),
            ),
            "response",
            "answered the question, with that answer where one is named",
        ),
        Function(
            "said",
            "standard answers",
            (
                Parameter("standard question", "responses.question"),
                Parameter("standard answer", "responses.answer", optional=True),
            ),
            "response",
            "last answered a question of the federation, with that answer where one is named, in whatever "
            "words the reader or the owner asked it",
        ),
        Function(
            "on_list",
            "listings",
            (Parameter("list", "listings.list"),),
            "model",
            "stands on that list of a gatherer, which came home to the owner: a choice, nobody's word",
        ),
        Function(
            "has_phone",
            "reachables",
            (Parameter("line type", "reachables.line_type", optional=True),),
            "contact",
            "has a phone that works as far as is known: neither guessed nor on too many people's rows",
            fixed=(("reachables.channel", "phone"),),
            present=("reachables.value",),
        ),
        Function(
            "has_email",
            "reachables",
            (),
            "contact",
            "has an e-mail address that works as far as is known, neither guessed nor on too many rows",
            fixed=(("reachables.channel", "email"),),
            present=("reachables.value",),
        ),
    )
}
"""Functions of a universe, each true or false for a voter."""
