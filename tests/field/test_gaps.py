"""Turfs are mended whose doors stand a long walk apart: fewer gaps, none lost, none out of the window."""

from __future__ import annotations

import numpy as np
import pytest

from commonroll.field.arrays import Ints
from commonroll.field.atoms import Atoms, along_streets
from commonroll.field.city import City, city
from commonroll.field.cut import cut
from commonroll.field.gaps import FAR, Gaps, along, as_the_crow_flies
from commonroll.field.order.distances import Pavements, stops_of
from commonroll.field.points import Points, around_points
from commonroll.field.search import Search, Window


def pieces(found: City, rows: Ints) -> int:
    """How many pieces the doors of a turf are, by walking from door to door: slow and obvious."""
    stops, _ = stops_of(found.doors.take(rows))
    near = Pavements(found.streets).distances(stops) <= FAR
    left, count = set(range(len(stops))), 0
    while left:
        stack, count = [left.pop()], count + 1
        while stack:
            at = stack.pop()
            reached = {other for other in left if near[at, other]}
            left -= reached
            stack += reached
    return count


def sizes_and_gaps(found: City, atoms: Atoms, turf: Ints) -> tuple[Ints, int]:
    of_door = turf[atoms.of_door]
    sizes = np.bincount(of_door)
    return sizes, sum(pieces(found, np.flatnonzero(of_door == at)) - 1 for at in range(len(sizes)))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_list_of_targets_has_no_more_gaps_and_the_same_window(seed: int) -> None:
    found = city(20_000, seed=seed, coverage=0.2)
    atoms = along_streets(found.streets, found.doors)
    plain = cut(atoms, seed=seed)
    apart = along(found.streets, found.doors, atoms.of_door)
    mended = cut(atoms, seed=seed, apart=apart)
    before, gaps_before = sizes_and_gaps(found, atoms, plain)
    after, gaps_after = sizes_and_gaps(found, atoms, mended)
    assert gaps_after <= gaps_before
    assert before.sum() == after.sum() == len(found.doors)

    def off(sizes: Ints) -> int:
        return int(((sizes < 40) | (sizes > 60)).sum())

    assert off(after) <= off(before)
    assert (cut(atoms, seed=seed, apart=apart) == mended).all()


def test_locked_turfs_are_not_mended() -> None:
    found = city(6_000, coverage=0.2)
    atoms = along_streets(found.streets, found.doors)
    apart = along(found.streets, found.doors, atoms.of_door)
    first = cut(atoms, apart=apart)
    locked = np.where(first < 3, first, -1)
    again = cut(atoms, locked=locked, apart=apart)
    assert all((again[first == turf] == turf).all() for turf in range(3))
    assert (np.bincount(again[atoms.of_door])).sum() == len(found.doors)


def line(*places: float) -> Points:
    """Doors along one side of a street, odd numbers, each a building of its own."""
    count = len(places)
    return Points(
        np.array(places), np.zeros(count), np.arange(count), np.zeros(count, np.int64),
        1 + 100 * np.arange(count),
    )  # fmt: skip


def test_a_far_piece_goes_to_the_turf_it_stands_beside() -> None:
    """Two houses, a field of 500 m along which nobody is called on, three houses: cut in the wrong place."""
    points, of_door = line(0, 50, 600, 650, 700), np.array([0, 1, 3, 4, 5])
    apart = as_the_crow_flies(points, of_door)
    assert apart([0, 1, 2, 3]) == [[0, 1], [3]] and apart([3, 5]) == [[3, 5]] and apart([2]) == []
    near = [[(other, 50.0) for other in (at - 1, at + 1) if 0 <= other < 6] for at in range(6)]
    weight, x = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0], [0.0, 50, 300, 600, 650, 700]
    search = Search(weight, x, [0.0] * 6, near, [0, 0, 0, 0, 1, 1], Window(1, 4, 2))
    Gaps(search, apart).mend()
    assert [search.turf[run] for run in (0, 1, 3, 4, 5)] == [0, 0, 1, 1, 1]


def test_nothing_changes_where_nothing_is_better() -> None:
    """Two farms: no turf could be without a gap, and both stay as they were."""
    points = line(0, 900)
    atoms = around_points(points)
    apart = as_the_crow_flies(points, atoms.of_door)
    assert (cut(atoms, Window(1, 4, 2), apart=apart) == cut(atoms, Window(1, 4, 2))).all()
