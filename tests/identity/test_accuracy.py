"""Figures of accuracy against slow Python, on small worlds."""

from itertools import combinations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.identity.accuracy import SIDES, Accuracy, accuracy, judged, labelled, pairs_of
from thorough import dear

pytestmark = pytest.mark.usefixtures("backend_apart")

RECORDS = [(member, f"{number}") for member in ("nc", "oh") for number in range(4)]
PAIRS = list(combinations(RECORDS, 2))
VERDICTS = ("sure", "unsure", "no")


def owners(people):
    rows = [{"member": m, "record": r, "person": p} for (m, r), p in people.items()]
    return ibis.memtable(rows, schema={"member": "string", "record": "string", "person": "int64"})


def scored(found):
    rows = [dict(zip(SIDES, (*one, *other), strict=True)) | {"verdict": verdict, "match_probability": p}
            for (one, other), (verdict, p) in found.items()]  # fmt: skip
    schema = dict.fromkeys(SIDES, "string") | {"verdict": "string", "match_probability": "float64"}
    return ibis.memtable(rows, schema=schema)


def slowly(found, people):
    true = {pair for pair in PAIRS if people.get(pair[0]) == people.get(pair[1]) and pair[0] in people}
    seen = {tuple(sorted(pair)): verdict for pair, (verdict, _) in found.items()}
    sure = {pair for pair, verdict in seen.items() if verdict == "sure"}
    unsure = {pair for pair, verdict in seen.items() if verdict == "unsure"}
    return Accuracy(
        linked=len(sure), right=len(sure & true), true=len(true), reached=len(true & set(seen)),
        unsure=len(unsure), unsure_right=len(unsure & true),
    )  # fmt: skip


people = st.fixed_dictionaries({}, optional={record: st.integers(1, 4) for record in RECORDS})
turned = st.sampled_from(PAIRS).flatmap(lambda pair: st.sampled_from([pair, pair[::-1]]))
found = st.dictionaries(turned, st.tuples(st.sampled_from(VERDICTS), st.floats(0.01, 1)), max_size=12).filter(
    lambda pairs: not any(pair[::-1] in pairs for pair in pairs)
)


@settings(max_examples=dear(20), deadline=None)
@given(people, found)
def test_the_engine_counts_as_slow_python(people, found):
    assert accuracy(labelled(scored(found), pairs_of(owners(people)))) == slowly(found, people)


def test_rates():
    figures = Accuracy(linked=10, right=9, true=12, reached=11, unsure=3, unsure_right=1)
    assert figures.precision == 0.9
    assert figures.recall == 0.75
    assert figures.reach == 11 / 12
    assert figures.f1 == 18 / 22
    assert figures.size == 13


def test_nothing_linked_has_no_precision():
    assert Accuracy(true=3).precision is None
    assert Accuracy(true=3).as_dict()["recall"] == 0


def test_a_pair_that_nobody_scored_is_missed():
    world = {("nc", "1"): 7, ("oh", "1"): 7}
    (row,) = labelled(scored({}), pairs_of(owners(world))).to_pyarrow().to_pylist()
    assert (row["scored"], row["linked"], row["right"], row["probability"]) == (False, False, True, None)


def test_a_record_that_stands_twice_in_the_truth_is_one_record():
    rows = [{"member": "nc", "record": "1", "person": 7}] * 2 + [{"member": "oh", "record": "9", "person": 7}]
    assert pairs_of(ibis.memtable(rows)).count().execute() == 1


def test_pairs_without_a_verdict_count_as_linked():
    world = {("nc", "1"): 7, ("oh", "1"): 7}
    pairs = pairs_of(owners(world))
    assert accuracy(labelled(pairs, pairs)).precision == 1


def test_labels_speak_of_the_judged_pairs_alone():
    found = {(RECORDS[0], RECORDS[4]): ("sure", 0.99), (RECORDS[1], RECORDS[5]): ("sure", 0.98)}
    labels = ibis.memtable([dict(zip(SIDES, (*RECORDS[4], *RECORDS[0]), strict=True)) | {"right": False}])
    figures = accuracy(judged(scored(found), labels))
    assert (figures.linked, figures.right) == (1, 0)
