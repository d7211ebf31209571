"""Calibration against slow Python, and on scores that are right or wrong on purpose."""

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.identity.calibration import BINS, HIGH, LOW, calibration
from thorough import dear

pytestmark = pytest.mark.usefixtures("backend_apart")

WIDTH = (HIGH - LOW) / BINS


def pairs(scores):
    rows = [{"probability": p, "right": right} for p, right in scores]
    return ibis.memtable(rows, schema={"probability": "float64", "right": "boolean"})


def error_slowly(scores):
    bins = {}
    for p, right in scores:
        if p is not None and LOW <= p <= HIGH:
            bins.setdefault(min(int((p - LOW) / WIDTH), BINS - 1), []).append((p, right))
    total = sum(map(len, bins.values()))
    off = [abs(sum(p for p, _ in one) - sum(right for _, right in one)) for one in bins.values()]
    return sum(off) / total if total else None


@settings(max_examples=dear(40), deadline=None)
@given(st.lists(st.tuples(st.none() | st.floats(0, 1), st.booleans()), max_size=30))
def test_the_engine_counts_as_slow_python(scores):
    expected = error_slowly(scores)
    found = calibration(pairs(scores)).error
    assert found == (None if expected is None else pytest.approx(expected))


def test_scores_that_mean_what_they_say():
    scores = [(0.25, i % 4 == 0) for i in range(40)] + [(0.5, i % 2 == 0) for i in range(40)]
    found = calibration(pairs(scores))
    assert found.error == pytest.approx(0)
    assert [(one.pairs, one.observed) for one in found.bins] == [(40, 0.25), (40, 0.5)]


def test_scores_that_promise_too_much():
    found = calibration(pairs([(0.9, i % 2 == 0) for i in range(40)]))
    assert found.error == pytest.approx(0.4)


def test_clear_pairs_are_not_counted():
    assert calibration(pairs([(0.999, True), (0.01, False)])).pairs == 0
    assert calibration(pairs([(0.999, True)])).as_dict() == {
        "pairs": 0,
        "error": None,
        "chance": None,
        "bins": [],
    }


def test_both_ends_belong_to_the_band():
    found = calibration(pairs([(LOW, False), (HIGH, True)]))
    assert [round(one.low, 2) for one in found.bins] == [LOW, round(HIGH - WIDTH, 2)]


def test_few_pairs_never_hit_their_share():
    few = calibration(pairs([(0.5, i % 2 == 0) for i in range(10)]))
    many = calibration(pairs([(0.5, i % 2 == 0) for i in range(1_000)]))
    assert few.chance == pytest.approx(0.126, abs=0.001)
    assert many.chance == pytest.approx(few.chance / 10)
