"""Universes of many owners as few expressions: constants become data, and owners of one shape share one.

A tree for each owner would take longer to compile than to run. Here a comparison is a slot: the k-th of its
kind over its column in an owner's tree; what an owner compares with is looked up by the owner's number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from commonroll.agreements.universe import AllOf, AnyOf, Leaf, OneOf, Range, Universe, Voted


@dataclass(frozen=True)
class Slot:
    """The place of one comparison: `column` is bare, of `voters`, "" for `voted`; `at` counts from 0."""

    kind: Literal["text", "range", "voted"]
    column: str
    at: int

    @property
    def bit(self) -> int:
        return 1 << self.at


@dataclass(frozen=True)
class Group:
    """Parts of which all or any must hold."""

    word: Literal["all", "any"]
    parts: tuple[Shape, ...]


Shape = Slot | Group


@dataclass(frozen=True)
class Shapes:
    """The universes of owners: `numbers` is each one's place in `shapes` from 1, 0 for an owner without one.

    `leaves` says what each owner compares with, by slot.
    """

    shapes: tuple[Shape, ...]
    numbers: tuple[int, ...]
    leaves: tuple[dict[Slot, Leaf], ...]

    def slots(self, kind: str) -> tuple[Slot, ...]:
        """The slots of a kind that any owner uses, by column and place."""
        used = {slot for leaves in self.leaves for slot in leaves if slot.kind == kind}
        return tuple(sorted(used, key=lambda slot: (slot.column, slot.at)))


def shapes_of(universes: Sequence[Universe | None]) -> Shapes:
    """The shapes of these universes, one place for each owner in order."""
    known: dict[Shape, int] = {}
    numbers, leaves = [], []
    for universe in universes:
        found: dict[Slot, Leaf] = {}
        if universe is None:
            numbers.append(0)
        else:
            shape = _shape(universe, found, Counter())
            numbers.append(known.setdefault(shape, len(known) + 1))
        leaves.append(found)
    return Shapes(tuple(known), tuple(numbers), tuple(leaves))


def _shape(universe: Universe, found: dict[Slot, Leaf], used: Counter[tuple[str, str]]) -> Shape:
    if isinstance(universe, AllOf | AnyOf):
        parts = tuple(_shape(part, found, used) for part in universe.parts)
        return Group("all" if isinstance(universe, AllOf) else "any", parts)
    slot = _slot(universe, used)
    found[slot] = universe
    return slot


def _slot(leaf: Leaf, used: Counter[tuple[str, str]]) -> Slot:
    match leaf:
        case OneOf(column=column):
            kind, bare = "text", column.partition(".")[2]
        case Range(column=column):
            kind, bare = "range", column.partition(".")[2]
        case Voted():
            kind, bare = "voted", ""
    used[kind, bare] += 1
    return Slot(kind, bare, used[kind, bare] - 1)  # type: ignore[arg-type]
