"""Turfs whose doors fall apart into pieces a long walk from each other, mended: a piece goes to the turf that
it stands beside, and what that throws out of the window is evened out.

The search knows which runs touch, not how far a walk it is over runs without doors; on a list of targets a
turf may be joined by streets where nobody is called on. Nothing becomes worse: a change stands if it leaves
fewer gaps and no more turfs out of the window, and otherwise is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy.sparse.csgraph import connected_components

from commonroll.field.arrays import Floats, Ints, by_group
from commonroll.field.doors import Doors
from commonroll.field.order.distances import Pavements, straight
from commonroll.field.points import Points
from commonroll.field.search import Search
from commonroll.field.streets import Streets

FAR = 200.0
"""Metres on foot between two doors, one after the other on the way, that are a gap."""

_ROUNDS = 4
_OVER = 3
"""Runs without doors over which a piece is joined to a turf beside it."""

Apart = Callable[[Sequence[int]], list[list[int]]]
"""The pieces of some runs that no walk of at most FAR joins, the heaviest first."""


def pieces_of(metres: Callable[[Ints], Floats], building: Ints, of_door: Ints) -> Apart:
    """How runs fall apart. `metres`: on foot between each two of these doors, a square; `building` and
    `of_door`: the building and the run of each door."""
    of_run = by_group(of_door, int(of_door.max(initial=-1)) + 1)

    def apart(runs: Sequence[int]) -> list[list[int]]:
        held = [run for run in runs if run < len(of_run) and len(of_run[run])]
        if not held:
            return []
        rows = np.concatenate([of_run[run] for run in held])
        _, first = np.unique(building[rows], return_index=True)
        sizes = [len(of_run[run]) for run in held]
        run_of = np.repeat(np.arange(len(held)), sizes)[first]
        near = (metres(rows[first]) <= FAR) | (run_of[:, None] == run_of)
        count, piece = connected_components(near, directed=False)
        of_held = np.empty(len(held), np.int64)
        of_held[run_of] = piece
        weight = np.bincount(of_held, weights=sizes, minlength=count)
        parts = by_group(of_held, count)
        return [[held[at] for at in parts[number]] for number in np.argsort(-weight, kind="stable")]

    return apart


def along(streets: Streets, doors: Doors, of_door: Ints) -> Apart:
    """How runs fall apart on the pavements of these streets."""
    pavements = Pavements(streets)
    return pieces_of(lambda rows: pavements.distances(doors.take(rows)), doors.building, of_door)


def as_the_crow_flies(points: Points, of_door: Ints) -> Apart:
    """How runs fall apart where no streets are known."""
    return pieces_of(lambda rows: straight(points.x[rows], points.y[rows]), points.building, of_door)


class Gaps:
    """The gaps of a search's turfs, as many as each has, and their mending."""

    def __init__(self, search: Search, apart: Apart) -> None:
        self.search, self.apart = search, apart
        self.count: dict[int, int] = {}

    def mend(self) -> None:
        """Until a round changes nothing, or four rounds are over."""
        self._look(t for t, members in enumerate(self.search.members) if self._doubtful(members))
        for _ in range(_ROUNDS):
            mended = [turf for turf in sorted(self.count) if self.count.get(turf) and self._mended(turf)]
            if not mended:
                return

    def _doubtful(self, members: Iterable[int]) -> bool:
        """Whether runs with doors are joined by runs without: all others touch, which is near enough."""
        search = self.search
        held = [run for run in members if search.weight[run]]
        return len(held) > 1 and len(search.pieces(held)) > 1

    def _look(self, turfs: Iterable[int]) -> None:
        for turf in turfs:
            self.count[turf] = max(len(self.apart(list(self.search.members[turf]))) - 1, 0)

    def _mended(self, turf: int) -> bool:
        for piece in self.apart(list(self.search.members[turf]))[:0:-1]:
            for to, way in self._beside(turf, piece):
                if self._moved(piece + way, turf, to):
                    return True
        return False

    def _beside(self, turf: int, piece: Sequence[int]) -> list[tuple[int, list[int]]]:
        """Turfs beside a piece, and the runs without doors that join it to each, the shortest way first."""
        search = self.search
        came: dict[int, int] = dict.fromkeys(piece, -1)
        edge, found = list(piece), dict[int, list[int]]()
        for _ in range(_OVER + 1):
            onward = []
            for run in edge:
                for other, _worth in search.near[run]:
                    if other in came:
                        continue
                    of = search.turf[other]
                    if of != turf and search.weight[other] and of not in found:
                        found[of] = _way(run, came)
                    elif not search.weight[other]:
                        came[other] = run
                        onward.append(other)
            edge = onward
        return list(found.items())

    def _moved(self, runs: Sequence[int], turf: int, to: int) -> bool:
        """Whether the runs are better in the other turf, which they then are."""
        search, begun, off = self.search, list(self.search.turf), self._off()
        search.move(runs, to)
        search.even_out((turf, to), kept=runs)
        whole = all(self._whole(each) for each in self._touched(begun))
        changed = [run for run, (was, now) in enumerate(zip(begun, search.turf, strict=True)) if was != now]
        touched = self._touched(begun)
        known = {each: self.count.get(each, 0) for each in touched}
        self._look(touched)
        if whole and sum(self.count[each] for each in touched) < sum(known.values()) and self._off() <= off:
            return True
        for run in changed:
            search.move((run,), begun[run])
        self.count.update(known)
        return False

    def _touched(self, begun: Sequence[int]) -> list[int]:
        """Turfs that are not as they were."""
        pairs = zip(begun, self.search.turf, strict=True)
        return sorted({turf for was, now in pairs if was != now for turf in (was, now)})

    def _whole(self, turf: int) -> bool:
        """Whether all doors of a turf are in one piece; runs without doors that fell off it leave it."""
        lost = self.search.pieces(self.search.members[turf])[1:]
        for piece in lost:
            if not any(self.search.weight[run] for run in piece):
                self.search.move(piece)
        return not any(self.search.weight[run] for piece in lost for run in piece)

    def _off(self) -> int:
        """Turfs out of the window."""
        return sum(self.search.off(turf) for turf in range(len(self.search.sums)))


def _way(run: int, came: dict[int, int]) -> list[int]:
    """The runs without doors from a piece to here."""
    found = []
    while came[run] >= 0:
        found.append(run)
        run = came[run]
    return found
