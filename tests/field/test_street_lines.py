"""Lines of a map: where they meet is a junction, where they bend too, and what nobody walks is a barrier."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.field.street_lines import BEND, HIGHWAYS, Lines, streets_of
from commonroll.field.streets import Kind

Way = tuple[list[tuple[int, float, float]], str]
"""Points (node, x, y) and the kind of way."""


def lines(*ways: Way) -> Lines:
    points: list[Any] = [point for way, _ in ways for point in way]
    node, x, y = (np.array(column) for column in zip(*points, strict=True)) if points else (np.empty(0),) * 3
    return Lines(
        np.concatenate([[0], np.cumsum([len(way) for way, _ in ways])]).astype(np.int64),
        node.astype(np.int64), x.astype(float), y.astype(float),
        np.array([int(HIGHWAYS[kind]) for _, kind in ways], np.int64), np.arange(len(ways)),
    )  # fmt: skip


LONG: Way = ([(1, 0, 0), (2, 100, 0), (3, 200, 0)], "residential")
ACROSS: Way = ([(4, 100, -50), (2, 100, 0), (5, 100, 80)], "primary")


def test_two_streets_that_cross_are_four() -> None:
    found = streets_of(lines(LONG, ACROSS))
    assert len(found) == 4 and len(found.x) == 5
    assert sorted(found.length.tolist()) == [50, 80, 100, 100]
    assert sorted(found.kind.tolist()) == [Kind.LOCAL, Kind.LOCAL, Kind.ARTERIAL, Kind.ARTERIAL]


def test_a_bridge_shares_no_node_and_meets_nothing() -> None:
    over: Way = ([(8, 100, -50), (9, 100, 0), (5, 100, 80)], "motorway")
    found = streets_of(lines(LONG, over))
    assert sorted(found.kind.tolist()) == [Kind.LOCAL, Kind.BARRIER]


@pytest.mark.parametrize(("off", "streets"), [(BEND - 1, 1), (BEND + 1, 2)])
def test_a_street_is_cut_where_it_bends_and_keeps_its_length(off: float, streets: int) -> None:
    found = streets_of(lines(([(1, 0, 0), (2, 50, off), (3, 100, 0)], "residential")))
    assert len(found) == streets
    assert found.length.sum() == pytest.approx(2 * np.hypot(50, off))


def test_a_ring_keeps_its_way_round() -> None:
    ring: Way = ([(1, 0, 0), (2, 60, 0), (3, 60, 60), (4, 0, 60), (1, 0, 0)], "residential")
    found = streets_of(lines(ring))
    assert found.length.sum() == pytest.approx(240)
    assert all(found.start != found.end)


def test_no_lines_are_no_streets() -> None:
    assert len(streets_of(lines())) == 0


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=2, max_size=30, unique=True))
def test_every_line_keeps_its_metres_and_its_ends(places: list[tuple[int, int]]) -> None:
    points = [(at, float(x), float(y)) for at, (x, y) in enumerate(places)]
    found = streets_of(lines((points, "residential")))
    steps = np.diff(np.array(places, float), axis=0)
    assert found.length.sum() == pytest.approx(np.hypot(*steps.T).sum())
    kept = set(zip(found.x.tolist(), found.y.tolist(), strict=True))
    assert {points[0][1:], points[-1][1:]} <= kept <= {one[1:] for one in points}
