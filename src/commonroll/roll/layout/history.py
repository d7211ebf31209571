"""What a layout says of elections beside a voter's id: `[unpivot]` of its TOML.

A line holds several elections: in columns named after them, in numbered columns, or in one text. Whatever the
shape, an election has the attributes of ATTRIBUTES, each from a column's name, a cell, or the layout itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

from commonroll.roll import schema
from commonroll.roll.layout.listed_elections import ListedElection
from commonroll.roll.layout.source import Source, source_of
from commonroll.roll.layout.toml_table import TomlTable

Shape = Literal["columns", "slots", "text"]
TypeFrom = Literal["name", "day"]

ATTRIBUTES = ("voted", "date", "year", "month", "name", "code", "type", "method", "party", "county")
CELL, TEXT, WHAT = "cell", "text", "what"
CELL_SAYS = ("voted", "method", "party", "county", TEXT)
"""What the cell of a column named after an election may say; `text` is taken apart by `cells`."""

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"type": schema.ELECTION_TYPES, "method": schema.METHODS, "party": (*schema.PARTIES, "")}
)
"""The roll's words for the attributes that a table of codes translates."""
TABLES: Mapping[str, str] = MappingProxyType({"type": "types", "method": "methods", "party": "parties"})

UNKNOWN_TO_THE_ENGINE = re.compile(r"\(\?(?:[=!]|<[=!]|P=)|\\[1-9]")
"""Look-around and back-references: Python's `re` has them, the engine's RE2 has not."""


