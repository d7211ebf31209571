"""Models as files, their words, and the lines that make sums of weights honest."""

import json
from dataclasses import replace

import duckdb
import numpy as np
import pytest

from commonroll.errors import Refusal
from commonroll.identity import guards, honest, models
from commonroll.identity.comparisons import COMPARISONS, levels
from commonroll.identity.model import Chance


def test_a_saved_model_is_the_same_model(tmp_path):
    path = models.save(models.shipped(), tmp_path)
    assert path.name == f"{models.shipped().version}.json"
    assert models.load(path).version == models.shipped().version
    assert models.load(path) == models.shipped()


def test_whatever_a_score_depends_on_is_in_the_version():
    model = models.shipped()
    chances = dict(model.chances) | {("sex", "same"): Chance(0.99, 0.5, "trained", "sampled")}
    others = [replace(model, prior=0.1), replace(model, chances=chances), replace(model, rules=("names",)),
              replace(model, honest=()), replace(model, rare={"first_name": 0.1, "last_name": 0.1}),
              replace(model, shares=model.shares.slice(1))]  # fmt: skip
    assert len({one.version for one in [model, *others]}) == 1 + len(others)


def test_a_model_for_other_comparisons_is_refused(tmp_path):
    path = models.save(models.shipped(), tmp_path)
    text = json.loads(path.read_text())
    path.write_text(json.dumps(text | {"shape": "another"}))
    with pytest.raises(Refusal, match="other comparisons"):
        models.load(path)


def test_the_shipped_model_holds_every_guard():
    guards.check(models.shipped().chances)
    assert guards.surplus_bits(models.shipped().chances) > 3


def test_every_level_is_explained_in_words():
    told = list(models.explain(models.shipped()))
    assert len(told) == len(list(levels()))
    assert all(row.level and row.comparison for row in told)
    assert all(row.why for row, (_, level) in zip(told, levels(), strict=True) if level.m is not None)


def test_no_name_of_few_people_is_in_the_shipped_model():
    shares = models.shipped().shares
    assert min(shares["share"].to_pylist()) > 5e-6
    assert set(shares["field"].to_pylist()) == {"first_name", "last_name"}


def test_agreement_speaks_for_and_disagreement_against_one_person():
    for comparison in COMPARISONS:
        first, last = (models.shipped().chance(comparison.name, comparison.levels[i].name) for i in (0, -1))
        assert first.m > first.u
        assert last.m < last.u


def test_a_gamma_names_a_level():
    birth = COMPARISONS[0]
    assert birth.level(-1) is None
    assert birth.level(0) is birth.levels[-1]
    assert birth.level(len(birth.levels) - 1) is birth.levels[0]


@pytest.fixture
def con():
    with duckdb.connect() as made:
        yield made


def labelled(con, true_slope, true_offset, pairs):
    rng = np.random.default_rng(1)
    weight = rng.uniform(-6, 10, pairs)
    same = rng.random(pairs) < 1 / (1 + 2.0 ** -(true_slope * weight + true_offset))
    gammas = ", ".join(f"3 AS gamma_{name}" for name in honest.CELL)
    con.register("drawn", {"match_weight": weight, "same": same})
    con.execute(f"CREATE TABLE labelled AS SELECT *, {gammas} FROM drawn")


def test_a_line_is_found_from_labelled_pairs(con):
    labelled(con, 0.7, -2.0, 20_000)
    (line,) = honest.fitted(con, "labelled")
    assert line.gammas == (3, 3, 3)
    assert line.slope == pytest.approx(0.7, abs=0.05)
    assert line.offset == pytest.approx(-2.0, abs=0.15)


def test_few_labelled_pairs_move_a_line_little_or_not(con):
    labelled(con, 0.7, -2.0, honest.LEAST_PAIRS - 1)
    assert honest.fitted(con, "labelled") == ()
    assert honest.least_raw([honest.Line((3, 3, 3), 0.5, 2.0)], -6.0) == -16.0
