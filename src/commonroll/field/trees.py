"""Random spanning trees of touching atoms, and their branches: where something may be cut in two pieces."""

from __future__ import annotations

import random
from collections.abc import Container, Mapping, Sequence

Near = Sequence[Sequence[tuple[int, float]]]
"""For each atom the atoms that it touches, and what they lose when they are parted."""


def tree(
    near: Near, within: Container[int], root: int, rng: random.Random
) -> tuple[dict[int, int], list[int]]:
    """A random spanning tree of what is joined to `root` within some atoms: each atom's parent (the root is
    its own), and the atoms from the root on."""
    parents, edge, order = {root: root}, [root], []
    while edge:
        at = rng.randrange(len(edge))
        edge[at], edge[-1] = edge[-1], edge[at]
        atom = edge.pop()
        order.append(atom)
        for other, _ in near[atom]:
            if other in within and other not in parents:
                parents[other] = atom
                edge.append(other)
    return parents, order


def branch(top: int, parents: Mapping[int, int], order: Sequence[int]) -> list[int]:
    """The atoms of a tree that hang from `top`, and `top`."""
    found = {top}
    for atom in order:
        if parents[atom] in found and atom != parents[atom]:
            found.add(atom)
    return [atom for atom in order if atom in found]
