"""Drift between two runs: what is counted, and what is said of it."""

import json

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.identity.drift import HIGHEST, LOWEST, Run, drift, run, stability

pytestmark = pytest.mark.usefixtures("backend_apart")

counts = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 1_000))


def test_a_run_is_counted():
    rows = [
        {"verdict": "sure", "reason": None, "match_weight": 12.0, "gamma_birth": 4},
        {"verdict": "sure", "reason": None, "match_weight": 14.0, "gamma_birth": 4},
        {"verdict": "unsure", "reason": "twins", "match_weight": 3.0, "gamma_birth": -1},
        {"verdict": "no", "reason": None, "match_weight": -99.0, "gamma_birth": None},
        {"verdict": "no", "reason": None, "match_weight": 99.0, "gamma_birth": 0},
    ]
    found = run(ibis.memtable(rows), records=10, model="m1")
    assert found.verdicts == {"no": 2, "sure": 2, "unsure: twins": 1}
    assert found.mean_bits["sure"] == 13
    assert found.weights == {str(LOWEST): 1, "0": 1, "12": 2, str(HIGHEST - 4): 1}
    assert found.levels == {"birth": {"-1": 1, "0": 1, "4": 2}}
    assert Run.of(json.loads(json.dumps(found.as_dict()))) == found


@given(counts, counts)
def test_stability_is_never_negative_and_has_no_direction(before, now):
    assert stability(before, now) >= 0
    assert stability(before, now) == pytest.approx(stability(now, before))
    assert stability(before, before) == 0


ROLL = Run(1_000_000, {"sure": 9_000, "unsure: band": 300}, {"sure": 20.0}, {"0": 300, "20": 9_000}, {}, "m1")


def test_the_same_run_says_nothing():
    assert drift(ROLL, ROLL).sentences == ()


def test_a_roll_that_grew_is_no_drift():
    grown = Run(2_000_000, {"sure": 18_000, "unsure: band": 600}, {}, {"0": 600, "20": 18_000}, {}, "m1")
    assert drift(ROLL, grown).sentences == ()


def test_more_unsure_pairs_are_told():
    now = Run(1_000_000, {"sure": 8_000, "unsure: band": 1_300}, {}, {"0": 1_300, "20": 8_000}, {}, "m1")
    (said,) = drift(ROLL, now).sentences
    assert said == "Pairs unsure: band: 1.30 in a thousand records, before 0.30."


def test_other_weights_and_another_model_are_told():
    now = Run(1_000_000, dict(ROLL.verdicts), {}, {"0": 9_000, "20": 300}, {}, "m2")
    said = drift(ROLL, now).sentences
    assert said[0] == "The model changed from m1 to m2."
    assert said[1].startswith("The distribution of weights shifted")


def test_few_pairs_are_chance():
    now = Run(1_000_000, {**ROLL.verdicts, "unsure: twins": 20}, {}, dict(ROLL.weights), {}, "m1")
    assert drift(ROLL, now).sentences == ()
