"""Two touching turfs become one and are divided anew, where two others cost less than they did.

What moves atom by atom is stuck where every single move costs: here a turf may change as a whole.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from commonroll.field.search import BORDER, Search, minus, plus
from commonroll.field.trees import branch, tree

OFF_TREES, TREES = 60, 4
"""Trees for a pair in which a turf is outside the window, and for each other pair."""

_ROUNDS = 4
_LEAST_GAIN = 1e-6


def exchange(search: Search) -> None:
    """Turfs outside the window with their neighbours until nothing comes of it; then each pair once."""
    for _ in range(_ROUNDS):
        off = [turf for turf in range(len(search.sums)) if search.off(turf)]
        pairs = ((turf, other) for turf in off for other in _around(search, turf))
        if not sum(redivided(search, *pair, OFF_TREES) for pair in pairs):
            break
    for turf in range(len(search.sums)):
        for other in _around(search, turf):
            if turf < other:
                redivided(search, turf, other, TREES)
    search.local(range(len(search.turf)))
    search.pass_on()


def _around(search: Search, turf: int) -> list[int]:
    near = (search.turf[other] for atom in search.members[turf] for other, _ in search.near[atom])
    return [other for other in dict.fromkeys(near) if other != turf]


def redivided(search: Search, one: int, other: int, trees: int) -> bool:
    """Divide two touching turfs anew by a branch of some random trees, if that costs less."""
    if not search.members[one] or not search.members[other]:
        return False
    both = dict.fromkeys(sorted([*search.members[one], *search.members[other]]))
    parted = BORDER * _lost(search, search.members[one], both)
    least, found = search.costs[one] + search.costs[other] + parted - _LEAST_GAIN, None
    rng = random.Random(f"{one} {other} {len(both)} {search.sums[one][0]}")
    for _ in range(trees):
        for cost, top, parents, order in _branches(search, both, rng):
            if cost < least:
                part = dict.fromkeys(branch(top, parents, order))
                cost += BORDER * _lost(search, part, both)
                if cost < least:
                    least, found = cost, part
    if found is None:
        return False
    _become(search, one, other, both, found)
    return True


Branch = tuple[float, int, dict[int, int], list[int]]


def _branches(search: Search, both: dict[int, None], rng: random.Random) -> Iterable[Branch]:
    """Each branch of a random tree: what it and the rest cost without the border between them, its top atom,
    and the tree."""
    parents, order = tree(search.near, both, rng.choice(list(both)), rng)
    below = {atom: search.moments[atom] for atom in order}
    for atom in reversed(order[1:]):
        below[parents[atom]] = plus(below[parents[atom]], below[atom])
    whole = below[order[0]]
    for atom in order[1:]:
        cost = search.cost(below[atom]) + search.cost(minus(whole, below[atom]))
        yield cost, atom, parents, order


def _lost(search: Search, part: dict[int, None], both: dict[int, None]) -> float:
    """What is lost at the border between a part and the rest."""
    return sum(
        worth for atom in part for other, worth in search.near[atom] if other in both and other not in part
    )


def _become(search: Search, one: int, other: int, both: dict[int, None], part: dict[int, None]) -> None:
    """The part is turf `one` or `other`, whichever has more of it already, and the rest is the other one."""
    if 2 * sum(search.turf[atom] == one for atom in part) < len(part):
        one, other = other, one
    came = [atom for atom in both if atom in part and search.turf[atom] != one]
    went = [atom for atom in both if atom not in part and search.turf[atom] != other]
    for atoms, to in ((came, one), (went, other)):
        if atoms:
            search.move(atoms, to)
