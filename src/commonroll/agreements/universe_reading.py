"""The strict reader of a universe: names on a list, typed values, no negation, small enough to be read."""

from __future__ import annotations

from datetime import date
from typing import Any

from commonroll.agreements.reading import (
    read_keys,
    read_list,
    read_matching,
    read_sorted,
    read_text,
    unknown,
    wrong,
)
from commonroll.agreements.universe import (
    NAMED,
    AllOf,
    AnyOf,
    OneOf,
    Range,
    Universe,
    Voted,
    write_universe,
)
from commonroll.notes import parse_strict
from commonroll.roll.schema import GRANTABLE, Column

MOST_PARTS = 60
MOST_VALUES = 1_000
DEEPEST = 4


def read_universe(value: Any, path: str) -> Universe:
    """The universe in an operand; raises TermsRefused with the path of the first thing wrong."""
    budget = _Budget(path)
    found = _node(value, path, 1, budget)
    if write_universe(found) != value:
        raise wrong(path, "The parts of a universe must be sorted, flat, each once.")
    return found


def universe_in(data: bytes) -> Universe:
    """The universe in a file of JSON, in whatever order its parts stand there."""
    tree = _node(parse_strict(data), "universe", 1, _Budget("universe"))
    return read_universe(write_universe(tree), "universe")


class _Budget:
    """What is left of parts and values: a universe that is too large is refused before it is read on."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.parts, self.values = MOST_PARTS, MOST_VALUES

    def spend(self, *, parts: int = 0, values: int = 0) -> None:
        self.parts -= parts
        self.values -= values
        if self.parts < 0 or self.values < 0:
            raise wrong(
                self.path,
                f"A universe has at most {MOST_PARTS} parts and {MOST_VALUES:,} values.",
                "Limit the rows by counties or districts instead.",
            )


def _node(value: Any, path: str, depth: int, budget: _Budget) -> Universe:
    if not isinstance(value, dict):
        raise wrong(path, "Here must stand an object.")
    for kind, word in ((AllOf, "all"), (AnyOf, "any")):
        if word in value:
            return kind(_parts(read_keys(value, path, (word,))[word], f"{path}.{word}", depth, budget))
    if "voted" in value:
        return Voted(_day(read_keys(value, path, ("voted",))["voted"], f"{path}.voted"))
    if "in" in value:
        return _one_of(read_keys(value, path, ("column", "in")), path, budget)
    return _range(value, path)


def _parts(value: Any, path: str, depth: int, budget: _Budget) -> tuple[Universe, ...]:
    if depth > DEEPEST:
        raise wrong(path, f"A universe is at most {DEEPEST} groups deep.", "Say it more simply.")
    parts = read_list(value, path)
    budget.spend(parts=len(parts))
    if len(parts) < 2:
        raise wrong(path, "A group has two parts or more.", "Leave the group out around a single part.")
    return tuple(_node(part, f"{path}[{at}]", depth + 1, budget) for at, part in enumerate(parts))


def _column(value: Any, path: str) -> Column:
    name = read_text(value, path)
    if name in NAMED:
        return NAMED[name]
    if name in GRANTABLE:
        raise wrong(
            path,
            f"A universe cannot name {name}: it is of class {GRANTABLE[name].cls}.",
            "Name where somebody votes, how registered, or what the state publishes of age and sex.",
        )
    raise unknown(path, name, NAMED, "column of a universe")


def _one_of(item: dict[str, Any], path: str, budget: _Budget) -> OneOf:
    column = _column(item["column"], f"{path}.column")
    if column.type != "string":
        raise wrong(path, f"{column.qualified} is no text.", "Give its range: from, to.")
    budget.spend(values=len(read_list(item["in"], f"{path}.in")))
    values = read_sorted(item["in"], f"{path}.in")
    for text, here in values:
        if not _fits(column, text):
            raise wrong(here, f"The value does not fit {column.name}.", "Use the values of the roll.")
    return OneOf(column.qualified, tuple(text for text, _ in values))


def _fits(column: Column, text: str) -> bool:
    """The empty text stands for "unknown" in a view and is in no universe."""
    if column.values is not None:
        return text in column.values
    return 0 < len(text) <= 120 and text.isprintable() and text == text.strip()


def _range(value: dict[str, Any], path: str) -> Range:
    ends = tuple(end for end in ("from", "to") if end in value)
    item = read_keys(value, path, ("column", *(ends or ("from",))))
    column = _column(item["column"], f"{path}.column")
    if column.type not in ("date", "int16"):
        raise wrong(path, f"{column.qualified} has no order.", "List its values: in.")
    read = _day if column.type == "date" else _number
    low, high = (read(item[end], f"{path}.{end}") if end in ends else None for end in ("from", "to"))
    # both ends are read in one way, so they have an order
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        raise wrong(path, "The range ends before it begins.", "Put the end after the beginning.")
    return Range(column.qualified, low, high)


def _number(value: Any, path: str) -> int:
    return int(read_matching(value, r"0|[1-9][0-9]{0,3}", path, "a whole number, as a text"))


def _day(value: Any, path: str) -> date:
    text = read_matching(value, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", path, "a day, such as 2024-11-05")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise wrong(path, "There is no such day.") from error
