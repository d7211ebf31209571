"""A universe's tree as an Ibis condition over what a reader may see; values become typed literals."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol

import ibis
import ibis.expr.types as ir

from commonroll.views.derived import FUNCTIONS, Kind
from commonroll.views.fact_words import field_of
from commonroll.views.tree import (
    And,
    Between,
    Call,
    Compare,
    Field,
    IsTrue,
    Like,
    Missing,
    Node,
    Not,
    OneOf,
    Or,
    Value,
)  # fmt: skip

_OPERATORS: Mapping[str, Callable[[ir.Value, ir.Value], ir.BooleanValue]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


class Reader(Protocol):
    """What a condition is about: fields as the reader may see them, and rows of other tables."""

    def field(self, name: str) -> ir.Value:
        """The field's value, after masks."""

    def exists(self, table: str, meets: Callable[[ir.Table], ir.BooleanValue]) -> ir.BooleanValue:
        """Whether the voter has a row in `table` that meets the condition; never null."""


def condition(tree: Node, reader: Reader) -> ir.BooleanValue:
    """The tree over `reader`'s fields. Nulls follow SQL: what is unknown is not selected, negated or not."""
    match tree:
        case And(parts):
            return ibis.and_(*(condition(part, reader) for part in parts))
        case Or(parts):
            return ibis.or_(*(condition(part, reader) for part in parts))
        case Not(part):
            return ~condition(part, reader)
        case Call():
            return _call(tree, reader)
        case _:
            return _comparison(tree, reader)


def _comparison(node: Node, reader: Reader) -> ir.BooleanValue:
    match node:
        case Compare(left, op, Field(other)):
            return _OPERATORS[op](reader.field(left.name), reader.field(other))
        case Compare(left, op, str() | int() | float() | date() as value):
            return _OPERATORS[op](reader.field(left.name), _literal(left, value))
        case OneOf(field, values):
            return reader.field(field.name).isin([_literal(field, value) for value in values])
        case Between(field, low, high):
            return reader.field(field.name).between(_literal(field, low), _literal(field, high))
        case Like(field, pattern, fold):
            text = reader.field(field.name)
            return text.ilike(pattern) if fold else text.like(pattern)
        case Missing(field):
            return reader.field(field.name).isnull()
        case IsTrue(field):
            return reader.field(field.name)
    raise TypeError(f"no condition for {type(node).__name__}")


def _literal(field: Field, value: Value) -> ir.Scalar:
    return literal(field_of(field.name).kind, value)


def literal(kind: Kind, value: Value) -> ir.Scalar:
    """A value as a typed literal of the engine."""
    if kind == "date" and isinstance(value, date):
        return ibis.literal(value, type="date")
    if kind == "number" and isinstance(value, int):
        return ibis.literal(value, type="int32")
    if kind == "number" and isinstance(value, float):
        return ibis.literal(value, type="float64")
    if kind == "yes or no" and isinstance(value, bool):
        return ibis.literal(value, type="boolean")
    if kind == "text" and isinstance(value, str):
        return ibis.literal(value, type="string")
    raise TypeError(f"a value of {type(value).__name__} is no {kind}")


def _call(call: Call, reader: Reader) -> ir.BooleanValue:
    function = FUNCTIONS[call.name]

    def meets(row: ir.Table) -> ir.BooleanValue:
        pairs = zip(function.parameters, call.arguments, strict=False)
        tests = [
            _OPERATORS[parameter.op](row[_bare(parameter.column)], literal(parameter.kind, value))
            for parameter, value in pairs
        ]
        tests += [row[_bare(column)] == value for column, value in function.fixed]
        return ibis.and_(*tests, *(row[_bare(column)].notnull() for column in function.present))

    return reader.exists(function.table, meets)


def _bare(qualified: str) -> str:
    return qualified.partition(".")[2]
