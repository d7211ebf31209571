"""Which columns of a table an expression's column follows from."""

from __future__ import annotations

import ibis.expr.operations as ops
import ibis.expr.types as ir


def behind(table: ir.Table, column: str) -> frozenset[str]:
    """Names of the columns, of the tables that `table` selects from, that its `column` is made of."""
    return _of(table.op(), column, {})


def read_for(table: ir.Table) -> frozenset[str]:
    """Names of the columns, of the tables that `table` selects from, that all of it needs."""
    known: dict[tuple[int, str], frozenset[str]] = {}
    found = [_of(table.op(), name, known) for name in table.columns]
    for chosen in table.op().find((ops.Filter, ops.JoinLink)):
        fields = [field for one in chosen.predicates for field in one.find(ops.Field, filter=ops.Value)]
        found += [_of(field.rel, field.name, known) for field in fields]
    return frozenset().union(*found)


def _of(relation: ops.Relation, column: str, known: dict[tuple[int, str], frozenset[str]]) -> frozenset[str]:
    key = id(relation), column
    if key not in known:
        known[key] = frozenset({column}) if isinstance(relation, ops.PhysicalTable) else frozenset()
        if not isinstance(relation, ops.PhysicalTable):
            fields = relation.values[column].find(ops.Field, filter=ops.Value)
            known[key] = frozenset().union(*(_of(field.rel, field.name, known) for field in fields))
    return known[key]
