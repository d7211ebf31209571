"""Rows inside what their owner agreed to: by columns, by districts, by a universe; the unknown is outside.

Everything an agreement says about rows is data that one scan is joined to, whatever number of owners. There
is no negation and no default: a row stays where a comparison is true, never because one is not false.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.agreements.profile import DISTRICT
from commonroll.agreements.universe import OneOf, Range, Voted
from commonroll.views.access import Access
from commonroll.views.grants import per_owner, scope_table, scopes_of
from commonroll.views.scan import limit
from commonroll.views.shapes import Group, Shape, Shapes, Slot, shapes_of

Scan = Callable[[str, Sequence[str], Collection[int]], ir.Table]
"""A table's columns of the owners with these numbers, and owner_no."""

ID = "state_voter_id"
VOTED_IN, LIVES_IN = "voted_in", "lives_in"
"""Bits of a voter: which of the owner's election days it voted on, in which kinds of districts it lives."""

_EMPTY: Mapping[str, tuple[Any, Any]] = {"date": (date(9999, 12, 31), date(1, 1, 1)), "int16": (1, 0)}
"""Ends between which no value lies, by type: those of an owner that does not use a slot."""
_OPEN: Mapping[str, tuple[Any, Any]] = {
    "date": (date(1, 1, 1), date(9999, 12, 31)),
    "int16": (-32_768, 32_767),
}


class Within:
    """What the agreements of these owners limit rows by."""

    lines = False
    placed: tuple[str, ...] = ()
    """FILE where rows carry it, which then stands for the owner in their order."""

    def __init__(self, owners: Sequence[Access], types: Mapping[str, str]) -> None:
        self.owners = owners
        self.types = types

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns of `voters` by which any of the owners limits rows."""
        return scopes_of(self.owners)

    @cached_property
    def shapes(self) -> Shapes:
        return shapes_of([access.universe for access in self.owners])

    @cached_property
    def districts(self) -> tuple[str, ...]:
        """Types of districts by which any of the owners limits rows."""
        used = {name for access in self.owners for name in access.scope if name.startswith(DISTRICT)}
        return tuple(sorted(name.removeprefix(DISTRICT) for name in used))

    @cached_property
    def limits(self) -> dict[str, list[int]]:
        """For the scan: columns by which rows are limited, and whose; ids where other tables are asked."""
        found = {column: [a.number for a in self.owners if column in a.scope] for column in self.columns}
        elsewhere = [access.number for at, access in enumerate(self.owners) if self._elsewhere(at)]
        return found | ({ID: elsewhere} if elsewhere else {})

    def _elsewhere(self, at: int) -> bool:
        """Whether the limits of the owner at this place ask other tables about its voters."""
        scoped = any(name.startswith(DISTRICT) for name in self.owners[at].scope)
        return scoped or any(slot.kind == "voted" for slot in self.shapes.leaves[at])

    @property
    def read(self) -> frozenset[str]:
        """Columns of `voters` that universes look at, beside those that rows are limited by."""
        return frozenset(slot.column for kind in ("text", "range") for slot in self.shapes.slots(kind))

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """Names that a selection carries along, so that rows or counted cells can be held against limits."""
        ranges = (_range(slot) for slot in self.shapes.slots("range"))
        bits = [VOTED_IN] * bool(self.shapes.slots("voted")) + [LIVES_IN] * bool(self.districts)
        return (*map(limit, self.columns), *map(_raw, self._texts), *ranges, *bits)

    @property
    def _texts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(slot.column for slot in self.shapes.slots("text")))

    def values(self, voters: ir.Table) -> dict[str, ir.Value]:
        """What a selection carries along of a voter's own row: before masks."""
        found: dict[str, ir.Value] = {limit(column): voters[limit(column)] for column in self.limits}
        found |= {_raw(column): voters[column] for column in self._texts}
        return found | {_range(slot): self._between(voters, slot) for slot in self.shapes.slots("range")}

    def with_bits(self, rows: ir.Table, scan: Scan) -> ir.Table:
        """`rows` with what other tables say of their voters, where an owner's limits ask for it."""
        if self.shapes.slots("voted"):
            rows = _with(rows, self._voted(scan), VOTED_IN)
        return _with(rows, self._lives(scan), LIVES_IN) if self.districts else rows

    def keep(self, rows: ir.Table) -> ir.Table:
        """Rows, or counted cells, inside their owner's limits."""
        for column in self.columns:
            scope = ibis.memtable(scope_table(self.owners, column))
            same = (rows.owner_no == scope[f"of_{column}"], rows[limit(column)] == scope[f"is_{column}"])
            rows = rows.left_join(scope, same)
        for column in self._texts:
            rows = self._join_texts(rows, column)
        tests = [self._inside(rows, column) for column in self.columns]
        if self.districts:
            tests.append(self._in_districts(rows))
        if self.shapes.shapes:
            tests.append(self._in_universe(rows))
        return rows.filter(tests) if tests else rows

    # Columns

    def _inside(self, rows: ir.Table, column: str) -> ir.BooleanValue:
        unlimited = [column not in access.scope for access in self.owners]
        found = rows[f"in_{column}"]
        return self._per_owner(unlimited, "boolean", rows) | (found.notnull() & found)

    # Districts

    def _lives(self, scan: Scan) -> ir.Table:
        """owner_no, state_voter_id, bits: types of district of which a listed one is the voter's."""
        wanted = [
            (access.number, kind, value, 1 << at)
            for at, kind in enumerate(self.districts)
            for access in self.owners
            for value in sorted(access.scope.get(DISTRICT + kind, ()))
        ]
        table = _memtable(
            wanted, of_owner=pa.int16(), of_type=pa.string(), of_id=pa.string(), bits=pa.int64()
        )
        numbers = {number for number, *_ in wanted}
        rows = scan("districts", ("state_voter_id", "type", "id"), numbers)
        same = (rows.owner_no == table.of_owner, rows.type == table.of_type, rows.id == table.of_id)
        return _bits(rows.inner_join(table, same))

    def _in_districts(self, rows: ir.Table) -> ir.BooleanValue:
        """Every type that the owner limits by; an owner that limits by none is free."""
        asked = [
            sum(1 << at for at, kind in enumerate(self.districts) if DISTRICT + kind in access.scope)
            for access in self.owners
        ]
        free = self._per_owner([not bits for bits in asked], "boolean", rows)
        wanted = self._per_owner(asked, "int64", rows)
        return free | ((rows[LIVES_IN] & wanted) == wanted)

    # Universes

    def _between(self, voters: ir.Table, slot: Slot) -> ir.BooleanValue:
        type_ = self.types[slot.column]
        ends = [_ends(leaves.get(slot), type_) for leaves in self.shapes.leaves]
        low, high = (self._per_owner(values, type_, voters) for values in zip(*ends, strict=True))
        value = voters[slot.column]
        return (value >= low) & (value <= high)

    def _voted(self, scan: Scan) -> ir.Table:
        """owner_no, state_voter_id, bits: on which of the owner's election days the voter took part."""
        wanted = [
            (access.number, leaf.on, slot.bit)
            for access, leaves in zip(self.owners, self.shapes.leaves, strict=True)
            for slot, leaf in leaves.items()
            if isinstance(leaf, Voted)
        ]
        table = _memtable(wanted, of_owner=pa.int16(), of_day=pa.date32(), bits=pa.int64())
        rows = scan("history", ("state_voter_id", "election_date"), {number for number, *_ in wanted})
        same = (rows.owner_no == table.of_owner, rows.election_date == table.of_day)
        return _bits(rows.inner_join(table, same))

    def _join_texts(self, rows: ir.Table, column: str) -> ir.Table:
        """`bits_<column>`: in which of the owner's lists over that column the value stands, null for none."""
        bits: dict[tuple[int, str], int] = {}
        for access, leaves in zip(self.owners, self.shapes.leaves, strict=True):
            for slot, leaf in leaves.items():
                if isinstance(leaf, OneOf) and slot.column == column:
                    for value in leaf.values:
                        bits[access.number, value] = bits.get((access.number, value), 0) | slot.bit
        wanted = [(number, value, found) for (number, value), found in sorted(bits.items())]
        names = {f"of_{_raw(column)}": pa.int16(), f"is_{_raw(column)}": pa.string()}
        table = _memtable(wanted, **names, **{_bits_of(column): pa.int64()})
        owner, value = (table[name] for name in names)
        return rows.left_join(table, (rows.owner_no == owner, rows[_raw(column)] == value))

    def _in_universe(self, rows: ir.Table) -> ir.BooleanValue:
        numbers = self.shapes.numbers
        shape = self._per_owner(numbers, "int16", rows)
        tests = [
            (shape == number) & self._meets(tree, rows) for number, tree in enumerate(self.shapes.shapes, 1)
        ]
        free = self._per_owner([not number for number in numbers], "boolean", rows)
        return ibis.or_(free, *tests)

    def _meets(self, shape: Shape, rows: ir.Table) -> ir.BooleanValue:
        if isinstance(shape, Group):
            join = ibis.and_ if shape.word == "all" else ibis.or_
            return join(*(self._meets(part, rows) for part in shape.parts))
        if shape.kind == "range":
            found: ir.BooleanValue = rows[_range(shape)]
            return found
        bits = rows[VOTED_IN if shape.kind == "voted" else _bits_of(shape.column)]
        return (bits & shape.bit) == shape.bit

    def _per_owner(self, values: Sequence[Any], type_: str, rows: ir.Table) -> ir.Value:
        return per_owner(self.owners, values, type_, rows.owner_no)


