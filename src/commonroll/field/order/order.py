"""In which order to walk: round trip or one way, freely or one side of a street after the other.

`static/field/order.js` is this module for the phone, and finds the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from commonroll.field.order.search import Matrix, shortest

ROUNDS = 200
"""Kicks of the search: see bench/bench_field_order.py for what fewer come to."""

End = int | Literal["start", "anywhere"]
Run = Sequence[int]


def order(
    m: Matrix,
    *,
    sides: Sequence[Run] = (),
    start: int | None = None,
    end: End = "start",
    stops: Sequence[int] | None = None,
    rounds: int = ROUNDS,
    seed: int = 1,
) -> list[int]:
    """The stops in the order to walk them, each once, the start first.

    `m` is symmetric, in whole centimetres. `sides`: stops of one side of a street in house order, walked
    without a break, from either end; a start or end that is in one is taken out of it. `start`: where the
    walker stands, else anywhere. `end`: back at the start, at a stop, or anywhere. `stops`: those still to be
    walked, all where not given; start and end are always among them.
    """
    last = end if isinstance(end, int) else None
    if start is not None and start == last:
        end, last = "start", None
    alone = [stop for stop in (start, last) if stop is not None]
    runs = _runs(range(len(m)) if stops is None else stops, sides, alone)
    if not runs:
        return []
    ends = [end for run in runs for end in ((run[0], run[-1]) if len(run) > 1 else (run[0],))]
    owner = [i for i, run in enumerate(runs) for _ in range(min(len(run), 2))]
    if end == "start":
        together, forced = _kept_together(m, ends, owner)
        tour = shortest(together, rounds, seed, forced)
        if len(runs[0]) > 1 and tour[1] != 1:
            tour = [tour[0], *reversed(tour[1:])]
    else:
        together, forced = _kept_together(m, ends, owner, open_at=alone)
        # the stand-in between the end and the start is stop 0
        tour = [stop - 1 for stop in shortest(together, rounds, seed, forced)[1:]]
        first = ends[tour[0]]
        if last == first if start is None else start != first:
            tour.reverse()
    return _unrolled(tour, runs, ends, owner)


def _runs(stops: Sequence[int], sides: Sequence[Run], alone: Sequence[int]) -> list[list[int]]:
    """What is walked without a break: start and end each alone, then sides, then stops on no side."""
    runs = [[stop] for stop in alone]
    left = dict.fromkeys(stop for stop in sorted(stops) if stop not in alone)
    for side in sides:
        run = [stop for stop in side if stop in left]
        for stop in run:
            del left[stop]
        if run:
            runs.append(run)
    return runs + [[stop] for stop in left]


def _kept_together(
    m: Matrix, ends: Sequence[int], owner: Sequence[int], open_at: Sequence[int] | None = None
) -> tuple[list[list[int]], int]:
    """Distances between the ends of runs, such that the shortest tour walks every run; and what of a tour's
    length only does that.

    The two ends of one run are at no distance, all others as much further as no tour is long. With `open_at`
    a stand-in comes first, which costs nothing beside the stops there, nor beside any where there are none: a
    tour through it is a way from a start to an end.
    """
    dear = 1 + sum(max(m[p][q] for q in ends) for p in ends)
    pairs = sum(i == j for i, j in pairwise(owner))
    apart = dear if pairs else 0
    rows = [
        [0 if owner[i] == owner[j] else apart + m[p][q] for j, q in enumerate(ends)]
        for i, p in enumerate(ends)
    ]
    if open_at is None:
        return rows, apart * (len(ends) - pairs)
    beside = [apart + (0 if not open_at or p in open_at else dear) for p in ends]
    extra = dear if len(open_at) == 1 else 0
    rows = [[0, *beside], *([cost, *row] for cost, row in zip(beside, rows, strict=True))]
    return rows, apart * (len(ends) + 1 - pairs) + extra


def _unrolled(
    tour: Sequence[int], runs: Sequence[Run], ends: Sequence[int], owner: Sequence[int]
) -> list[int]:
    """Every run from the end at which the tour comes to it."""
    walked: list[int] = []
    seen = set()
    for i in tour:
        run = runs[owner[i]]
        if owner[i] not in seen:
            seen.add(owner[i])
            walked += run if ends[i] == run[0] else run[::-1]
    return walked
