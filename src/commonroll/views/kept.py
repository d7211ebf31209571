"""What a question comes to on one connection: its expression and SQL, kept under all that they follow from.

Nothing kept decides anything: which agreements are in force, and what they grant under today's law and
overrides, is found for each question before it comes here, and where that differs the key does. A key holds
what was admitted itself, not names of it: masks, limits, files, who is left out today.

Kept on the connection's own object: the temporary views and tables that an expression names are of one
connection, while two backends of one process compare as equal.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.backends.duckdb.converter import DuckDBPyArrowData

from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.access import Access
from commonroll.views.grants import suppressed_table
from commonroll.views.hints import Hint, in_order
from commonroll.views.inside import large
from commonroll.views.laid import lies
from commonroll.views.protection import channels
from commonroll.views.question import Checked
from commonroll.views.relation import KEY
from commonroll.views.scan import FILE

MOST, MOST_BYTES = 32, 64 << 20
"""Expressions that a connection keeps, and the size of their tables in memory; those asked for last stay."""

_PAGES = 8
"""Pages of one expression that are kept as SQL."""

_KEPT = "commonroll_expressions"


@dataclass(frozen=True)
class Statement:
    """A page of an expression, and its SQL."""

    expression: ir.Table
    sql: str


@dataclass(frozen=True)
class Kept:
    """An expression, the order of its rows (none for counts), and the SQL of pages asked for before.

    `placed` may hold columns that nobody is shown (`hidden`): the file's place, by which rows are in order,
    and the voter's id, by which a file's are that leaves.
    """

    con: Backend
    placed: ir.Table
    order: tuple[str, ...]
    hidden: tuple[str, ...] = (FILE,)
    pages: dict[tuple[int | None, int], Statement] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    """SQL of pages whose functions and tables the connection was told of."""
    _answers: dict[int, pa.Table] = field(default_factory=dict)

    @cached_property
    def expression(self) -> ir.Table:
        """The rows in no order."""
        return self._shown(self.placed)

    @cached_property
    def ordered(self) -> ir.Table:
        """The rows in order."""
        return self._shown(self._sorted)

    @cached_property
    def _sorted(self) -> ir.Table:
        return self.placed.order_by(self.order) if self.order else self.placed

    def _shown(self, rows: ir.Table) -> ir.Table:
        return rows.drop(*(name for name in self.hidden if name in rows.columns))

    def by_hints(self, owners: Sequence[str], hints: Mapping[str, Hint], most: int | None) -> ir.Table:
        """The first `most` rows (None: all) as they leave for one recipient: the same ones for everybody."""
        rows = self.placed if most is None else self._sorted.limit(most)
        return self._shown(in_order(rows, owners, hints, KEY))

    @cached_property
    def tables(self) -> Sequence[ops.InMemoryTable]:
        """Tables in memory that the expression is joined to."""
        return self.placed.op().find(ops.InMemoryTable)  # type: ignore[no-any-return]

    @cached_property
    def size(self) -> int:
        """Bytes of its tables in memory."""
        return sum(table.data.to_pyarrow(table.schema).nbytes for table in self.tables)

    def page(self, most: int | None, offset: int = 0) -> Statement:
        """At most `most` rows from `offset`; None for all."""
        found = self.pages.get((most, offset))
        if found is None:
            shown = self.ordered if most is None else self._shown(self._sorted.limit(most, offset=offset))
            found = Statement(shown, self.con.compile(shown))
            if len(self.pages) >= _PAGES:
                self.pages.clear()
            self.pages[most, offset] = found
        return found

    def read(self, most: int | None, offset: int = 0) -> pa.Table:
        """The rows of a page: as `Backend.to_pyarrow`, which compiles anew each time."""
        page = self.page(most, offset)
        if page.sql not in self.known or any(one not in self.con._memtables for one in self.tables):
            self.con._run_pre_execute_hooks(page.expression)
            self.known.add(page.sql)
        table = self.con.con.sql(page.sql).to_arrow_table()
        return page.expression.__pyarrow_result__(table, data_mapper=DuckDBPyArrowData)

    def once(self, most: int) -> pa.Table:
        """The first rows, kept from then on: files never change, and the key holds all else they are of."""
        if most not in self._answers:
            self._answers[most] = self.read(most)
        return self._answers[most]

    def withdraw(self) -> None:
        """Take its tables out of the connection, which would keep them to its end; a run brings them back."""
        for table in self.tables:
            if table in self.con._memtables and not lies(self.con, table):
                self.con._memtables.discard(table)
                self.con.con.unregister(table.name)


def kept(con: Backend, key: Hashable, make: Callable[[], Kept]) -> Kept:
    """What `make` made for this key on this connection."""
    known: OrderedDict[Hashable, Kept] = vars(con).setdefault(_KEPT, OrderedDict())
    if key not in known:
        known[key] = make()
    known.move_to_end(key)
    found = known[key]
    while len(known) > 1 and (len(known) > MOST or sum(each.size for each in known.values()) > MOST_BYTES):
        known.popitem(last=False)[1].withdraw()
    return found


def forget(con: Backend) -> None:
    """Keep nothing on this connection: for those who measure, and where the program itself is changed."""
    for each in vars(con).pop(_KEPT, {}).values():
        each.withdraw()


def key_of(
    asked: Checked,
    owners: Sequence[Access],
    mine: OwnerTables | None,
    keys: Mapping[str, bytes],
    person_key: bytes | None,
    *,
    gone: bool = True,
) -> Hashable:
    """All that a question's expression follows from: the question, its day, and what each owner gives it;
    without `gone` not who is left out, where the expression does not say it."""
    return (
        asked.question,
        asked.day,
        large(owners),
        tuple(map(_given, owners)),
        mine and _files(mine),
        tuple(keys.get(access.tables.member) for access in owners),
        person_key,
        _digest(suppressed_table(owners, channels(asked))) if gone else b"",
    )


def _given(access: Access) -> Hashable:
    return (
        access.number,
        access.grant is None,
        access.election_day,
        frozenset(access.masks.items()),
        frozenset(access.scope.items()),
        access.universe,
        _files(access.tables),
        access.marked.given,
    )


def _files(tables: OwnerTables) -> Hashable:
    files = frozenset(tables.files.items())
    return tables.member, tables.state, tables.snapshot, files, tables.made_on, tables.places


def _digest(table: pa.Table) -> bytes:
    """Of who is left out: the list itself may be long."""
    if not table.num_rows:
        return b""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return hashlib.sha256(sink.getvalue()).digest()
