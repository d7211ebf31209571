"""The walking order: every stop once, short, one side after the other, the same on server and phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise, permutations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript import found_by

from commonroll.field.order.order import order
from commonroll.field.order.search import length, nearest_neighbour, random_numbers

Matrix = list[list[int]]
TURFS = Path(__file__).parents[3] / "shared/data/geo/routing/turf_matrices_60.json"


@st.composite
def matrices(draw: st.DrawFn, least: int = 1, most: int = 40) -> Matrix:
    """Any distances at all: what is short for two stops need not be for three."""
    n = draw(st.integers(least, most))
    number, farthest = (
        random_numbers(draw(st.integers(0, 2**32 - 1))),
        draw(st.sampled_from([3, 1_000, 50_000])),
    )
    m = [[0] * n for _ in range(n)]
    for i, j in product(range(n), repeat=2):
        if i < j:
            m[i][j] = m[j][i] = number() % farthest
    return m


@st.composite
def ways(draw: st.DrawFn, most: int = 40) -> tuple[Matrix, dict[str, Any]]:
    """A matrix, and how to walk it."""
    m = draw(matrices(most=most))
    stop = st.integers(0, len(m) - 1)
    cuts = sorted(draw(st.sets(stop, max_size=6)))
    sides = [list(range(a, b)) for a, b in zip([0, *cuts], cuts, strict=False) if a < b]
    how: dict[str, Any] = {"sides": sides} if draw(st.booleans()) else {}
    how |= {"start": draw(st.none() | stop), "end": draw(st.sampled_from(["start", "anywhere"]) | stop)}
    how |= {"stops": draw(st.none() | st.lists(stop, unique=True)), "seed": draw(st.integers(0, 2**32 - 1))}
    return m, how


def walked(m: Matrix, tour: list[int], how: dict[str, Any]) -> int:
    """Centimetres of an order: back to its first stop where that is the end."""
    back = m[tour[-1]][tour[0]] if how.get("end", "start") in ("start", tour[0]) else 0
    return sum(m[a][b] for a, b in pairwise(tour)) + back


def wanted(m: Matrix, how: dict[str, Any]) -> set[int]:
    said = [stop for stop in (how["start"], how["end"]) if isinstance(stop, int)]
    return {*(range(len(m)) if how["stops"] is None else how["stops"]), *said}


@settings(max_examples=60, deadline=None)
@given(ways())
def test_every_stop_once_from_the_start_to_the_end(way: tuple[Matrix, dict[str, Any]]) -> None:
    m, how = way
    tour = order(m, **how, rounds=5)
    assert sorted(tour) == sorted(wanted(m, how))
    if how["start"] is not None:
        assert tour[0] == how["start"]
    if isinstance(how["end"], int) and how["end"] != how["start"]:
        assert tour[-1] == how["end"]
    assert tour == order(m, **how, rounds=5)


@settings(max_examples=60, deadline=None)
@given(ways())
def test_a_side_is_finished_before_another_begins(way: tuple[Matrix, dict[str, Any]]) -> None:
    m, how = way
    tour = order(m, **how, rounds=5)
    for side in how.get("sides", []):
        run = [stop for stop in side if stop in tour and stop not in (how["start"], how["end"])]
        at = tour.index(run[0]) if run else 0
        behind = tour[max(at - len(run) + 1, 0) : at + 1]
        assert run in (tour[at : at + len(run)], behind[::-1])


@settings(max_examples=40, deadline=None)
@given(matrices(least=11))
def test_never_longer_than_always_going_to_the_nearest(m: Matrix) -> None:
    assert length(m, order(m, rounds=1)) <= length(m, nearest_neighbour(m, 0))


def orders(m: Matrix, how: dict[str, Any]) -> Iterator[list[int]]:
    """Every order there is."""
    said = [stop for stop in (how["start"], how["end"]) if isinstance(stop, int)]
    left = wanted(m, how)
    runs = [[stop] for stop in sorted(left) if stop in said]
    runs += [
        run
        for side in how.get("sides", [])
        if (run := [stop for stop in side if stop in left and stop not in said])
    ]
    runs += [[stop] for stop in left - {stop for run in runs for stop in run}]
    for row in permutations(runs):
        for turned in product(*(((run, run[::-1]) if len(run) > 1 else (run,)) for run in row)):
            tour = [stop for run in turned for stop in run]
            if how["start"] in (None, *tour[:1]) and (
                how["end"] not in left or how["end"] in (tour[-1], how["start"])
            ):
                yield tour


@settings(max_examples=40, deadline=None)
@given(ways(most=7))
def test_no_order_of_a_few_stops_is_shorter(way: tuple[Matrix, dict[str, Any]]) -> None:
    m, how = way
    tour = order(m, **how, rounds=0)
    assert not tour or walked(m, tour, how) == min(walked(m, other, how) for other in orders(m, how))


@settings(max_examples=3, deadline=None)
@given(matrices(least=9, most=9))
def test_no_round_trip_of_nine_stops_is_shorter(m: Matrix) -> None:
    trips = ([0, *rest] for rest in permutations(range(1, 9)) if rest[0] < rest[-1])
    assert length(m, order(m, rounds=0)) == min(length(m, trip) for trip in trips)


def turfs() -> list[dict[str, Any]]:
    if not TURFS.exists():
        pytest.skip("../shared/data/geo is not here (sixty turfs with best known tours, optional)")
    found: list[dict[str, Any]] = json.loads(TURFS.read_text("utf-8"))
    return found


def centimetres(turf: dict[str, Any]) -> Matrix:
    return [[round(100 * metres) for metres in row] for row in turf["distance"]]


def test_within_half_a_percent_of_the_best_known_tours_at_100_rounds() -> None:
    free = by_side = 0
    found = turfs()
    for turf in found:
        m = centimetres(turf)
        free += length(m, order(m, rounds=100))
        by_side += length(m, order(m, sides=turf["sides"], rounds=100))
    assert free / 100 <= 1.005 * sum(turf["best"] for turf in found)
    assert by_side / 100 <= 1.005 * sum(turf["best_by_side"] for turf in found)


def on_the_phone(ways: list[tuple[Matrix, dict[str, Any]]]) -> list[list[int]]:
    """The orders that the phone's module finds."""
    asked = [{"m": m, "how": how} for m, how in ways]
    return list(found_by("field/order.js", "given.map(({ m: metres, how }) => m.order(metres, how))", asked))


def test_a_phone_finds_the_order_that_the_server_finds() -> None:
    drawn: list[tuple[Matrix, dict[str, Any]]] = []

    @settings(max_examples=60, deadline=None, database=None)
    @given(ways())
    def collect(way: tuple[Matrix, dict[str, Any]]) -> None:
        drawn.append(way)

    collect()
    if TURFS.exists():
        for turf in turfs()[::12]:
            drawn += [
                (centimetres(turf), how)
                for how in ({}, {"sides": turf["sides"], "start": 1, "end": "anywhere"})
            ]
    asked = [(m, how | {"rounds": 60}) for m, how in drawn]
    assert on_the_phone(asked) == [order(m, **how) for m, how in asked]
