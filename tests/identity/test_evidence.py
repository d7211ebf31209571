"""A pair's evidence adds up to its weight, field by field, and repeats nothing of the records."""

from dataclasses import replace

import pytest
from told_voters import rows, told

from commonroll.identity import link, models
from commonroll.identity.blocking import ALWAYS
from commonroll.identity.evidence import evidence
from commonroll.identity.honest import ALONE
from commonroll.identity.model import Fit

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


LISTED = "1 | ANNA - STONE | - | - | 12 ELM ST, 43055 OH"
AT_HOME = "a | ANNA - STONE | 1950-03-02 | F | 12 ELM ST, 43055 OH"
NAMESAKES = {
    "nobody else": ((), True),
    "a namesake elsewhere": (("b | ANNA - STONE | 1980-03-02 | F | 9 OAK ST, 43055 OH",), True),
    "a namesake there": (("b | ANNA - STONE | 1980-03-02 | F | 12 ELM ST, 43055 OH",), False),
    "a husband there": (("b | BEN - STONE | 1950-03-02 | M | 12 ELM ST, 43055 OH",), True),
}


@pytest.mark.parametrize(("others", "alone"), NAMESAKES.values(), ids=NAMESAKES)
def test_a_row_without_birth_gains_where_nobody_else_of_the_name_is_at_the_address(others, alone, tmp_path):
    model = replace(models.shipped(), fitted=Fit(1, 1, 1.0), rules=ALWAYS)
    sides = told("list:1", LISTED), told("oh", AT_HOME, *others)
    kept = {
        whole: link.link(*sides, model, tmp_path / f"{whole}.parquet", whole=whole) for whole in (False, True)
    }
    plain, found = (
        next(pair for pair in rows(one) if "a" in (pair["record_l"], pair["record_r"]))
        for one in kept.values()
    )
    assert found["match_weight"] - plain["match_weight"] == pytest.approx(ALONE if alone else 0)
    told_ = {step.comparison: step.bits for step in evidence(found, model).steps}
    assert told_.get("alone", 0) == (ALONE if alone else 0)
    assert sum(told_.values()) == pytest.approx(found["match_weight"], abs=0.11)
