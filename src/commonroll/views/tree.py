"""A universe after reading: a small tree of comparisons, and the one text that stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Value = str | int | float | bool | date
Comparison = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Field:
    """A column by its bare name: a column of `voters`, or a derived one."""

    name: str


@dataclass(frozen=True)
class Compare:
    """`left` against a value or another column of the same type."""

    left: Field
    op: Comparison
    right: Field | Value


@dataclass(frozen=True)
class OneOf:
    """`field` is one of `values`; none of them is null."""

    field: Field
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Between:
    """`low` <= `field` <= `high`."""

    field: Field
    low: Value
    high: Value


@dataclass(frozen=True)
class Like:
    """A text against a pattern with % and _; `fold` ignores case."""

    field: Field
    pattern: str
    fold: bool


@dataclass(frozen=True)
class Missing:
    """The field holds no value, or none that the reader may see."""

    field: Field


@dataclass(frozen=True)
class IsTrue:
    """A yes-or-no column standing alone."""

    field: Field


@dataclass(frozen=True)
class Call:
    """A function of `derived.FUNCTIONS` with its arguments."""

    name: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Node, ...]


Node = Compare | OneOf | Between | Like | Missing | IsTrue | Call | Not | And | Or

_OR, _AND, _NOT, _ATOM = 1, 2, 3, 4


def canonical(node: Node) -> str:
    """The text of a tree: one spelling, the fewest parentheses; reading it gives the same tree."""
    return _text(node)[0]


def _text(node: Node) -> tuple[str, int]:
    """The text and how tightly it binds."""
    match node:
        case Or(parts):
            return " OR ".join(_inside(part, _AND) for part in parts), _OR
        case And(parts):
            return " AND ".join(_inside(part, _NOT) for part in parts), _AND
        case Not(OneOf(field, values)):
            return f"{field.name} NOT IN ({_values(values)})", _ATOM
        case Not(Missing(field)):
            return f"{field.name} IS NOT NULL", _ATOM
        case Not(part):
            return f"NOT {_inside(part, _NOT)}", _NOT
        case _:
            return _atom(node), _ATOM


def _inside(node: Node, at_least: int) -> str:
    text, binding = _text(node)
    return text if binding >= at_least else f"({text})"


def _atom(node: Node) -> str:
    match node:
        case Compare(left, op, right):
            return f"{left.name} {op} {right.name if isinstance(right, Field) else _value(right)}"
        case OneOf(field, values):
            return f"{field.name} IN ({_values(values)})"
        case Between(field, low, high):
            return f"{field.name} BETWEEN {_value(low)} AND {_value(high)}"
        case Like(field, pattern, fold):
            return f"{field.name} {'ILIKE' if fold else 'LIKE'} {_value(pattern)}"
        case Missing(field):
            return f"{field.name} IS NULL"
        case IsTrue(field):
            return field.name
        case Call(name, arguments):
            return f"{name}({_values(arguments)})"
    raise TypeError(f"no text for {type(node).__name__}")


def _values(values: tuple[Value, ...]) -> str:
    return ", ".join(_value(value) for value in values)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    text = value.isoformat() if isinstance(value, date) else value
    return "'" + text.replace("'", "''") + "'"