def _raw(column: str) -> str:
    return f"raw_{column}"


def _range(slot: Slot) -> str:
    return f"between_{slot.at}_{slot.column}"


def _bits_of(column: str) -> str:
    return f"bits_{column}"


def _ends(leaf: Any, type_: str) -> tuple[Any, Any]:
    if not isinstance(leaf, Range):
        return _EMPTY[type_]
    lowest, highest = _OPEN[type_]
    return (lowest if leaf.low is None else leaf.low, highest if leaf.high is None else leaf.high)


def _memtable(rows: Sequence[tuple[Any, ...]], **types: pa.DataType) -> ir.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, types.values(), strict=True)]
    return ibis.memtable(pa.table(arrays, names=list(types)))


def _bits(found: ir.Table) -> ir.Table:
    """One row for each voter: duplicates cannot multiply anybody."""
    return found.group_by("owner_no", "state_voter_id").agg(bits=found.bits.bit_or())


def _with(rows: ir.Table, found: ir.Table, name: str) -> ir.Table:
    """With the bits of the voters of owners that ask for them; the others' ids are null and join nothing."""
    found = found.select(of_owner=found.owner_no, of_voter=found.state_voter_id, **{name: found.bits})
    same = (rows.owner_no == found.of_owner, rows[limit(ID)] == found.of_voter)
    return rows.left_join(found, same).drop("of_owner", "of_voter")
