"""Tables of numbers that lie in the engine itself, on one connection, while an expression names them.

The engine knows least and most of what lies in it and finds a number there by its place. Over a table that
it only looks at in memory it builds a hash, and a look takes several times as long (docs/adr/0070).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

_LAID = "commonroll_laid"
"""Where a connection keeps what lies in it: on the object itself, since two backends compare as equal."""


class Laid:
    """What lies in one connection."""

    def __init__(self, con: Backend) -> None:
        self.con = con
        self._by_key: weakref.WeakValueDictionary[Hashable, ops.InMemoryTable] = weakref.WeakValueDictionary()
        self._names: dict[str, weakref.ref[ops.InMemoryTable]] = {}

    @classmethod
    def of(cls, con: Backend) -> Laid:
        found: Laid | None = vars(con).get(_LAID)
        if found is None:
            found = vars(con)[_LAID] = cls(con)
        return found

    def table(self, key: Hashable, make: Callable[[], pa.Table]) -> ir.Table:
        """What `make` made for this key, which holds all that it follows from."""
        found = self._by_key.get(key)
        if found is None:
            self._sweep()
            found = self._by_key[key] = self._lay(make())
        return found.to_expr()

    def holds(self, table: ops.InMemoryTable) -> bool:
        return table.name in self._names

    def _lay(self, rows: pa.Table) -> ops.InMemoryTable:
        """Ibis takes it for a table in memory that this connection knows already."""
        made: ops.InMemoryTable = ibis.memtable(rows).op()
        given = f"{made.name}_given"
        self.con.con.register(given, rows)
        try:
            self.con.raw_sql(f'CREATE TEMP TABLE "{made.name}" AS FROM "{given}"')
        finally:
            self.con.con.unregister(given)
        self.con._memtables.add(made)
        self._names[made.name] = weakref.ref(made)
        return made

    def _sweep(self) -> None:
        """Drop what no expression names any more."""
        for name in [name for name, table in self._names.items() if table() is None]:
            self.con.raw_sql(f'DROP TABLE IF EXISTS "{name}"')
            del self._names[name]


def lies(con: Backend, table: ops.InMemoryTable) -> bool:
    """Whether the table lies in this connection, and not only in memory."""
    return Laid.of(con).holds(table)
