"""A pair's evidence adds up to its weight, field by field, and repeats nothing of the records."""

import pytest
from told_voters import rows, told

from commonroll.identity import link, models
from commonroll.identity.evidence import evidence

LEFT = "1 | ROBERT JAMES STONE | 1950-03-02 | M | 12 ELM ST, 43055 OH"
RIGHT = "a | BOB J STONE | 1950 | - | 12 ELM STREET, 43055 OH"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    to = tmp_path_factory.mktemp("pairs") / "pairs.parquet"
    return link.link(told("oh", LEFT), told("zz", RIGHT), models.shipped(), to)


@pytest.fixture(scope="module")
def steps(found):
    return {step.comparison: step for step in evidence(rows(found)[0], found.model).steps}


def test_steps_add_up_to_the_weight_and_give_the_probability(found):
    pair = rows(found)[0]
    shown = evidence(pair, found.model)
    assert sum(step.bits for step in shown.steps) == pytest.approx(pair["match_weight"], abs=0.11)
    assert shown.probability == pytest.approx(pair["match_probability"])


def test_each_field_says_what_agreed_in_words(steps):
    assert {name: step.found for name, step in steps.items() if name not in ("rarity", "together")} == {
        "start": "two records picked at random",
        "birth": "the same birth year, the day not published",
        "first_name": "a nickname of the other",
        "middle_name": "the same middle initial",
        "surname_place": "the same address and surname",
    }


def test_a_field_that_one_side_lacks_says_nothing(steps):
    assert "sex" not in steps
    assert "phone" not in steps


def test_agreement_speaks_for_one_person_and_the_start_does_not(steps):
    assert steps["start"].bits <= 0 < steps["surname_place"].bits


def test_no_value_of_a_record_is_repeated(steps):
    text = " ".join(f"{step.field} {step.found}" for step in steps.values()).upper()
    assert not any(word in text for word in ("ROBERT", "BOB", "STONE", "ELM", "1950", "43055"))
