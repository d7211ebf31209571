"""The language of target lists: the boolean part of SQL over a view's columns, never run as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from commonroll.views.derived import FUNCTIONS
from commonroll.views.fact_words import field_of
from commonroll.views.grammar import read
from commonroll.views.place import Position, UniverseError
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
    canonical,
)  # fmt: skip

__all__ = ["Position", "Universe", "UniverseError", "parse"]

ON_LIST = "on_list"
"""The function that asks for a list that came home."""


@dataclass(frozen=True)
class Universe:
    """A target list's definition: who is meant, by a condition over a view's columns.

    `text` as it was written, `canonical` its one spelling. `columns` are the qualified columns that it may
    read, what derived names are made of included; `fields` the bare names and `calls` the functions used,
    with their number of arguments. `compared` are fields whose value is looked at, not only its presence,
    `lists` codes of lists that came home.
    """

    text: str
    columns: frozenset[str]
    canonical: str
    tree: Node = field(repr=False)
    fields: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    calls: frozenset[tuple[str, int]] = frozenset()
    lists: frozenset[str] = frozenset()

    def reads(self, table: str) -> bool:
        """Whether a function of it looks into that table."""
        return any(FUNCTIONS[name].table == table for name, _ in self.calls)


@lru_cache(maxsize=512)
def parse(text: str) -> Universe:
    """Read a universe; raises UniverseError, which points at the place, and nothing else.

    The result depends on the text alone, so it is kept: no grant and no person's data is in it.
    """
    tree = read(text)
    fields: set[str] = set()
    compared: set[str] = set()
    calls: set[tuple[str, int]] = set()
    lists: set[str] = set()
    for node in _nodes(tree):
        if isinstance(node, Call):
            calls.add((node.name, len(node.arguments)))
            lists |= {str(node.arguments[0])} if node.name == ON_LIST else set()
        elif not isinstance(node, And | Or | Not):
            names = _names(node)
            fields |= names
            compared |= set() if isinstance(node, Missing) else names
    sources = {source for name in fields for source in field_of(name).sources}
    for name, arguments in calls:
        sources |= FUNCTIONS[name].sources(arguments)
    return Universe(
        text=text,
        columns=frozenset(sources),
        canonical=canonical(tree),
        tree=tree,
        fields=frozenset(fields),
        compared=frozenset(compared),
        calls=frozenset(calls),
        lists=frozenset(lists),
    )


def _nodes(tree: Node) -> Iterator[Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, And | Or):
            waiting += node.parts
        elif isinstance(node, Not):
            waiting.append(node.part)


def _names(node: Compare | OneOf | Between | Like | Missing | IsTrue) -> set[str]:
    names = {node.left.name if isinstance(node, Compare) else node.field.name}
    if isinstance(node, Compare) and isinstance(node.right, Field):
        names.add(node.right.name)
    return names