@dataclass(frozen=True)
class Slot:
    """One election's columns in a line: `said` attribute to source, `cell` the column taken apart."""

    said: Mapping[str, Source]
    cell: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, the one that names the slot first."""
        read = [column for source in self.said.values() for column in source.columns]
        return tuple(dict.fromkeys([self.cell, *read] if self.cell else read))


@dataclass(frozen=True)
class Unpivot:
    """Elections of a line. `names`: patterns of column names; `what`: group `what` ("" where there is none)
    to what such a column's cell says. `slots`: numbered columns. `column`, `between`: a text and what stands
    between its elections. `cells`: patterns that take a cell apart; their groups are attributes.

    `took_part`, `did_not`: texts that mean yes and no (empty `took_part`: any other text means yes).
    `codes`: attribute to its table, published text to the roll's word ("" = nothing). `listed`: the state's
    elections.csv. `delivered`: the delivery has a file of election codes.
    """

    shape: Shape
    dates: tuple[str, ...]
    names: tuple[re.Pattern[str], ...] = ()
    what: Mapping[str, str] = field(default_factory=dict)
    slots: tuple[Slot, ...] = ()
    column: str | None = None
    between: str = ""
    cells: tuple[re.Pattern[str], ...] = ()
    any_case: bool = False
    took_part: tuple[str, ...] = ()
    did_not: tuple[str, ...] = ()
    type_from: TypeFrom | None = None
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    listed: Mapping[str, ListedElection] = field(default_factory=dict)
    delivered: bool = False

    def groups_of(self, column: str) -> Mapping[str, str] | None:
        """What the name of a column says, by attribute; None where it names no election."""
        for pattern in self.names:
            if found := pattern.fullmatch(column):
                return {group: text for group, text in found.groupdict().items() if text}
        return None

    @property
    def columns(self) -> frozenset[str]:
        """Columns named in the layout itself: of slots and text."""
        named = {column for slot in self.slots for column in slot.columns}
        return frozenset(named | ({self.column} if self.column else set()))

    @property
    def says(self) -> frozenset[str]:
        """Attributes that the file publishes, of some election at least."""
        groups = {group for pattern in (*self.names, *self.cells) for group in pattern.groupindex}
        slots = {name for slot in self.slots for name, source in slot.said.items() if source.columns}
        return frozenset(groups | slots | set(self.what.values())) - {TEXT, WHAT}


def unpivot_of(table: TomlTable, dates: tuple[str, ...], listed: Mapping[str, ListedElection]) -> Unpivot:
    """Reads `[unpivot]`. `dates`: the layout's own; `listed`: the state's elections.

    Refusal names the key that is wrong.
    """
    shape = cast(Shape, table.choice("shape", ("columns", "slots", "text")))
    columns = shape == "columns"
    read = Unpivot(
        shape=shape,
        dates=table.texts("dates") if table.has("dates") else dates,
        names=_patterns(table, "names") if columns else (),
        what=_what(table) if columns else MappingProxyType({}),
        slots=_slots(table.tables("slots")) if shape == "slots" else (),
        column=table.text("column") if shape == "text" else None,
        between=table.text("between") if shape == "text" else "",
        cells=_patterns(table, "cells") if table.has("cells") else (),
        any_case=table.flag("any_case") if table.has("any_case") else False,
        took_part=_optional_texts(table, "took_part"),
        did_not=_optional_texts(table, "did_not"),
        type_from=cast(TypeFrom, table.choice("type_from", ("name", "day")))
        if table.has("type_from")
        else None,
        codes=_codes(table),
        listed=listed,
        delivered=table.has("elections") and table.choice("elections", ("delivered",)) == "delivered",
    )
    _refuse_gaps(table, read)
    table.done()
    return read


def _optional_texts(table: TomlTable, key: str) -> tuple[str, ...]:
    return table.texts(key) if table.has(key) else ()


def _patterns(table: TomlTable, key: str) -> tuple[re.Pattern[str], ...]:
    read = []
    for written in table.texts(key):
        try:
            read.append(re.compile(written))
        except re.error as error:
            table.refuse(f"is no pattern: {error}", key)
        if UNKNOWN_TO_THE_ENGINE.search(written):
            table.refuse("looks around or back, which the engine's patterns cannot", key)
        groups = set(read[-1].groupindex)
        unknown = groups - set(ATTRIBUTES) - ({WHAT} if key == "names" else set())
        if unknown or not groups:
            table.refuse(f"names its groups after: {', '.join(ATTRIBUTES)}", key)
    return tuple(read)


def _what(table: TomlTable) -> Mapping[str, str]:
    if table.has(CELL):
        return MappingProxyType({"": table.choice(CELL, CELL_SAYS)})
    what = table.table(WHAT)
    read = MappingProxyType({key: what.choice(key, CELL_SAYS) for key in what.names()})
    if not read:
        table.refuse("says neither `cell` nor `what`: what the cell of such a column says")
    return read


def _slots(groups: Iterable[TomlTable]) -> tuple[Slot, ...]:
    return tuple(slot for group in groups for slot in _group(group))


def _group(group: TomlTable) -> Iterable[Slot]:
    for number in numbers_of(group):
        one = group.filled("{n}", number)
        cell = one.text(CELL) if one.has(CELL) else None
        unknown = set(one.names()) - set(ATTRIBUTES)
        if unknown:
            one.refuse(f"unknown: {', '.join(sorted(unknown))}", next_step=f"use {', '.join(ATTRIBUTES)}")
        said = {name: source_of(one, name) for name in one.names()}
        slot = Slot(MappingProxyType(said), cell)
        if not slot.columns:
            one.refuse("reads no column")
        yield slot


def numbers_of(group: TomlTable) -> tuple[str, ...]:
    """What stands for "{n}" in a group of numbered columns, in turn."""
    if isinstance(group.value_of("numbers"), dict):
        span = group.table("numbers")
        first, last = span.whole("from"), span.whole("to")
        span.done()
        return tuple(str(number) for number in range(first, last + 1))
    return group.texts("numbers")


def _codes(table: TomlTable) -> Mapping[str, Mapping[str, str]]:
    read = {}
    for attribute, key in TABLES.items():
        if table.has(key):
            codes = table.table(key).all_texts()
            if unknown := set(codes.values()) - set(WORDS[attribute]):
                table.refuse(f"names {', '.join(sorted(unknown))}, which the roll does not know", key)
            read[attribute] = codes
    return MappingProxyType(read)


def _refuse_gaps(table: TomlTable, read: Unpivot) -> None:
    """Texts without a table, words that the roll does not know, cells that nothing takes apart."""
    for attribute, key in TABLES.items():
        if _texts_of(read, attribute) and attribute not in read.codes:
            table.refuse(f"{key!r} is missing", next_step=f"list the published texts of {attribute}")
        words = {
            word for slot in read.slots if (source := slot.said.get(attribute)) for word in _words(source)
        }
        if words - set(WORDS[attribute]):
            table.refuse(
                f"{', '.join(sorted(words))}: a constant {attribute} is one of the roll's words", "slots"
            )
    apart = read.shape == "text" or TEXT in read.what.values() or any(slot.cell for slot in read.slots)
    if apart != bool(read.cells):
        table.refuse("`cells` stands where a cell is taken apart, and only there")


def _texts_of(read: Unpivot, attribute: str) -> bool:
    groups = any(attribute in pattern.groupindex for pattern in (*read.names, *read.cells))
    sources = [slot.said[attribute] for slot in read.slots if attribute in slot.said]
    return groups or attribute in read.what.values() or any(not one.is_verbatim for one in sources)


def _words(source: Source) -> Sequence[str]:
    if source.flags is not None:
        return [*source.flags.values(), *([source.otherwise] if source.otherwise else [])]
    return [source.constant] if source.constant is not None else []
