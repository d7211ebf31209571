"""Atoms move between touching turfs while that costs less, and what is too large or too small is mended.

What a turf costs: how far its weight is from the window, how far its doors lie from their middle; and what
atoms lose that touch across a border. A turf stays in one piece at every step. Equal input and seed give the
same turfs: nothing depends on the order of a set.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from commonroll.field.trees import Near, branch, tree

OFF_SQUARED, OFF, FROM_TARGET = 40.0, 60.0, 1.0
BORDER = 0.5
SPREAD = 1800.0
"""Square metres of spread that cost one: 42 m to the middle."""

_TREES = 8
_ROUNDS = 6
_LEAST_GAIN = -1e-6


@dataclass(frozen=True)
class Window:
    """The weights that a turf may have, and the one it should have."""

    low: float = 40.0
    high: float = 60.0
    target: float = 50.0

    def penalty(self, weight: float) -> float:
        """What a turf of this weight costs; one without weight costs nothing."""
        if not weight:
            return 0.0
        off = max(self.low - weight, weight - self.high, 0.0)
        return OFF_SQUARED * off * off + OFF * off + FROM_TARGET * abs(weight - self.target)


class Search:
    """A division of atoms into turfs, and its changes for the better; `pinned` atoms stay where they are."""

    def __init__(
        self,
        weight: Sequence[float],
        x: Sequence[float],
        y: Sequence[float],
        near: Near,
        turf: Iterable[int],
        window: Window,
        pinned: Collection[int] = (),
    ) -> None:
        self.weight, self.near, self.window, self.pinned = weight, near, window, frozenset(pinned)
        self.turf = list(turf)
        self.moments = [(w, w * a, w * b, w * (a * a + b * b)) for w, a, b in zip(weight, x, y, strict=True)]
        count = max(self.turf, default=-1) + 1
        # dictionaries for sets: they keep the order in which atoms came
        self.members: list[dict[int, None]] = [{} for _ in range(count)]
        self.sums: list[tuple[float, float, float, float]] = [(0.0, 0.0, 0.0, 0.0)] * count
        for atom, turf_no in enumerate(self.turf):
            self.members[turf_no][atom] = None
            self.sums[turf_no] = plus(self.sums[turf_no], self.moments[atom])
        self.costs = [self.cost(sums) for sums in self.sums]

    def improve(self) -> None:
        """Whole turfs, moved atoms, repair, and what is passed on over a neighbour."""
        self.break_up()
        self.local(range(len(self.turf)))
        self.repair()
        self.pass_on()

    # Costs

    def cost(self, sums: tuple[float, float, float, float]) -> float:
        weight, x, y, squares = sums
        if weight <= 0:
            return 0.0
        return self.window.penalty(weight) + (squares - (x * x + y * y) / weight) / SPREAD

    def _gain(self, atom: int, to: int, here: float, there: float) -> float:
        """What the atom's move adds to the cost; `here` and `there` are its affinities to both turfs."""
        turf, moments = self.turf[atom], self.moments[atom]
        left, joined = minus(self.sums[turf], moments), plus(self.sums[to], moments)
        sizes = self.cost(left) + self.cost(joined) - self.costs[turf] - self.costs[to]
        return sizes + BORDER * (here - there)

    # Moves

    def move(self, atoms: Iterable[int], to: int | None = None) -> int:
        """Move atoms to a turf, or to one of their own; its number."""
        if to is None:
            to = len(self.sums)
            self.members.append({})
            self.sums.append((0.0, 0.0, 0.0, 0.0))
            self.costs.append(0.0)
        for atom in list(atoms):
            turf = self.turf[atom]
            del self.members[turf][atom]
            self.sums[turf] = minus(self.sums[turf], self.moments[atom])
            self.costs[turf] = self.cost(self.sums[turf])
            self.members[to][atom] = None
            self.sums[to] = plus(self.sums[to], self.moments[atom])
            self.turf[atom] = to
        self.costs[to] = self.cost(self.sums[to])
        return to

    def local(self, atoms: Iterable[int]) -> None:
        """Move atoms while that costs less, beginning with these; then whatever stands near a change."""
        waiting = deque(atoms)
        queued = bytearray(len(self.turf))
        for atom in waiting:
            queued[atom] = 1
        while waiting:
            atom = waiting.popleft()
            queued[atom] = 0
            to = None if atom in self.pinned else self._best(atom)
            if to is None or not self._whole_without(atom):
                continue
            self.move((atom,), to)
            for other, _ in self.near[atom]:
                if not queued[other]:
                    queued[other] = 1
                    waiting.append(other)

    def _best(self, atom: int) -> int | None:
        """The touching turf to which the atom's move gains most, None where it gains nothing."""
        here, around = self._worths(atom)
        best, found = _LEAST_GAIN, None
        for to, there in around.items():
            gain = self._gain(atom, to, here, there)
            if gain < best:
                best, found = gain, to
        return found

    def _worths(self, atom: int) -> tuple[float, dict[int, float]]:
        """What the atom's touch is worth with its own turf, and with each other that it touches."""
        turf, here = self.turf[atom], 0.0
        around: dict[int, float] = {}
        for other, worth in self.near[atom]:
            of = self.turf[other]
            if of == turf:
                here += worth
            else:
                around[of] = around.get(of, 0.0) + worth
        return here, around

    def _whole_without(self, atom: int) -> bool:
        """Whether the atom's turf stays in one piece when it leaves."""
        turf, turfs = self.turf[atom], self.turf
        wanted = {other for other, _ in self.near[atom] if turfs[other] == turf}
        if len(wanted) < 2:
            return len(self.members[turf]) > len(wanted) or bool(wanted)
        start = wanted.pop()
        seen, stack = {atom, start}, [start]
        while stack:
            for other, _ in self.near[stack.pop()]:
                if turfs[other] == turf and other not in seen:
                    seen.add(other)
                    stack.append(other)
                    wanted.discard(other)
            if not wanted:
                return True
        return False

    # Whole turfs

    def pieces(self, atoms: Iterable[int]) -> list[list[int]]:
        """The connected pieces of these atoms, the heaviest first."""
        rest, found = dict.fromkeys(atoms), []
        while rest:
            piece = [next(iter(rest))]
            del rest[piece[0]]
            for atom in piece:
                for other, _ in self.near[atom]:
                    if other in rest:
                        del rest[other]
                        piece.append(other)
            found.append(piece)
        return sorted(found, key=lambda piece: -sum(self.weight[atom] for atom in piece))

    def break_up(self) -> None:
        """The heaviest piece of a turf keeps its number, the others get their own."""
        for turf in range(len(self.members)):
            for piece in self.pieces(self.members[turf])[1:]:
                self.move(piece)

    def repair(self) -> None:
        """Divide what is too heavy, join what is too light and divide it again."""
        for _ in range(_ROUNDS):
            changed: dict[int, None] = {}
            for turf in [t for t, sums in enumerate(self.sums) if sums[0] > self.window.high]:
                changed |= self._divided(turf)
            for turf in [t for t, sums in enumerate(self.sums) if 0 < sums[0] < self.window.low]:
                changed |= self._joined(turf)
            if not changed:
                return
            self.local(changed)

    def pass_on(self) -> None:
        """A turf just outside the window whose neighbours are full, or short, themselves: one atom goes over
        to a neighbour and another from there to the next, or both come the other way."""
        for _ in range(_ROUNDS):
            off = [t for t, sums in enumerate(self.sums) if self._off(sums[0])]
            passed = [turf for turf in off if self._passed(turf)]
            if not passed:
                return

    def off(self, turf: int) -> bool:
        """Whether a turf's weight is out of the window."""
        return self._off(self.sums[turf][0])

    def _off(self, weight: float) -> bool:
        return weight > self.window.high or 0 < weight < self.window.low

    def _passed(self, turf: int) -> bool:
        weight = self.sums[turf][0]
        if not self._off(weight):
            return False
        away = weight > self.window.high
        for atom, to, gain in self._steps(turf, away=away):
            middle = to if away else self.turf[atom]
            begun = self.turf[atom]
            self.move((atom,), to)
            for second, then, more in self._steps(middle, away=away):
                if second != atom and turf not in (then, self.turf[second]) and gain + more < _LEAST_GAIN:
                    self.move((second,), then)
                    self.local(dict.fromkeys([atom, second]))
                    return True
            self.move((atom,), begun)
        return False

    def _steps(self, turf: int, *, away: bool) -> list[tuple[int, int, float]]:
        """Moves of an atom out of a turf or into it that leave turfs whole: atom, turf, cost added."""
        if away:
            atoms = list(self.members[turf])
        else:
            around = (other for atom in self.members[turf] for other, _ in self.near[atom])
            atoms = [other for other in dict.fromkeys(around) if self.turf[other] != turf]
        found = []
        for atom in atoms:
            if atom in self.pinned or not self.weight[atom]:
                continue
            here, worths = self._worths(atom)
            for to in worths if away else [turf]:
                if self._whole_without(atom):
                    found.append((atom, to, self._gain(atom, to, here, worths[to])))
        return sorted(found, key=lambda step: step[2])

    def _joined(self, turf: int) -> dict[int, None]:
        """Join a light turf to the neighbour with which it makes the best whole or the best two."""
        weight = self.sums[turf][0]
        if not 0 < weight < self.window.low:
            return {}
        around = {self.turf[other]: None for atom in self.members[turf] for other, _ in self.near[atom]}
        both = {to: weight + self.sums[to][0] for to in around if to != turf}
        if not both:
            return {}
        two = 2 * self.window.low
        to = min(both, key=lambda to: (0.0 if both[to] >= two else self.window.penalty(both[to]), to))
        atoms = dict(self.members[turf])
        self.move(atoms, to)
        return atoms | self._divided(to)

    def _divided(self, turf: int) -> dict[int, None]:
        """Cut off the best branch of some random trees, if two turfs cost less than one; what it held."""
        total = self.sums[turf][0]
        least, part = self.window.penalty(total), None
        atoms = sorted(self.members[turf])
        rng = random.Random(f"{turf} {len(atoms)} {total}")
        for _ in range(_TREES if len(atoms) > 1 else 0):
            parents, order = tree(self.near, self.members[turf], rng.choice(atoms), rng)
            below = {atom: self.weight[atom] for atom in order}
            for atom in reversed(order[1:]):
                below[parents[atom]] += below[atom]
            for atom in order[1:]:
                cost = self.window.penalty(below[atom]) + self.window.penalty(total - below[atom])
                if cost < least - 1e-9 and 0 < below[atom] < total:
                    least, part = cost, branch(atom, parents, order)
        if part is not None:
            self.move(part)
        return dict.fromkeys(atoms) if part is not None else {}


def plus(
    sums: tuple[float, float, float, float], moments: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return (sums[0] + moments[0], sums[1] + moments[1], sums[2] + moments[2], sums[3] + moments[3])


def minus(
    sums: tuple[float, float, float, float], moments: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return (sums[0] - moments[0], sums[1] - moments[1], sums[2] - moments[2], sums[3] - moments[3])
